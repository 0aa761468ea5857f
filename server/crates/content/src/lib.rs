//! What an uploaded file is: its type, whether it may come in, where it was taken, how it looks in small.
//!
//! It promises:
//! - Files are hostile. Nothing here panics or runs on without end, whatever the bytes are; what looks at whole
//!   files ([`inspect`]) reads them in windows and never holds more than 1 MiB of one. Only [`preview`] holds a
//!   file and decodes it: it belongs into a process of its own with limits, as [`preview_main`] is made for.
//! - The content tells the type, not the name. The name counts beside it, because it decides what a double click
//!   starts.
//! - Looked for are executables, scripts, active pages, office files with macros, and archives that may hide them
//!   (R21). It is no virus scanner: flaws of readers that a document exploits, scripts inside a PDF, macros of
//!   Excel 4.0 in the old format and what is embedded as an object in an office file are not looked for.

mod extension;
mod name;
mod ole;
mod position;
mod preview;
mod sniff;
mod source;
mod text;
mod zip;

use std::io::{self, Read, Seek};

pub use name::safe_name;
pub use preview::{preview, preview_main};

use crate::extension::Kind;
use crate::source::Source;

/// What a file that may come in is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// MIME type without parameters. By the content; as claimed only where the content is a text and the claim is a
    /// type of texts.
    pub content_type: String,
    /// Whether the image or film tells where it was taken.
    pub position: Position,
    /// Whether [`preview`] knows the type.
    pub can_preview: bool,
}

/// Where an image or film was taken, as EXIF, XMP or ISO 6709 in it tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// Nothing tells it, or it is neither.
    None,
    /// It is told. With these patches applied it is not, and the pixels and everything else are as they were. They
    /// are ordered, do not overlap, and hold at most 256 KiB together.
    Removable(Vec<Patch>),
    /// It is told, or may be, where it cannot be taken out: in a compressed text, in a form that is not known.
    Stuck,
}

/// Bytes to write over those at `offset`: within the file, so that its length stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// From the beginning of the file, in bytes.
    pub offset: u64,
    /// What stands there afterwards.
    pub bytes: Vec<u8>,
}

/// Why a file may not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A program, by content or name.
    Executable,
    /// A script, a shortcut, or a page or image that runs scripts, by content or name.
    Script,
    /// An office file with macros, or one that may have them and cannot be looked into.
    Macro,
    /// An archive that has such a file in it, or that cannot be looked into.
    Archive,
}

/// What `file` is, named `name` and claimed to be of `claimed_type` (a MIME type). Reads no more than four times its
/// length and 512 MiB, where a jump counts as 256 KiB; a file that gives cause for more is [`Refusal::Archive`], or its
/// position [`Position::Stuck`].
///
/// # Errors
/// What reading and seeking returned.
pub fn inspect<F: Read + Seek>(
    file: &mut F,
    name: &str,
    claimed_type: &str,
) -> io::Result<Result<Found, Refusal>> {
    let mut source = Source::new(file)?;
    let content_type = match content_type(&mut source, &safe_name(name), claimed_type) {
        Ok(Ok(content_type)) => content_type,
        Ok(Err(refusal)) => return Ok(Err(refusal)),
        Err(_) if source.is_exhausted() => return Ok(Err(Refusal::Archive)),
        Err(error) => return Err(error),
    };
    let may_tell = content_type.starts_with("image/") || content_type.starts_with("video/");
    let position = match may_tell.then(|| position::find(&mut source, &content_type)) {
        None => Position::None,
        Some(Err(_)) if source.is_exhausted() => Position::Stuck,
        Some(found) => found?,
    };
    let can_preview = preview::knows(&content_type);
    Ok(Ok(Found { content_type, position, can_preview }))
}

fn content_type<F: Read + Seek>(
    source: &mut Source<'_, F>,
    name: &str,
    claimed: &str,
) -> io::Result<Result<String, Refusal>> {
    let head = source.read(0, sniff::HEAD)?;
    let kind = extension::kind(name.as_bytes());
    let by_name = match kind {
        Some(Kind::Executable) => Some(Refusal::Executable),
        Some(Kind::Script | Kind::Markup) => Some(Refusal::Script),
        Some(Kind::Macro) => Some(Refusal::Macro),
        Some(Kind::Archive) => Some(Refusal::Archive),
        Some(Kind::Legacy | Kind::Zip | Kind::Office) | None => None,
    };
    let is_text = text::is_text(&head);
    let by_content = || sniff::refused(&head, is_text);
    if let Some(refusal) = by_name.or_else(by_content) {
        return Ok(Err(refusal));
    }
    if sniff::ends_as_disk(source)? {
        return Ok(Err(Refusal::Archive));
    }
    // What opens these looks for the tables at the end, whatever comes first.
    let is_zip =
        zip::starts(&head) || (matches!(kind, Some(Kind::Zip | Kind::Office)) && zip::is_behind(source)?);
    if is_zip {
        return Ok(zip::inspect(source, name.as_bytes())?.map(str::to_owned));
    }
    if head.starts_with(ole::MAGIC) {
        return Ok(ole::inspect(source)?.map(str::to_owned));
    }
    if let Some(known) = sniff::accepted(&head, is_text) {
        return Ok(Ok(known.to_owned()));
    }
    if !is_text {
        return Ok(Ok("application/octet-stream".to_owned()));
    }
    Ok(match text::refused(&head, source)? {
        Some(refusal) => Err(refusal),
        None => Ok(text::content_type(claimed).to_owned()),
    })
}
