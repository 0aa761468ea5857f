//! `renkei consent`: what a patient permits, and what not.

mod amend;
mod exception;
mod form;
mod list;
pub(crate) mod names;
mod record;
mod show;
pub(crate) mod view;
mod withdraw;

verbs! {
    Record => record,
    Amend => amend,
    Withdraw => withdraw,
    List => list,
    Show => show,
}

pub(crate) use view::print;
