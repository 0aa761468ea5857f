//! Reading what is stored sealed, from any place: only the chunks that are needed are fetched, and nothing leaves
//! here that was not verified.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use renkei_crypto::OpenError;
use renkei_crypto::blob::{
    CHUNK_SIZE, HEADER_LEN, PART_SIZE, PartContext, PartEntry, PartOpener, SEALED_CHUNK_SIZE, chunk_count,
    chunk_range, locate, sealed_len,
};
use renkei_crypto::key::Key;
use renkei_domain::id::{AttachmentId, PatientId};
use renkei_domain::{Error, Reason, Result};
use renkei_store::Blobs;
use renkei_store::upload::StoredPart;
use tokio::task::spawn_blocking;

/// Chunks of a piece, which is fetched and opened at once: 256 KiB.
pub(super) const CHUNKS: u32 = 4;

/// The sealed parts of a file, and the key that opens them. The last one may be any length, all others are full.
pub(super) struct StoredFile {
    pub(super) blobs: Blobs,
    pub(super) key: Key,
    pub(super) patient: PatientId,
    pub(super) id: AttachmentId,
    pub(super) parts: Vec<StoredPart>,
}

/// What opens the part that was begun, so that its header is fetched once.
pub(super) type Begun = Option<(u32, Arc<PartOpener>)>;

impl StoredFile {
    /// Length of the file in bytes.
    pub(super) fn len(&self) -> u64 {
        self.parts.iter().map(|part| u64::from(part.plain_len)).sum()
    }

    /// The piece of which byte `offset` is one, not longer than need be for the bytes before `end`.
    ///
    /// # Errors
    /// [`Reason::StoredDataDamaged`], also behind the end; [`Reason::StorageUnavailable`].
    pub(super) async fn fetch(&self, offset: u64, end: u64, begun: &Begun) -> Result<Sealed> {
        let piece =
            Piece::at(&self.parts, offset, end).ok_or_else(|| Error::new(Reason::StoredDataDamaged))?;
        let opener = match begun {
            Some((part, opener)) if *part == piece.part => Arc::clone(opener),
            _ => Arc::new(self.opener(piece.part).await?),
        };
        let name = self.parts[piece.part as usize].name(self.patient, self.id);
        let bytes = self.blobs.get(name, piece.range.clone()).await?;
        Ok(Sealed { piece, opener, bytes })
    }

    async fn opener(&self, number: u32) -> Result<PartOpener> {
        let part = &self.parts[number as usize];
        let header = self.blobs.get(part.name(self.patient, self.id), 0..HEADER_LEN as u64).await?;
        let context =
            PartContext { patient: self.patient.as_bytes(), attachment: self.id.as_bytes(), part: number };
        PartOpener::of_entry(&self.key, &context, &entry_of(part), &header).map_err(|e| self.damaged(e))
    }

    /// The bytes from `offset` to the end of the piece that it is in, or to `end`; and what opens the part.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    pub(super) async fn read(&self, offset: u64, end: u64, begun: &mut Begun) -> Result<Bytes> {
        let sealed = self.fetch(offset, end, begun).await?;
        *begun = Some(sealed.begun());
        let opened = spawn_blocking(move || sealed.open()).await.map_err(Error::internal)?;
        opened.map_err(|error| self.damaged(error))
    }

    /// One part, whole.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    pub(super) async fn read_part(&self, part: u32) -> Result<Vec<u8>> {
        let start = u64::from(part) * PART_SIZE as u64;
        let len = self.parts.get(part as usize).map_or(0, |part| part.plain_len);
        let (mut bytes, mut begun) = (Vec::with_capacity(len as usize), None);
        while (bytes.len() as u64) < u64::from(len) {
            let end = start + u64::from(len);
            bytes.extend_from_slice(&self.read(start + bytes.len() as u64, end, &mut begun).await?);
        }
        Ok(bytes)
    }

    /// Puts on the log that something does not open.
    pub(super) fn damaged(&self, error: OpenError) -> Error {
        tracing::error!(patient = %self.patient, attachment = %self.id, %error, "a part of an attachment does not open");
        Error::new(Reason::StoredDataDamaged)
    }
}

/// The part as a manifest lists it.
pub(super) fn entry_of(part: &StoredPart) -> PartEntry {
    PartEntry {
        plain_len: part.plain_len,
        sealed_len: sealed_len(part.plain_len),
        sealed_sha256: part.sealed_sha256,
        nonce_prefix: part.nonce_prefix,
    }
}

/// Some chunks of a part, one after the other.
struct Piece {
    part: u32,
    chunks: Range<u32>,
    /// Whether the last of them is the last one of the part.
    is_last: bool,
    /// Where they lie in the sealed part.
    range: Range<u64>,
    /// Which of their bytes were asked for.
    wanted: Range<usize>,
    /// Where in the file the next piece begins.
    end: u64,
}

