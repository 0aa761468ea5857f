//! The chunks of a PNG: which of them hold pixels, and their checksums.

use std::io::{self, Read, Seek};

use super::Stuck;
use crate::Patch;
use crate::source::Source;

const SIGNATURE: u64 = 8;
/// Chunks that are looked at; a file with more is stuck.
const MOST_CHUNKS: u32 = 200_000;
/// Bytes that are read at once for a checksum.
const PIECE: u64 = 64 * 1024;

/// A chunk: 4 bytes of length, 4 of type, the data, 4 of CRC-32 over type and data.
struct Chunk {
    start: u64,
    kind: [u8; 4],
    /// Where the checksum stands.
    end: u64,
}

/// Walks over the whole chunks of a PNG; stops at the first that is cut off, and behind the last.
struct Chunks {
    next: u64,
    left: u32,
}

impl Chunks {
    fn new() -> Self {
        Self { next: SIGNATURE, left: MOST_CHUNKS }
    }

    fn next<F: Read + Seek>(
        &mut self,
        source: &mut Source<'_, F>,
    ) -> io::Result<Result<Option<Chunk>, Stuck>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(Err(Stuck)) };
        self.left = left;
        let start = self.next;
        let Some([a, b, c, d, kind @ ..]) = source.array::<8>(start)? else { return Ok(Ok(None)) };
        let end = start + 8 + u64::from(u32::from_be_bytes([a, b, c, d]));
        if end + 4 > source.length() {
            return Ok(Ok(None));
        }
        // What follows the last chunk is of none.
        self.next = if kind == *b"IEND" { source.length() } else { end + 4 };
        Ok(Ok(Some(Chunk { start, kind, end })))
    }
}

/// Takes those of `offsets` out that are in compressed pixels: what stands there is a picture.
pub(super) fn drop_pixels<F: Read + Seek>(
    source: &mut Source<'_, F>,
    offsets: &mut Vec<u64>,
) -> io::Result<Result<(), Stuck>> {
    let mut chunks = Chunks::new();
    loop {
        match chunks.next(source)? {
            Ok(Some(chunk)) if matches!(&chunk.kind, b"IDAT" | b"fdAT") => {
                offsets.retain(|offset| *offset < chunk.start || *offset >= chunk.end);
            }
            Ok(Some(_)) => {}
            Ok(None) => return Ok(Ok(())),
            Err(Stuck) => return Ok(Err(Stuck)),
        }
    }
}

/// The checksums, where the patches of `source` make another one.
pub(super) fn checksums<F: Read + Seek>(source: &mut Source<'_, F>) -> io::Result<Result<Vec<Patch>, Stuck>> {
    let mut chunks = Chunks::new();
    let mut checksums = Vec::new();
    loop {
        let chunk = match chunks.next(source)? {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Ok(Ok(checksums)),
            Err(Stuck) => return Ok(Err(Stuck)),
        };
        if source.is_patched(chunk.start + 4, chunk.end) {
            let mut hasher = crc32fast::Hasher::new();
            let mut at = chunk.start + 4;
            while at < chunk.end {
                let piece = PIECE.min(chunk.end - at);
                hasher.update(&source.read(at, piece as usize)?);
                at += piece;
            }
            checksums.push(Patch { offset: chunk.end, bytes: hasher.finalize().to_be_bytes().to_vec() });
        }
    }
}
