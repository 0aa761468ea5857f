use jiff::civil::date;

use super::*;

fn opened(json: &str) -> Content {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

#[test]
fn entries_from_before_the_other_kinds_open() {
    let note = opened(
        r#"{"kind":"visit_note","subjective":"眠れた","objective":"","assessment":"","plan":"続ける",
            "visited_at":1782900000000000,"observations":[{"code":{"system":"http://loinc.org",
            "code":"8310-5","display":"体温"},"value":{"value":"36.50","unit":"Cel"}}]}"#,
    );
    let Content::VisitNote(note) = note else { panic!("{note:?}") };
    assert_eq!((note.subjective.as_str(), note.plan.as_str()), ("眠れた", "続ける"));
    assert_eq!(note.visited_at, Some(Timestamp(1_782_900_000_000_000)));
    assert_eq!(note.observations[0].value.value, "36.50");
    let message = Message { text: "明日伺います".into(), intent: None };
    assert_eq!(opened(r#"{"kind":"message","text":"明日伺います"}"#), Content::Message(message));
}

#[test]
fn what_is_not_there_is_empty_and_what_is_empty_is_not_there() {
    for kind in ["vital_signs", "medication", "laboratory_report", "nursing_instruction", "referral_letter"] {
        let json = format!(r#"{{"kind":"{kind}"}}"#);
        assert_eq!(serde_json::to_string(&opened(&json)).unwrap(), json);
    }
    let newer = r#"{"kind":"retraction","of_a_later_version":1}"#;
    assert_eq!(opened(newer), Content::Retraction(Retraction {}));
    assert_eq!(opened(r#"{"kind":"memo","text":"鍵は娘さんが持っている"}"#).kind(), EntryKind::Memo);
}

#[test]
fn what_was_measured_may_have_no_text_but_is_written() {
    let score = AdlScore { item: Some(AdlItem::Stairs), points: 0 };
    assert_eq!(serde_json::to_string(&score).unwrap(), r#"{"item":"STAIRS","points":0}"#);
}

#[test]
fn an_instruction_holds_for_half_a_year_or_fourteen_days_with_both_days() {
    use NursingInstructionType::{Infusion, Ordinary, Psychiatric, Special};
    for kind in [Ordinary, Infusion, Psychiatric] {
        assert_eq!(kind.latest(date(2026, 7, 1)), date(2026, 12, 31));
        assert_eq!(kind.latest(date(2026, 7, 15)), date(2027, 1, 14));
        assert_eq!(kind.latest(date(2026, 8, 31)), date(2027, 2, 28));
        assert_eq!(kind.latest(date(2027, 8, 30)), date(2028, 2, 29));
        assert_eq!(kind.latest(date(2026, 8, 28)), date(2027, 2, 27));
    }
    assert_eq!(Special.latest(date(2026, 7, 1)), date(2026, 7, 14));
    assert_eq!(Special.latest(date(2026, 12, 25)), date(2027, 1, 7));
    assert_eq!(Ordinary.latest(date(9999, 8, 1)), date(9999, 12, 31), "the calendar ends there");
}

#[test]
fn who_needs_no_help_has_a_hundred_points() {
    assert_eq!(AdlItem::ALL.iter().map(|item| u32::from(item.most_points())).sum::<u32>(), 100);
}

#[test]
fn the_author_tells_when_it_was() {
    let at = Some(Timestamp(7));
    let timed = [
        Content::VisitNote(VisitNote { visited_at: at, ..Default::default() }),
        Content::VitalSigns(VitalSigns { measured_at: at, ..Default::default() }),
        Content::LaboratoryReport(LaboratoryReport { collected_at: at, ..Default::default() }),
        Content::DailyLife(DailyLife { assessed_at: at, ..Default::default() }),
        Content::ConferenceMinutes(ConferenceMinutes { held_at: at, ..Default::default() }),
        Content::AdmissionInformation(AdmissionInformation { admitted_at: at, ..Default::default() }),
        Content::Wound(Wound { observed_at: at, ..Default::default() }),
    ];
    assert!(timed.iter().all(|content| content.occurred_at() == at));
    let day = Some(date(2026, 7, 1));
    let dated = [
        Content::Medication(Medication { effective_date: day, ..Default::default() }),
        Content::DischargeSummary(DischargeSummary { discharge_date: day, ..Default::default() }),
        Content::Memo(Memo::default()),
    ];
    assert!(dated.iter().all(|content| content.occurred_at().is_none()), "a day is no instant");
}
