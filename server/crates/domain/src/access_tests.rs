//! The access rule's corners by hand. Random cases, against a second reading of the rule and against another
//! policy engine, are in `tests/oracle`.

#[path = "access_tests/consent.rs"]
mod consent;
#[path = "access_tests/duties.rs"]
mod duties;
#[path = "access_tests/emergency.rs"]
mod emergency;
#[path = "access_tests/explain.rs"]
mod explain;
#[path = "access_tests/gate.rs"]
mod gate;
#[path = "access_tests/guarded.rs"]
mod guarded;
#[path = "access_tests/properties.rs"]
mod properties;

use std::collections::BTreeSet;

use uuid::Uuid;

use super::*;
use crate::consent::{Matches, Period, RuleRef};

const ME: PersonId = PersonId(Uuid::from_u128(1));
const COLLEAGUE: PersonId = PersonId(Uuid::from_u128(2));
const STATION: OrganizationId = OrganizationId(Uuid::from_u128(11));
const CLINIC: OrganizationId = OrganizationId(Uuid::from_u128(12));
const PATIENT: PatientId = PatientId(Uuid::from_u128(21));
const EMERGENCY: BreakGlassId = BreakGlassId(Uuid::from_u128(31));
const NOW: Timestamp = Timestamp(1000);

const MEMBER: Place =
    Place { status: MembershipStatus::Accepted, staff: StaffAccess::All, assigned: false, staffed: true };

/// A nurse of the station, in the course of care.
fn me() -> Subject {
    Subject { person: ME, organization: STATION, role: Role::Nurse, purpose: Purpose::Treatment }
}

/// The station is in the care team, the clinic is the custodian organisation.
fn standing(rules: impl Into<Vec<Rule>>) -> Standing {
    Standing {
        patient: PATIENT,
        epoch: 7,
        person_epoch: 3,
        custodian: CLINIC,
        offered_custodian: None,
        active: true,
        organization: Some(MEMBER),
        person: None,
        rules: rules.into(),
        break_glass: None,
    }
}

/// A rule about everybody and everything, always, of the consent with this number.
fn rule(consent: u8, effect: Effect) -> Rule {
    Rule {
        reference: reference(consent),
        effect,
        organizations: Matches::Any,
        persons: Matches::Any,
        roles: Matches::Any,
        categories: Matches::Any,
        sensitivities: Matches::Any,
        purposes: Matches::Any,
        period: Period { start: Timestamp(0), end: None },
    }
}

fn permit(consent: u8) -> Rule {
    rule(consent, Effect::Permit)
}

fn deny(consent: u8) -> Rule {
    rule(consent, Effect::Deny)
}

fn reference(consent: u8) -> RuleRef {
    RuleRef { consent: ConsentId(Uuid::from_u128(u128::from(consent))), version: 1, rule: 0 }
}

fn only<T: Ord>(values: impl IntoIterator<Item = T>) -> Matches<T> {
    Matches::Only(values.into_iter().collect())
}

fn every_sensitivity() -> Matches<Sensitivity> {
    only(Sensitivity::ALL.iter().copied())
}

fn decide(standing: &Standing) -> Access {
    Access::decide(me(), standing, NOW)
}

/// What somebody else's entries are seen of.
fn seen(standing: &Standing) -> BTreeSet<(Category, Sensitivity)> {
    decide(standing).read().map(|permit| permit.sight().iter().collect()).unwrap_or_default()
}

/// What of the subject's own entries is seen.
fn own(standing: &Standing) -> BTreeSet<(Category, Sensitivity)> {
    let Ok(permit) = decide(standing).read_entries() else { return BTreeSet::new() };
    Sight::kinds().filter(|(category, sensitivity)| permit.sees(*category, *sensitivity, ME)).collect()
}

fn kinds(categories: &[Category], sensitivities: &[Sensitivity]) -> BTreeSet<(Category, Sensitivity)> {
    sensitivities.iter().flat_map(|s| categories.iter().map(move |c| (*c, *s))).collect()
}

/// All that consents are about.
fn all() -> BTreeSet<(Category, Sensitivity)> {
    kinds(&Category::consentable().collect::<Vec<_>>(), Sensitivity::ALL)
}

fn with_the_notices(mut kinds: BTreeSet<(Category, Sensitivity)>) -> BTreeSet<(Category, Sensitivity)> {
    kinds.insert((Category::Notice, Sensitivity::Normal));
    kinds
}

fn outcome<A>(result: Result<Permit<A>>) -> Result<(), Reason> {
    result.map(|_| ()).map_err(|error| error.reason())
}
