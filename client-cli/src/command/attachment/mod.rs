//! `renkei attachment`: files of entries and consents.

mod download;

verbs! {
    Download => download,
}
