use renkei_domain::consent::Relation;
use renkei_domain::identity::{Purpose, Role};
use renkei_domain::{Category, Result, Sensitivity};

use super::*;
use crate::grpc::parse::{taken, violated};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const OTHER: &str = "01890a5d-ac96-774b-bcce-b302099a8058";
/// 2026-07-01T20:00:00Z: the 2nd in Japan.
const NOW: Timestamp = Timestamp(1_782_936_000_000_000);

fn day(year: i32, month: i32, day: i32) -> Option<proto::Date> {
    Some(proto::Date { year, month, day })
}

/// The moment so many seconds after [`NOW`].
fn moment(seconds: i64) -> Option<prost_types::Timestamp> {
    convert::time(Timestamp(NOW.0 + seconds * 1_000_000))
}

fn organizations(organization_ids: Vec<String>) -> Option<proto::ConsentScope> {
    let scope = ProtoScope::Organizations(proto::OrganizationList { organization_ids });
    Some(proto::ConsentScope { scope: Some(scope) })
}

/// So many different ids.
fn ids(count: u128) -> Vec<String> {
    (1..=count).map(|id| uuid::Uuid::from_u128(id).to_string()).collect()
}

/// What must stand in a form and no more.
fn least() -> proto::ConsentForm {
    proto::ConsentForm {
        scope: Some(proto::ConsentScope { scope: Some(ProtoScope::AllMembers(proto::AllMembers {})) }),
        signer: Some(proto::ConsentSigner {
            kind: proto::ConsentSignerKind::Patient as i32,
            ..Default::default()
        }),
        sign_date: day(2026, 7, 1),
        ..Default::default()
    }
}

fn representative(name: &str, relation: i32) -> proto::ConsentForm {
    let signer = proto::ConsentSigner {
        kind: proto::ConsentSignerKind::Representative as i32,
        name: name.into(),
        relation,
    };
    proto::ConsentForm { signer: Some(signer), ..least() }
}

fn excepting(exception: proto::ConsentException) -> proto::ConsentForm {
    proto::ConsentForm { exceptions: vec![exception], ..least() }
}

fn parsed(form: Option<&proto::ConsentForm>) -> Result<SignedForm> {
    let mut fields = Fields::default();
    let signed = parse(&mut fields, form, NOW);
    fields.finish(signed)
}

/// Whether a form is refused for these fields and no others.
#[track_caller]
fn refused(form: proto::ConsentForm, fields: &[&str]) {
    assert_eq!(violated(parsed(Some(&form))), fields);
}

#[test]
fn the_least_form_permits_all_members_from_now() {
    let SignedForm { form, signer_name } = taken(parsed(Some(&least())));
    assert_eq!(form.effect, Effect::Permit);
    assert_eq!(form.scope, Scope::AllMembers);
    assert_eq!(form.period, Period { start: NOW, end: None });
    assert_eq!(form.signer, Some(Signer { kind: SignerKind::Patient, relation: None }));
    assert_eq!(form.signed_on, Some(jiff::civil::date(2026, 7, 1)));
    assert_eq!(form.review_on, None);
    assert!(form.roles.is_empty() && form.categories.is_empty() && form.exceptions.is_empty());
    assert!(form.sensitivities.is_empty() && form.purposes.is_empty());
    assert_eq!(signer_name, None);
}

