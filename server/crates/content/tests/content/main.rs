//! What the crate promises of whole files. The files are made here: real ones by encoders, odd ones by hand.

mod hostile;
mod positions;
mod previews;
mod refusals;
mod samples;
mod types;

use std::io::Cursor;

use renkei_content::{Found, Refusal, inspect};

/// What `content` is taken for under a name.
fn inspected(content: &[u8], name: &str, claimed: &str) -> Result<Found, Refusal> {
    inspect(&mut Cursor::new(content), name, claimed).expect("memory can be read")
}

/// The content type under a name that says nothing.
fn content_type(content: &[u8], claimed: &str) -> Result<String, Refusal> {
    inspected(content, "upload", claimed).map(|found| found.content_type)
}
