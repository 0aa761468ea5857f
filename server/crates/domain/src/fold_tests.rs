use proptest::prelude::*;

use super::*;

#[test]
fn readings_fold_to_hiragana() {
    for typed in ["やまだ はなこ", "ヤマダ　ハナコ", "ﾔﾏﾀﾞ ﾊﾅｺ", "ヤマタ゛ハナコ", " やまた\u{3099}はなこ "]
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
fn texts_fold_width_case_and_kana() {
    for typed in ["ｶﾙﾃ", "カルテ", "かるて", "カるﾃ"] {
        assert_eq!(fold_text(typed), "かるて", "{typed}");
    }
    for typed in ["ガーゼ", "ｶﾞｰｾﾞ", "カ゛ーセ゛", "か\u{3099}ーせ\u{3099}"] {
        assert_eq!(fold_text(typed), "がーぜ", "{typed}");
    }
    assert_eq!(fold_text("ＳｐＯ２　９８％ ㍉ ㌔ ①"), "spo2 98% みり きろ 1");
    assert_eq!(fold_text("Café CAFE\u{301}"), "café café");
    assert_eq!(fold_text("한글 한글"), "한글 한글");
    assert_eq!(fold_text("ヷ"), fold_text("わ゛"));
    assert_ne!(fold_text("カレー"), fold_text("かれえ"));
    assert_ne!(fold_text("は"), fold_text("ぱ"));
}

#[test]
fn the_short_way_is_the_long_one() {
    for c in '\0'..=char::MAX {
        if let Some(folded) = simple(c) {
            assert!(letters(std::iter::once(c)).nfkc().eq([folded]), "{c:?}");
            assert_eq!(canonical_combining_class(c), 0, "{c:?}");
        }
    }
}

/// The rule without pieces.
fn whole(text: &str) -> String {
    letters(text.chars().map(combining)).nfkc().collect()
}

/// Texts of what joins, folds to more or fewer characters, or neither.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ぁ-ヿｦ-ﾟa-zA-Z０-ｚ　 ㌀-㏿゛゜\u{3099}\u{309a}\u{300}-\u{345}ᄀ-ᇿ가-갛㈀-㈞İΣß丽ｶﾞ]{0,24}",
    ]
}

proptest! {
    #[test]
    fn folding_twice_changes_nothing(text in texts()) {
        let folded = fold_kana(&text);
        prop_assert_eq!(fold_kana(&folded), folded);
        let folded = fold_identifier(&text);
        prop_assert_eq!(fold_identifier(&folded), folded);
        let folded = fold_text(&text);
        prop_assert_eq!(fold_text(&folded), folded);
    }

    #[test]
    fn a_text_folds_as_its_pieces(text in texts()) {
        let (mut folded, mut pieces) = (String::new(), Vec::new());
        fold_into(&text, &mut folded, |from, to| pieces.push((from, to)));
        prop_assert_eq!(&folded, &whole(&text));
        pieces.push((text.len(), folded.len()));
        for pair in pieces.windows(2) {
            let [(from, to), (next_from, next_to)] = pair else { unreachable!() };
            prop_assert!(from < next_from, "pieces of nothing");
            prop_assert_eq!(whole(&text[*from..*next_from]), &folded[*to..*next_to]);
        }
    }

    #[test]
    fn the_same_text_in_other_kana_and_width_folds_to_the_same(text in "[ァ-ヶー]{0,20}") {
        let hiragana: String = text.chars().flat_map(to_hiragana).collect();
        prop_assert_eq!(fold_text(&text), fold_text(&hiragana));
        let apart: String = text.nfd().collect();
        prop_assert_eq!(fold_text(&text), fold_text(&apart));
    }
}