#[test]
fn everything_that_can_stand_in_a_form_is_kept() {
    let given = proto::ConsentForm {
        scope: organizations(vec![OTHER.into(), ID.into()]),
        roles: vec![proto::Role::Nurse as i32, proto::Role::Doctor as i32],
        categories: vec![proto::Category::Medication as i32],
        sensitivities: vec![1, 2],
        purposes: vec![proto::PurposeOfUse::Treatment as i32],
        period: Some(proto::Period { start: moment(-60), end: moment(60) }),
        exceptions: vec![proto::ConsentException {
            organization_ids: vec![ID.into()],
            person_ids: vec![OTHER.into()],
            roles: vec![proto::Role::Therapist as i32],
            categories: vec![proto::Category::Laboratory as i32],
            sensitivities: vec![proto::Sensitivity::Abuse as i32],
        }],
        review_date: day(2027, 7, 1),
        ..representative(" 山田 花子 ", proto::ConsentSignerRelation::Guardian as i32)
    };
    let SignedForm { form, signer_name } = taken(parsed(Some(&given)));
    let (id, other) = (ID.parse().unwrap(), OTHER.parse().unwrap());
    assert_eq!(form.scope, Scope::Organizations([OrganizationId(id), OrganizationId(other)].into()));
    assert_eq!(form.roles, [Role::Doctor, Role::Nurse].into());
    assert_eq!(form.categories, [Category::Medication].into());
    assert_eq!(form.sensitivities, [Sensitivity::Normal, Sensitivity::MentalHealth].into());
    assert_eq!(form.purposes, [Purpose::Treatment].into());
    let period = Period { start: Timestamp(NOW.0 - 60_000_000), end: Some(Timestamp(NOW.0 + 60_000_000)) };
    assert_eq!(form.period, period);
    let exception = Exception {
        organizations: [OrganizationId(id)].into(),
        persons: [PersonId(other)].into(),
        roles: [Role::Therapist].into(),
        categories: [Category::Laboratory].into(),
        sensitivities: [Sensitivity::Abuse].into(),
    };
    assert_eq!(form.exceptions, [exception]);
    let signer = Signer { kind: SignerKind::Representative, relation: Some(Relation::Guardian) };
    assert_eq!(form.signer, Some(signer));
    assert_eq!(form.review_on, Some(jiff::civil::date(2027, 7, 1)));
    assert_eq!(signer_name.as_deref(), Some("山田 花子"));
}

#[test]
fn a_missing_form_is_told_what_it_must_hold() {
    assert_eq!(violated(parsed(None)), ["form.scope", "form.signer.kind", "form.sign_date"]);
}

#[test]
fn every_violation_is_reported_at_once() {
    let form = proto::ConsentForm {
        effect: 9,
        scope: organizations(vec!["a".into(), ID.into()]),
        roles: vec![0],
        categories: vec![12],
        sensitivities: vec![7],
        purposes: vec![4],
        period: Some(proto::Period { start: moment(0), end: moment(0) }),
        exceptions: vec![proto::ConsentException::default()],
        signer: None,
        sign_date: None,
        review_date: day(2026, 2, 30),
    };
    let fields = [
        "form.effect",
        "form.scope.organizations.organization_ids[0]",
        "form.signer.kind",
        "form.sign_date",
        "form.review_date",
        "form.roles[0]",
        "form.categories[0]",
        "form.sensitivities[0]",
        "form.purposes[0]",
        "form.period.end",
        "form.exceptions[0]",
    ];
    refused(form, &fields);
}

#[test]
fn a_scope_names_somebody() {
    let field = "form.scope.organizations.organization_ids";
    refused(proto::ConsentForm { scope: None, ..least() }, &["form.scope"]);
    let nobody = Some(proto::ConsentScope { scope: None });
    refused(proto::ConsentForm { scope: nobody, ..least() }, &["form.scope"]);
    refused(proto::ConsentForm { scope: organizations(vec![]), ..least() }, &[field]);
    let twice = organizations(vec![ID.into(), ID.into()]);
    refused(proto::ConsentForm { scope: twice, ..least() }, &[field]);
    taken(parsed(Some(&proto::ConsentForm { scope: organizations(ids(100)), ..least() })));
    refused(proto::ConsentForm { scope: organizations(ids(101)), ..least() }, &[field]);
    let person = Some(proto::ConsentScope { scope: Some(ProtoScope::PersonId("him".into())) });
    refused(proto::ConsentForm { scope: person, ..least() }, &["form.scope.person_id"]);
}

#[test]
fn no_list_holds_a_value_twice_or_one_that_nobody_names() {
    let notice = proto::Category::Notice as i32;
    let emergency = proto::PurposeOfUse::Emergency as i32;
    refused(proto::ConsentForm { roles: vec![1, 1], ..least() }, &["form.roles[1]"]);
    refused(proto::ConsentForm { categories: vec![3, 3], ..least() }, &["form.categories[1]"]);
    refused(proto::ConsentForm { categories: vec![3, notice], ..least() }, &["form.categories[1]"]);
    refused(proto::ConsentForm { sensitivities: vec![1, 0], ..least() }, &["form.sensitivities[1]"]);
    refused(proto::ConsentForm { purposes: vec![1, 1], ..least() }, &["form.purposes[1]"]);
    refused(proto::ConsentForm { purposes: vec![emergency], ..least() }, &["form.purposes[0]"]);
}

