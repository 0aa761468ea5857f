//! Sealing short content (entry bodies, names, addresses): whole values that fit in memory.
//!
//! Sealed value: format byte `01` ‖ nonce (24, random) ‖ XChaCha20-Poly1305 ciphertext ‖ tag (16).
//! AAD: format byte ‖ lp(purpose) ‖ lp(part)… as built by [`Aad`].
//!
//! Format bytes are one series for everything that this crate seals in this shape, so that no kind opens as
//! another even under the same key and labels: `01` content, `02` wrapped key, `03` attachment manifest,
//! `04` page token.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

use crate::key::Key;
use crate::{Entropy, OpenError, frame, random};

/// By how many bytes a sealed value is longer than its content.
pub const OVERHEAD: usize = 1 + NONCE_LEN + TAG_LEN;

const NONCE_LEN: usize = 24;
const TAG_LEN: usize = 16;

/// The labels that a sealed value is bound to; it opens with exactly the same ones only.
///
/// ```
/// use renkei_crypto::seal::Aad;
/// let (patient, entry, revision) = ([1; 16], [2; 16], 1_u32);
/// let aad = Aad::new("entry").with(&patient).with(&entry).with(&revision.to_be_bytes());
/// # drop(aad);
/// ```
#[derive(Clone)]
pub struct Aad(Vec<u8>);

impl Aad {
    /// Labels that begin with what the value is for.
    pub fn new(purpose: &str) -> Self {
        Self(Vec::new()).with(purpose.as_bytes())
    }

    /// The same labels and one more.
    #[must_use]
    pub fn with(mut self, part: &[u8]) -> Self {
        frame::append(&mut self.0, part);
        self
    }
}

/// Seals `plaintext` under `key` with a fresh nonce. Sealing the same content twice gives different bytes.
pub fn seal(key: &Key, aad: &Aad, plaintext: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
    seal_as(Format::Content, key, aad, plaintext, entropy)
}

/// Opens what [`seal`] sealed.
///
/// # Errors
/// [`OpenError::UnknownFormat`] for another format byte, else [`OpenError::Damaged`]; a wrong key or wrong
/// labels can not be told from damage.
pub fn open(key: &Key, aad: &Aad, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    open_as(Format::Content, key, aad, sealed)
}

/// The kinds of sealed value and their format bytes.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    Content = 1,
    WrappedKey = 2,
    Manifest = 3,
    PageToken = 4,
}

pub(crate) fn seal_as(
    format: Format,
    key: &Key,
    aad: &Aad,
    plaintext: &[u8],
    entropy: &dyn Entropy,
) -> Vec<u8> {
    let nonce: [u8; NONCE_LEN] = random(entropy);
    let ciphertext = cipher(key)
        .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad: &bound(format, aad) })
        .expect("content is far below the cipher's limit of 256 GiB");
    [&[format as u8], &nonce[..], &ciphertext].concat()
}

pub(crate) fn open_as(format: Format, key: &Key, aad: &Aad, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    let (&first, rest) = sealed.split_first().ok_or(OpenError::Damaged)?;
    if first != format as u8 {
        return Err(OpenError::UnknownFormat);
    }
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_LEN>().ok_or(OpenError::Damaged)?;
    cipher(key)
        .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &bound(format, aad) })
        .map_err(|_| OpenError::Damaged)
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose().into())
}

fn bound(format: Format, aad: &Aad) -> Vec<u8> {
    [&[format as u8], aad.0.as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::Replay;

    fn key() -> Key {
        Key::from_bytes([7; 32])
    }

    fn row() -> Aad {
        Aad::new("entry").with(b"patient").with(b"row").with(&2u32.to_be_bytes())
    }

    #[test]
    fn another_row_is_refused() {
        let sealed = seal(&key(), &row(), b"text", &Replay::new(1));
        let others = [
            Aad::new("name").with(b"patient").with(b"row").with(&2u32.to_be_bytes()),
            Aad::new("entry").with(b"someone").with(b"row").with(&2u32.to_be_bytes()),
            Aad::new("entry").with(b"patient").with(b"another").with(&2u32.to_be_bytes()),
            Aad::new("entry").with(b"patient").with(b"row").with(&3u32.to_be_bytes()),
            Aad::new("entry").with(b"row").with(b"patient").with(&2u32.to_be_bytes()),
            Aad::new("entry").with(b"patientrow").with(&2u32.to_be_bytes()),
            Aad::new("entry").with(b"patientr").with(b"ow").with(&2u32.to_be_bytes()),
            row().with(b""),
        ];
        for other in others {
            assert_eq!(open(&key(), &other, &sealed), Err(OpenError::Damaged));
        }
    }

    #[test]
    fn another_key_and_another_format_are_refused() {
        let mut sealed = seal(&key(), &row(), b"text", &Replay::new(1));
        assert_eq!(open(&Key::from_bytes([8; 32]), &row(), &sealed), Err(OpenError::Damaged));
        sealed[0] = 0;
        assert_eq!(open(&key(), &row(), &sealed), Err(OpenError::UnknownFormat));
        assert_eq!(open(&key(), &row(), &[]), Err(OpenError::Damaged));
    }

    #[test]
    fn each_sealing_has_a_fresh_nonce() {
        let entropy = Replay::new(1);
        let sealed: Vec<_> = (0..100).map(|_| seal(&key(), &row(), b"text", &entropy)).collect();
        let nonces: std::collections::HashSet<_> = sealed.iter().map(|sealed| &sealed[1..25]).collect();
        assert_eq!(nonces.len(), sealed.len());
    }

    proptest! {
        #[test]
        fn content_comes_back(plaintext: Vec<u8>, parts: Vec<Vec<u8>>) {
            let aad = parts.iter().fold(Aad::new("any"), |aad, part| aad.with(part));
            let sealed = seal(&key(), &aad, &plaintext, &Replay::new(1));
            prop_assert_eq!(sealed.len(), plaintext.len() + OVERHEAD);
            prop_assert_eq!(open(&key(), &aad, &sealed), Ok(plaintext));
        }

        #[test]
        fn any_change_is_refused(plaintext: Vec<u8>, place: prop::sample::Index, bit in 0..8u8) {
            let mut sealed = seal(&key(), &row(), &plaintext, &Replay::new(1));
            let place = place.index(sealed.len());
            prop_assert!(open(&key(), &row(), &sealed[..place]).is_err());
            sealed[place] ^= 1 << bit;
            prop_assert!(open(&key(), &row(), &sealed).is_err());
        }

        #[test]
        fn random_bytes_do_not_open(bytes: Vec<u8>) {
            prop_assert!(open(&key(), &row(), &bytes).is_err());
            prop_assert!(open(&key(), &row(), &[&[1], bytes.as_slice()].concat()).is_err());
        }

        #[test]
        fn different_labels_never_collide(one: Vec<Vec<u8>>, two: Vec<Vec<u8>>) {
            let aad = |parts: &[Vec<u8>]| parts.iter().fold(Aad::new("any"), |aad, part| aad.with(part)).0;
            prop_assert_eq!(one == two, aad(&one) == aad(&two));
        }
    }
}
