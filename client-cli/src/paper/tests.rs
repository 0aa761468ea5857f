use std::{fs, path::PathBuf, process::Command, time::Instant};

use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;
use renkei_proto::v1::{self, entry_content::Content};

use super::{
    page::{BOTTOM, LEFT, ROOM, TOP},
    reading::{self, Glyph},
    *,
};
use crate::{
    chart::{self, Asked},
    command::printed::Head,
    text::Language,
    vital,
};

fn at(text: &str) -> prost_types::Timestamp {
    let time: Timestamp = text.parse().unwrap();
    prost_types::Timestamp { seconds: time.as_second(), nanos: 0 }
}

fn actor(name: &str, role: v1::Role, organization: &str) -> v1::Actor {
    v1::Actor {
        person_name: name.into(),
        role: role.into(),
        organization_name: organization.into(),
        ..Default::default()
    }
}

fn head() -> Head {
    Head {
        patient_id: "0197f0a0-0000-7000-8000-0000000000aa".into(),
        demographics: Some(v1::Demographics {
            name: "髙橋 𠮷子".into(),
            birth_date: Some(v1::Date { year: 1941, month: 2, day: 3 }),
            local_identifier: "A-1001".into(),
            ..Default::default()
        }),
        period: v1::Period::default(),
        printed_by: Some(actor("﨑田 看子", v1::Role::Nurse, "みどり訪問看護ステーション")),
        print_time: Some(at("2026-07-12T01:30:00Z")),
    }
}

fn entry(seq: i64, content: Content) -> v1::Entry {
    v1::Entry {
        entry_id: format!("0197f0a0-0000-7000-8000-{seq:012}"),
        seq,
        kind: v1::EntryKind::Message.into(),
        category: v1::Category::Message.into(),
        author: Some(actor("濵田 花子", v1::Role::Nurse, "みどり訪問看護ステーション")),
        post_time: Some(at("2026-07-01T00:30:00Z")),
        status: v1::EntryStatus::Final.into(),
        content: Some(v1::EntryContent { content: Some(content) }),
        ..Default::default()
    }
}

fn message(seq: i64, text: &str) -> v1::Entry {
    entry(seq, Content::Message(v1::Message { text: text.into(), ..Default::default() }))
}

/// A small record with everything that stands beside what an entry says.
fn record() -> Vec<v1::Entry> {
    let vitals = ["bp=128/76", "temp=36.8", "spo2=97"].iter().flat_map(|text| vital::parse(text).unwrap());
    let note = v1::VisitNote {
        subjective: "「よく眠れた。」と話す。食事は七割ほど、水分は1日に1,000mLほど摂れている。".into(),
        objective: "仙骨部の発赤は消退した。両下腿に軽度の浮腫を認めるが、圧痕は残らない。カルボシステイン錠500mg「サワイ」を自分で内服できていた（残薬3日分）。".into(),
        assessment: "状態は安定している。".into(),
        plan: "次回は7月8日に訪問する。".into(),
        observations: vitals.collect(),
        ..Default::default()
    };
    let mut visit = entry(2, Content::VisitNote(note));
    visit.kind = v1::EntryKind::VisitNote.into();
    visit.category = v1::Category::VisitNote.into();
    visit.occur_time = Some(at("2026-06-30T05:00:00Z"));
    visit.status = v1::EntryStatus::Corrected.into();
    visit.amended_by_entry_id = "0197f0a0-0000-7000-8000-000000000003".into();
    visit.attachments = vec![v1::AttachmentSummary {
        file_name: "創部の写真.jpg".into(),
        content_type: "image/jpeg".into(),
        size: 2_345_678,
        sha256: (0u8..32).collect(),
        ..Default::default()
    }];
    let mut correction = message(3, "発赤は残っている。");
    correction.amendment =
        Some(v1::Amendment { entry_id: visit.entry_id.clone(), reason: "部位の誤り".into() });
    let mut proxy = entry(
        4,
        Content::Message(v1::Message {
            text: "😀 至急、往診をお願いします。".into(),
            intent: v1::MessageIntent::Question.into(),
        }),
    );
    proxy.urgent = true;
    proxy.status = v1::EntryStatus::Preliminary.into();
    proxy.responsible = Some(v1::Responsible { person_name: "渡邉 医子".into(), ..Default::default() });
    proxy.mentions = vec![v1::Mention {
        name: "さくら診療所".into(),
        role: v1::Role::Doctor.into(),
        ..Default::default()
    }];
    proxy.question_state = v1::QuestionState::Open.into();
    proxy.reply_to_entry_id = "0197f0a0-0000-7000-8000-000000000001".into();
    // newest first, as the server lists them
    vec![proxy, correction, visit, message(1, "初回の連絡です。")]
}