impl Piece {
    /// That of which byte `offset` of the file is one, from its chunk on, and for bytes before `end` only. `None`
    /// behind the end of the file.
    fn at(parts: &[StoredPart], offset: u64, end: u64) -> Option<Self> {
        let at = locate(offset)?;
        let plain_len = parts.get(at.part as usize)?.plain_len;
        let count = chunk_count(plain_len);
        let part_start = u64::from(at.part) * PART_SIZE as u64;
        let part_end = part_start + u64::from(plain_len);
        let last = end.min(part_end).checked_sub(1).filter(|last| *last >= offset)?;
        let until = ((last - part_start) / CHUNK_SIZE as u64 + 1).min(u64::from(at.chunk + CHUNKS)) as u32;
        let range =
            chunk_range(plain_len, at.chunk)?.start..chunk_range(plain_len, until.checked_sub(1)?)?.end;
        let chunks_end = part_end.min(part_start + u64::from(until) * CHUNK_SIZE as u64);
        let stop = chunks_end.min(end);
        let from = part_start + u64::from(at.chunk) * CHUNK_SIZE as u64;
        Some(Self {
            part: at.part,
            is_last: until == count,
            chunks: at.chunk..until,
            range,
            wanted: at.skip..(stop - from) as usize,
            end: stop,
        })
    }
}

/// A piece as it is stored, and what opens it.
pub(super) struct Sealed {
    piece: Piece,
    opener: Arc<PartOpener>,
    bytes: Bytes,
}

impl Sealed {
    /// Where in the file the next piece begins.
    pub(super) fn end(&self) -> u64 {
        self.piece.end
    }

    /// For [`StoredFile::fetch`].
    pub(super) fn begun(&self) -> (u32, Arc<PartOpener>) {
        (self.piece.part, Arc::clone(&self.opener))
    }

    /// The bytes that were asked for. Milliseconds of computing.
    ///
    /// # Errors
    /// When a chunk is not the one that was sealed at its place.
    pub(super) fn open(&self) -> std::result::Result<Bytes, OpenError> {
        let Piece { chunks, is_last, wanted, .. } = &self.piece;
        let mut plain = Vec::with_capacity(self.bytes.len());
        for (chunk, bytes) in chunks.clone().zip(self.bytes.chunks(SEALED_CHUNK_SIZE)) {
            let last = *is_last && chunk + 1 == chunks.end;
            self.opener.open_chunk_into(chunk, bytes, last, &mut plain)?;
        }
        Ok(Bytes::from(plain).slice(wanted.clone()))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const PIECE: usize = CHUNKS as usize * CHUNK_SIZE;

    fn parts() -> Vec<StoredPart> {
        let lens = [PART_SIZE, PART_SIZE, 2 * PIECE + CHUNK_SIZE + 5];
        (0..)
            .zip(lens)
            .map(|(part, len)| StoredPart {
                part,
                upload: Uuid::nil(),
                plain_len: len as u32,
                sealed_sha256: [0; 32],
                nonce_prefix: None,
            })
            .collect()
    }

    fn len(parts: &[StoredPart]) -> u64 {
        parts.iter().map(|part| u64::from(part.plain_len)).sum()
    }

    #[test]
    fn pieces_cover_the_file_from_any_offset() {
        let parts = parts();
        let len = len(&parts);
        for from in [0, 1, CHUNK_SIZE, PIECE - 1, PART_SIZE - 1, PART_SIZE, 2 * PART_SIZE + 5] {
            let (mut offset, mut lasts) = (from as u64, 0);
            while offset < len {
                let piece = Piece::at(&parts, offset, len).unwrap();
                assert_eq!(piece.end - offset, piece.wanted.len() as u64, "from {offset}");
                assert!(piece.wanted.len() <= PIECE);
                let sealed = renkei_crypto::blob::sealed_len(parts[piece.part as usize].plain_len);
                assert_eq!(piece.is_last, piece.range.end == sealed);
                lasts += usize::from(piece.is_last);
                offset = piece.end;
            }
            assert_eq!(offset, len);
            assert_eq!(lasts, parts.len() - from / PART_SIZE);
        }
        assert!(Piece::at(&parts, len, len).is_none());
    }

    #[test]
    fn of_a_range_no_more_is_fetched_than_its_chunks() {
        let parts = parts();
        let len = len(&parts);
        for (from, to) in [(0, 1), (65_535, 65_537), (1, 300_000), (8_388_607, 8_388_609), (len - 1, len)] {
            let (mut offset, mut chunks, mut got) = (from, 0, 0);
            while offset < to {
                let piece = Piece::at(&parts, offset, to).unwrap();
                chunks += piece.chunks.len() as u64;
                got += piece.wanted.len() as u64;
                offset = piece.end;
            }
            assert_eq!(got, to - from);
            assert_eq!(chunks, (to - 1) / CHUNK_SIZE as u64 - from / CHUNK_SIZE as u64 + 1, "{from}..{to}");
        }
        assert!(Piece::at(&parts, 5, 5).is_none());
    }
}
