//! Enrolment codes: what a person types once to enrol a device.
//!
//! A code is the first 120 bits of HMAC-SHA-256(key, lp("renkei enrollment code") ‖ lp(enrolment id)), so
//! it can be shown again without being stored; the server keeps its hash, SHA-256(lp("renkei enrollment
//! code hash") ‖ lp(code)).
//!
//! Text form: `XXXX-XXXX-XXXX-XXXX-XXXX-XXXX.FINGERPRINT`: the code in Crockford's base32 (no I, L, O, U),
//! then SHA-256 of the CA certificate's DER in base32 (RFC 4648, no padding, 52 characters), which lets the
//! client know the right server before it sends the code.

use data_encoding::BASE32_NOPAD;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::key::Key;
use crate::{frame, typed};

const CODE_LEN: usize = 15;

/// The one-time secret of an enrolment. Wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct EnrollmentCode([u8; CODE_LEN]);

/// The code of an enrolment: always the same for the same key and id.
pub fn code(key: &Key, enrollment_id: &[u8]) -> EnrollmentCode {
    let mut mac = frame::mac(key, "renkei enrollment code", &[enrollment_id]);
    let mut code = EnrollmentCode([0; CODE_LEN]);
    code.0.copy_from_slice(&mac[..CODE_LEN]);
    mac.zeroize();
    code
}

impl EnrollmentCode {
    /// The text form, to hand to the person who enrols. `ca_sha256` is SHA-256 of the CA certificate's DER.
    pub fn reveal(&self, ca_sha256: &[u8; 32]) -> String {
        typed::write(&self.0) + "." + &BASE32_NOPAD.encode(ca_sha256)
    }

    /// Reads a code as people type it: case, spaces, hyphens, full-width letters and whatever stands after
    /// the point do not matter; O is read as 0, I and L as 1.
    pub fn parse(text: &str) -> Option<Self> {
        typed::read(text.nfkc().take_while(|c| *c != '.')).map(Self)
    }

    /// What the server keeps and looks the code up by.
    pub fn hash(&self) -> [u8; 32] {
        frame::hash("renkei enrollment code hash", &self.0)
    }
}

/// SHA-256 of the CA certificate that a code names, as people type it; [`None`] if nothing of the kind stands after the
/// point.
pub fn named_ca(text: &str) -> Option<[u8; 32]> {
    let symbols: String = text
        .nfkc()
        .skip_while(|c| *c != '.')
        .skip(1)
        .filter(|c| !c.is_whitespace() && !typed::is_hyphen(*c))
        .collect();
    BASE32_NOPAD.decode(symbols.to_ascii_uppercase().as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> Key {
        Key::from_bytes([7; 32])
    }

    #[test]
    fn the_text_form_is_as_agreed() {
        let text = code(&key(), b"one").reveal(&[9; 32]);
        let (secret, fingerprint) = text.split_once('.').expect("a point");
        let groups: Vec<_> = secret.split('-').collect();
        assert_eq!(groups.len(), 6);
        assert!(groups.iter().all(|group| group.len() == 4));
        assert!(secret.chars().all(|c| c == '-' || "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(c)));
        assert_eq!(BASE32_NOPAD.decode(fingerprint.as_bytes()), Ok(vec![9; 32]));
        assert_eq!(fingerprint.len(), 52);
        assert_eq!(named_ca(&text), Some([9; 32]));
        assert_eq!(
            named_ca(&format!("{secret} . {}－{}", &fingerprint[..5].to_lowercase(), &fingerprint[5..])),
            Some([9; 32])
        );
        for bad in [secret, "", ".", &format!("{secret}.{secret}"), &text[..text.len() - 1]] {
            assert_eq!(named_ca(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_code_is_the_same_again_and_another_for_another_id() {
        assert_eq!(code(&key(), b"one").hash(), code(&key(), b"one").hash());
        assert_ne!(code(&key(), b"one").hash(), code(&key(), b"two").hash());
        assert_ne!(code(&key(), b"one").hash(), code(&Key::from_bytes([8; 32]), b"one").hash());
    }

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let expected = EnrollmentCode::parse("0123-4567-89AB-CDEF-GHJK-1100").expect("a code").hash();
        for typed in [
            "0123456789abcdefghjk1100",
            " 0123 4567 89ab cdef ghjk 1100 \n",
            "O123-4567-89AB-CDEF-GHJK-ILoO",
            "o123-4567-89AB-CDEF-GHJK-il00.ANYTHING at all",
            "０１２３－４５６７－８９ＡＢ－ＣＤＥＦ－ＧＨＪＫ－１１００",
            "0123ー4567–89AB—CDEF−GHJK‐1100",
        ] {
            let parsed = EnrollmentCode::parse(typed).map(|code| code.hash());
            assert_eq!(parsed, Some(expected), "{typed}");
        }
    }

    #[test]
    fn other_texts_are_no_codes() {
        for text in [
            "",
            ".",
            "0123-4567-89AB-CDEF-GHJK-110",
            "0123-4567-89AB-CDEF-GHJK-11000",
            "0123-4567-89AB-CDEF-GHJK-110U",
            "0123-4567-89AB-CDEF-GHJK-110é",
            "0123_4567_89AB_CDEF_GHJK_1100",
        ] {
            assert!(EnrollmentCode::parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_code_comes_back(id: [u8; 16], ca: [u8; 32]) {
            let code = code(&key(), &id);
            let parsed = EnrollmentCode::parse(&code.reveal(&ca)).map(|parsed| parsed.hash());
            prop_assert_eq!(parsed, Some(code.hash()));
        }

        #[test]
        fn any_text_is_taken(text: String) {
            let _ = EnrollmentCode::parse(&text);
        }
    }
}
