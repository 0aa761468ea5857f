//! Sealing a file part by part: computing and nothing else, so that it can be done beside everything else.

use std::sync::Arc;

use renkei_crypto::Entropy;
use renkei_crypto::blob::{CHUNK_SIZE, PART_SIZE, PREFIX_LEN, PartContext, PartSealer};
use renkei_crypto::key::Key;
use renkei_domain::id::{AttachmentId, PatientId};
use renkei_store::PartName;
use renkei_store::upload::StoredPart;
use sha2::digest::common::hazmat::SerializableState as _;
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::{JoinHandle, spawn_blocking};

/// A file of which a part is under way. It holds one chunk of it.
pub(super) struct FileSealer {
    key: Key,
    patient: PatientId,
    attachment: AttachmentId,
    entropy: Arc<dyn Entropy>,
    size: u64,
    /// Bytes that were taken.
    taken: u64,
    sha256: Sha256,
    part: Option<Part>,
}

struct Part {
    sealer: PartSealer,
    number: u32,
    plain_len: u32,
    sha256: Sha256,
}

/// The next sealed bytes of a part.
pub(super) struct Sealed {
    /// Number of the part.
    pub(super) part: u32,
    pub(super) bytes: Vec<u8>,
    /// If they are its last ones.
    pub(super) end: Option<PartEnd>,
}

/// A part that is sealed.
pub(super) struct PartEnd {
    /// Bytes of the file in it.
    pub(super) plain_len: u32,
    /// SHA-256 of the sealed part.
    pub(super) sealed_sha256: [u8; 32],
    /// Which try at the part it is.
    pub(super) nonce_prefix: [u8; PREFIX_LEN],
    /// Bytes of the file up to its end.
    pub(super) stored: u64,
    /// SHA-256 of these bytes so far, as it goes on. It tells of the file: to be sealed.
    pub(super) hash_state: Vec<u8>,
}

impl FileSealer {
    /// A file of `size` bytes, of which the first `taken` are stored; `hash_state` is theirs. If the last part of
    /// them is not full, its bytes must be [taken again](Self::again) first.
    ///
    /// `None`: this is no state of a hash.
    pub(super) fn new(
        key: Key,
        (patient, attachment): (PatientId, AttachmentId),
        size: u64,
        taken: u64,
        hash_state: &[u8],
        entropy: Arc<dyn Entropy>,
    ) -> Option<Self> {
        let sha256 = Sha256::deserialize(hash_state.try_into().ok()?).ok()?;
        Some(Self { key, patient, attachment, entropy, size, taken, sha256, part: None })
    }

    /// The state of a hash of nothing.
    pub(super) fn fresh_hash_state() -> Vec<u8> {
        Sha256::new().serialize().to_vec()
    }

    /// How many bytes the part takes that is under way, or the next one.
    pub(super) fn part_left(&self) -> u64 {
        let part_end = match self.part {
            Some(Part { number, .. }) => (u64::from(number) + 1) * PART_SIZE as u64,
            None => (self.taken / PART_SIZE as u64 + 1) * PART_SIZE as u64,
        };
        part_end.min(self.size) - self.taken
    }

    /// How many bytes are to come.
    pub(super) fn left(&self) -> u64 {
        self.size - self.taken
    }

    /// [`Self::add`] on a thread where milliseconds of computing hold nobody up.
    pub(super) fn seal(
        mut self,
        batch: Vec<u8>,
        turn: OwnedSemaphorePermit,
    ) -> JoinHandle<(Self, Option<Sealed>)> {
        // by this thread, of which there are few: an allocator keeps of everyone's what it once allocated
        let bytes = Part::room_for(&batch);
        spawn_blocking(move || {
            let _turn = turn;
            let sealed = self.add(&batch, bytes);
            (self, Some(sealed))
        })
    }

