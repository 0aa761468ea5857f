//! What is printed: a record on pages of A4. [`record`] says what stands there, [`page`] where it stands.

mod page;
mod record;

pub(crate) use self::{page::ROOM, record::Record};

use jiff::Timestamp;

use crate::{
    drawing::{
        Drawing,
        font::{Fonts, Missing},
        pdf,
    },
    error::Result,
    output::{line::Line, time},
    text::Texts,
};

/// A record on paper.
pub(crate) struct Printed {
    pub(crate) pdf: Vec<u8>,
    pub(crate) pages: usize,
    /// Characters that could not be printed as they are; the record says so at its end.
    pub(crate) missing: Missing,
}

/// Prints a record. `missing` are characters of its graphs that could not be drawn as they are.
///
/// # Errors
///
/// A font of the user's may not be embedded, or is broken.
pub(crate) fn print(
    texts: &Texts,
    record: &Record<'_>,
    fonts: &Fonts,
    mut missing: Missing,
) -> Result<Printed> {
    let frame = record.frame(texts);
    let known = missing.clone();
    let mut pages = page::pages(&record::blocks(texts, record, &missing), &frame, fonts, &mut missing);
    if missing != known {
        // Only now it is known what the end must say.
        let blocks = record::blocks(texts, record, &missing);
        pages = page::pages(&blocks, &frame, fonts, &mut missing);
    }
    let about = pdf::About {
        title: format!("{} {}", frame.title, frame.patient),
        language: texts.get("document-language"),
        time: record.head.print_time.as_ref().and_then(time::instant).unwrap_or(Timestamp::UNIX_EPOCH),
    };
    Ok(Printed { pdf: pdf::bytes(&pages, fonts, &about)?, pages: pages.len(), missing })
}

/// A piece of the record, in the order of reading.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    /// A line, broken where it is too long; what goes on below stands as far right as its first word.
    Line {
        line: Line,
        size: f32,
        /** It stays on one page with what follows. */
        keep: bool,
    },
    /// Room, which a page does not begin with.
    Space(f32),
    /// A thin line over the whole width.
    Rule,
    Drawing(Drawing),
}

#[cfg(test)]
mod reading;
#[cfg(test)]
pub(crate) mod tests;
