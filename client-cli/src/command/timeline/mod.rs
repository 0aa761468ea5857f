//! `renkei timeline`: a patient's entries.

mod filter;
mod mark_read;
mod readers;
mod show;

pub(crate) use self::show::{heading, patient_lines};

verbs! {
    Show => show,
    Readers => readers,
    MarkRead => mark_read,
}
