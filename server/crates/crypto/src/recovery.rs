//! Recovery codes: what a person types once in the place of the code of an authenticator app that is lost.
//!
//! A code is 80 random bits. The server keeps HMAC-SHA-256(key, lp("renkei recovery code") ‖ lp(device id) ‖ lp(code)):
//! whoever has the database alone can not even try.
//!
//! Text form: `XXXX-XXXX-XXXX-XXXX`, in Crockford's base32 (no I, L, O, U).

use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::key::Key;
use crate::{Entropy, frame, random, typed};

/// How many a person gets at once.
pub const COUNT: usize = 10;

const CODE_LEN: usize = 10;

/// A recovery code. Wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RecoveryCode([u8; CODE_LEN]);

impl RecoveryCode {
    /// A new one.
    pub fn random(entropy: &dyn Entropy) -> Self {
        Self(random(entropy))
    }

    /// The text form, to hand to the person.
    pub fn reveal(&self) -> String {
        typed::write(&self.0)
    }

    /// Reads a code as people type it: case, spaces, hyphens and full-width letters do not matter; O is read as 0, I
    /// and L as 1.
    pub fn parse(text: &str) -> Option<Self> {
        typed::read(text.nfkc()).map(Self)
    }

    /// What the server keeps of a code of this authenticator, and looks it up by.
    pub fn hash(&self, key: &Key, device_id: &[u8]) -> [u8; 32] {
        frame::mac(key, "renkei recovery code", &[device_id, &self.0])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::Replay;

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let expected = RecoveryCode::parse("0123-4567-89AB-1100").expect("a code").0;
        for typed in ["0123456789ab1100", " 0123 4567 89ab il0o\n", "０１２３－４５６７ー８９ＡＢ-ＩＬＯ０"]
        {
            assert_eq!(RecoveryCode::parse(typed).map(|code| code.0), Some(expected), "{typed}");
        }
        for other in ["", "123456", "0123-4567-89AB-110", "0123-4567-89AB-11000", "0123-4567-89AB-110U"] {
            assert!(RecoveryCode::parse(other).is_none(), "{other}");
        }
    }

    #[test]
    fn what_is_kept_is_of_one_code_of_one_authenticator_under_one_key() {
        let code = RecoveryCode::random(&Replay::new(1));
        let (key, other) = (Key::from_bytes([7; 32]), Key::from_bytes([8; 32]));
        assert_eq!(code.hash(&key, b"one"), code.hash(&key, b"one"));
        assert_ne!(code.hash(&key, b"one"), code.hash(&key, b"two"));
        assert_ne!(code.hash(&key, b"one"), code.hash(&other, b"one"));
        assert_ne!(code.hash(&key, b"one"), RecoveryCode::random(&Replay::new(2)).hash(&key, b"one"));
    }

    proptest! {
        #[test]
        fn every_code_comes_back(bytes: [u8; CODE_LEN]) {
            let text = RecoveryCode(bytes).reveal();
            prop_assert_eq!(text.len(), 19);
            prop_assert_eq!(RecoveryCode::parse(&text).map(|code| code.0), Some(bytes));
        }
    }
}
