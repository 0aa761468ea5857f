//! The list of parts that makes them a file.
//!
//! Encoded manifest: version `02` ‖ total length (u64 BE) ‖ SHA-256 of the plaintext (32) ‖ number of parts
//! (u32 BE) ‖ per part: plain length (u32 BE) ‖ sealed length (u64 BE) ‖ SHA-256 of the sealed part (32) ‖
//! nonce prefix of its header (19) ‖ then lp(file name) ‖ lp(content type), both UTF-8, and nothing after.
//! Version `01` is the same without the nonce prefixes.
//!
//! The nonce prefix says which try at a part is the one. A part that was sent again with other content is
//! sealed under the same key for the same place, so that its chunks would open, too; a reader of a range
//! can not tell by the hash of a part of which it reads a little. Version `01` is of files whose key was of
//! one try only.
//!
//! There is one encoding of a manifest, and it is consistent: at least one part, all parts of
//! [`PART_SIZE`] but the last (1 byte or more), lengths that add up, sealed lengths as computed.
//!
//! Sealed manifest: as in [`crate::seal`], with format byte `03` and under HKDF-SHA-256(blob key,
//! "blob manifest"); file names are patient data.

use zeroize::Zeroizing;

use super::{PART_SIZE, PREFIX_LEN, sealed_len};
use crate::key::{Key, derive};
use crate::seal::{Aad, Format, open_as, seal_as};
use crate::{Entropy, OpenError, frame};

/// Most parts of a file: 512 GiB.
pub const MAX_PARTS: u32 = 65_536;
/// Longest file name and content type, in bytes of UTF-8.
pub const MAX_TEXT_LEN: usize = 1024;

const VERSION: u8 = 2;
const VERSION_WITHOUT_PREFIXES: u8 = 1;
const ENTRY_LEN: usize = 4 + 8 + 32;

/// What a file is: its name, its length, its hash and its parts. No `Debug`: it holds patient data.
#[derive(Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Length of the file in bytes.
    pub total_len: u64,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// The parts in order; at least one.
    pub parts: Vec<PartEntry>,
    /// The name that the uploader gave: untrusted.
    pub file_name: String,
    /// The MIME type that the uploader gave: untrusted.
    pub content_type: String,
}

/// One part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartEntry {
    /// Plaintext bytes: [`PART_SIZE`], in the last part 1 to [`PART_SIZE`].
    pub plain_len: u32,
    /// Bytes in the blob store, [`sealed_len`] of the above.
    pub sealed_len: u64,
    /// SHA-256 of the bytes in the blob store.
    pub sealed_sha256: [u8; 32],
    /// Which try at the part it is: the nonce prefix in its header. In all parts of a file, or in none.
    pub nonce_prefix: Option<[u8; PREFIX_LEN]>,
}

/// A manifest that does not describe a file, or has longer texts than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the manifest does not describe a file")]
pub struct InvalidManifest;

impl Manifest {
    /// The one encoding of this manifest.
    ///
    /// # Errors
    /// [`InvalidManifest`] for what [`Self::decode`] would refuse: it must never be written.
    pub fn encode(&self) -> Result<Vec<u8>, InvalidManifest> {
        if !self.is_valid() {
            return Err(InvalidManifest);
        }
        let mut out = Vec::with_capacity(64 + self.parts.len() * (ENTRY_LEN + PREFIX_LEN) + 2 * MAX_TEXT_LEN);
        out.push(if self.has_prefixes() { VERSION } else { VERSION_WITHOUT_PREFIXES });
        out.extend_from_slice(&self.total_len.to_be_bytes());
        out.extend_from_slice(&self.sha256);
        out.extend_from_slice(&(self.parts.len() as u32).to_be_bytes());
        for part in &self.parts {
            out.extend_from_slice(&part.plain_len.to_be_bytes());
            out.extend_from_slice(&part.sealed_len.to_be_bytes());
            out.extend_from_slice(&part.sealed_sha256);
            out.extend_from_slice(part.nonce_prefix.as_ref().map_or(&[], <[u8; PREFIX_LEN]>::as_slice));
        }
        frame::append(&mut out, self.file_name.as_bytes());
        frame::append(&mut out, self.content_type.as_bytes());
        Ok(out)
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// [`OpenError::UnknownFormat`] for another version, [`OpenError::Damaged`] for anything else that
    /// `encode` never writes.
    pub fn decode(encoded: &[u8]) -> Result<Self, OpenError> {
        let mut input = Reader(encoded);
        let [version] = input.array().ok_or(OpenError::Damaged)?;
        let has_prefixes = match version {
            VERSION => true,
            VERSION_WITHOUT_PREFIXES => false,
            _ => return Err(OpenError::UnknownFormat),
        };
        input
            .manifest(has_prefixes)
            .filter(|manifest| input.0.is_empty() && manifest.is_valid())
            .ok_or(OpenError::Damaged)
    }

    /// Encodes and seals it under the attachment's blob key, bound to `aad`.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn seal(&self, key: &Key, aad: &Aad, entropy: &dyn Entropy) -> Result<Vec<u8>, InvalidManifest> {
        let encoded = Zeroizing::new(self.encode()?);
        Ok(seal_as(Format::Manifest, &manifest_key(key), aad, &encoded, entropy))
    }

