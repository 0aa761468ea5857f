//! `renkei timeline`: a patient's entries.

mod filter;
mod mark_read;
mod readers;
mod show;

pub(crate) use self::{mark_read::mark, show::heading};

verbs! {
    Show => show,
    Readers => readers,
    MarkRead => mark_read,
}