fn printed_with(entries: &[v1::Entry], graphs: Option<&[Drawing]>, language: Language) -> Printed {
    let head = head();
    let record = Record { head: &head, entries, filter: None, graphs };
    print(&Texts::new(language), &record, &Fonts::own().unwrap(), Missing::new()).unwrap()
}

fn printed(entries: &[v1::Entry]) -> Printed {
    printed_with(entries, None, Language::Japanese)
}

/// Whatever a reader of PDFs finds lies between the margins, and head and foot in them.
fn check_places(pages: &[Vec<Glyph>]) {
    for glyph in pages.iter().flatten() {
        assert!(glyph.left >= LEFT - 0.1 && glyph.right <= LEFT + ROOM + 0.1, "{glyph:?}");
        assert!(glyph.base > TOP - 30.0 && glyph.base < BOTTOM + 30.0, "{glyph:?}");
    }
}

#[test]
fn a_record_is_printed_with_all_that_is_known_of_it() {
    let printed = printed(&record());
    let pages = reading::pages(&printed.pdf);
    check_places(&pages);
    let text = reading::text(&pages);
    for expected in [
        "在宅ケア記録",
        "髙橋 𠮷子",
        "1941-02-03",
        "A-1001",
        "﨑田 看子",
        "1 / 1",
        "印刷 2026-07-12 ",
        "初回の連絡です。",
        "濵田 花子",
        "みどり訪問看護ステーション",
        "訪問記録",
        "訂正済み",
        "→ #3 を見てください",
        "「よく眠れた。」と話す。",
        "血圧 128/76 mmHg",
        "創部の写真.jpg (image/jpeg, 2.24 MiB)",
        "SHA-256 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "訂正: #2（理由: 部位の誤り）",
        "未確定",
        "濵田 花子 が 渡邉 医子 の代わりに入力（代行入力）",
        "宛先: @さくら診療所（医師）",
        "質問: 未回答",
        "#1 への返信",
        "[U+1F600] 至急、往診をお願いします。",
        "そのまま印字できない文字があります: U+1F600",
        "以上",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    let places: Vec<_> = ["#1  ", "#2  ", "#3  ", "#4  "].iter().map(|seq| text.find(seq).unwrap()).collect();
    assert!(places.is_sorted(), "oldest first: {places:?}");
    assert_eq!(printed.missing.into_iter().collect::<Vec<_>>(), ["U+1F600"]);
    let english = reading::text(&reading::pages(&printed_with(&record(), None, Language::English).pdf));
    assert!(english.contains("Printed 2026-07-12") && english.contains("corrected"), "{english}");
}

/// The bytes of a small record. `RENKEI_WRITE_GOLDEN=1` writes them anew: look at the pages then.
#[test]
fn the_same_record_is_the_same_file() {
    // Times are those of the local zone, which only a process of its own can choose.
    if std::env::var_os("TZ").is_none_or(|zone| zone != "Asia/Tokyo") {
        let test = std::env::current_exe().unwrap();
        let arguments = ["--exact", "paper::tests::the_same_record_is_the_same_file"];
        let ran = Command::new(test).args(arguments).env("TZ", "Asia/Tokyo").output().unwrap();
        let told = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && told.contains("1 passed"), "{told}");
        return;
    }
    let values = crate::chart::tests::values();
    let texts = Texts::new(Language::Japanese);
    let asked = Asked { codes: &[], start: None, end: None, zone: TimeZone::UTC };
    let chart = chart::chart(&texts, &values, &asked).unwrap();
    let fonts = Fonts::own().unwrap();
    let graphs = chart::drawings(&texts, &chart, &fonts, ROOM, &mut Missing::new());
    let file = printed_with(&record(), Some(&graphs), Language::Japanese).pdf;
    assert_eq!(file, printed_with(&record(), Some(&graphs), Language::Japanese).pdf);
    golden("record.pdf", &file);
}