    /// Takes the next of the bytes that were stored before of the last part, `number`: all of them are to be sealed
    /// anew, with other nonces, as the beginning of the whole part.
    pub(super) fn again(&mut self, number: u32, plain: &[u8]) -> Sealed {
        let mut part = self.part.take().unwrap_or_else(|| self.begin_part(number));
        let mut bytes = Part::room_for(plain);
        part.take(plain, &mut bytes);
        self.part = Some(part);
        Sealed { part: number, bytes, end: None }
    }

    /// Takes the next bytes of the file, none of which may belong to the part after, and seals them into `bytes`.
    fn add(&mut self, plain: &[u8], mut bytes: Vec<u8>) -> Sealed {
        assert!(plain.len() as u64 <= self.part_left(), "a batch is of one part");
        let number = (self.taken / PART_SIZE as u64) as u32;
        let mut part = self.part.take().unwrap_or_else(|| self.begin_part(number));
        self.sha256.update(plain);
        self.taken += plain.len() as u64;
        part.take(plain, &mut bytes);
        let is_full = u64::from(part.plain_len) == PART_SIZE as u64 || self.taken == self.size;
        let number = part.number;
        let end = if is_full {
            Some(self.end_part(part, &mut bytes))
        } else {
            self.part = Some(part);
            None
        };
        Sealed { part: number, bytes, end }
    }

    /// Ends the part where it is. `None`: none is under way.
    pub(super) fn cut(&mut self) -> Option<Sealed> {
        let part = self.part.take()?;
        let (number, mut bytes) = (part.number, Vec::new());
        let end = self.end_part(part, &mut bytes);
        Some(Sealed { part: number, bytes, end: Some(end) })
    }

    /// SHA-256 of the file.
    pub(super) fn finish(self) -> [u8; 32] {
        self.sha256.finalize().into()
    }

    fn end_part(&self, mut part: Part, bytes: &mut Vec<u8>) -> PartEnd {
        let (before, nonce_prefix) = (bytes.len(), part.sealer.nonce_prefix());
        part.sealer.finish_into(&[], bytes);
        part.sha256.update(&bytes[before..]);
        PartEnd {
            plain_len: part.plain_len,
            sealed_sha256: part.sha256.finalize().into(),
            nonce_prefix,
            stored: self.taken,
            hash_state: self.sha256.serialize().to_vec(),
        }
    }

    fn begin_part(&self, number: u32) -> Part {
        let context = PartContext {
            patient: self.patient.as_bytes(),
            attachment: self.attachment.as_bytes(),
            part: number,
        };
        let sealer = PartSealer::new(&self.key, &context, self.entropy.as_ref());
        Part { sealer, number, plain_len: 0, sha256: Sha256::new() }
    }
}

impl Part {
    /// An empty buffer for what taking `plain` seals, with the chunk that may have been held before it.
    fn room_for(plain: &[u8]) -> Vec<u8> {
        Vec::with_capacity(plain.len() + plain.len() / 1024 + CHUNK_SIZE)
    }

    fn take(&mut self, plain: &[u8], bytes: &mut Vec<u8>) {
        if self.plain_len == 0 {
            bytes.extend_from_slice(&self.sealer.header());
        }
        self.plain_len += plain.len() as u32;
        self.sealer.push_into(plain, bytes);
        self.sha256.update(&bytes);
    }
}

/// One part that is there whole, sealed as try `upload`: its bytes, and what is noted of it.
pub(super) fn seal_part(
    key: &Key,
    name: PartName,
    plain: &[u8],
    entropy: &dyn Entropy,
) -> (Vec<u8>, StoredPart) {
    let context = PartContext {
        patient: name.patient.as_bytes(),
        attachment: name.attachment.as_bytes(),
        part: name.part,
    };
    let sealer = PartSealer::new(key, &context, entropy);
    let (mut sealed, nonce_prefix) = (sealer.header(), Some(sealer.nonce_prefix()));
    sealer.finish_into(plain, &mut sealed);
    let part = StoredPart {
        part: name.part,
        upload: name.upload,
        plain_len: plain.len() as u32,
        sealed_sha256: Sha256::digest(&sealed).into(),
        nonce_prefix,
    };
    (sealed, part)
}

