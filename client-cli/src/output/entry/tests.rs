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

/// The entry without the day above it.
fn alone(entry: &v1::Entry) -> Vec<String> {
    let texts = Texts::new(Language::Japanese);
    one(&texts, Output::new(Format::Human), entry, 0).iter().map(Line::text).collect()
}

fn head(entry: &v1::Entry) -> String {
    alone(entry).remove(0)
}

fn saying(content: Content) -> v1::Entry {
    v1::Entry {
        seq: 1,
        read: true,
        content: Some(v1::EntryContent { content: Some(content) }),
        ..Default::default()
    }
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
    let vitals: Vec<_> = vitals.collect();
    let shown = measured::vital_signs(&Texts::new(Language::Japanese), &vitals);
    assert_eq!(shown, "血圧 128/76 mmHg · 体温 36.8 ℃");
}

#[test]
fn restricted_content_is_marked_and_ordinary_content_is_not() {
    let mut guarded = entry(1, "", "入院歴");
    guarded.sensitivity = v1::Sensitivity::MentalHealth.into();
    assert!(head(&guarded).contains("連絡  【機微: 精神】"));
    guarded.sensitivity = 99;
    assert!(head(&guarded).contains("【機微: 99】"));
    guarded.sensitivity = v1::Sensitivity::Normal.into();
    assert!(!head(&guarded).contains("機微"));
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
    let lines = alone(&told);
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

#[test]
fn days_stand_above_what_was_posted_on_them() {
    let on = |seq, seconds| {
        let post_time = Some(prost_types::Timestamp { seconds, nanos: 0 });
        v1::Entry { post_time, ..entry(seq, "", "記録") }
    };
    let lines = shown(&[on(1, 1_782_900_000), on(2, 1_782_900_060), on(3, 1_783_090_000)]);
    let days = lines.iter().filter(|line| line.len() == 10 && line.starts_with("2026-07-"));
    assert_eq!(days.count(), 2, "{lines:#?}");
}

#[test]
fn what_tells_of_another_day_says_so_under_the_day_of_posting() {
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    let posted = 1_782_900_000;
    let of =
        |occurred| v1::Entry { post_time: at(posted), occur_time: at(occurred), ..entry(1, "", "記録") };
    let says = |entry: &v1::Entry| alone(entry).iter().any(|line| line.contains("いつのこと"));
    assert!(says(&of(posted - 3 * 86_400)));
    assert!(!says(&of(posted)) && !says(&of(posted - 1)), "the same day");
    // of the moment at which it was written: said already
    let written = v1::Entry { write_time: at(posted - 3 * 86_400), ..of(posted - 3 * 86_400) };
    assert!(!says(&written), "{:#?}", alone(&written));
    let days = shown(&[of(posted - 3 * 86_400)]);
    assert!(days[0].starts_with("2026-07-"), "{days:#?}");
}

#[test]
fn a_heading_says_how_an_entry_stands() {
    let mut question = entry(2, "", "眠剤は？");
    question.kind = v1::EntryKind::Message.into();
    if let Some(Content::Message(message)) = question.content.as_mut().and_then(|c| c.content.as_mut()) {
        message.intent = v1::MessageIntent::Question.into();
    }
    question.question_state = v1::QuestionState::Open.into();
    question.acknowledged = true;
    assert!(head(&question).contains("連絡  質問: 未回答"), "{}", head(&question));
    assert!(head(&question).ends_with("確認済み"));

    let mut proxy = entry(3, "", "代筆");
    proxy.kind = v1::EntryKind::Memo.into();
    proxy.status = v1::EntryStatus::Preliminary.into();
    proxy.author = Some(v1::Actor { person_name: "事務 一子".into(), ..Default::default() });
    proxy.responsible = Some(v1::Responsible { person_name: "医師 二郎".into(), ..Default::default() });
    proxy.mentions = vec![
        v1::Mention { role: v1::Role::Nurse.into(), name: "ひまわり".into(), ..Default::default() },
        v1::Mention { role: v1::Role::Doctor.into(), ..Default::default() },
    ];
    proxy.post_time = Some(prost_types::Timestamp { seconds: 1_782_900_000, nanos: 0 });
    proxy.write_time = Some(prost_types::Timestamp { seconds: 1_782_890_000, nanos: 0 });
    let lines = alone(&proxy);
    assert!(lines[0].contains("メモ（連絡）") && lines[0].contains("未確定"), "{lines:#?}");
    assert!(lines[1].contains("事務 一子 が 医師 二郎 の代わりに入力"), "{lines:#?}");
    assert!(lines[2].contains("@ひまわり（看護師） @医師"), "{lines:#?}");
    assert!(lines[3].contains("記入 2026-07-01"), "{lines:#?}");

    let mut corrected = entry(4, "", "訂正後");
    corrected.revision = 2;
    corrected.amendment = Some(v1::Amendment { entry_id: "id-3".into(), reason: "誤記".into() });
    let lines = alone(&corrected);
    assert!(lines[0].contains("第2版") && lines[1].contains("訂正: id-3（理由: 誤記）"), "{lines:#?}");
    let mut retraction = saying(Content::Retraction(v1::Retraction {}));
    retraction.amendment = corrected.amendment;
    assert!(alone(&retraction)[1].contains("取り消し: id-3（理由: 誤記）"));
}

#[test]
fn results_stand_in_a_table_with_their_marks() {
    let result = |display: &str, value: &str, interpretation: v1::Interpretation| v1::LaboratoryResult {
        code: Some(v1::Coding { display: display.into(), ..Default::default() }),
        value: Some(v1::Quantity { value: value.into(), unit: "mmol/L".into() }),
        low: "3.6".into(),
        high: "4.8".into(),
        interpretation: interpretation.into(),
        ..Default::default()
    };
    let report = v1::LaboratoryReport {
        results: vec![
            result("カリウム", "5.9", v1::Interpretation::CriticalHigh),
            result("Na", "4.0", v1::Interpretation::Normal),
            result("Cl", "4.9", v1::Interpretation::Unspecified),
        ],
        remark: "溶血なし".into(),
        ..Default::default()
    };
    let entry = saying(Content::LaboratoryReport(report));
    let lines = alone(&entry);
    assert_eq!(lines[1], "    検査項目  結果値      基準値   判定");
    assert_eq!(lines[2], "    カリウム  5.9 mmol/L  3.6–4.8  HH");
    assert_eq!(lines[3], "    Na        4.0 mmol/L  3.6–4.8");
    assert_eq!(lines[4], "    Cl        4.9 mmol/L  3.6–4.8  H", "the limits say it where nobody did");
    assert_eq!(lines[5], "    備考: 溶血なし");
    let texts = Texts::new(Language::Japanese);
    assert!(first_line(&texts, &entry).starts_with("カリウム 5.9 mmol/L HH、Na 4.0 mmol/L"));
}

#[test]
fn drugs_and_scores_are_shown_as_clinicians_read_them() {
    let item = v1::MedicationItem {
        name: "アムロジピン錠5mg".into(),
        dose: "1回1錠".into(),
        usage: "1日1回 朝食後".into(),
        days: 14,
        quantity: Some(v1::Quantity { value: "14".into(), unit: "{錠}".into() }),
        ..Default::default()
    };
    let entry = saying(Content::Medication(v1::Medication {
        event: v1::MedicationEvent::Prescription.into(),
        items: vec![item],
        ..Default::default()
    }));
    let lines = alone(&entry);
    assert_eq!(lines[1], "    区分: 処方");
    assert_eq!(lines[3], "    アムロジピン錠5mg  1回1錠  1日1回 朝食後  14          14 錠");
    let score = |item: v1::AdlItem, points| v1::AdlScore { item: item.into(), points };
    let entry = saying(Content::DailyLife(v1::DailyLife {
        scores: vec![score(v1::AdlItem::Feeding, 10), score(v1::AdlItem::Transfer, 15)],
        disability_level: v1::DisabilityLevel::A2.into(),
        ..Default::default()
    }));
    assert_eq!(alone(&entry)[1], "    Barthel Index: 食事 10 · 移乗 15 · 計25点（2項目）");
    assert_eq!(alone(&entry)[2], "    障害高齢者の日常生活自立度: A2");
}

#[test]
fn whatever_an_entry_says_is_shown_in_both_languages() {
    for kind in crate::output::label::values::<v1::EntryKind>() {
        let Some(mut form) = crate::reflect::blank(kind) else { continue };
        let mut said = Vec::new();
        fill(&mut form, &mut said);
        let content = crate::reflect::content(kind, form).unwrap();
        for (language, room) in [(Language::Japanese, 60), (Language::English, UNLIMITED)] {
            let texts = Texts::new(language);
            let lines = content::lines(&texts, &content, room).unwrap();
            let text: String = lines.iter().map(Line::text).collect::<Vec<_>>().join("\n");
            for word in &said {
                assert!(text.contains(word), "{kind:?} does not say {word}: {text}");
            }
            assert!(!text.contains("field-") && !text.contains("value-"), "{text}");
            assert!(!content_first_line(&texts, Some(&content)).is_empty(), "{kind:?}");
        }
    }
}

/// Puts a word of its own into every text, and values into the rest.
fn fill(message: &mut prost_reflect::DynamicMessage, said: &mut Vec<String>) {
    use prost_reflect::{Kind, ReflectMessage as _, Value};
    let described = message.descriptor();
    for field in described.fields() {
        let name = format!("語{}", said.len());
        let value = match field.kind() {
            // What says a result in words takes the place of a number.
            Kind::String if described.name() == "LaboratoryResult" => continue,
            Kind::String => {
                // Of a coding what it shows is shown.
                if described.name() != "Coding" || field.name() == "display" {
                    said.push(name.clone());
                }
                Value::String(name)
            }
            Kind::Enum(_) => Value::EnumNumber(1),
            Kind::Bool => Value::Bool(true),
            Kind::Int32 if described.name() == "Date" => Value::I32(7),
            Kind::Int32 => Value::I32(5),
            Kind::Int64 => Value::I64(1_782_900_000),
            Kind::Message(inner) => {
                let mut inner = prost_reflect::DynamicMessage::new(inner);
                fill(&mut inner, said);
                Value::Message(inner)
            }
            _ => continue,
        };
        let value = if field.is_list() { Value::List(vec![value]) } else { value };
        message.set_field(&field, value);
    }
}
