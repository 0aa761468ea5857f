//! Forms: what they compile to, what is left of them, and how they are stored.

#[path = "consent_tests/compile.rs"]
mod compile;
#[path = "consent_tests/json.rs"]
mod json;
#[path = "consent_tests/without.rs"]
mod without;

use uuid::Uuid;

use super::*;

const STATION: OrganizationId = OrganizationId(Uuid::from_u128(11));
const CLINIC: OrganizationId = OrganizationId(Uuid::from_u128(12));
const PHARMACY: OrganizationId = OrganizationId(Uuid::from_u128(13));
const NURSE: PersonId = PersonId(Uuid::from_u128(1));
const DOCTOR: PersonId = PersonId(Uuid::from_u128(2));
const CONSENT: ConsentId = ConsentId(Uuid::from_u128(41));

/// Permits everything normal to everybody, always.
fn form() -> Form {
    Form {
        effect: Effect::Permit,
        scope: Scope::AllMembers,
        roles: BTreeSet::new(),
        categories: BTreeSet::new(),
        sensitivities: BTreeSet::new(),
        purposes: BTreeSet::new(),
        period: Period { start: Timestamp(10), end: Some(Timestamp(20)) },
        exceptions: Vec::new(),
        signer: Some(Signer { kind: SignerKind::Patient, relation: None }),
        signed_on: None,
        review_on: None,
    }
}

fn of(organizations: impl IntoIterator<Item = OrganizationId>) -> Form {
    Form { scope: Scope::Organizations(organizations.into_iter().collect()), ..form() }
}

fn set<T: Ord>(values: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    values.into_iter().collect()
}

fn only<T: Ord>(values: impl IntoIterator<Item = T>) -> Matches<T> {
    Matches::Only(set(values))
}

#[test]
fn a_period_is_half_open() {
    let period = form().period;
    let inside: Vec<i64> = (8..23).filter(|now| period.contains(Timestamp(*now))).collect();
    assert_eq!(inside, (10..20).collect::<Vec<_>>());
    let open = Period { end: None, ..period };
    assert!(
        !open.contains(Timestamp(9)) && open.contains(Timestamp(10)) && open.contains(Timestamp(i64::MAX))
    );
    let never = Period { start: Timestamp(10), end: Some(Timestamp(10)) };
    assert!(!never.contains(Timestamp(10)));
}

#[test]
fn a_form_without_signer_and_paper_is_the_custodians() {
    let consent = |form, paper| Consent {
        id: CONSENT,
        version: 1,
        patient: PatientId(Uuid::from_u128(21)),
        form,
        signer_name: None,
        paper,
        recorded_by: Actor {
            person: NURSE,
            person_name: "看護 花子".to_owned(),
            organization: STATION,
            organization_name: "はなみずき訪問看護".to_owned(),
            role: Role::Nurse,
        },
        recorded_at: Timestamp(10),
        superseded_at: None,
        withdrawn: None,
    };
    let paper = Some(AttachmentId(Uuid::from_u128(51)));
    let own = Form::custodian(STATION, Timestamp(10));
    assert!(consent(own.clone(), None).is_custodian());
    // Consents that were recorded before signers were have a paper.
    assert!(!consent(own, paper).is_custodian());
    assert!(!consent(form(), None).is_custodian());
    assert!(!consent(form(), paper).is_custodian());
}