#[cfg(test)]
mod tests {
    use renkei_crypto::OsEntropy;
    use renkei_crypto::blob::{HEADER_LEN, PartOpener, SEALED_CHUNK_SIZE, chunk_count};
    use uuid::Uuid;

    use super::*;

    const IDS: (PatientId, AttachmentId) = (PatientId(Uuid::from_u128(1)), AttachmentId(Uuid::from_u128(2)));

    fn key() -> Key {
        Key::from_bytes([7; 32])
    }

    fn sealer(size: u64, taken: u64, hash_state: &[u8]) -> FileSealer {
        FileSealer::new(key(), IDS, size, taken, hash_state, Arc::new(OsEntropy)).unwrap()
    }

    fn open(number: u32, sealed: &[u8], end: &PartEnd) -> Vec<u8> {
        assert_eq!(end.sealed_sha256, <[u8; 32]>::from(Sha256::digest(sealed)));
        let context = PartContext { patient: IDS.0.as_bytes(), attachment: IDS.1.as_bytes(), part: number };
        let (header, chunks) = sealed.split_at(HEADER_LEN);
        let mut opener = PartOpener::new(&key(), &context, header).unwrap();
        let count = chunk_count(end.plain_len);
        let mut opened = Vec::new();
        for (index, chunk) in (0..).zip(chunks.chunks(SEALED_CHUNK_SIZE)) {
            opened.extend(opener.open_chunk(chunk, index + 1 == count).unwrap());
        }
        assert!(opener.is_finished());
        opened
    }

    /// Whatever is taken at once, and wherever it breaks: parts that open where they belong, and the file's hash.
    #[test]
    fn a_file_goes_on_after_breaks_anywhere() {
        let file: Vec<u8> = (0..PART_SIZE + 500_001).map(|at| (at % 251) as u8).collect();
        let breaks = [1, 65_536, 300_000, PART_SIZE - 1, PART_SIZE, PART_SIZE + 1, file.len()];
        let mut state = FileSealer::fresh_hash_state();
        let mut parts: Vec<Vec<u8>> = Vec::new();
        let (mut taken, mut hash) = (0, None);
        for until in breaks {
            let mut sealer = sealer(file.len() as u64, taken as u64, &state);
            let mut sealed = Vec::new();
            if taken % PART_SIZE != 0 {
                let part = parts.pop().unwrap();
                for piece in part.chunks(200_000) {
                    sealed.extend(sealer.again((taken / PART_SIZE) as u32, piece).bytes);
                }
            }
            while taken < until {
                let batch = (until - taken).min(100_000).min(sealer.part_left() as usize);
                let piece = sealer.add(&file[taken..taken + batch], Vec::new());
                taken += batch;
                sealed.extend(piece.bytes);
                if let Some(end) = piece.end {
                    state.clone_from(&end.hash_state);
                    parts.push(open(piece.part, &sealed, &end));
                    sealed.clear();
                }
            }
            assert_eq!(sealer.left(), (file.len() - until) as u64);
            if let Some(piece) = sealer.cut() {
                sealed.extend(piece.bytes);
                let end = piece.end.unwrap();
                assert_eq!(end.stored, taken as u64);
                state.clone_from(&end.hash_state);
                parts.push(open(piece.part, &sealed, &end));
            }
            hash = (until == file.len()).then(|| sealer.finish());
        }
        assert_eq!(hash, Some(Sha256::digest(&file).into()));
        assert!(parts.concat() == file);
    }

    #[test]
    fn a_state_that_is_none_is_refused() {
        for state in [&[][..], &[0; 7], &[0xff; 105]] {
            assert!(FileSealer::new(key(), IDS, 10, 0, state, Arc::new(OsEntropy)).is_none());
        }
    }

    #[test]
    #[should_panic(expected = "of one part")]
    fn a_batch_does_not_reach_into_the_next_part() {
        sealer(10, 0, &FileSealer::fresh_hash_state()).add(&[0; 11], Vec::new());
    }
}