#[test]
fn only_what_permits_has_exceptions() {
    let deny = proto::ConsentEffect::Deny as i32;
    let exception = proto::ConsentException { roles: vec![1], ..Default::default() };
    taken(parsed(Some(&excepting(exception.clone()))));
    taken(parsed(Some(&proto::ConsentForm { effect: deny, ..least() })));
    let form = proto::ConsentForm { effect: deny, ..excepting(exception) };
    refused(form, &["form.exceptions"]);
}

#[test]
fn there_are_at_most_fifty_exceptions() {
    let one = proto::ConsentException { roles: vec![1], ..Default::default() };
    taken(parsed(Some(&proto::ConsentForm { exceptions: vec![one.clone(); 50], ..least() })));
    refused(proto::ConsentForm { exceptions: vec![one; 51], ..least() }, &["form.exceptions"]);
}

#[test]
fn an_exception_names_something() {
    refused(excepting(proto::ConsentException::default()), &["form.exceptions[0]"]);
    let none = proto::ConsentException::default;
    for exception in [
        proto::ConsentException { organization_ids: ids(100), ..none() },
        proto::ConsentException { person_ids: ids(100), ..none() },
        proto::ConsentException { roles: vec![1], ..none() },
        proto::ConsentException { categories: vec![1], ..none() },
        proto::ConsentException { sensitivities: vec![1], ..none() },
    ] {
        taken(parsed(Some(&excepting(exception))));
    }
}

#[test]
fn what_is_wrong_in_an_exception_is_told_with_its_place() {
    let exception = proto::ConsentException {
        organization_ids: ids(101),
        person_ids: vec![ID.into(), String::new()],
        roles: vec![99],
        categories: vec![proto::Category::Notice as i32],
        sensitivities: vec![0],
    };
    let fields = [
        "form.exceptions",
        "form.exceptions[0].organization_ids",
        "form.exceptions[0].person_ids[1]",
        "form.exceptions[0].roles[0]",
        "form.exceptions[0].categories[0]",
        "form.exceptions[0].sensitivities[0]",
    ];
    refused(excepting(exception), &fields);
    let many = proto::ConsentException { person_ids: ids(101), ..Default::default() };
    refused(excepting(many), &["form.exceptions", "form.exceptions[0].person_ids"]);
}

#[test]
fn a_representative_has_a_name_and_a_relation() {
    let spouse = proto::ConsentSignerRelation::Spouse as i32;
    taken(parsed(Some(&representative(&"あ".repeat(100), spouse))));
    refused(representative("", 0), &["form.signer.relation", "form.signer.name"]);
    refused(representative(" ", spouse), &["form.signer.name"]);
    refused(representative("two\nlines", spouse), &["form.signer.name"]);
    refused(representative(&"あ".repeat(101), spouse), &["form.signer.name"]);
    refused(representative("山田 花子", 99), &["form.signer.relation"]);
}

#[test]
fn of_the_patient_neither_is_given() {
    let mut form = representative("山田 花子", 99);
    if let Some(signer) = &mut form.signer {
        signer.kind = proto::ConsentSignerKind::Patient as i32;
    }
    refused(form, &["form.signer.name", "form.signer.relation"]);
    let unknown = proto::ConsentSigner { kind: 0, ..Default::default() };
    refused(proto::ConsentForm { signer: Some(unknown), ..least() }, &["form.signer.kind"]);
}

#[test]
fn nobody_signs_later_than_tomorrow() {
    taken(parsed(Some(&proto::ConsentForm { sign_date: day(2026, 7, 2), ..least() })));
    refused(proto::ConsentForm { sign_date: day(2026, 7, 3), ..least() }, &["form.sign_date"]);
    refused(proto::ConsentForm { sign_date: None, ..least() }, &["form.sign_date"]);
}

#[test]
fn a_review_comes_after_the_signing() {
    taken(parsed(Some(&proto::ConsentForm { review_date: day(2026, 7, 2), ..least() })));
    refused(proto::ConsentForm { review_date: day(2026, 7, 1), ..least() }, &["form.review_date"]);
    refused(proto::ConsentForm { review_date: day(2026, 13, 1), ..least() }, &["form.review_date"]);
}

#[test]
fn a_period_from_now_does_not_end_before_now() {
    let until = |end| Some(proto::Period { start: None, end });
    taken(parsed(Some(&proto::ConsentForm { period: until(moment(1)), ..least() })));
    refused(proto::ConsentForm { period: until(moment(0)), ..least() }, &["form.period.end"]);
}
