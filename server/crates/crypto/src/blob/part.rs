//! Sealing and opening one part, a chunk at a time. The layout is in the parent module.

use std::mem;

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{self, Buffer};
use zeroize::Zeroizing;

use super::{CHUNK_SIZE, HEADER_LEN, PART_SIZE, PREFIX_LEN, PartEntry, SEALED_CHUNK_SIZE, TAG_LEN};
use crate::key::{Key, derive};
use crate::{Entropy, OpenError, frame, random, token};

const MAGIC: [u8; 4] = *b"RKB\x01";
const COMMITMENT_LEN: usize = 32;

type Stream = StreamBE32<XChaCha20Poly1305>;

/// What a part is bound to: it opens in exactly the same place only.
#[derive(Clone, Copy)]
pub struct PartContext<'a> {
    /// Whose file it is.
    pub patient: &'a [u8],
    /// Which file.
    pub attachment: &'a [u8],
    /// Which part of it, from 0.
    pub part: u32,
}

/// Seals one part. Make a new one for every try: each has its own nonces.
///
/// Holds back one chunk, because only what follows shows whether it is the last one.
pub struct PartSealer {
    stream: Stream,
    aad: Vec<u8>,
    header: [u8; HEADER_LEN],
    held: Zeroizing<Vec<u8>>,
    position: u32,
}

impl PartSealer {
    /// Begins a part under the attachment's blob key.
    pub fn new(key: &Key, context: &PartContext<'_>, entropy: &dyn Entropy) -> Self {
        let prefix: [u8; PREFIX_LEN] = random(entropy);
        let mut header = [0; HEADER_LEN];
        header[..4].copy_from_slice(&MAGIC);
        header[4..4 + COMMITMENT_LEN].copy_from_slice(commitment(key).expose());
        header[4 + COMMITMENT_LEN..].copy_from_slice(&prefix);
        Self {
            stream: stream(key, &prefix),
            aad: aad(&header, context),
            header,
            held: Zeroizing::new(Vec::with_capacity(CHUNK_SIZE)),
            position: 0,
        }
    }

    /// The first [`HEADER_LEN`] bytes of the sealed part.
    pub fn header(&self) -> Vec<u8> {
        self.header.to_vec()
    }

    /// What tells this try at the part from others, for the manifest.
    pub fn nonce_prefix(&self) -> [u8; PREFIX_LEN] {
        let mut prefix = [0; PREFIX_LEN];
        prefix.copy_from_slice(&self.header[HEADER_LEN - PREFIX_LEN..]);
        prefix
    }

    /// Takes the next plaintext, of any length, and returns the next sealed bytes, which may be none yet.
    ///
    /// # Panics
    /// When the part grows beyond [`PART_SIZE`]: it could not be opened again.
    pub fn push(&mut self, plaintext: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::new();
        self.push_into(plaintext, &mut sealed);
        sealed
    }

    /// As [`Self::push`], but adds the next sealed bytes to `sealed`.
    ///
    /// # Panics
    /// As [`Self::push`].
    pub fn push_into(&mut self, mut plaintext: &[u8], sealed: &mut Vec<u8>) {
        let so_far = self.position as usize * CHUNK_SIZE + self.held.len();
        assert!(plaintext.len() <= PART_SIZE - so_far, "a part is at most PART_SIZE bytes");
        while !plaintext.is_empty() {
            if self.held.len() == CHUNK_SIZE {
                self.seal_held(false, sealed);
            }
            let (now, later) = plaintext.split_at(plaintext.len().min(CHUNK_SIZE - self.held.len()));
            if now.len() == CHUNK_SIZE && !later.is_empty() {
                // something follows: it need not be held back
                self.seal(now, false, sealed);
            } else {
                self.held.extend_from_slice(now);
            }
            plaintext = later;
        }
    }

    /// Takes the last plaintext (which may be empty) and returns the last sealed bytes.
    ///
    /// # Panics
    /// As [`Self::push`].
    pub fn finish(self, last: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::new();
        self.finish_into(last, &mut sealed);
        sealed
    }

    /// As [`Self::finish`], but adds the last sealed bytes to `sealed`.
    ///
    /// # Panics
    /// As [`Self::push`].
    pub fn finish_into(mut self, last: &[u8], sealed: &mut Vec<u8>) {
        self.push_into(last, sealed);
        self.seal_held(true, sealed);
    }

