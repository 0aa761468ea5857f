//! Where a picture was taken, and how to make it tell no more.
//!
//! The containers are many, and phones hang things behind and into them: pictures in other sizes, films, the maker's
//! own. What tells a position has a form of its own in all of them, so that is looked for everywhere in the file,
//! not where a container should have it: EXIF ([`tiff`]), XMP ([`text`]) and the position of a film ([`text`]).
//! What is in the maker's note, and place names in words, are not positions here.
//!
//! Whether the patches do what they should is not taken for granted: the file is looked at again as it will be.

mod png;
mod text;
mod tiff;

use std::io::{self, Read, Seek};

use crate::source::{Next, Source};
use crate::{Patch, Position};

/// Places with the beginning of an EXIF block, real or by chance, that are looked at; a file with more is stuck.
const MOST_BLOCKS: usize = 512;
/// Bytes of all patches together; a file that needs more is stuck.
const MOST_PATCHED: usize = 256 * 1024;

/// A file that cannot be made to tell nothing.
#[derive(Debug)]
struct Stuck;

type Patches = Result<Vec<Patch>, Stuck>;

/// What `source`, an image or a film of this type, tells.
pub(crate) fn find<F: Read + Seek>(source: &mut Source<'_, F>, content_type: &str) -> io::Result<Position> {
    let is_png = content_type == "image/png";
    let patches = match look(source, is_png)? {
        Ok(patches) if patches.is_empty() => return Ok(Position::None),
        Ok(patches) => patches,
        Err(Stuck) => return Ok(Position::Stuck),
    };
    source.set_patches(patches);
    if is_png {
        let Ok(checksums) = png::checksums(source)? else { return Ok(Position::Stuck) };
        let mut patches = source.take_patches();
        patches.extend(checksums);
        let Ok(patches) = in_order(patches) else { return Ok(Position::Stuck) };
        source.set_patches(patches);
    }
    Ok(match look(source, is_png)? {
        Ok(left) if left.is_empty() => Position::Removable(source.take_patches()),
        _ => Position::Stuck,
    })
}

/// The patches that take out what the file tells as it is seen now.
fn look<F: Read + Seek>(source: &mut Source<'_, F>, is_png: bool) -> io::Result<Patches> {
    let mut blocks = Vec::new();
    let mut found: Vec<Patch> = Vec::new();
    let mut stuck = false;
    let needles: Vec<&[u8]> = tiff::MAGIC.iter().chain(text::NEEDLES).copied().collect();
    source.scan(&needles, |offset, needle, shown| {
        if needle < tiff::MAGIC.len() {
            blocks.push(offset);
        } else {
            match text::patch(offset, shown) {
                Ok(patch) => found.extend(patch),
                Err(Stuck) => stuck = true,
            }
        }
        stuck |= blocks.len() > MOST_BLOCKS || found.len() > MOST_BLOCKS;
        if stuck { Next::Stop } else { Next::GoOn }
    })?;
    // Of the form with long offsets only the beginning is known here.
    if stuck || tiff::is_big(&source.read(0, 4)?) {
        return Ok(Err(Stuck));
    }
    if is_png && !blocks.is_empty() && png::drop_pixels(source, &mut blocks)?.is_err() {
        return Ok(Err(Stuck));
    }
    let mut budget = tiff::Budget::default();
    for block in blocks {
        match tiff::patches(source, block, &mut budget)? {
            Ok(patches) => found.extend(patches),
            Err(Stuck) => return Ok(Err(Stuck)),
        }
    }
    Ok(in_order(found))
}

/// Sorted and each once. Two that want something else of the same bytes are of a file that was made so.
fn in_order(mut patches: Vec<Patch>) -> Patches {
    patches.sort_by(|one, other| (one.offset, &one.bytes).cmp(&(other.offset, &other.bytes)));
    patches.dedup();
    let apart = patches.windows(2).all(|two| two[0].offset + two[0].bytes.len() as u64 <= two[1].offset);
    let total: usize = patches.iter().map(|patch| patch.bytes.len()).sum();
    if apart && total <= MOST_PATCHED { Ok(patches) } else { Err(Stuck) }
}
