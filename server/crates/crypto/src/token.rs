//! Session tokens: 256 random bits that the client holds and of which the server keeps a hash only.
//!
//! Text form: base64url without padding, 43 characters. Hash: SHA-256(lp("renkei token") ‖ lp(secret)). A
//! fast hash is right here because the secret can not be guessed.

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Entropy, frame};

const TEXT_LEN: usize = 43;

/// A bearer's secret. Wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Token([u8; 32]);

impl Token {
    /// A new token.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut token = Self([0; 32]);
        entropy.fill(&mut token.0);
        token
    }

    /// The text form, to hand to its bearer. Never log it.
    pub fn reveal(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// Reads the text form; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != TEXT_LEN {
            return None;
        }
        let mut token = Self([0; 32]);
        let written = BASE64URL_NOPAD.decode_mut(text.as_bytes(), &mut token.0).ok()?;
        (written == token.0.len()).then_some(token)
    }

    /// What the server keeps and looks the token up by.
    pub fn hash(&self) -> [u8; 32] {
        frame::hash("renkei token", &self.0)
    }
}

/// Whether both are equal, in a time that depends on their lengths only.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::Replay;

    #[test]
    fn a_token_comes_back() {
        let token = Token::random(&Replay::new(1));
        let text = token.reveal();
        assert_eq!(text.len(), TEXT_LEN);
        assert!(Token::parse(&text).is_some_and(|parsed| parsed.hash() == token.hash()));
        assert_ne!(token.hash(), Token::random(&Replay::new(2)).hash());
    }

    #[test]
    fn there_is_one_text_form() {
        let text = "A".repeat(TEXT_LEN);
        assert!(Token::parse(&text).is_some());
        for other in [
            text[1..].to_owned(),
            format!("{text}A"),
            format!("{text}="),
            format!(" {}", &text[1..]),
            // The two last bits carry nothing and must be 0.
            format!("{}B", &text[1..]),
            format!("{}+", &text[1..]),
        ] {
            assert!(Token::parse(&other).is_none(), "{other}");
        }
    }

    #[test]
    fn comparing() {
        assert!(same(b"", b"") && same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd") && !same(b"abc", b"ab") && !same(b"", b"a"));
    }

    proptest! {
        #[test]
        fn what_parses_is_what_was_written(text in ".{43}") {
            if let Some(token) = Token::parse(&text) {
                prop_assert_eq!(token.reveal(), text);
            }
        }

        #[test]
        fn any_text_is_taken(text: String) {
            let _ = Token::parse(&text);
        }
    }
}
