//! The rules that are between several fields, of a kind as a whole, or of one field alone.

use super::*;

/// The example of a kind, changed.
macro_rules! changed {
    ($kind:ident, |$it:ident| $change:expr) => {{
        let changed = examples().into_iter().find_map(|example| match example.content {
            Some(Sent::$kind(mut $it)) => {
                $change;
                Some(Sent::$kind($it))
            }
            _ => None,
        });
        proto::EntryContent { content: changed }
    }};
}

fn of(content: Sent) -> proto::EntryContent {
    proto::EntryContent { content: Some(content) }
}

fn day(year: i32, month: i32, day: i32) -> Option<proto::Date> {
    Some(proto::Date { year, month, day })
}

/// What an entry is refused for is no fault of a template.
fn wanted(content: &proto::EntryContent, path: &str) {
    assert_eq!(violated(content), [path]);
    assert_eq!(violated_as_template(Some(content)), [""; 0]);
}

/// What both are refused for.
fn refused(content: &proto::EntryContent, path: &str) {
    assert_eq!(violated(content), [format!("content.{path}")]);
    assert_eq!(violated_as_template(Some(content)), [format!("template.content.{path}")]);
}

fn accepted(content: &proto::EntryContent) {
    assert_eq!(violated(content), [""; 0]);
}

#[test]
fn there_is_a_kind_and_the_server_alone_posts_some() {
    for (content, path) in [
        (None, "content"),
        (Some(proto::EntryContent { content: None }), "content"),
        (Some(of(Sent::Notice(proto::Notice::default()))), "content.notice"),
        (Some(of(Sent::Retraction(proto::Retraction {}))), "content.retraction"),
    ] {
        assert_eq!(violated_with(content.as_ref(), 1), [path]);
        assert_eq!(violated_as_template(content.as_ref()), [format!("template.{path}")]);
    }
}

#[test]
fn a_content_has_at_most_so_many_bytes() {
    let service = |content: usize| proto::PlannedService {
        service: "訪問看護".into(),
        content: "1".repeat(content),
        ..Default::default()
    };
    let plan = |last: usize| {
        let services = std::iter::repeat_n(service(20_000), 13).chain([service(last)]).collect();
        of(Sent::CarePlan(proto::CarePlan { services, ..Default::default() }))
    };
    let rest = MAX_BYTES - prost::Message::encoded_len(&plan(1000));
    accepted(&plan(1000 + rest));
    assert_eq!(violated(&plan(1000 + rest + 1)), ["content"]);
    assert_eq!(violated_as_template(Some(&plan(1000 + rest + 1))), ["template.content"]);
}

#[test]
fn every_violation_is_reported_at_once() {
    let prescription = of(Sent::Medication(proto::Medication {
        event: 77,
        items: vec![
            proto::MedicationItem { name: "薬".into(), ..Default::default() },
            proto::MedicationItem {
                code: Some(proto::Coding::default()),
                dose: "1".repeat(201),
                days: 1000,
                quantity: Some(proto::Quantity { value: "一".into(), unit: String::new() }),
                ..Default::default()
            },
        ],
        effective_date: day(2026, 2, 30),
        adherence: -1,
        remark: "\u{7}".into(),
    }));
    let of_second = ["name", "code.system", "code.code", "dose", "days", "quantity.value", "quantity.unit"];
    let mut expected = vec!["content.medication.event".to_owned()];
    expected.extend(of_second.map(|name| format!("content.medication.items[1].{name}")));
    expected
        .extend(["effective_date", "adherence", "remark"].map(|name| format!("content.medication.{name}")));
    assert_eq!(violated(&prescription), expected);
}

#[test]
fn lines_are_trimmed_and_texts_kept() {
    let memo = of(Sent::Memo(proto::Memo { title: " 鍵 ".into(), text: " 娘さんが持つ。\n".into() }));
    let Content::Memo(memo) = read(&memo) else { panic!("{memo:?}") };
    assert_eq!((memo.title.as_str(), memo.text.as_str()), ("鍵", " 娘さんが持つ。\n"));
}

