//! The access rule itself, asked about a case of the second reading.

use std::{fmt::Debug, str::FromStr};

use renkei_domain::{
    Access, Category, Permit, Place, Read, Reason, Sensitivity, Standing, Subject, Timestamp,
    access::Explanation,
    consent::{Effect, Exception, Form, Period, Rule, Scope},
    id::{BreakGlassId, ConsentId, OrganizationId, PatientId, PersonId},
    patient::StaffAccess,
};
use renkei_oracle::{
    case::{self, Case, ORGANIZATIONS, PERSONS},
    oracle::{self, Finding, Findings},
};
use uuid::Uuid;

const EMERGENCY: BreakGlassId = BreakGlassId(Uuid::from_u128(1));
const SOMEBODY: PersonId = PersonId(Uuid::from_u128(2));

/// What the access rule answers.
struct Answers<'a> {
    access: &'a Access,
    read: Option<Permit<Read>>,
    entries: Option<Permit<Read>>,
}

/// Says where the access rule and the second reading differ about a case.
pub(crate) fn agrees_with_the_oracle(case: &Case) -> Result<(), String> {
    let (subject, standing) = (subject(case), standing(case));
    let access = Access::decide(subject, &standing, Timestamp(case.now));
    let explained = Access::explain(subject, &standing, Timestamp(case.now));
    let findings = oracle::judge(case, case.now);
    let answers = Answers { read: access.read().ok(), entries: access.read_entries().ok(), access: &access };
    same("kinds explained", &explained.len(), &findings.kinds.len())?;
    for (explanation, finding) in explained.iter().zip(&findings.kinds) {
        same_kind(&answers, explanation, finding)
            .map_err(|what| format!("{} {}: {what}", finding.category, finding.sensitivity))?;
    }
    same_whole(case, &answers, &findings)?;
    same_until(case, &access, &findings)
}

/// What is decided about one kind of content.
fn same_kind(answers: &Answers<'_>, explained: &Explanation, found: &Finding) -> Result<(), String> {
    let category: Category = parse(found.category);
    let sensitivity: Sensitivity = parse(found.sensitivity);
    same("kind", &(explained.category, explained.sensitivity), &(category, sensitivity))?;
    let sees = |permit: &Permit<Read>, author| permit.sees(category, sensitivity, author);
    same("read", &answers.read.as_ref().is_some_and(|permit| sees(permit, SOMEBODY)), &found.read)?;
    let own = answers.entries.as_ref().is_some_and(|permit| sees(permit, permit.subject().person));
    same("own", &own, &found.own)?;
    let post = reason(answers.access.post(category, sensitivity));
    same("post", &post, &found.post)?;
    same("explained read", &explained.read, &found.read)?;
    same("explained post", &explained.post, &found.post.is_ok())?;
    same("explained reason", &explained.reason.as_str(), &found.reason)?;
    same("explained rules", &rules(explained), &found.rules)
}

/// What is decided about all of it.
fn same_whole(case: &Case, answers: &Answers<'_>, found: &Findings) -> Result<(), String> {
    let Answers { access, read, entries } = answers;
    same("visible", &access.is_visible(), &found.visible)?;
    same("read", &read.is_some(), &found.visible)?;
    // A member may ask for entries also where every one is denied.
    same("entries", &entries.is_some(), &(found.visible || found.closed.is_none()))?;
    for &sensitivity in Sensitivity::ALL {
        let sees = |author| {
            let entries = entries.as_ref();
            entries.is_some_and(|permit| permit.sees(Category::Notice, sensitivity, author))
        };
        let expected = found.visible && sensitivity == Sensitivity::Normal;
        same("notices", &[sees(SOMEBODY), sees(subject(case).person)], &[expected; 2])?;
    }
    if let Some(permit) = read {
        same("needs the emergency", &permit.break_glass().is_some(), &found.needs_emergency)?;
        let mut named: Vec<_> = permit.consents().iter().map(|consent| number(*consent)).collect();
        named.sort_unstable();
        let by = |kinds: &mut dyn Iterator<Item = &Finding>| {
            let mut forms: Vec<_> = kinds.flat_map(|kind| &kind.permits).map(|(form, _)| *form).collect();
            forms.sort_unstable();
            forms.dedup();
            forms
        };
        let permitting = by(&mut found.kinds.iter().filter(|kind| kind.reason == "PERMITTED"));
        let counting = by(&mut found.kinds.iter());
        if !permitting.iter().all(|form| named.contains(form))
            || !named.iter().all(|form| counting.contains(form))
        {
            return Err(format!("consents: {named:?} is not between {permitting:?} and {counting:?}"));
        }
    }
    same("opening an emergency", &reason(access.break_glass()), &found.may_break_glass)
}

