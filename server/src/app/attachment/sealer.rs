//! Sealing a file part by part: computing and nothing else, so that it can be done beside everything else.

use std::mem;
use std::sync::Arc;

use renkei_crypto::Entropy;
use renkei_crypto::blob::{PART_SIZE, PartContext, PartEntry, PartSealer, sealed_len};
use renkei_crypto::key::Key;
use renkei_domain::id::{AttachmentId, PatientId};
use sha2::{Digest as _, Sha256};
use tokio::task::{JoinHandle, spawn_blocking};

/// A file of which a part is under way. It holds that part, sealed, and nothing of the others.
pub(super) struct FileSealer {
    key: Key,
    patient: PatientId,
    attachment: AttachmentId,
    entropy: Arc<dyn Entropy>,
    /// Bytes that are in no part yet.
    left: u64,
    sha256: Sha256,
    part: Option<Part>,
    parts: Vec<PartEntry>,
    /// For the next part.
    memory: Vec<u8>,
}

struct Part {
    sealer: PartSealer,
    plain_len: u32,
    /// Bytes that are to come.
    left: usize,
    sealed: Vec<u8>,
    sha256: Sha256,
}

impl FileSealer {
    /// A file of `size` bytes, which is sealed under `key`.
    pub(super) fn new(
        key: Key,
        patient: PatientId,
        attachment: AttachmentId,
        size: u64,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let (parts, memory) = (Vec::new(), Vec::new());
        Self {
            key,
            patient,
            attachment,
            entropy,
            left: size,
            sha256: Sha256::new(),
            part: None,
            parts,
            memory,
        }
    }

    /// [`Self::add`] on a thread where milliseconds of computing hold nobody up.
    pub(super) fn seal(mut self, batch: Vec<u8>) -> JoinHandle<(Self, Option<Vec<u8>>)> {
        spawn_blocking(move || {
            let part = self.add(&batch);
            (self, part)
        })
    }

    /// Uses this memory for the next part.
    pub(super) fn reuse(&mut self, memory: Vec<u8>) {
        self.memory = memory;
    }

    /// SHA-256 of the file, and its parts.
    pub(super) fn finish(self) -> ([u8; 32], Vec<PartEntry>) {
        (self.sha256.finalize().into(), self.parts)
    }

    /// Takes the next bytes of the file, none of which may belong to the part after. Returns the sealed part if
    /// they were its end.
    fn add(&mut self, plain: &[u8]) -> Option<Vec<u8>> {
        let mut part = self.part.take().unwrap_or_else(|| self.begin_part());
        assert!(plain.len() <= part.left, "a batch is of one part");
        part.left -= plain.len();
        self.sha256.update(plain);
        let before = part.sealed.len();
        if part.left > 0 {
            part.sealer.push_into(plain, &mut part.sealed);
            part.sha256.update(&part.sealed[before..]);
            self.part = Some(part);
            return None;
        }
        part.sealer.finish_into(plain, &mut part.sealed);
        part.sha256.update(&part.sealed[before..]);
        self.parts.push(PartEntry {
            plain_len: part.plain_len,
            sealed_len: part.sealed.len() as u64,
            sealed_sha256: part.sha256.finalize().into(),
        });
        Some(part.sealed)
    }

    fn begin_part(&mut self) -> Part {
        let plain_len = self.left.min(PART_SIZE as u64) as u32;
        self.left -= u64::from(plain_len);
        let context = PartContext {
            patient: self.patient.as_bytes(),
            attachment: self.attachment.as_bytes(),
            part: self.parts.len() as u32,
        };
        let sealer = PartSealer::new(&self.key, &context, self.entropy.as_ref());
        let mut sealed = mem::take(&mut self.memory);
        sealed.reserve_exact(sealed_len(plain_len) as usize);
        sealed.extend_from_slice(&sealer.header());
        let sha256 = Sha256::new_with_prefix(&sealed);
        Part { sealer, plain_len, left: plain_len as usize, sealed, sha256 }
    }
}

#[cfg(test)]
mod tests {
    use renkei_crypto::OsEntropy;
    use renkei_crypto::blob::{HEADER_LEN, PartOpener, SEALED_CHUNK_SIZE, chunk_count};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn batches_become_parts_that_open_where_they_belong() {
        let key = Key::from_bytes([7; 32]);
        let (patient, attachment) = (PatientId(Uuid::from_u128(1)), AttachmentId(Uuid::from_u128(2)));
        let file: Vec<u8> = (0..PART_SIZE + 100_001).map(|at| (at % 251) as u8).collect();
        let size = file.len() as u64;
        let mut sealer = FileSealer::new(key.clone(), patient, attachment, size, Arc::new(OsEntropy));
        let mut sealed = Vec::new();
        for part in file.chunks(PART_SIZE) {
            for batch in part.chunks(300_000) {
                sealed.extend(sealer.add(batch));
            }
            sealer.reuse(Vec::new());
        }
        let (sha256, entries) = sealer.finish();
        assert_eq!(sha256, <[u8; 32]>::from(Sha256::digest(&file)));
        assert_eq!((sealed.len(), entries.len()), (2, 2));
        let mut opened = Vec::new();
        for ((number, sealed), entry) in (0..).zip(&sealed).zip(&entries) {
            assert_eq!(entry.sealed_len, sealed.len() as u64);
            assert_eq!(entry.sealed_sha256, <[u8; 32]>::from(Sha256::digest(sealed)));
            let context =
                PartContext { patient: patient.as_bytes(), attachment: attachment.as_bytes(), part: number };
            let (header, chunks) = sealed.split_at(HEADER_LEN);
            let mut opener = PartOpener::new(&key, &context, header).unwrap();
            let count = chunk_count(entry.plain_len);
            for (index, chunk) in (0..).zip(chunks.chunks(SEALED_CHUNK_SIZE)) {
                opened.extend(opener.open_chunk(chunk, index + 1 == count).unwrap());
            }
            assert!(opener.is_finished());
        }
        assert!(opened == file);
    }

    #[test]
    #[should_panic(expected = "of one part")]
    fn a_batch_does_not_reach_into_the_next_part() {
        let (patient, attachment) = (PatientId(Uuid::from_u128(1)), AttachmentId(Uuid::from_u128(2)));
        let key = Key::from_bytes([7; 32]);
        FileSealer::new(key, patient, attachment, 10, Arc::new(OsEntropy)).add(&[0; 11]);
    }
}