    fn seal_held(&mut self, last: bool, sealed: &mut Vec<u8>) {
        let mut held = mem::take(&mut self.held);
        self.seal(&held, last, sealed);
        held.clear();
        self.held = held;
    }

    fn seal(&mut self, chunk: &[u8], last: bool, sealed: &mut Vec<u8>) {
        let from = sealed.len();
        sealed.reserve(chunk.len() + TAG_LEN);
        sealed.extend_from_slice(chunk);
        self.stream
            .encrypt_in_place(self.position, last, &self.aad, &mut Tail { bytes: sealed, from })
            .expect("a chunk is far below the cipher's limit of 256 GiB");
        self.position += 1;
    }
}

/// Opens one part: in order with [`Self::open_chunk`], or any chunk with [`Self::open_chunk_at`].
pub struct PartOpener {
    stream: Stream,
    aad: Vec<u8>,
    position: u32,
    finished: bool,
}

impl PartOpener {
    /// Begins with the first [`HEADER_LEN`] bytes of the sealed part.
    ///
    /// # Errors
    /// [`OpenError::WrongKey`] when the part was sealed under another key, [`OpenError::UnknownFormat`]
    /// when it does not begin as one, [`OpenError::Damaged`] when the length is wrong.
    pub fn new(key: &Key, context: &PartContext<'_>, header: &[u8]) -> Result<Self, OpenError> {
        let header: &[u8; HEADER_LEN] = header.try_into().map_err(|_| OpenError::Damaged)?;
        let rest = header.strip_prefix(&MAGIC).ok_or(OpenError::UnknownFormat)?;
        let (committed, prefix) = rest.split_at(COMMITMENT_LEN);
        if !token::same(committed, commitment(key).expose()) {
            return Err(OpenError::WrongKey);
        }
        let prefix = prefix.try_into().map_err(|_| OpenError::Damaged)?;
        Ok(Self { stream: stream(key, prefix), aad: aad(header, context), position: 0, finished: false })
    }

    /// As [`Self::new`], for the part that the manifest lists: another try at it is refused.
    ///
    /// # Errors
    /// As [`Self::new`], and [`OpenError::Damaged`] for another try.
    pub fn of_entry(
        key: &Key,
        context: &PartContext<'_>,
        entry: &PartEntry,
        header: &[u8],
    ) -> Result<Self, OpenError> {
        let opener = Self::new(key, context, header)?;
        match entry.nonce_prefix {
            Some(prefix) if header[HEADER_LEN - PREFIX_LEN..] != prefix => Err(OpenError::Damaged),
            _ => Ok(opener),
        }
    }

    /// Opens the next chunk. `last` must be true for the last chunk of the part and for no other: the
    /// lengths in the manifest say which it is.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] when it is not the chunk that was sealed at this place, and for anything after
    /// the last one. A refused chunk does not move the opener on.
    pub fn open_chunk(&mut self, sealed: &[u8], last: bool) -> Result<Vec<u8>, OpenError> {
        if self.finished {
            return Err(OpenError::Damaged);
        }
        let plaintext = self.open_chunk_at(self.position, sealed, last)?;
        self.position += 1;
        self.finished = last;
        Ok(plaintext)
    }

    /// Opens chunk `index`, for reading a range; `last` as in [`Self::open_chunk`].
    ///
    /// # Errors
    /// [`OpenError::Damaged`] when it is not the chunk that was sealed at this place.
    pub fn open_chunk_at(&self, index: u32, sealed: &[u8], last: bool) -> Result<Vec<u8>, OpenError> {
        let mut plaintext = Vec::with_capacity(sealed.len());
        self.open_chunk_into(index, sealed, last, &mut plaintext)?;
        Ok(plaintext)
    }

    /// As [`Self::open_chunk_at`], but adds what was sealed to `plaintext`.
    ///
    /// # Errors
    /// As [`Self::open_chunk_at`]; nothing is added then.
    pub fn open_chunk_into(
        &self,
        index: u32,
        sealed: &[u8],
        last: bool,
        plaintext: &mut Vec<u8>,
    ) -> Result<(), OpenError> {
        if index as usize >= PART_SIZE / CHUNK_SIZE || !length_fits(index, sealed.len(), last) {
            return Err(OpenError::Damaged);
        }
        let from = plaintext.len();
        plaintext.extend_from_slice(sealed);
        let tail = &mut Tail { bytes: plaintext, from };
        self.stream.decrypt_in_place(index, last, &self.aad, tail).map_err(|_| {
            plaintext.truncate(from);
            OpenError::Damaged
        })
    }

