use renkei_proto::v1::{Actor, AllMembers, ConsentScope, OrganizationList, Period};

use super::*;
use crate::text::Language;

fn at(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

fn form() -> ConsentForm {
    ConsentForm {
        effect: ConsentEffect::Permit.into(),
        scope: Some(ConsentScope { scope: Some(Scope::AllMembers(AllMembers {})) }),
        period: Some(Period { start: at(1_000), end: None }),
        signer: Some(ConsentSigner { kind: ConsentSignerKind::Patient.into(), ..Default::default() }),
        sign_date: Some(Date { year: 2026, month: 7, day: 1 }),
        ..Default::default()
    }
}

fn consent(form: ConsentForm) -> Consent {
    Consent {
        consent_id: "0197f0a0-1a2b-7000-8000-000000000001".into(),
        version: 2,
        form: Some(form),
        paper_attachment_id: "paper".into(),
        recorded_by: Some(Actor { person_name: "佐藤 一".into(), ..Default::default() }),
        ..Default::default()
    }
}

/// As it is looked at 2,000 seconds after the epoch, on the 1st of December 2026.
fn shown(columns: usize, consent: &Consent) -> Vec<String> {
    let lines = viewed(Language::Japanese, columns, |view| view.lines(consent));
    lines.iter().map(Line::text).collect()
}

fn viewed(language: Language, columns: usize, lines: impl Fn(&View<'_>) -> Vec<Line>) -> Vec<Line> {
    let texts = Texts::new(language);
    let names = Names::from_pairs([
        ("o", "あおば診療所"),
        ("p", "鈴木 花子"),
        ("h", "医療法人社団 架空会 みどりの丘訪問看護ステーション"),
        ("c", "居宅介護支援事業所 ケアプランセンターひだまりの家"),
    ]);
    lines(&View {
        texts: &texts,
        names: &names,
        columns,
        now: Timestamp::from_second(2_000).unwrap(),
        today: Date { year: 2026, month: 12, day: 1 },
    })
}

/// What stands in a record: everything but some, for two organisations only, denied, and no longer.
fn several() -> [Consent; 4] {
    let list = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let whom = |ids| ConsentScope {
        scope: Some(Scope::Organizations(OrganizationList { organization_ids: list(ids) })),
    };
    let but_some = ConsentForm {
        sensitivities: vec![Sensitivity::Normal.into(), Sensitivity::MentalHealth.into()],
        exceptions: vec![
            ConsentException {
                organization_ids: list(&["c"]),
                categories: vec![Category::VisitNote.into(), Category::Laboratory.into()],
                ..Default::default()
            },
            ConsentException { sensitivities: vec![Sensitivity::Abuse.into()], ..Default::default() },
        ],
        ..form()
    };
    let for_two = ConsentForm {
        scope: Some(whom(&["h", "c"])),
        period: Some(Period { start: at(1_000), end: at(1_800_000_000) }),
        purposes: vec![PurposeOfUse::CareManagement.into()],
        ..form()
    };
    let denied = ConsentForm {
        effect: ConsentEffect::Deny.into(),
        scope: Some(whom(&["o"])),
        categories: vec![Category::CarePlan.into()],
        ..form()
    };
    [
        Consent { custodian: true, ..consent(but_some.clone()) },
        consent(for_two),
        consent(denied),
        Consent { withdraw_time: at(1_500), ..consent(but_some) },
    ]
}

#[test]
fn in_short_nothing_is_cut_and_what_is_left_out_is_said() {
    for (language, name) in [(Language::Japanese, "ja"), (Language::English, "en")] {
        for columns in [60, 80] {
            let lines = viewed(language, columns, |view| {
                several().iter().flat_map(|consent| view.in_short(consent, columns)).collect()
            });
            let lines: Vec<String> = lines.iter().map(Line::text).collect();
            assert!(lines.iter().all(|line| width::width(line) <= columns), "{lines:#?}");
            assert!(!lines.concat().contains('…'), "{lines:#?}");
            // Moments depend on the zone, but not in their length.
            let told = lines.join("\n").replace(&time::local(at(1_000).as_ref()), "<the first moment>");
            let told = told.replace(&time::local(at(1_800_000_000).as_ref()), "<the last>");
            insta::assert_snapshot!(format!("in_short_{name}_{columns}"), told);
        }
    }
}

#[test]
fn a_heading_keeps_its_styles_on_the_lines_that_it_takes() {
    let [_, for_two, denied, _] = several();
    let lines = viewed(Language::Japanese, 60, |view| view.in_short(&for_two, 60));
    assert!(
        lines[1].pieces().iter().any(|(style, text)| *style == Style::Strong && text.contains("ひだまり"))
    );
    let lines = viewed(Language::Japanese, 60, |view| view.in_short(&denied, 60));
    assert_eq!(lines[0].pieces()[0], (Style::Alarm, "不同意".into()));
}

#[track_caller]
fn says(lines: &[String], text: &str) {
    assert!(lines.iter().any(|line| line.contains(text)), "{text} is not in {lines:#?}");
}

#[test]
fn a_consent_in_full() {
    let lines = shown(
        width::UNLIMITED,
        &consent(ConsentForm {
            scope: Some(ConsentScope {
                scope: Some(Scope::Organizations(OrganizationList {
                    organization_ids: vec!["o".into(), "unknown".into()],
                })),
            }),
            roles: vec![Role::Doctor.into()],
            categories: vec![Category::VisitNote.into(), Category::CarePlan.into()],
            sensitivities: vec![Sensitivity::Normal.into(), Sensitivity::Abuse.into()],
            purposes: vec![PurposeOfUse::CareManagement.into()],
            exceptions: vec![
                ConsentException { person_ids: vec!["p".into()], ..Default::default() },
                ConsentException {
                    organization_ids: vec!["o".into()],
                    categories: vec![Category::CarePlan.into()],
                    ..Default::default()
                },
            ],
            signer: Some(ConsentSigner {
                kind: ConsentSignerKind::Representative.into(),
                name: "山田 一郎".into(),
                relation: ConsentSignerRelation::Child.into(),
            }),
            ..form()
        }),
    );
    assert_eq!(lines[0], "同意  あおば診療所、unknown  第2版  有効");
    assert_eq!(
        lines[1..7],
        [
            "    区分: 訪問記録、ケアプラン",
            "    機微区分: 通常、虐待・暴力",
            "    職種: 医師",
            "    利用目的: 連絡調整",
            "    例外1  利用者: 鈴木 花子",
            "    例外2  機関: あおば診療所／区分: ケアプラン",
        ]
    );
    says(&lines, "署名 2026-07-01  山田 一郎（代理人・子）");
    says(&lines, "同意書: paper");
    says(&lines, "0197f0a0-1a2b-7000-8000-000000000001");
}

#[test]
fn how_it_stands() {
    let period = |start, end| ConsentForm { period: Some(Period { start, end }), ..form() };
    let stands = |consent: &Consent, state: &str| {
        let heading = &shown(width::UNLIMITED, consent)[0];
        assert!(heading.ends_with(&format!("第2版  {state}")), "{heading}");
    };
    stands(&consent(period(at(2_000), at(2_001))), "有効");
    stands(&consent(period(at(1_000), at(2_000))), "期間終了");
    stands(&consent(period(at(2_001), None)), "開始前");
    stands(&Consent { withdraw_time: at(1_500), ..consent(form()) }, "撤回");
    stands(&Consent { supersede_time: at(1_500), ..consent(form()) }, "旧版");
}

#[test]
fn a_review_is_marked_when_it_is_near_or_past_but_not_of_what_is_over() {
    let review =
        |year, month, day| consent(ConsentForm { review_date: Some(Date { year, month, day }), ..form() });
    let lines = |consent: &Consent| shown(width::UNLIMITED, consent);
    let far = lines(&review(2027, 1, 1));
    assert!(far.contains(&"    見直し日 2027-01-01".to_owned()), "31 days ahead: {far:#?}");
    says(&lines(&review(2026, 12, 31)), "見直し日 2026-12-31（まもなく）");
    says(&lines(&review(2026, 12, 1)), "見直し日 2026-12-01（まもなく）");
    says(&lines(&review(2026, 11, 30)), "見直し日 2026-11-30（過ぎています）");
    let withdrawn = Consent { withdraw_time: at(1_500), ..review(2026, 11, 30) };
    assert!(!lines(&withdrawn).concat().contains("過ぎています"));
}

#[test]
fn a_denial_and_what_is_not_on_record_say_so() {
    let denial = consent(ConsentForm { effect: ConsentEffect::Deny.into(), signer: None, ..form() });
    let lines = shown(width::UNLIMITED, &denial);
    assert!(lines[0].starts_with("不同意  ケアチーム全員"), "{lines:#?}");
    says(&lines, "署名者の記録なし");
    let custodian = Consent { custodian: true, ..consent(ConsentForm { signer: None, ..form() }) };
    let lines = shown(width::UNLIMITED, &custodian);
    assert!(lines[0].ends_with("有効  主管機関") && !lines.concat().contains("署名"), "{lines:#?}");
    let representative = ConsentSigner {
        kind: ConsentSignerKind::Representative.into(),
        relation: ConsentSignerRelation::Guardian.into(),
        ..Default::default()
    };
    let damaged =
        Consent { damaged: true, ..consent(ConsentForm { signer: Some(representative), ..form() }) };
    says(&shown(width::UNLIMITED, &damaged), "（壊れていて開けません）（代理人・成年後見人等）");
}

#[test]
fn long_conditions_are_broken_to_the_terminal() {
    let categories = crate::output::label::values::<Category>();
    let categories = categories.into_iter().filter(|category| *category != Category::Notice);
    let all = ConsentForm { categories: categories.map(i32::from).collect(), ..form() };
    let lines = shown(50, &consent(all));
    assert!(lines.iter().skip(1).all(|line| width::width(line) <= 50), "{lines:#?}");
    says(&lines, "文書");
}
