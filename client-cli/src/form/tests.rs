use renkei_proto::v1::{self, entry_content::Content};

use super::*;
use crate::text::Language;

fn said(kind: EntryKind, assignments: &[&str]) -> Content {
    let mut form = Form::blank(kind).unwrap();
    for assignment in assignments {
        form.set(assignment).unwrap_or_else(|error| panic!("{assignment}: {error:?}"));
    }
    form.content().unwrap().content.unwrap()
}

fn refused(kind: EntryKind, assignment: &str) -> Vec<String> {
    let error = Form::blank(kind).unwrap().set(assignment).expect_err(assignment);
    assert_eq!(error.exit(), Exit::Usage, "{assignment}");
    error.lines(&Texts::new(Language::English))
}

#[test]
fn an_untouched_form_of_every_kind_is_empty_in_both_languages() {
    for kind in label::values::<EntryKind>() {
        let Ok(form) = Form::blank(kind) else { continue };
        for language in [Language::Japanese, Language::English] {
            let text = form.text(&Texts::new(language), "山田 太郎");
            assert!(text.starts_with("# 山田 太郎\n"), "{text}");
            assert!(!text.contains("form-") && !text.contains("field-"), "{text}");
            assert!(Form::read(kind, &text).unwrap().is_empty(), "{text}");
        }
    }
    assert!(Form::blank(EntryKind::Notice).is_err() && Form::blank(EntryKind::Retraction).is_err());
}

/// What is corrected goes through the form: nothing of it may change on the way.
#[test]
fn whatever_an_entry_says_comes_back_from_its_form() {
    for kind in label::values::<EntryKind>() {
        let Ok(mut form) = Form::blank(kind) else { continue };
        for round in 0..3 {
            fill(&mut form.message, round);
            for language in [Language::Japanese, Language::English] {
                let text = form.text(&Texts::new(language), "訂正");
                let back = Form::read(kind, &text).unwrap_or_else(|error| panic!("{error:?}: {text}"));
                assert!(back == form, "{text}");
            }
        }
    }
}

/// Values that are hard to write down, other ones each round.
fn fill(message: &mut DynamicMessage, round: usize) {
    let described = message.descriptor();
    let in_coding = described.name() == "Coding";
    for field in described.fields() {
        let hard = ["#1 褥瘡\n# 見出し\n[S]\n\\終わり", "a;b|c=d\\e；f", "plain"][round];
        let value = match (field.kind(), field.name()) {
            (Kind::String, "system") => Value::String("urn:oid:1.2.3".into()),
            (Kind::String, "code") => Value::String("3F015".into()),
            (Kind::String, "display") if in_coding => Value::String("血清 K".into()),
            (Kind::String, "value") => Value::String("36.50".into()),
            (Kind::String, "unit") => Value::String(["Cel", "{錠}", "mmol/L"][round].into()),
            (Kind::String, _) if field.is_list() => Value::String("ひだまり 鈴木".into()),
            (Kind::String, _) => Value::String(hard.into()),
            (Kind::Enum(values), _) => {
                Value::EnumNumber(i32::try_from(1 + round % (values.values().count() - 1)).unwrap())
            }
            (Kind::Bool, _) => Value::Bool(true),
            (Kind::Int32, "year") => Value::I32(2026),
            (Kind::Int32, _) => Value::I32(5 + i32::try_from(round).unwrap()),
            (Kind::Int64, _) => Value::I64(1_782_900_000),
            (Kind::Message(inner), _) => {
                let mut inner = DynamicMessage::new(inner);
                fill(&mut inner, round);
                Value::Message(inner)
            }
            _ => continue,
        };
        let value = if field.is_list() { Value::List(vec![value.clone(), value]) } else { value };
        message.set_field(&field, value);
    }
}

#[test]
fn a_prescription_is_set_by_names_labels_or_order() {
    let named = said(
        EntryKind::Medication,
        &[
            "event=処方",
            "item=name=アムロジピン錠5mg; dose=1回1錠; usage=1日1回 朝食後; days=１４; quantity=14錠",
            "薬剤=薬剤名＝頓用薬；頓用＝はい",
            "effective_date=２０２６-０７-０１",
        ],
    );
    let ordered = said(
        EntryKind::Medication,
        &[
            "区分=prescription",
            "items=アムロジピン錠5mg||1回1錠|1日1回 朝食後|14|14 錠",
            "item=name=頓用薬; as_needed=yes",
            "effective-date=2026-07-01",
        ],
    );
    assert_eq!(named, ordered);
    let Content::Medication(medication) = named else { panic!() };
    assert_eq!(medication.items[0].quantity.as_ref().unwrap().unit, "{tbl}");
    assert_eq!(medication.items[0].days, 14);
    assert!(medication.items[1].as_needed);
}