/// Until when it is decided so.
fn same_until(case: &Case, access: &Access, found: &Findings) -> Result<(), String> {
    let until = access.changes_at().map(|until| until.0);
    let instants = case.forms.iter().flat_map(|form| [Some(form.start), form.end]);
    let mut instants: Vec<_> = instants.chain([case.emergency_ends_for_purpose()]).flatten().collect();
    instants.retain(|instant| *instant > case.now);
    if let Some(until) = until.filter(|until| !instants.contains(until)) {
        return Err(format!("nothing begins or ends at {until}"));
    }
    instants.retain(|instant| until.is_none_or(|until| *instant < until));
    for instant in instants {
        same(&format!("changes at {until:?}, but at {instant}"), &oracle::judge(case, instant), found)?;
    }
    Ok(())
}

fn same<T: PartialEq + Debug>(what: &str, rule: &T, expected: &T) -> Result<(), String> {
    if rule == expected { Ok(()) } else { Err(format!("{what}: the rule says {rule:?}, not {expected:?}")) }
}

fn reason<T>(result: renkei_domain::Result<T>) -> Result<(), &'static str> {
    result.map(|_| ()).map_err(|error| error.reason()).map_err(Reason::as_str)
}

/// The rules of an explanation, in the words of the second reading.
pub(crate) fn rules(explained: &Explanation) -> Vec<oracle::Rule> {
    let rules = explained.rules.iter();
    let named = rules.map(|rule| (number(rule.consent), usize::try_from(rule.rule).expect("from 0")));
    named.collect()
}

/// Who asks.
pub(crate) fn subject(case: &Case) -> Subject {
    Subject {
        person: person(case.person),
        organization: organization(case.organization),
        role: parse(case.role),
        purpose: parse(case.purpose),
    }
}

/// What the store would have read.
pub(crate) fn standing(case: &Case) -> Standing {
    let seat = case.organizations.iter().find(|seat| seat.organization == case.organization);
    let personal = case.persons.iter().find(|(person, _)| *person == case.person);
    Standing {
        patient: PatientId(Uuid::from_u128(3)),
        epoch: 1,
        person_epoch: 1,
        custodian: organization(ORGANIZATIONS[0]),
        offered_custodian: None,
        active: case.active,
        organization: seat.map(|seat| Place {
            status: parse(seat.status),
            staff: if seat.shows_all { StaffAccess::All } else { StaffAccess::Assigned },
            assigned: seat.assigned.contains(&case.person),
            staffed: !seat.assigned.is_empty(),
        }),
        person: personal.map(|(_, status)| parse(status)),
        rules: case.forms.iter().zip(0..).flat_map(|(form, number)| compile(form, number)).collect(),
        break_glass: case.emergency_ends.map(|ends| (EMERGENCY, Timestamp(ends))),
    }
}

fn compile(form: &case::Form, number: u128) -> Vec<Rule> {
    let compiled = Form {
        effect: if form.permits { Effect::Permit } else { Effect::Deny },
        scope: match &form.scope {
            case::Scope::AllMembers => Scope::AllMembers,
            case::Scope::Organizations(names) => {
                Scope::Organizations(names.iter().map(|name| organization(name)).collect())
            }
            case::Scope::Person(name) => Scope::Person(person(name)),
        },
        roles: all(&form.roles),
        categories: all(&form.categories),
        sensitivities: all(&form.sensitivities),
        purposes: all(&form.purposes),
        period: Period { start: Timestamp(form.start), end: form.end.map(Timestamp) },
        exceptions: form.exceptions.iter().map(exception).collect(),
        signer: None,
        signed_on: None,
        review_on: None,
    };
    compiled.compile(ConsentId(Uuid::from_u128(number)), 1)
}

fn exception(exception: &case::Exception) -> Exception {
    Exception {
        organizations: exception.organizations.iter().map(|name| organization(name)).collect(),
        persons: exception.persons.iter().map(|name| person(name)).collect(),
        roles: all(&exception.roles),
        categories: all(&exception.categories),
        sensitivities: all(&exception.sensitivities),
    }
}

fn all<T: FromStr<Err: Debug>, C: FromIterator<T>>(words: &[&str]) -> C {
    words.iter().map(|word| parse(word)).collect()
}

/// The domain's value for a word.
pub(crate) fn parse<T: FromStr<Err: Debug>>(word: &str) -> T {
    word.parse().expect("a word of the domain")
}

fn number(consent: ConsentId) -> usize {
    usize::try_from(consent.0.as_u128()).expect("the number of a form")
}

fn person(name: &str) -> PersonId {
    PersonId(id(&PERSONS, name))
}

fn organization(name: &str) -> OrganizationId {
    OrganizationId(id(&ORGANIZATIONS, name))
}

fn id(names: &[&str], name: &str) -> Uuid {
    let place = names.iter().zip(100..).find(|(known, _)| **known == name);
    Uuid::from_u128(place.expect("a name of the cases").1)
}