    /// Opens and reads what [`Self::seal`] sealed.
    ///
    /// # Errors
    /// As [`crate::seal::open`] and [`Self::decode`].
    pub fn open(key: &Key, aad: &Aad, sealed: &[u8]) -> Result<Self, OpenError> {
        let encoded = Zeroizing::new(open_as(Format::Manifest, &manifest_key(key), aad, sealed)?);
        Self::decode(&encoded)
    }

    fn has_prefixes(&self) -> bool {
        self.parts.iter().all(|part| part.nonce_prefix.is_some())
    }

    fn is_valid(&self) -> bool {
        let Some((last, full)) = self.parts.split_last() else { return false };
        let part_size = PART_SIZE as u32;
        self.parts.len() <= MAX_PARTS as usize
            && full.iter().all(|part| part.plain_len == part_size)
            && (1..=part_size).contains(&last.plain_len)
            && self.parts.iter().all(|part| part.nonce_prefix.is_some() == last.nonce_prefix.is_some())
            && self.parts.iter().all(|part| part.sealed_len == sealed_len(part.plain_len))
            && self.parts.iter().map(|part| u64::from(part.plain_len)).sum::<u64>() == self.total_len
            && self.file_name.len() <= MAX_TEXT_LEN
            && self.content_type.len() <= MAX_TEXT_LEN
    }
}

fn manifest_key(key: &Key) -> Key {
    derive(key, "blob manifest")
}