/// Compares with what was looked at when it was written.
pub(crate) fn golden(name: &str, file: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("RENKEI_WRITE_GOLDEN").is_some() {
        fs::write(&path, file).unwrap();
    }
    assert!(fs::read(&path).unwrap() == file, "{name} differs; RENKEI_WRITE_GOLDEN=1 writes it anew");
}

#[test]
fn an_empty_record_says_so() {
    let printed = printed_with(&[], Some(&[]), Language::Japanese);
    let text = reading::text(&reading::pages(&printed.pdf));
    assert_eq!(printed.pages, 1);
    assert!(text.contains("記録はありません。") && text.contains("描ける測定値はありません。"), "{text}");
}

#[test]
fn an_entry_that_is_longer_than_a_page_goes_on() {
    let sentence = "発赤は消退した。経過をみる（次回まで）。";
    let printed =
        printed(&[message(1, &sentence.repeat(400)), message(2, &"x".repeat(5000)), message(3, "終わり")]);
    let pages = reading::pages(&printed.pdf);
    check_places(&pages);
    assert!(printed.pages >= 4 && pages.len() == printed.pages, "{}", printed.pages);
    for (place, page) in pages.iter().enumerate() {
        let text = reading::text(std::slice::from_ref(page));
        assert!(text.contains(&format!("{} / {}", place + 1, pages.len())), "{text}");
        assert!(text.contains("髙橋 𠮷子") && text.contains("印刷 2026-07-12"), "{text}");
    }
    let text = reading::text(&pages);
    assert_eq!(text.matches('発').count(), 400, "nothing is lost between pages");
    assert_eq!(text.matches('x').count(), 5000);
    assert!(text.lines().all(|line| !line.trim_start().starts_with(['。', '）', '、', '」'])), "{text}");
    assert!(text.contains("終わり"));
}

#[test]
fn a_heading_does_not_stand_alone_at_the_foot_of_a_page() {
    for lines in 1..60 {
        let entries = [message(1, &"行\n".repeat(lines)), message(2, "次の記録")];
        for page in reading::pages(&printed(&entries).pdf) {
            let text = reading::text(&[page]);
            assert_eq!(text.contains("#2  "), text.contains("次の記録"), "{lines}: {text}");
        }
    }
}

#[test]
fn a_thousand_entries_are_printed_soon() {
    let note = "仙骨部の発赤は消退した。両下腿に軽度の浮腫を認める。次回は来週に訪問する。".repeat(4);
    let entries: Vec<_> = (1..=1000).map(|seq| message(seq, &note)).collect();
    let begin = Instant::now();
    let printed = printed(&entries);
    let took = begin.elapsed();
    println!("1,000 entries: {} pages, {} bytes, {took:?}", printed.pages, printed.pdf.len());
    let text = reading::text(&reading::pages(&printed.pdf));
    assert!((1..=1000).all(|seq| text.contains(&format!("#{seq}  "))));
    assert!(took.as_secs() < 60, "{took:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_printed_stands_on_its_page(text in "(\\PC|[ \n\t\u{1b}\u{202e}\u{7f}]){0,300}", name in "\\PC{0,120}") {
        let mut entry = message(1, &text);
        entry.author = Some(actor(&name, v1::Role::Nurse, &name));
        entry.attachments = vec![v1::AttachmentSummary { file_name: name, ..Default::default() }];
        let pages = reading::pages(&printed(&[entry]).pdf);
        check_places(&pages);
    }
}
