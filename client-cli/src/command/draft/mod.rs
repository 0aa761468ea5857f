//! `renkei draft`: what has not reached the server yet.

mod discard;
mod list;
pub(crate) mod send;

verbs! {
    List => list,
    Send => send,
    Discard => discard,
}
