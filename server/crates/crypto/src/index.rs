//! Blind indexes: exact search over values that are stored sealed (identifiers, name readings).
//!
//! Entry: HMAC-SHA-256(index key, lp("renkei index") ‖ lp(kind) ‖ lp(folded value)). Whoever has the
//! database but not the key can see that two rows have the same value, not which.
//!
//! Fold first, index then: [`blind`] takes the value as it is, because kinds fold differently.

use unicode_normalization::UnicodeNormalization;

use crate::frame;
use crate::key::Key;

/// The index entry of a folded `value`. Equal values of different kinds have different entries.
pub fn blind(key: &Key, kind: &str, value: &str) -> [u8; 32] {
    frame::mac(key, "renkei index", &[kind.as_bytes(), value.as_bytes()])
}

/// Folds the reading of a name: NFKC, katakana to hiragana, lower case, no white space.
pub fn fold_kana(reading: &str) -> String {
    let folded = reading.nfkc().flat_map(char::to_lowercase).flat_map(to_hiragana);
    // Composed again at the end: NFKC writes a voiced mark of its own (゛) as a space and a combining mark,
    // and the mark joins its letter only when the space is gone.
    folded.filter(|c| !c.is_whitespace()).nfkc().collect()
}

/// Folds an identifier: NFKC, lower case, trimmed.
pub fn fold_identifier(identifier: &str) -> String {
    identifier.nfkc().flat_map(char::to_lowercase).nfkc().collect::<String>().trim().to_owned()
}

fn to_hiragana(c: char) -> impl Iterator<Item = char> {
    const VOICED: Option<char> = Some('\u{3099}');
    let (letter, mark) = match c {
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => (char::from_u32(c as u32 - 0x60).unwrap_or(c), None),
        // These have no hiragana of one character.
        'ヷ' => ('わ', VOICED),
        'ヸ' => ('ゐ', VOICED),
        'ヹ' => ('ゑ', VOICED),
        'ヺ' => ('を', VOICED),
        other => (other, None),
    };
    std::iter::once(letter).chain(mark)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn readings_fold_to_hiragana() {
        for typed in
            ["やまだ はなこ", "ヤマダ　ハナコ", "ﾔﾏﾀﾞ ﾊﾅｺ", "ヤマタ゛ハナコ", " やまた\u{3099}はなこ "]
        {
            assert_eq!(fold_kana(typed), "やまだはなこ", "{typed}");
        }
        assert_eq!(fold_kana("ヴァイオレット"), fold_kana("ゔぁいおれっと"));
        assert_eq!(fold_kana("ヷ"), fold_kana("わ゛"));
        assert_eq!(fold_kana("いすゞ"), fold_kana("イスヾ"));
        assert_eq!(fold_kana("ジョーンズ"), "じょーんず");
        assert_eq!(fold_kana("Ｊｏｎｅｓ"), "jones");
    }

    #[test]
    fn identifiers_fold_width_and_case() {
        for typed in ["AB-0123", " ab-0123\n", "ＡＢ－０１２３", "　Ab-０１２３　"] {
            assert_eq!(fold_identifier(typed), "ab-0123", "{typed}");
        }
        assert_ne!(fold_identifier("ab 0123"), "ab0123");
    }

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

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text: String, kana in "[ぁ-ヿｦ-ﾟa-zA-Z　 ]{0,20}") {
            for text in [text, kana] {
                let folded = fold_kana(&text);
                prop_assert_eq!(fold_kana(&folded), folded);
                let folded = fold_identifier(&text);
                prop_assert_eq!(fold_identifier(&folded), folded);
            }
        }
    }
}
