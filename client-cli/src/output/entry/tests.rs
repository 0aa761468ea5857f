use super::*;
use crate::{output::Format, text::Language};

fn entry(seq: i64, reply_to: &str, text: &str) -> v1::Entry {
    v1::Entry {
        entry_id: format!("id-{seq}"),
        seq,
        reply_to_entry_id: reply_to.into(),
        category: v1::Category::Message.into(),
        content: Some(v1::EntryContent {
            content: Some(Content::Message(v1::Message { text: text.into(), ..Default::default() })),
        }),
        ..Default::default()
    }
}

fn shown(entries: &[v1::Entry]) -> Vec<String> {
    let texts = Texts::new(Language::Japanese);
    timeline(&texts, Output::new(Format::Human), entries).iter().map(Line::text).collect()
}

#[test]
fn newest_last_and_answers_under_what_they_answer() {
    let lines =
        shown(&[entry(4, "id-1", "答え"), entry(3, "", "三"), entry(2, "gone", "二"), entry(1, "", "一")]);
    let places: Vec<_> = ["一", "答え", "二", "三"]
        .iter()
        .map(|t| lines.iter().position(|l| l.trim() == *t).unwrap())
        .collect();
    assert!(places.is_sorted(), "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("    ↳ #4 ")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("gone")), "what is answered is named if it is not shown");
}

#[test]
fn text_from_others_cannot_command_the_terminal() {
    let mut bad = entry(1, "", "\x1b[2J\u{9b}31m偽");
    bad.author = Some(v1::Actor { person_name: "\x1b]0;x\x07".into(), ..Default::default() });
    bad.attachments =
        vec![v1::AttachmentSummary { file_name: "\u{202e}gpj.exe".into(), ..Default::default() }];
    let lines = shown(&[bad]);
    assert!(!lines.concat().chars().any(|c| c.is_control() || c == '\u{202e}'), "{lines:#?}");
}

#[test]
fn blood_pressure_is_shown_as_people_write_it() {
    let vitals = ["bp=128/76", "temp=36.8"].iter().flat_map(|text| crate::vital::parse(text).unwrap());
    let note = v1::VisitNote { observations: vitals.collect(), ..Default::default() };
    assert_eq!(vital_signs(&Texts::new(Language::Japanese), &note), "血圧 128/76 mmHg · 体温 36.8 ℃");
}

#[test]
fn restricted_content_is_marked_and_ordinary_content_is_not() {
    let mut guarded = entry(1, "", "入院歴");
    guarded.sensitivity = v1::Sensitivity::MentalHealth.into();
    assert!(shown(&[guarded.clone()])[0].contains("連絡  【機微: 精神】"));
    guarded.sensitivity = 99;
    assert!(shown(&[guarded.clone()])[0].contains("【機微: 99】"));
    guarded.sensitivity = v1::Sensitivity::Normal.into();
    assert!(!shown(&[guarded])[0].contains("機微"));
}

#[test]
fn a_notice_reads_as_a_sentence_in_the_timeline_and_in_lists() {
    let notice =
        v1::Notice { kind: v1::NoticeKind::BreakGlass.into(), text: "急変".into(), ..Default::default() };
    let mut told = entry(1, "", "");
    told.urgent = true;
    told.category = v1::Category::Notice.into();
    told.author = Some(v1::Actor { person_name: "佐藤 次郎".into(), ..Default::default() });
    told.content = Some(v1::EntryContent { content: Some(Content::Notice(notice)) });
    let lines = shown(&[told.clone()]);
    assert!(lines[0].contains("お知らせ  至急"), "{lines:#?}");
    assert!(lines[1].contains("佐藤 次郎") && lines[1].contains("緊急アクセス"), "{lines:#?}");
    assert_eq!(lines[2].trim(), "理由: 急変");
    assert_eq!(first_line(&Texts::new(Language::Japanese), &told), lines[1].trim());
}

#[test]
fn a_damaged_entry_says_so() {
    let mut damaged = entry(1, "", "");
    (damaged.content, damaged.damaged) = (None, true);
    let texts = Texts::new(Language::Japanese);
    assert!(shown(&[damaged.clone()]).iter().any(|line| line.contains(&texts.get("entry-damaged"))));
    assert_eq!(first_line(&texts, &damaged), texts.get("entry-damaged"));
}
