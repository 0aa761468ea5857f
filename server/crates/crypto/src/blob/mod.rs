//! Attachments: files that do not fit in memory, cut into parts, each part into chunks.
//!
//! A file is parts of [`PART_SIZE`] (the last one may be shorter), numbered from 0, each an object of its
//! own in the blob store. A part is one STREAM message (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over
//! chunks of [`CHUNK_SIZE`] (the last one may be shorter, and is never empty unless the part is).
//!
//! Sealed part: header ‖ chunk 0 ‖ chunk 1 ‖ … where
//! - header (55 bytes) = `52 4B 42` ("RKB") ‖ version `01` ‖ key commitment (32) ‖ nonce prefix (19);
//! - key commitment = HKDF-SHA-256(blob key, "blob commitment"): a wrong key is refused before any byte is
//!   decrypted, and no second key opens the same bytes;
//! - chunk = ciphertext ‖ tag (16), XChaCha20-Poly1305 under HKDF-SHA-256(blob key, "blob stream") with
//!   nonce = prefix ‖ chunk index (u32 BE) ‖ last flag (`00` or `01`);
//! - AAD of every chunk = lp(header) ‖ lp(patient) ‖ lp(attachment) ‖ lp(part number, u32 BE).
//!
//! The nonce prefix is random and new for each [`PartSealer`], so a part that is sent again under the same
//! key never repeats a nonce. The [`Manifest`] lists the parts, each with the nonce prefix of the try that
//! counts, is itself sealed, and makes them a file.

mod manifest;
mod part;

use std::ops::Range;

pub use manifest::{InvalidManifest, MAX_PARTS, MAX_TEXT_LEN, Manifest, PartEntry};
pub use part::{PartContext, PartOpener, PartSealer};

/// Plaintext bytes of a part: 8 MiB, but for the last one.
pub const PART_SIZE: usize = 8 * 1024 * 1024;
/// Plaintext bytes of a chunk: 64 KiB, but for the last one of a part.
pub const CHUNK_SIZE: usize = 64 * 1024;
/// Bytes before the first chunk of a sealed part.
pub const HEADER_LEN: usize = 4 + 32 + PREFIX_LEN;
/// Bytes of a nonce prefix, with which a header ends.
pub const PREFIX_LEN: usize = 19;
/// By how many bytes a sealed chunk is longer than its content.
pub const TAG_LEN: usize = 16;
/// Bytes of a sealed chunk that is not the last one of its part.
pub const SEALED_CHUNK_SIZE: usize = CHUNK_SIZE + TAG_LEN;

/// How many chunks a part of `plain_len` bytes has; at least one.
pub fn chunk_count(plain_len: u32) -> u32 {
    plain_len.div_ceil(CHUNK_SIZE as u32).max(1)
}

/// Length of the sealed part, header included, of `plain_len` bytes.
pub fn sealed_len(plain_len: u32) -> u64 {
    HEADER_LEN as u64 + u64::from(plain_len) + u64::from(chunk_count(plain_len)) * TAG_LEN as u64
}

/// Where chunk `index` lies in the sealed part of `plain_len` bytes; `None` behind the last chunk.
pub fn chunk_range(plain_len: u32, index: u32) -> Option<Range<u64>> {
    if index >= chunk_count(plain_len) {
        return None;
    }
    let start = HEADER_LEN as u64 + u64::from(index) * SEALED_CHUNK_SIZE as u64;
    Some(start..sealed_len(plain_len).min(start + SEALED_CHUNK_SIZE as u64))
}

/// Whether chunk `index` is the last one of a part of `plain_len` bytes.
pub fn is_last_chunk(plain_len: u32, index: u32) -> bool {
    index == chunk_count(plain_len) - 1
}

/// Where a byte of a file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// The part, from 0.
    pub part: u32,
    /// The chunk in that part, from 0.
    pub chunk: u32,
    /// Plaintext bytes of that chunk before the byte.
    pub skip: usize,
}

/// Where byte `offset` of a file lies, or `None` beyond the longest file.
pub fn locate(offset: u64) -> Option<Location> {
    let in_part = offset % PART_SIZE as u64;
    Some(Location {
        part: u32::try_from(offset / PART_SIZE as u64).ok().filter(|part| *part < MAX_PARTS)?,
        chunk: (in_part / CHUNK_SIZE as u64) as u32,
        skip: (in_part % CHUNK_SIZE as u64) as usize,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_the_sealed_part_without_a_gap() {
        let chunk = CHUNK_SIZE as u32;
        for plain_len in [1, chunk - 1, chunk, chunk + 1, 3 * chunk, PART_SIZE as u32 - 1, PART_SIZE as u32] {
            let mut end = HEADER_LEN as u64;
            for index in 0..chunk_count(plain_len) {
                let range = chunk_range(plain_len, index).expect("a chunk of the part");
                assert_eq!(range.start, end);
                assert!(range.end > range.start + TAG_LEN as u64);
                assert_eq!(is_last_chunk(plain_len, index), range.end == sealed_len(plain_len));
                end = range.end;
            }
            assert_eq!(end, sealed_len(plain_len));
            assert_eq!(chunk_range(plain_len, chunk_count(plain_len)), None);
        }
        assert_eq!(chunk_range(1, u32::MAX), None);
        assert!(!is_last_chunk(u32::MAX, u32::MAX));
    }

    #[test]
    fn bytes_are_located() {
        let (part, chunk) = (PART_SIZE as u64, CHUNK_SIZE as u64);
        assert_eq!(locate(0), Some(Location { part: 0, chunk: 0, skip: 0 }));
        assert_eq!(locate(chunk - 1), Some(Location { part: 0, chunk: 0, skip: CHUNK_SIZE - 1 }));
        assert_eq!(locate(part - 1), Some(Location { part: 0, chunk: 127, skip: CHUNK_SIZE - 1 }));
        assert_eq!(locate(2 * part + chunk + 5), Some(Location { part: 2, chunk: 1, skip: 5 }));
        assert_eq!(locate(part * u64::from(MAX_PARTS)), None);
        assert_eq!(locate(u64::MAX), None);
    }
}
