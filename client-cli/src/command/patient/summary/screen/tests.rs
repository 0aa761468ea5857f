use renkei_proto::v1::{
    Actor, Allergy, AllergyCriticality, Coding, Date, EntryContent, Interpretation, MedicationEvent, Message,
    ObservedValue, Quantity, Role,
};

use super::*;
use crate::text::Language;

fn entry(content: Content) -> Entry {
    Entry {
        author: Some(Actor {
            person_name: "浅野 医師".into(),
            organization_name: "みどり診療所在宅医療センター".into(),
            role: Role::Doctor.into(),
            ..Default::default()
        }),
        content: Some(EntryContent { content: Some(content) }),
        post_time: Some(prost_types::Timestamp { seconds: 1_790_000_000, nanos: 0 }),
        ..Default::default()
    }
}

fn full() -> GetPatientSummaryResponse {
    let allergy = Allergy {
        substance: "ペニシリン系抗菌薬\x1b[2J".into(),
        reaction: "アナフィラキシー".into(),
        criticality: AllergyCriticality::High.into(),
        ..Default::default()
    };
    let problem =
        Problem { name: "脳梗塞後遺症（右片麻痺、失語）".into(), ..Default::default() };
    let drug = MedicationItem {
        name: "アムロジピンベシル酸塩口腔内崩壊錠5mg「架空」".into(),
        dose: "1回1錠".into(),
        usage: "1日1回 朝食後に服用、血圧が100を下回る日は主治医に確認".into(),
        days: 14,
        ..Default::default()
    };
    let medication = Medication {
        event: MedicationEvent::Prescription.into(),
        items: vec![drug; 2],
        effective_date: Some(Date { year: 2026, month: 7, day: 1 }),
        ..Default::default()
    };
    let potassium = ObservedValue {
        code: Some(Coding {
            display: "カリウム（血清・電極法による測定）".into(), ..Default::default()
        }),
        value: Some(Quantity { value: "5.9".into(), unit: "mmol/L".into() }),
        interpretation: Interpretation::High.into(),
        ..Default::default()
    };
    let temperature = ObservedValue {
        code: Some(Coding { code: "8310-5".into(), ..Default::default() }),
        value: Some(Quantity { value: "36.50".into(), unit: "Cel".into() }),
        ..Default::default()
    };
    let question =
        Message { text: "眠剤は続けてよいでしょうか。".repeat(5), ..Default::default() };
    GetPatientSummaryResponse {
        problem_list: Some(entry(Content::ProblemList(ProblemList {
            problems: vec![problem; 3],
            remark: String::new(),
        }))),
        allergy_list: Some(entry(Content::AllergyList(AllergyList {
            allergies: vec![allergy],
            ..Default::default()
        }))),
        medications: vec![entry(Content::Medication(medication))],
        last_observations: vec![temperature, potassium],
        open_questions: vec![entry(Content::Message(question))],
        care_plan: Some(entry(Content::CarePlan(CarePlan {
            policy: "住み慣れた自宅で、家族と一緒に暮らし続けられるように支援する。".repeat(3),
            ..Default::default()
        }))),
    }
}

fn shown(language: Language, summary: &GetPatientSummaryResponse, columns: usize) -> Vec<Line> {
    let team = |number: usize, status: MembershipStatus| CareTeamMember {
        organization_name: format!("訪問看護ステーションひまわり{number}号店"),
        status: status.into(),
        ..Default::default()
    };
    let mut members: Vec<_> = (0..6).map(|number| team(number, MembershipStatus::Accepted)).collect();
    members.push(team(9, MembershipStatus::Left));
    let texts = Texts::new(language);
    let screen = Screen::new(&texts, Some(columns));
    let consent = Line::plain("許可  ".to_owned() + &"すべての参加者、".repeat(20)).wrapped(screen.room());
    screen.lines(summary, &members, consent)
}

#[test]
fn everything_stays_within_the_columns() {
    for language in [Language::Japanese, Language::English] {
        for columns in [60, 80, 120] {
            for line in shown(language, &full(), columns) {
                let text = line.text();
                assert!(width::width(&text) <= columns, "{columns}: {text}");
            }
        }
    }
}

#[test]
fn what_is_dangerous_comes_first_and_stands_out() {
    let lines = shown(Language::Japanese, &full(), 80);
    let texts: Vec<String> = lines.iter().map(Line::text).collect();
    assert_eq!(texts[0], "アレルギー・禁忌");
    assert_eq!(texts[1], "  ! ペニシリン系抗菌薬␛[2J (アナフィラキシー · 重篤になりうる)");
    assert!(lines[1].coloured().contains("\x1b[1;31m"), "{:?}", lines[1]);
    let potassium = lines.iter().find(|line| line.text().contains("カリウム")).unwrap();
    assert!(potassium.text().contains("5.9 mmol/L") && potassium.coloured().contains("\x1b[1;31m"));
    let temperature = lines.iter().find(|line| line.text().contains("36.50 ℃")).unwrap();
    assert!(temperature.text().starts_with("  体温") && !temperature.coloured().contains("\x1b[1;31m"));
    assert!(texts.iter().any(|line| line.starts_with("  2026-07-01 処方 みどり診療所")), "{texts:#?}");
    assert!(texts.iter().any(|line| line.starts_with("    アムロジピン")), "{texts:#?}");
    assert!(!texts.iter().any(|line| line.contains("9号店")), "who left is no member");
}

#[test]
fn the_drugs_are_said_to_be_of_the_newest_prescriptions() {
    for (language, heading, foot) in [
        (Language::Japanese, "薬剤（各事業所の最新の処方または調剤）", "それより前の処方・調剤は"),
        (
            Language::English,
            "Medication (the newest of each organisation)",
            "prescribed or dispensed before is not here",
        ),
    ] {
        let shown = |summary: &_| shown(language, summary, 200).iter().map(Line::text).collect::<Vec<_>>();
        let lines = shown(&full());
        let start = lines.iter().position(|line| line == heading).unwrap_or_else(|| panic!("{lines:#?}"));
        let section: Vec<_> = lines[start + 1..].iter().take_while(|line| line.starts_with(' ')).collect();
        assert!(section[0].starts_with("  2026-07-01 "), "the date of each: {section:#?}");
        assert!(section.last().unwrap().contains(foot), "{section:#?}");
        let nothing = shown(&GetPatientSummaryResponse::default());
        assert!(!nothing.iter().any(|line| line.contains(foot)), "{nothing:#?}");
    }
}

#[test]
fn what_is_not_seen_and_what_does_not_open_is_said() {
    let nothing = shown(Language::English, &GetPatientSummaryResponse::default(), 80);
    let none = nothing.iter().filter(|line| line.text() == "  nothing recorded that you may see").count();
    assert_eq!(none, 6, "all but the team and the consents");
    let damaged = Entry { damaged: true, ..Default::default() };
    let summary = GetPatientSummaryResponse { allergy_list: Some(damaged), ..Default::default() };
    let lines = shown(Language::English, &summary, 80);
    assert!(lines[1].coloured().contains("\x1b[1;31m"), "{:?}", lines[1]);
    let none_known = Content::AllergyList(AllergyList { none_known: true, ..Default::default() });
    let summary = GetPatientSummaryResponse { allergy_list: Some(entry(none_known)), ..Default::default() };
    assert_eq!(shown(Language::English, &summary, 80)[1].text(), "  asked: none known");
}
