use super::*;

#[test]
fn every_violation_is_reported_at_once() {
    let mut fields = Fields::default();
    fields.uuid("a", "nonsense");
    fields.line("b", "", 1, 5);
    fields.line("c", "one\u{1b}[2J", 1, 50);
    fields.date("d", Some(proto::Date { year: 2026, month: 2, day: 30 }));
    assert_eq!(violated(fields.finish(())), ["a", "b", "c", "d"]);
}

#[test]
fn lengths_count_characters_not_bytes() {
    let mut fields = Fields::default();
    fields.line("name", "訪問看護師", 1, 5);
    assert!(fields.finish(()).is_ok());
}

#[test]
fn a_name_cannot_hide_its_ending() {
    let mut fields = Fields::default();
    fields.line("file_name", "photo\u{202e}gpj.exe", 1, 50);
    assert!(fields.finish(()).is_err());
}

#[test]
fn an_id_has_one_spelling() {
    let mut fields = Fields::default();
    fields.uuid("id", "01890A5DAC96774BBCCEB302099A8057");
    assert!(fields.finish(()).is_err());
}

/// 2026-07-01T00:00:00Z and so many seconds.
fn at(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: 1_782_864_000 + seconds, nanos: 0 })
}

#[test]
fn a_period_ends_after_its_start() {
    let wrong = |period| {
        let mut fields = Fields::default();
        fields.period("period", Some(period));
        fields.finish(()).is_err()
    };
    assert!(!wrong(proto::Period { start: at(0), end: at(1) }));
    assert!(!wrong(proto::Period { start: at(0), end: None }));
    assert!(!wrong(proto::Period { start: None, end: at(0) }));
    assert!(!wrong(proto::Period::default()));
    assert!(wrong(proto::Period { start: at(0), end: at(0) }));
    assert!(wrong(proto::Period { start: at(1), end: at(0) }));
}

#[test]
fn a_day_may_be_missing_only_where_it_is_optional() {
    let mut fields = Fields::default();
    assert_eq!(fields.optional_date("a", None), None);
    assert!(fields.finish(()).is_ok());
    let mut fields = Fields::default();
    fields.optional_date("a", Some(proto::Date::default()));
    fields.date("b", None);
    fields.date("c", Some(proto::Date { year: 1867, month: 12, day: 31 }));
    assert_eq!(violated(fields.finish(())), ["a", "b", "c"]);
}

#[test]
fn a_list_holds_known_values_once() {
    let even = |value| (value % 2 == 0).then_some(value);
    let mut fields = Fields::default();
    assert_eq!(fields.values("list", &[4, 2], even), [2, 4].into());
    assert!(fields.finish(()).is_ok());
    let mut fields = Fields::default();
    fields.values("list", &[2, 3, 2, 4], even);
    assert_eq!(violated(fields.finish(())), ["list[1]", "list[2]"]);
}

#[test]
fn a_text_that_must_say_something_is_not_white_space() {
    let mut fields = Fields::default();
    fields.required_text("a", " \n\u{3000}".into(), 1000);
    fields.required_text("b", "あ".repeat(1001), 1000);
    fields.required_text("c", "two\nlines".into(), 1000);
    fields.text("d", String::new(), 1000);
    fields.text("e", "\u{7}".into(), 1000);
    assert_eq!(violated(fields.finish(())), ["a", "b", "e"]);
}

#[test]
fn a_password_has_1_to_256_characters() {
    let mut fields = Fields::default();
    fields.password("a", "");
    fields.password("b", &"あ".repeat(256));
    fields.password("c", &"あ".repeat(257));
    assert_eq!(violated(fields.finish(())), ["a", "c"]);
}

#[test]
fn a_page_is_cut_to_what_the_method_gives() {
    let size = |size| page(size, String::new(), 50, 100).map(|page| page.size).ok();
    assert_eq!([0, 7, 100, 101].map(size), [Some(50), Some(7), Some(100), Some(100)]);
    assert_eq!(violated(page(-1, String::new(), 50, 100)), ["page_size"]);
    assert_eq!(violated(page_of("", -1, String::new(), 50, 100)), ["patient_id", "page_size"]);
}
