//! `renkei attachment`: files of entries and consents.

mod download;
mod upload;

verbs! {
    Upload => upload,
    Download => download,
}