/// Takes from the front; `None` when there is not enough left.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn manifest(&mut self, has_prefixes: bool) -> Option<Manifest> {
        let total_len = u64::from_be_bytes(self.array()?);
        let sha256 = self.array()?;
        let count = u32::from_be_bytes(self.array()?) as usize;
        // Before anything is allocated: the claimed parts must be there.
        let entry_len = if has_prefixes { ENTRY_LEN + PREFIX_LEN } else { ENTRY_LEN };
        if count > MAX_PARTS as usize || self.0.len() < count * entry_len {
            return None;
        }
        let parts = (0..count).map(|_| self.entry(has_prefixes)).collect::<Option<_>>()?;
        Some(Manifest { total_len, sha256, parts, file_name: self.text()?, content_type: self.text()? })
    }

    fn entry(&mut self, has_prefix: bool) -> Option<PartEntry> {
        Some(PartEntry {
            plain_len: u32::from_be_bytes(self.array()?),
            sealed_len: u64::from_be_bytes(self.array()?),
            sealed_sha256: self.array()?,
            nonce_prefix: if has_prefix { Some(self.array()?) } else { None },
        })
    }

    fn text(&mut self) -> Option<String> {
        let len = u32::from_be_bytes(self.array()?) as usize;
        let (text, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        std::str::from_utf8(text).ok().map(str::to_owned)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::Replay;

    fn manifest(parts: usize, last_len: u32) -> Manifest {
        let mut lens = vec![PART_SIZE as u32; parts - 1];
        lens.push(last_len);
        let entry = |plain_len| PartEntry {
            plain_len,
            sealed_len: sealed_len(plain_len),
            sealed_sha256: [5; 32],
            nonce_prefix: Some([6; PREFIX_LEN]),
        };
        Manifest {
            total_len: lens.iter().map(|len| u64::from(*len)).sum(),
            sha256: [9; 32],
            parts: lens.into_iter().map(entry).collect(),
            file_name: "創部の写真.jpg".to_owned(),
            content_type: "image/jpeg".to_owned(),
        }
    }

    fn aad() -> Aad {
        Aad::new("manifest").with(b"patient").with(b"file")
    }

    #[test]
    fn an_inconsistent_manifest_is_never_written() {
        let broken: [fn(&mut Manifest); 9] = [
            |m| m.parts[0].nonce_prefix = None,
            |m| m.total_len += 1,
            |m| m.parts.clear(),
            |m| m.parts.swap(0, 1),
            |m| m.parts[1].plain_len = 0,
            |m| m.parts[1].sealed_len += 1,
            |m| m.parts[0].plain_len -= 1,
            |m| m.file_name = "a".repeat(MAX_TEXT_LEN + 1),
            |m| m.content_type = "a".repeat(MAX_TEXT_LEN + 1),
        ];
        for change in broken {
            let mut manifest = manifest(2, 10);
            assert!(manifest.encode().is_ok());
            change(&mut manifest);
            assert_eq!(manifest.encode(), Err(InvalidManifest));
        }
    }

    #[test]
    fn lengths_that_overflow_are_refused() {
        let mut encoded = manifest(1, 10).encode().expect("a valid manifest");
        encoded[41..45].fill(0xff);
        assert_eq!(Manifest::decode(&encoded).err(), Some(OpenError::Damaged));
        encoded[0] = 3;
        assert_eq!(Manifest::decode(&encoded).err(), Some(OpenError::UnknownFormat));
    }

    #[test]
    fn another_key_or_place_is_refused() {
        let key = Key::from_bytes([7; 32]);
        let sealed = manifest(2, 10).seal(&key, &aad(), &Replay::new(1)).expect("a valid manifest");
        assert!(Manifest::open(&key, &aad(), &sealed) == Ok(manifest(2, 10)));
        let wrong_key = Manifest::open(&Key::from_bytes([8; 32]), &aad(), &sealed);
        assert_eq!(wrong_key.err(), Some(OpenError::Damaged));
        let moved = Manifest::open(&key, &Aad::new("manifest").with(b"patient").with(b"other"), &sealed);
        assert_eq!(moved.err(), Some(OpenError::Damaged));
        assert_eq!(crate::seal::open(&key, &aad(), &sealed), Err(OpenError::UnknownFormat));
    }

    proptest! {
        #[test]
        fn a_manifest_comes_back(parts in 1usize..20, last in 1..=PART_SIZE as u32, name: String, old: bool) {
            let mut manifest = Manifest { file_name: name, ..manifest(parts, last) };
            if old {
                manifest.parts.iter_mut().for_each(|part| part.nonce_prefix = None);
            }
            let encoded = manifest.encode().expect("a valid manifest");
            prop_assert_eq!(encoded[0], if old { VERSION_WITHOUT_PREFIXES } else { VERSION });
            prop_assert!(Manifest::decode(&encoded) == Ok(manifest));
        }

        #[test]
        fn what_decodes_is_the_one_encoding(place: prop::sample::Index, byte: u8, cut: bool) {
            let mut encoded = manifest(3, 10).encode().expect("a valid manifest");
            let place = place.index(encoded.len());
            if cut {
                encoded.truncate(place);
            } else {
                encoded[place] = byte;
            }
            if let Ok(manifest) = Manifest::decode(&encoded) {
                prop_assert!(manifest.encode() == Ok(encoded));
            }
        }

        #[test]
        fn random_bytes_do_not_decode(bytes: Vec<u8>) {
            prop_assert!(Manifest::decode(&bytes).is_err());
            prop_assert!(Manifest::decode(&[&[VERSION], bytes.as_slice()].concat()).is_err());
        }
    }
}
