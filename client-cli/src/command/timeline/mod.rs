//! `renkei timeline`: a patient's entries.

mod filter;
mod mark_read;
mod print;
mod readers;
mod show;

pub(crate) use self::{
    mark_read::mark,
    show::{heading, patient_lines},
};

verbs! {
    Show => show,
    Print => print,
    Readers => readers,
    MarkRead => mark_read,
}
