//! `renkei consent`: what a patient permits.

mod list;
mod record;
mod withdraw;

verbs! {
    Record => record,
    List => list,
    Withdraw => withdraw,
}

pub(crate) use list::{lines, names};
