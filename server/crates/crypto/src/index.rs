//! Blind indexes: exact search over values that are stored sealed (identifiers, name readings).
//!
//! Entry: HMAC-SHA-256(index key, lp("renkei index") ‖ lp(kind) ‖ lp(folded value)). Whoever has the
//! database but not the key can see that two rows have the same value, not which.
//!
//! Fold first, index then: [`blind`] takes the value as it is, because kinds fold differently.

use crate::frame;
use crate::key::Key;

/// The index entry of a folded `value`. Equal values of different kinds have different entries.
pub fn blind(key: &Key, kind: &str, value: &str) -> [u8; 32] {
    frame::mac(key, "renkei index", &[kind.as_bytes(), value.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_depend_on_key_kind_and_value() {
        let key = Key::from_bytes([7; 32]);
        let entry = blind(&key, "kana", "やまだ");
        assert_eq!(blind(&key, "kana", "やまだ"), entry);
        assert_ne!(blind(&key, "kana", "やまた"), entry);
        assert_ne!(blind(&key, "name", "やまだ"), entry);
        assert_ne!(blind(&Key::from_bytes([8; 32]), "kana", "やまだ"), entry);
        assert_ne!(blind(&key, "ab", "c"), blind(&key, "a", "bc"));
    }
}