    /// Whether the last chunk was opened. A part that ends without it was cut.
    pub fn is_finished(&self) -> bool {
        self.finished
    }
}

/// The end of a buffer: the cipher works in its place, and does not touch what is before it.
struct Tail<'a> {
    bytes: &'a mut Vec<u8>,
    from: usize,
}

impl AsRef<[u8]> for Tail<'_> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[self.from..]
    }
}

impl AsMut<[u8]> for Tail<'_> {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.from..]
    }
}

impl Buffer for Tail<'_> {
    fn extend_from_slice(&mut self, more: &[u8]) -> Result<(), aead::Error> {
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    fn truncate(&mut self, len: usize) {
        self.bytes.truncate(self.from + len);
    }
}

/// Each plaintext has one sealed form: full chunks but for the last, which is empty in an empty part only.
fn length_fits(index: u32, sealed_len: usize, last: bool) -> bool {
    let shortest_last = if index == 0 { TAG_LEN } else { TAG_LEN + 1 };
    sealed_len == SEALED_CHUNK_SIZE || last && (shortest_last..SEALED_CHUNK_SIZE).contains(&sealed_len)
}

fn commitment(key: &Key) -> Key {
    derive(key, "blob commitment")
}

fn stream(key: &Key, prefix: &[u8; PREFIX_LEN]) -> Stream {
    Stream::new(derive(key, "blob stream").expose().into(), prefix.into())
}

