//! Keys, and how one key guards another: the root key wraps patient keys, a patient key wraps blob keys,
//! and a patient's note key is derived from the patient key.
//!
//! Wrapped key, 73 bytes: format byte `02` ‖ nonce (24) ‖ XChaCha20-Poly1305 of the child (32 + 16).
//! AAD: format byte ‖ lp(purpose) ‖ lp(parent id) ‖ lp(parent version, u32 BE) ‖ lp(patient) ‖ lp(child id)
//! ‖ lp(child version, u32 BE). The format byte differs from that of [`crate::seal`], so that a wrapped key
//! never opens as sealed content.
//!
//! Derived key: HKDF-SHA-256 with the parent as input key material, no salt, the label as info, 32 bytes.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::seal::{Aad, Format, OVERHEAD, open_as, seal_as};
use crate::{Entropy, OpenError};

/// Length of a wrapped key in bytes.
pub const WRAPPED_LEN: usize = OVERHEAD + 32;

/// A 256-bit secret key. Wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    /// A new random key.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut key = Self([0; 32]);
        entropy.fill(&mut key.0);
        key
    }

    /// A key that was kept elsewhere (root key file, credential).
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes themselves, for writing the root key file and for other ciphers. Never log them.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What a wrapped key is bound to: it opens with exactly the same labels only.
#[derive(Clone, Copy)]
pub struct WrapContext<'a> {
    /// What the child is for, for example `"patient"` or `"blob"`.
    pub purpose: &'a str,
    /// Which key wraps.
    pub parent_id: &'a [u8],
    /// Which version of it.
    pub parent_version: u32,
    /// Whose data the child guards; empty when it is nobody's.
    pub patient: &'a [u8],
    /// Which key is wrapped.
    pub child_id: &'a [u8],
    /// Which version of it.
    pub child_version: u32,
}

impl WrapContext<'_> {
    fn aad(&self) -> Aad {
        Aad::new(self.purpose)
            .with(self.parent_id)
            .with(&self.parent_version.to_be_bytes())
            .with(self.patient)
            .with(self.child_id)
            .with(&self.child_version.to_be_bytes())
    }
}

/// Seals `child` under `parent` for the place that `context` names.
pub fn wrap(parent: &Key, child: &Key, context: &WrapContext<'_>, entropy: &dyn Entropy) -> Vec<u8> {
    seal_as(Format::WrappedKey, parent, &context.aad(), &child.0, entropy)
}

/// Opens what [`wrap`] sealed.
///
/// # Errors
/// [`OpenError::Damaged`] also for another parent key or another context.
pub fn unwrap(parent: &Key, wrapped: &[u8], context: &WrapContext<'_>) -> Result<Key, OpenError> {
    let child = Zeroizing::new(open_as(Format::WrappedKey, parent, &context.aad(), wrapped)?);
    child.as_slice().try_into().map(Key).map_err(|_| OpenError::Damaged)
}

/// Derives the key of `label` from `key`: HKDF-SHA-256. Different labels give unrelated keys.
pub fn derive(key: &Key, label: &str) -> Key {
    let mut derived = Key([0; 32]);
    Hkdf::<Sha256>::new(None, &key.0)
        .expand(label.as_bytes(), &mut derived.0)
        .expect("HKDF-SHA-256 gives up to 8160 bytes");
    derived
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::Replay;

    const CONTEXT: WrapContext<'static> = WrapContext {
        purpose: "blob",
        parent_id: b"parent",
        parent_version: 3,
        patient: b"patient",
        child_id: b"child",
        child_version: 1,
    };

    #[test]
    fn a_wrapped_key_comes_back() {
        let entropy = Replay::new(1);
        let (parent, child) = (Key::random(&entropy), Key::random(&entropy));
        let wrapped = wrap(&parent, &child, &CONTEXT, &entropy);
        assert_eq!(wrapped.len(), WRAPPED_LEN);
        assert!(unwrap(&parent, &wrapped, &CONTEXT).is_ok_and(|key| key.expose() == child.expose()));
    }

    #[test]
    fn another_place_or_parent_is_refused() {
        let entropy = Replay::new(1);
        let (parent, child) = (Key::random(&entropy), Key::random(&entropy));
        let wrapped = wrap(&parent, &child, &CONTEXT, &entropy);
        let others = [
            WrapContext { purpose: "patient", ..CONTEXT },
            WrapContext { parent_id: b"parenT", ..CONTEXT },
            WrapContext { parent_version: 4, ..CONTEXT },
            WrapContext { patient: b"other", ..CONTEXT },
            WrapContext { patient: b"", ..CONTEXT },
            WrapContext { child_id: b"other", ..CONTEXT },
            WrapContext { child_version: 2, ..CONTEXT },
            // The same bytes in a row, cut elsewhere.
            WrapContext { patient: b"patientc", child_id: b"hild", ..CONTEXT },
        ];
        for other in others {
            assert_eq!(unwrap(&parent, &wrapped, &other).err(), Some(OpenError::Damaged));
        }
        assert_eq!(unwrap(&child, &wrapped, &CONTEXT).err(), Some(OpenError::Damaged));
    }

    #[test]
    fn a_wrapped_key_is_not_content_nor_the_reverse() {
        let entropy = Replay::new(1);
        let key = Key::random(&entropy);
        let wrapped = wrap(&key, &key, &CONTEXT, &entropy);
        assert_eq!(crate::seal::open(&key, &CONTEXT.aad(), &wrapped), Err(OpenError::UnknownFormat));
        let mut relabelled = crate::seal::seal(&key, &CONTEXT.aad(), &[7; 32], &entropy);
        relabelled[0] = Format::WrappedKey as u8;
        assert_eq!(unwrap(&key, &relabelled, &CONTEXT).err(), Some(OpenError::Damaged));
    }

    #[test]
    fn labels_give_different_keys() {
        let key = Key::from_bytes([7; 32]);
        assert_eq!(derive(&key, "note").expose(), derive(&key, "note").expose());
        assert_ne!(derive(&key, "note").expose(), derive(&key, "index").expose());
        assert_ne!(derive(&key, "note").expose(), key.expose());
    }

    proptest! {
        #[test]
        fn any_change_is_refused(byte in 0..WRAPPED_LEN, mask in 1u8.., cut in 0..WRAPPED_LEN) {
            let entropy = Replay::new(1);
            let (parent, child) = (Key::random(&entropy), Key::random(&entropy));
            let mut wrapped = wrap(&parent, &child, &CONTEXT, &entropy);
            prop_assert!(unwrap(&parent, &wrapped[..cut], &CONTEXT).is_err());
            wrapped[byte] ^= mask;
            prop_assert!(unwrap(&parent, &wrapped, &CONTEXT).is_err());
        }

        #[test]
        fn random_bytes_do_not_unwrap(bytes: Vec<u8>) {
            prop_assert!(unwrap(&Key::from_bytes([7; 32]), &bytes, &CONTEXT).is_err());
        }
    }
}