#[test]
fn an_entry_says_something() {
    let at = Some(prost_types::Timestamp { seconds: NOW.unix_seconds(), nanos: 0 });
    let note = proto::VisitNote { visit_time: at, ..Default::default() };
    wanted(&of(Sent::VisitNote(note.clone())), "content.visit_note");
    wanted(
        &of(Sent::VisitNote(proto::VisitNote { plan: " \n".into(), ..note.clone() })),
        "content.visit_note",
    );
    accepted(&of(Sent::VisitNote(proto::VisitNote { plan: "続ける".into(), ..note.clone() })));
    let observations = vec![proto::Observation::default()];
    let measured = of(Sent::VisitNote(proto::VisitNote { observations, ..note }));
    assert!(!violated(&measured).contains(&"content.visit_note".to_owned()));

    let life = proto::DailyLife { assess_time: at, ..Default::default() };
    wanted(&of(Sent::DailyLife(life.clone())), "content.daily_life");
    accepted(&of(Sent::DailyLife(proto::DailyLife { disability_level: 1, ..life.clone() })));
    accepted(&of(Sent::DailyLife(proto::DailyLife { mood: "穏やか".into(), ..life })));

    let admission =
        proto::AdmissionInformation { hospital: "中央みなと病院".into(), ..Default::default() };
    wanted(&of(Sent::AdmissionInformation(admission.clone())), "content.admission_information");
    accepted(&of(Sent::AdmissionInformation(proto::AdmissionInformation {
        admission_time: at,
        ..admission.clone()
    })));
    accepted(&of(Sent::AdmissionInformation(proto::AdmissionInformation { care_level: 9, ..admission })));

    let plan =
        proto::CarePlan {
            wishes: "家で暮らしたい".into(), change: "増やす".into(), ..Default::default()
        };
    wanted(&of(Sent::CarePlan(plan.clone())), "content.care_plan");
    accepted(&of(Sent::CarePlan(proto::CarePlan { policy: "見守る".into(), ..plan })));
    accepted(&changed!(CarePlan, |it| (it.policy, it.services) = Default::default()));
    accepted(&changed!(CarePlan, |it| (it.policy, it.goals) = Default::default()));
}

#[test]
fn wounds_and_documents_have_files() {
    let wound = proto::Wound {
        series: "仙骨部".into(),
        observe_time: Some(prost_types::Timestamp { seconds: NOW.unix_seconds(), nanos: 0 }),
        ..Default::default()
    };
    let bare = of(Sent::Wound(wound.clone()));
    assert_eq!(violated_with(Some(&bare), 0), ["content.wound"]);
    assert_eq!(violated_with(Some(&bare), 1), [""; 0]);
    assert_eq!(violated_as_template(Some(&bare)), [""; 0]);
    let measured = of(Sent::Wound(proto::Wound { depth_mm: 1, ..wound }));
    assert_eq!(violated_with(Some(&measured), 0), [""; 0]);

    let document = changed!(Document, |it| it.remark.clear());
    assert_eq!(violated_with(Some(&document), 0), ["attachment_ids"]);
    assert_eq!(violated_with(Some(&document), 1), [""; 0]);
    assert_eq!(violated_as_template(Some(&document)), [""; 0]);
}

#[test]
fn drugs_are_named_where_they_are_told_of() {
    use proto::MedicationEvent::{Adherence, Dispensing, Prescription, Residual};
    let told = |event: proto::MedicationEvent, adherence, remark: &str| {
        let event = event as i32;
        of(Sent::Medication(proto::Medication {
            event,
            adherence,
            remark: remark.into(),
            ..Default::default()
        }))
    };
    for event in [Prescription, Dispensing, Residual] {
        wanted(&told(event, 1, "残りは"), "content.medication.items");
        accepted(&changed!(Medication, |it| it.event = event as i32));
    }
    wanted(&told(Adherence, 0, " "), "content.medication.adherence");
    accepted(&told(Adherence, 4, ""));
    accepted(&told(Adherence, 0, "自分で飲めている"));
}

#[test]
fn a_result_is_a_number_or_in_words() {
    let report = "laboratory_report.results";
    let both = changed!(LaboratoryReport, |it| it.results[0].text = "3.1".into());
    refused(&both, &format!("{report}[0].text"));
    let neither = changed!(LaboratoryReport, |it| it.results[1].text = " ".into());
    wanted(&neither, &format!("content.{report}[1]"));
    for wrong in ["4,1", "-", "＜4"] {
        refused(
            &changed!(LaboratoryReport, |it| it.results[0].low = wrong.into()),
            &format!("{report}[0].low"),
        );
        refused(
            &changed!(LaboratoryReport, |it| it.results[0].high = wrong.into()),
            &format!("{report}[0].high"),
        );
    }
    accepted(&changed!(LaboratoryReport, |it| it.results[0].low = "-0.50".into()));
}

