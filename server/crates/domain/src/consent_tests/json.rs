//! How forms are stored. These texts stand in databases: a new field may be added with a default, nothing
//! may be renamed.

use super::*;

#[test]
fn the_whole_form() {
    let form = Form {
        effect: Effect::Permit,
        scope: Scope::Organizations(set([STATION])),
        roles: set([Role::Nurse]),
        categories: set([Category::VisitNote, Category::VitalSigns]),
        sensitivities: set([Sensitivity::MentalHealth]),
        purposes: set([Purpose::Treatment]),
        period: Period { start: Timestamp(1_790_000_000_000_000), end: None },
        exceptions: vec![Exception {
            organizations: set([CLINIC]),
            persons: set([NURSE]),
            roles: set([Role::CareWorker]),
            categories: set([Category::Medication]),
            sensitivities: set([Sensitivity::SubstanceUse]),
        }],
        signer: Some(Signer { kind: SignerKind::Representative, relation: Some(Relation::OtherRelative) }),
        signed_on: Some(jiff::civil::date(2026, 9, 1)),
        review_on: Some(jiff::civil::date(2027, 9, 1)),
    };
    let text = concat!(
        r#"{"effect":"PERMIT","#,
        r#""scope":{"organizations":["00000000-0000-0000-0000-00000000000b"]},"#,
        r#""roles":["NURSE"],"categories":["VISIT_NOTE","VITAL_SIGNS"],"#,
        r#""sensitivities":["MENTAL_HEALTH"],"purposes":["TREATMENT"],"#,
        r#""period":{"start":1790000000000000,"end":null},"#,
        r#""exceptions":[{"organizations":["00000000-0000-0000-0000-00000000000c"],"#,
        r#""persons":["00000000-0000-0000-0000-000000000001"],"roles":["CARE_WORKER"],"#,
        r#""categories":["MEDICATION"],"sensitivities":["SUBSTANCE_USE"]}],"#,
        r#""signer":{"kind":"REPRESENTATIVE","relation":"OTHER_RELATIVE"},"#,
        r#""signed_on":"2026-09-01","review_on":"2027-09-01"}"#,
    );
    assert_eq!(serde_json::to_string(&form).unwrap(), text);
    assert_eq!(serde_json::from_str::<Form>(text).unwrap(), form);
}

#[test]
fn the_other_shapes() {
    let shape = |scope| serde_json::to_string(&scope).unwrap();
    assert_eq!(shape(Scope::AllMembers), r#""all_members""#);
    assert_eq!(shape(Scope::Person(NURSE)), r#"{"person":"00000000-0000-0000-0000-000000000001"}"#);
    let denial = Form { effect: Effect::Deny, signer: None, ..form() };
    let text = concat!(
        r#"{"effect":"DENY","scope":"all_members","roles":[],"categories":[],"sensitivities":[],"#,
        r#""purposes":[],"period":{"start":10,"end":20},"exceptions":[],"signer":null,"#,
        r#""signed_on":null,"review_on":null}"#,
    );
    assert_eq!(serde_json::to_string(&denial).unwrap(), text);
    assert_eq!(serde_json::from_str::<Form>(text).unwrap(), denial);
}

#[test]
fn a_list_that_is_absent_is_not_read_as_any() {
    let full = serde_json::to_value(form()).unwrap();
    assert!(serde_json::from_value::<Form>(full.clone()).is_ok());
    for list in ["roles", "categories", "sensitivities", "purposes", "exceptions"] {
        let mut without = full.clone();
        without.as_object_mut().unwrap().remove(list).unwrap();
        assert!(serde_json::from_value::<Form>(without).is_err(), "{list}");
    }
    assert!(serde_json::from_str::<Exception>(r#"{"categories":["LABORATORY"]}"#).is_err());
}

#[test]
fn what_is_not_known_is_not_read() {
    let with = |changed: &str| {
        let mut whole = serde_json::to_value(form()).unwrap();
        let changed: serde_json::Value = serde_json::from_str(&format!("{{{changed}}}")).unwrap();
        for (name, value) in changed.as_object().unwrap() {
            whole[name] = value.clone();
        }
        serde_json::from_value::<Form>(whole)
    };
    assert!(with(r#""effect":"PERMIT""#).is_ok());
    assert!(with(r#""colour":"RED""#).is_err());
    // An unknown value must not be dropped: of a list that gets empty by it, nothing would be left but any.
    for field in [
        r#""effect":"MAYBE""#,
        r#""effect":"PERMIT","roles":["DRUID"]"#,
        r#""effect":"PERMIT","categories":["SECRETS"]"#,
        r#""effect":"PERMIT","sensitivities":["LOW"]"#,
        r#""effect":"PERMIT","purposes":["MARKETING"]"#,
        r#""effect":"PERMIT","exceptions":[{"roles":["DRUID"]}]"#,
    ] {
        assert!(with(field).is_err(), "{field}");
    }
}