fn aad(header: &[u8; HEADER_LEN], context: &PartContext<'_>) -> Vec<u8> {
    let mut aad = Vec::new();
    frame::append(&mut aad, header);
    frame::append(&mut aad, context.patient);
    frame::append(&mut aad, context.attachment);
    frame::append(&mut aad, &context.part.to_be_bytes());
    aad
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::blob::{chunk_count, chunk_range, is_last_chunk, sealed_len};
    use crate::testing::Replay;

    const CONTEXT: PartContext<'static> = PartContext { patient: b"patient", attachment: b"file", part: 2 };

    fn key() -> Key {
        Key::from_bytes([7; 32])
    }

    fn content(len: usize) -> Vec<u8> {
        (0..len).map(|i| (i % 251) as u8).collect()
    }

    fn seal(plaintext: &[u8], piece: usize, seed: u64) -> Vec<u8> {
        let mut sealer = PartSealer::new(&key(), &CONTEXT, &Replay::new(seed));
        let mut sealed = sealer.header();
        let (pieces, last) = plaintext.split_at(plaintext.len() / piece * piece);
        for piece in pieces.chunks(piece) {
            sealed.append(&mut sealer.push(piece));
        }
        sealed.append(&mut sealer.finish(last));
        sealed
    }

    /// Opens as a reader of a file does: the plain length from the manifest, the bytes from the store.
    fn open(key: &Key, context: &PartContext<'_>, len: usize, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let header = sealed.get(..HEADER_LEN).ok_or(OpenError::Damaged)?;
        let mut opener = PartOpener::new(key, context, header)?;
        let mut plaintext = Vec::new();
        for index in 0..chunk_count(len as u32) {
            let range = chunk_range(len as u32, index).ok_or(OpenError::Damaged)?;
            let chunk = sealed.get(range.start as usize..range.end as usize).ok_or(OpenError::Damaged)?;
            plaintext.append(&mut opener.open_chunk(chunk, is_last_chunk(len as u32, index))?);
        }
        assert!(opener.is_finished());
        Ok(plaintext)
    }

    #[test]
    fn parts_of_every_shape_come_back() {
        for len in [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 3 * CHUNK_SIZE, PART_SIZE] {
            let plaintext = content(len);
            let sealed = seal(&plaintext, CHUNK_SIZE, 1);
            assert_eq!(sealed.len() as u64, sealed_len(len as u32));
            assert!(open(&key(), &CONTEXT, len, &sealed) == Ok(plaintext), "{len} bytes");
        }
    }

    #[test]
    fn pieces_of_any_length_give_the_same_bytes() {
        let plaintext = content(2 * CHUNK_SIZE + 100);
        let sealed = seal(&plaintext, CHUNK_SIZE, 1);
        for piece in [1000, CHUNK_SIZE + 1, 2 * CHUNK_SIZE, 4 * CHUNK_SIZE] {
            assert!(seal(&plaintext, piece, 1) == sealed, "pieces of {piece}");
        }
    }

    #[test]
    fn sealed_and_opened_bytes_are_added_to_what_is_there() {
        let plaintext = content(2 * CHUNK_SIZE + 100);
        let mut sealer = PartSealer::new(&key(), &CONTEXT, &Replay::new(1));
        let mut sealed = sealer.header();
        sealer.push_into(&plaintext[..CHUNK_SIZE + 10], &mut sealed);
        sealer.finish_into(&plaintext[CHUNK_SIZE + 10..], &mut sealed);
        assert!(sealed == seal(&plaintext, CHUNK_SIZE, 1));
        let (header, chunks) = sealed.split_at(HEADER_LEN);
        let opener = PartOpener::new(&key(), &CONTEXT, header).expect("the right key");
        let mut opened = b"before".to_vec();
        for (index, chunk) in (0..).zip(chunks.chunks(SEALED_CHUNK_SIZE)) {
            assert_eq!(opener.open_chunk_into(index, chunk, index == 2, &mut opened), Ok(()));
        }
        assert!(opened == [&b"before"[..], &plaintext].concat());
    }

    #[test]
    fn of_a_chunk_that_does_not_open_nothing_is_added() {
        let mut sealed = seal(b"content", CHUNK_SIZE, 1);
        sealed[HEADER_LEN] ^= 1;
        let (header, chunk) = sealed.split_at(HEADER_LEN);
        let opener = PartOpener::new(&key(), &CONTEXT, header).expect("the right key");
        let mut opened = b"before".to_vec();
        assert_eq!(opener.open_chunk_into(0, chunk, true, &mut opened), Err(OpenError::Damaged));
        assert_eq!(opened, b"before");
    }

    #[test]
    #[should_panic(expected = "at most PART_SIZE")]
    fn a_part_does_not_grow_beyond_its_size() {
        let mut sealer = PartSealer::new(&key(), &CONTEXT, &Replay::new(1));
        sealer.push(&content(PART_SIZE));
        sealer.push(b"x");
    }

    #[test]
    fn sent_again_it_has_other_nonces() {
        let entropy = Replay::new(1);
        let prefix =
            || PartSealer::new(&key(), &CONTEXT, &entropy).header().split_off(HEADER_LEN - PREFIX_LEN);
        let prefixes: std::collections::HashSet<_> = (0..100).map(|_| prefix()).collect();
        assert_eq!(prefixes.len(), 100);
    }

    #[test]
    fn another_try_at_the_part_is_refused() {
        let entry = |prefix| PartEntry {
            plain_len: 7,
            sealed_len: sealed_len(7),
            sealed_sha256: [0; 32],
            nonce_prefix: prefix,
        };
        let (first, second) = (Replay::new(1), Replay::new(2));
        let (listed, other) =
            (PartSealer::new(&key(), &CONTEXT, &first), PartSealer::new(&key(), &CONTEXT, &second));
        let open =
            |prefix, header: &[u8]| PartOpener::of_entry(&key(), &CONTEXT, &entry(prefix), header).err();
        let prefix = Some(listed.nonce_prefix());
        assert_eq!(open(prefix, &listed.header()), None);
        assert_eq!(open(prefix, &other.header()), Some(OpenError::Damaged));
        assert_eq!(open(prefix, b"short"), Some(OpenError::Damaged));
        // a manifest of a time when a key was of one try only
        assert_eq!(open(None, &other.header()), None);
    }

    #[test]
    fn a_wrong_key_is_known_before_decrypting() {
        let sealed = seal(b"content", CHUNK_SIZE, 1);
        let opened = PartOpener::new(&Key::from_bytes([8; 32]), &CONTEXT, &sealed[..HEADER_LEN]);
        assert_eq!(opened.err(), Some(OpenError::WrongKey));
    }

    #[test]
    fn another_place_is_refused() {
        let sealed = seal(b"content", CHUNK_SIZE, 1);
        let others = [
            PartContext { patient: b"someone", ..CONTEXT },
            PartContext { attachment: b"other", ..CONTEXT },
            PartContext { part: 1, ..CONTEXT },
            PartContext { patient: b"patientf", attachment: b"ile", ..CONTEXT },
        ];
        for other in others {
            assert_eq!(open(&key(), &other, 7, &sealed), Err(OpenError::Damaged));
        }
    }

    #[test]
    fn moved_swapped_and_missing_chunks_are_refused() {
        let len = 3 * CHUNK_SIZE;
        let sealed = seal(&content(len), CHUNK_SIZE, 1);
        let (header, body) = sealed.split_at(HEADER_LEN);
        let chunks: Vec<_> = body.chunks(SEALED_CHUNK_SIZE).collect();
        let rebuilt = |order: &[usize]| {
            let chunks = order.iter().flat_map(|index| chunks[*index]);
            header.iter().chain(chunks).copied().collect::<Vec<_>>()
        };
        assert!(open(&key(), &CONTEXT, len, &rebuilt(&[0, 1, 2])).is_ok());
        for order in [[1, 0, 2], [0, 2, 1], [0, 0, 2], [0, 1, 1]] {
            assert_eq!(open(&key(), &CONTEXT, len, &rebuilt(&order)), Err(OpenError::Damaged));
        }
        // Cut after a chunk, with a length that goes with it.
        assert_eq!(open(&key(), &CONTEXT, 2 * CHUNK_SIZE, &rebuilt(&[0, 1])), Err(OpenError::Damaged));
        // A chunk of the same part from another try.
        let mut mixed = seal(&content(len), CHUNK_SIZE, 2);
        mixed[HEADER_LEN..HEADER_LEN + SEALED_CHUNK_SIZE].copy_from_slice(chunks[0]);
        assert_eq!(open(&key(), &CONTEXT, len, &mixed), Err(OpenError::Damaged));
    }

    #[test]
    fn nothing_opens_after_the_last_chunk() {
        let sealed = seal(b"content", CHUNK_SIZE, 1);
        let (header, chunk) = sealed.split_at(HEADER_LEN);
        let mut opener = PartOpener::new(&key(), &CONTEXT, header).expect("the right key");
        assert_eq!(opener.open_chunk(chunk, false), Err(OpenError::Damaged));
        assert_eq!(opener.open_chunk(chunk, true).as_deref(), Ok(&b"content"[..]));
        assert_eq!(opener.open_chunk(chunk, true), Err(OpenError::Damaged));
    }

    #[test]
    fn a_range_opens_without_what_is_before_it() {
        let plaintext = content(2 * CHUNK_SIZE + 9);
        let sealed = seal(&plaintext, CHUNK_SIZE, 1);
        let opener = PartOpener::new(&key(), &CONTEXT, &sealed[..HEADER_LEN]).expect("the right key");
        let chunk = |index| {
            let range = chunk_range(plaintext.len() as u32, index).expect("a chunk of the part");
            &sealed[range.start as usize..range.end as usize]
        };
        assert!(opener.open_chunk_at(2, chunk(2), true).as_deref() == Ok(&plaintext[2 * CHUNK_SIZE..]));
        assert!(
            opener.open_chunk_at(1, chunk(1), false).as_deref() == Ok(&plaintext[CHUNK_SIZE..][..CHUNK_SIZE])
        );
        assert_eq!(opener.open_chunk_at(1, chunk(2), true), Err(OpenError::Damaged));
        assert_eq!(opener.open_chunk_at(2, chunk(2), false), Err(OpenError::Damaged));
        assert_eq!(opener.open_chunk_at(u32::MAX, chunk(2), true), Err(OpenError::Damaged));
    }

    proptest! {
        #[test]
        fn any_change_is_refused(len in 1usize..2000, place: prop::sample::Index, bit in 0..8u8) {
            let mut sealed = seal(&content(len), 64, 1);
            let place = place.index(sealed.len());
            prop_assert!(open(&key(), &CONTEXT, len, &sealed[..place]).is_err());
            sealed[place] ^= 1 << bit;
            prop_assert!(open(&key(), &CONTEXT, len, &sealed).is_err());
        }

        #[test]
        fn random_bytes_do_not_open(header: Vec<u8>, chunk: Vec<u8>, index: u32, last: bool) {
            prop_assert!(PartOpener::new(&key(), &CONTEXT, &header).is_err());
            let header = PartSealer::new(&key(), &CONTEXT, &Replay::new(1)).header();
            let opener = PartOpener::new(&key(), &CONTEXT, &header).expect("the right key");
            prop_assert!(opener.open_chunk_at(index, &chunk, last).is_err());
        }
    }
}
