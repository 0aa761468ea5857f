//! Page tokens: where a list goes on, in a form that the client can neither read nor change, nor use for
//! another list, another caller, or later than it was meant for.
//!
//! Token: base64url without padding of a sealed value as in [`crate::seal`], format byte `04`. Content:
//! expiry (i64 BE, seconds since 1970) ‖ cursor. AAD: lp("page token") ‖ lp(binding)… The bindings are the
//! caller's to choose: who asks, which method, a hash of the parameters.

use data_encoding::BASE64URL_NOPAD;

use crate::Entropy;
use crate::key::Key;
use crate::seal::{Aad, Format, open_as, seal_as};

/// Longer texts are not looked at.
const MAX_TEXT_LEN: usize = 4096;

/// A token that gives `cursor` back until `expires_unix_seconds` (exclusive) for the same `binding`.
/// A cursor is short: the token must stay below 4096 characters, which 3,000 bytes do.
pub fn seal_token(
    key: &Key,
    cursor: &[u8],
    binding: &[&[u8]],
    expires_unix_seconds: i64,
    entropy: &dyn Entropy,
) -> String {
    let content = [&expires_unix_seconds.to_be_bytes(), cursor].concat();
    BASE64URL_NOPAD.encode(&seal_as(Format::PageToken, key, &aad(binding), &content, entropy))
}

/// The cursor of a token; `None` when it was altered, is for something else, or has expired.
pub fn open_token(key: &Key, token: &str, binding: &[&[u8]], now_unix_seconds: i64) -> Option<Vec<u8>> {
    if token.len() > MAX_TEXT_LEN {
        return None;
    }
    let sealed = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
    let content = open_as(Format::PageToken, key, &aad(binding), &sealed).ok()?;
    let (expires, cursor) = content.split_first_chunk()?;
    (now_unix_seconds < i64::from_be_bytes(*expires)).then(|| cursor.to_vec())
}

fn aad(binding: &[&[u8]]) -> Aad {
    binding.iter().fold(Aad::new("page token"), |aad, part| aad.with(part))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::Replay;

    const BINDING: &[&[u8]] = &[b"caller", b"method", b"parameters"];

    fn key() -> Key {
        Key::from_bytes([7; 32])
    }

    #[test]
    fn a_token_works_until_it_expires() {
        let token = seal_token(&key(), b"cursor", BINDING, 100, &Replay::new(1));
        for (now, expected) in [(i64::MIN, true), (99, true), (100, false), (i64::MAX, false)] {
            assert_eq!(open_token(&key(), &token, BINDING, now), expected.then(|| b"cursor".to_vec()));
        }
    }

    #[test]
    fn a_token_works_for_what_it_was_made_for() {
        let token = seal_token(&key(), b"cursor", BINDING, 100, &Replay::new(1));
        let others: [&[&[u8]]; 5] = [
            &[b"another", b"method", b"parameters"],
            &[b"caller", b"other", b"parameters"],
            &[b"caller", b"method", b"others"],
            &[b"callermethod", b"parameters"],
            &[],
        ];
        for other in others {
            assert_eq!(open_token(&key(), &token, other, 0), None);
        }
        assert_eq!(open_token(&Key::from_bytes([8; 32]), &token, BINDING, 0), None);
    }

    #[test]
    fn the_longest_cursor_fits() {
        let token = seal_token(&key(), &[1; 3000], BINDING, 100, &Replay::new(1));
        assert_eq!(open_token(&key(), &token, BINDING, 0), Some(vec![1; 3000]));
        assert_eq!(open_token(&key(), &"A".repeat(MAX_TEXT_LEN + 1), BINDING, 0), None);
    }

    proptest! {
        #[test]
        fn any_change_is_refused(place: prop::sample::Index, symbol in "[A-Za-z0-9_=-]") {
            let token = seal_token(&key(), b"cursor", BINDING, 100, &Replay::new(1));
            let place = place.index(token.len());
            prop_assert_eq!(open_token(&key(), &token[..place], BINDING, 0), None);
            let changed = format!("{}{symbol}{}", &token[..place], &token[place + 1..]);
            prop_assume!(changed != token);
            prop_assert_eq!(open_token(&key(), &changed, BINDING, 0), None);
        }

        #[test]
        fn any_text_is_taken(text: String) {
            prop_assert_eq!(open_token(&key(), &text, BINDING, 0), None);
        }
    }
}