#[test]
fn the_bounds_of_a_result_are_in_order() {
    let bounds = |low: &str, high: &str| {
        changed!(LaboratoryReport, |it| {
            (it.results[0].low, it.results[0].high) = (low.into(), high.into());
        })
    };
    for (low, high) in [("16", "12"), ("9.5", "9.45"), ("-1", "-1.5"), ("0.1", "-0.1")] {
        refused(&bounds(low, high), "laboratory_report.results[0].high");
    }
    for (low, high) in [("12", "16"), ("9.5", "10"), ("-1.5", "-1"), ("4.0", "4"), ("16", ""), ("", "12")] {
        accepted(&bounds(low, high));
    }
    // What does not read is not compared.
    refused(&bounds("1,6", "1"), "laboratory_report.results[0].low");
}

#[test]
fn a_drug_was_not_given_in_the_future() {
    // NOW is 2026-07-01 in UTC.
    let given = |date| changed!(Medication, |it| it.effective_date = date);
    accepted(&given(day(2026, 7, 2)));
    wanted(&given(day(2026, 7, 3)), "content.medication.effective_date");
    wanted(&given(day(2099, 1, 1)), "content.medication.effective_date");
}

#[test]
fn an_instruction_has_a_period() {
    let instruction = |of: i32, first, last| {
        changed!(NursingInstruction, |it| (it.r#type, it.first_date, it.last_date) = (of, first, last))
    };
    let wrong = "nursing_instruction.last_date";
    // 1 to 4: ordinary, special, infusion, psychiatric
    for of in 1..=4 {
        accepted(&instruction(of, day(2026, 7, 1), day(2026, 7, 1)));
        refused(&instruction(of, day(2026, 7, 1), day(2026, 6, 30)), wrong);
    }
    for of in [1, 3, 4] {
        accepted(&instruction(of, day(2026, 7, 1), day(2026, 12, 31)));
        refused(&instruction(of, day(2026, 7, 1), day(2027, 1, 1)), wrong);
    }
    accepted(&instruction(2, day(2026, 7, 1), day(2026, 7, 14)));
    refused(&instruction(2, day(2026, 7, 1), day(2026, 7, 15)), wrong);
}

#[test]
fn other_periods_end_after_they_begin() {
    let plan = |first, last| changed!(CarePlan, |it| (it.first_date, it.last_date) = (first, last));
    accepted(&plan(day(2026, 7, 1), day(2026, 7, 1)));
    accepted(&plan(None, day(2026, 7, 1)));
    accepted(&plan(day(2026, 7, 1), None));
    refused(&plan(day(2026, 7, 2), day(2026, 7, 1)), "care_plan.last_date");
    let stay =
        |from, to| changed!(DischargeSummary, |it| (it.admission_date, it.discharge_date) = (from, to));
    accepted(&stay(day(2026, 7, 1), day(2026, 7, 1)));
    refused(&stay(day(2026, 7, 2), day(2026, 7, 1)), "discharge_summary.discharge_date");
}

#[test]
fn barthel_points_go_as_far_as_the_item() {
    use proto::AdlItem::*;
    let scored = |scores: &[(proto::AdlItem, i32)]| {
        let score =
            |(item, points): &(proto::AdlItem, i32)| proto::AdlScore { item: *item as i32, points: *points };
        changed!(DailyLife, |it| it.scores = scores.iter().map(score).collect())
    };
    let items = [
        (Feeding, 10),
        (Transfer, 15),
        (Grooming, 5),
        (ToiletUse, 10),
        (Bathing, 5),
        (Mobility, 15),
        (Stairs, 10),
        (Dressing, 10),
        (Bowels, 10),
        (Bladder, 10),
    ];
    accepted(&scored(&items));
    for (item, most) in items {
        for points in (0..=most).step_by(5) {
            accepted(&scored(&[(item, points)]));
        }
        for points in [-5, 1, 3, most - 1, most + 5, 300] {
            refused(&scored(&[(item, points)]), "daily_life.scores[0].points");
        }
    }
    refused(&scored(&[(Feeding, 5), (Stairs, 0), (Feeding, 5)]), "daily_life.scores[2].item");
    let mut eleven = items.to_vec();
    eleven.push((Bladder, 10));
    refused(&scored(&eleven), "daily_life.scores");
}

#[test]
fn there_are_allergies_or_none_is_known() {
    refused(&changed!(AllergyList, |it| it.none_known = true), "allergy_list.none_known");
    wanted(&changed!(AllergyList, |it| it.allergies.clear()), "content.allergy_list.allergies");
    accepted(&changed!(AllergyList, |it| (it.none_known, it.allergies) = (true, Vec::new())));
}