#[test]
fn results_scores_and_measurements_are_short() {
    let Content::LaboratoryReport(report) = said(
        EntryKind::LaboratoryReport,
        &["result=code=K; value=5.9 mmol/L; low=3.6; high=4.8; interpretation=H", "results=CRP|0.3 mg/dL"],
    ) else {
        panic!()
    };
    assert_eq!(report.results[0].code.as_ref().unwrap().code, "2823-3");
    assert_eq!(report.results[0].interpretation(), v1::Interpretation::High);
    assert_eq!(report.results[1].value.as_ref().unwrap().unit, "mg/dL");
    let Content::DailyLife(life) =
        said(EntryKind::DailyLife, &["scores=食事=１０ toilet_use=5", "disability_level=Ａ２"])
    else {
        panic!()
    };
    assert_eq!(life.scores.len(), 2);
    assert_eq!((life.scores[0].item(), life.scores[0].points), (v1::AdlItem::Feeding, 10));
    assert_eq!(life.disability_level(), v1::DisabilityLevel::A2);
    let Content::VitalSigns(vitals) = said(
        EntryKind::VitalSigns,
        &["observations=bp=128/76 体温=36.8", "observation=loinc#39156-5 BMI = 21.3 kg/m2"],
    ) else {
        panic!()
    };
    assert_eq!(vitals.observations.len(), 4);
}

#[test]
fn sections_keep_their_lines_and_lose_the_comments() {
    let form = Form::read(
        EntryKind::VisitNote,
        "# 説明\n[S]\nよく眠れた。\n# 覚え書き\n\n#1 食欲あり。\n[ｏ]\n[plan]\n継続\n[V]\nbp=128/76 temp=36.8\n",
    );
    let Some(Content::VisitNote(note)) = form.unwrap().content().unwrap().content else { panic!() };
    assert_eq!(note.subjective, "よく眠れた。\n\n#1 食欲あり。");
    assert_eq!((note.objective.as_str(), note.plan.as_str()), ("", "継続"));
    assert_eq!(note.observations.len(), 3);
}

#[test]
fn nothing_that_was_typed_is_dropped_from_a_section() {
    let twice = Form::read(EntryKind::VisitNote, "[S]\n朝は眠れた。\n[O]\n[S]\n昼も眠れた。\n").unwrap_err();
    assert!(twice.lines(&Texts::new(Language::English))[0].contains("[S]"), "the first would be lost");
    let text = "[S]\n\\n は改行\n\\# 見出し\n\\[O]\n\\\\終わり\n\\¥100";
    let form = Form::read(EntryKind::VisitNote, text).unwrap();
    let Some(Content::VisitNote(note)) = form.content().unwrap().content else { panic!() };
    assert_eq!(note.subjective, "\\n は改行\n# 見出し\n[O]\n\\終わり\n\\¥100");
}

#[test]
fn what_does_not_read_is_an_error_that_says_how_to_write_it() {
    assert!(Form::read(EntryKind::Memo, "どこにも属さない\n[text]\n").is_err());
    assert!(Form::read(EntryKind::VisitNote, "[V]\ntemp=368\n").is_err());
    assert!(refused(EntryKind::Memo, "bad=1").join("\n").contains("title, text"));
    assert!(refused(EntryKind::Medication, "event=買い物").join("\n").contains("residual"));
    assert!(refused(EntryKind::Medication, "item=dose=1錠").join("\n").contains("lacks name"));
    assert!(refused(EntryKind::Medication, "item=a|b|c|d|e|f|g|h|i").join("\n").contains("as_needed"));
    assert!(refused(EntryKind::Medication, "item=name=a; days=二週間").join("\n").contains("二週間"));
    assert!(refused(EntryKind::LaboratoryReport, "result=code=謎; text=1+").join("\n").contains("loinc#"));
    for part in ["does=1錠", "1日1回 朝食後", "毎食後；前"] {
        let said = refused(EntryKind::Medication, &format!("item=name=アムロジピン錠5mg; {part}; days=14"));
        assert!(said[0].contains(part.split('；').next().unwrap()) && !said[0].contains("days"), "{said:?}");
    }
    assert!(refused(EntryKind::DailyLife, "scores=食事").join("\n").contains("points"));
    assert!(refused(EntryKind::Wound, "observe_time=昨日").join("\n").contains("昨日"));
    let unfinished = Form::blank(EntryKind::Medication).unwrap().content().unwrap_err();
    assert!(unfinished.lines(&Texts::new(Language::English))[0].contains("[event]"));
}

#[test]
fn a_field_can_be_left_empty_again() {
    let mut form = Form::blank(EntryKind::Medication).unwrap();
    for assignment in ["event=残薬", "item=a", "item=b", "remark=x", "items=", "item=c", "remark="] {
        form.set(assignment).unwrap();
    }
    let Some(Content::Medication(medication)) = form.content().unwrap().content else { panic!() };
    assert_eq!(medication.items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["c"]);
    assert!(medication.remark.is_empty());
}
