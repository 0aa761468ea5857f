//! `renkei outbox`: what its author has finalised and the server has not acknowledged yet.

mod deliver;
mod discard;
mod edit;
mod kept;
mod list;
mod queue;
mod same;
mod send;
mod unsent;

pub(crate) use self::kept::kept;
pub(crate) use self::queue::{hand_over, keep, pass_on, pass_on_quietly};
pub(crate) use self::unsent::interrupted;

verbs! {
    List => list,
    Send => send,
    Edit => edit,
    Discard => discard,
}
