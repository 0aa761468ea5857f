use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::PatientId;
use crate::timeline::{Coding, File, Message, Observation, Quantity, VisitNote};

fn query(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|| panic!("{text}"))
}

fn message(text: &str) -> Content {
    Content::Message(Message { text: text.to_owned(), intent: None })
}

fn find(words: &str, text: &str) -> Option<Vec<Excerpt>> {
    query(words).find(&texts(&message(text), &[]))
}

/// What is marked in the excerpts.
fn marked(excerpts: &[Excerpt]) -> Vec<String> {
    let cut = |text: &str, range: &Range<usize>| text.chars().skip(range.start).take(range.len()).collect();
    excerpts.iter().flat_map(|it| it.ranges.iter().map(|range| cut(&it.text, range))).collect()
}

#[test]
fn a_query_has_one_to_a_hundred_characters() {
    for nothing in ["", " ", "　\n", &"あ".repeat(101), "\u{2003}"] {
        assert!(Query::parse(nothing).is_none(), "{nothing:?}");
    }
    // counted as they are compared
    assert!(Query::parse(&"ｶﾞ".repeat(100)).is_some());
    assert!(Query::parse(&"㌔".repeat(51)).is_none());
    assert!(Query::parse(&"あ ".repeat(100)).is_some(), "the same word many times");
}

#[test]
fn the_order_and_form_of_words_make_no_other_query() {
    assert_eq!(query("カルテ　A").fingerprint(), query("ａ ｶﾙﾃ かるて").fingerprint());
    assert_ne!(query("ab").fingerprint(), query("a b").fingerprint());
}

#[test]
fn what_was_found_is_shown_as_it_was_written() {
    let text = "本日のｶﾞｰｾﾞ交換、ＳＰＯ２は98%。";
    let found = find("ガーゼ spo2", text).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].field, found[0].text.as_str()), ("message.text", text));
    assert_eq!(marked(&found), ["ｶﾞｰｾﾞ", "ＳＰＯ２"]);
    assert_eq!(found[0].ranges[0], 3..8);
    assert!(!found[0].more_before && !found[0].more_after);
    // a part of a character is all of it
    assert_eq!(marked(&find("ろ", "5㌔").unwrap()), ["㌔"]);
    assert_eq!(marked(&find("è", "crème cre\u{300}me").unwrap()), ["è", "e\u{300}"]);
}

#[test]
fn all_words_must_be_there_somewhere() {
    let note = Content::VisitNote(VisitNote {
        subjective: "眠れた".into(),
        plan: "軟膏を続ける".into(),
        observations: vec![Observation {
            code: Coding { system: "s".into(), code: "8310-5".into(), display: "体温".into() },
            value: Quantity { value: "36.8".into(), unit: "Cel".into() },
        }],
        ..VisitNote::default()
    });
    let id = AttachmentId(Uuid::from_u128(1));
    let file =
        |name: &str| File { name: name.into(), content_type: "image/jpeg".into(), size: 1, sha256: [0; 32] };
    let patient = PatientId(Uuid::from_u128(2));
    let files = [
        Attachment {
            id: AttachmentId(Uuid::from_u128(3)),
            patient,
            file: None,
            position: None,
            has_preview: false,
        },
        Attachment { id, patient, file: Some(file("仙骨部.jpg")), position: None, has_preview: false },
    ];
    let texts = texts(&note, &files);
    let fields = |words: &str| -> Option<Vec<&str>> {
        Some(query(words).find(&texts)?.iter().map(|it| it.field).collect())
    };
    assert_eq!(fields("軟膏　眠れた"), Some(vec!["visit_note.subjective", "visit_note.plan"]));
    assert_eq!(fields("体温"), Some(vec!["visit_note.observations.code.display"]));
    assert_eq!(fields("軟膏 発熱"), None);
    assert_eq!(fields("cel"), None, "codes and units are no words");
    assert_eq!(query("ＪＰＧ").find(&texts).unwrap()[0].attachment, Some(id));
}

#[test]
fn excerpts_are_few_and_short() {
    let text = format!("{}痛み{}", "あ".repeat(100), "い".repeat(100));
    let found = find("痛み", &text).unwrap();
    assert_eq!(found[0].text, format!("{}痛み{}", "あ".repeat(30), "い".repeat(30)));
    assert_eq!(found[0].ranges.first(), Some(&(30..32)));
    assert!(found[0].more_before && found[0].more_after);
    let far = ["痛み", "痛み", "痛み", "痛み", "熱"].join(&"う".repeat(70));
    let found = find("痛み 熱", &far).unwrap();
    assert_eq!(marked(&found), ["痛み", "痛み", "熱"], "every word is shown where that can be");
    let near = find("痛み", "痛み、痛み。").unwrap();
    assert_eq!((near.len(), &near[0].ranges), (1, &vec![0..2, 3..5]));
    let same = find("あ", &"あ".repeat(20_000)).unwrap();
    assert!(same.iter().all(|it| it.text.chars().count() <= LONGEST + 2 * CONTEXT), "{}", same[0].text);
}

proptest! {
    #[test]
    fn a_word_of_the_text_is_found(before: String, word in "[ぁ-んァ-ヶー一-三a-zＡ-Ｚ\"\\\\]{1,9}", after: String) {
        // what joins a letter makes it another one
        prop_assume!(after.chars().next().is_none_or(begins_piece));
        let text = format!("{before}{word}{after}");
        let content = message(&text);
        let query = query(&word);
        let json = serde_json::to_string(&content).unwrap();
        prop_assert!(query.may_match(&json, &mut String::new()));
        let found = query.find(&texts(&content, &[]));
        let found = found.expect("the word is there");
        prop_assert!((1..=EXCERPTS).contains(&found.len()));
        for excerpt in &found {
            prop_assert!(text.contains(&excerpt.text));
            prop_assert!(excerpt.ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
            prop_assert!(excerpt.ranges.iter().all(|range| range.end <= excerpt.text.chars().count()));
        }
        for mark in marked(&found) {
            prop_assert!(fold_text(&mark).contains(&fold_text(&word)));
        }
    }

    #[test]
    fn what_cannot_match_does_not(text: String, words in "[ -~ぁ-ヶ゛\u{300}-\u{303}ｶﾞ　]{1,3}") {
        let Some(query) = Query::parse(&words) else { return Ok(()) };
        let content = message(&text);
        let json = serde_json::to_string(&content).unwrap();
        if query.find(&texts(&content, &[])).is_some() {
            prop_assert!(query.may_match(&json, &mut String::new()));
        }
    }
}
