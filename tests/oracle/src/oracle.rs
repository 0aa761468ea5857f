//! The rule as its prose reads, one kind of content after the other.

use crate::case::{
    CATEGORIES, Case, Exception, Form, SENSITIVITIES, Scope, may_break_glass, may_post, sees_patients,
};

/// A rule: which form, and 0 for the form itself or the number of its exception.
pub type Rule = (usize, usize);

/// What was found about one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// Why no consent can reach the one who asks; `None`: it can.
    pub closed: Option<&'static str>,
    /// Every kind of content that consents are about, normal content first.
    pub kinds: Vec<Finding>,
    /// Whether anything is seen; the notices are seen then, and only then.
    pub visible: bool,
    /// Whether less would be seen without the emergency access.
    pub needs_emergency: bool,
    /// Whether an emergency access may be opened, or why not.
    pub may_break_glass: Result<(), &'static str>,
}

/// What was found about one kind of content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The category.
    pub category: &'static str,
    /// The sensitivity.
    pub sensitivity: &'static str,
    /// It may be read.
    pub read: bool,
    /// Of what one wrote oneself it may be read.
    pub own: bool,
    /// It may be posted, or why not.
    pub post: Result<(), &'static str>,
    /// Why it may be read, or not.
    pub reason: &'static str,
    /// The rules that decide.
    pub rules: Vec<Rule>,
    /// The rules that match and permit; none where no rule can reach.
    pub permits: Vec<Rule>,
    /// The rules that match and deny; none where no rule can reach.
    pub denies: Vec<Rule>,
}

/// Reads the rule for this case.
pub fn judge(case: &Case, now: i64) -> Findings {
    let closed = closed(case);
    let emergency = case.emergency_ends_for_purpose().is_some_and(|ends| now < ends);
    // An emergency access lifts a missing assignment. It does not make a member, nor another role.
    let reachable = closed.is_none() || closed == Some("NOT_ASSIGNED");

    let mut kinds = Vec::new();
    let mut needs_emergency = false;
    for sensitivity in SENSITIVITIES {
        for category in CATEGORIES {
            let (permits, denies) =
                if reachable { matching(case, now, category, sensitivity) } else { (Vec::new(), Vec::new()) };
            let consented = closed.is_none() && denies.is_empty() && !permits.is_empty();
            let opened = reachable && denies.is_empty() && emergency;
            needs_emergency |= opened && !consented;
            let read = consented || opened;
            let own = read || (closed.is_none() && denies.is_empty());
            let normal = normal(case, now, category);
            let consented_to_normal = closed.is_none() && !normal.is_empty();
            let post = consented || (consented_to_normal && denies.is_empty());

            let (reason, rules) = if consented {
                ("PERMITTED", permits.clone())
            } else if read {
                ("BREAK_GLASS", Vec::new())
            } else if let Some(closed) = closed {
                (closed, Vec::new())
            } else if !denies.is_empty() {
                ("DENIED", denies.clone())
            } else if consented_to_normal {
                ("SENSITIVITY_NOT_NAMED", normal)
            } else {
                ("NO_CONSENT", Vec::new())
            };
            let post = if post { Ok(()) } else { Err("CATEGORY_NOT_CONSENTED") };
            kinds.push(Finding { category, sensitivity, read, own, post, reason, rules, permits, denies });
        }
    }

    let visible = kinds.iter().any(|kind| kind.read);
    for kind in &mut kinds {
        if !visible {
            kind.post = Err("NOT_FOUND");
        } else if !may_post(case.role).contains(&kind.category) {
            kind.post = Err("ROLE_NOT_ALLOWED");
        }
    }
    let may_break_glass = break_glass(case, emergency, reachable, closed, &kinds);
    Findings { closed, kinds, visible, needs_emergency, may_break_glass }
}

/// The permits that show the normal content of a category; none where it is not shown.
fn normal(case: &Case, now: i64, category: &str) -> Vec<Rule> {
    let (permits, denies) = matching(case, now, category, "NORMAL");
    if denies.is_empty() { permits } else { Vec::new() }
}

/// The preconditions: an active person in an active role, of an accepted member that shows the patient to
/// that person.
fn closed(case: &Case) -> Option<&'static str> {
    if !case.active {
        return Some("INACTIVE");
    }
    if !sees_patients(case.role) {
        return Some("ROLE");
    }
    let in_person = case.persons.iter().find(|(person, _)| *person == case.person);
    if in_person.is_some_and(|(_, status)| *status == "ACCEPTED") {
        return None;
    }
    let mut is_invited = in_person.is_some_and(|(_, status)| *status == "INVITED");
    for seat in &case.organizations {
        if seat.organization != case.organization {
            continue;
        }
        if seat.status == "ACCEPTED" {
            let shown = seat.shows_all || seat.assigned.contains(&case.person);
            return if shown { None } else { Some("NOT_ASSIGNED") };
        }
        is_invited |= seat.status == "INVITED";
    }
    Some(if is_invited { "NOT_ACCEPTED" } else { "NOT_MEMBER" })
}

/// The rules that match, those that permit and those that deny.
fn matching(case: &Case, now: i64, category: &str, sensitivity: &str) -> (Vec<Rule>, Vec<Rule>) {
    let (mut permits, mut denies) = (Vec::new(), Vec::new());
    for (number, form) in case.forms.iter().enumerate() {
        let about = is_in(category, &form.categories)
            && match form.sensitivities.as_slice() {
                [] => !form.permits || sensitivity == "NORMAL",
                named => named.contains(&sensitivity),
            };
        if about && misses(case, now, form).is_empty() {
            let matching = if form.permits { &mut permits } else { &mut denies };
            matching.push((number, 0));
        }
        for (exception, nth) in form.exceptions.iter().zip(1..) {
            let about =
                is_in(category, &exception.categories) && is_in(sensitivity, &exception.sensitivities);
            if about && exception_misses(case, now, form, exception).is_empty() {
                denies.push((number, nth));
            }
        }
    }
    (permits, denies)
}

/// The fields by which a form misses the one who asks.
pub fn misses(case: &Case, now: i64, form: &Form) -> Vec<&'static str> {
    let mut misses = scope_misses(case, now, form);
    if !is_in(case.purpose, &form.purposes) {
        misses.push("purpose");
    }
    misses
}

/// The fields by which an exception of a form misses the one who asks. It reaches those whom the form
/// reaches, for whatever purpose.
pub fn exception_misses(case: &Case, now: i64, form: &Form, exception: &Exception) -> Vec<&'static str> {
    let mut misses = scope_misses(case, now, form);
    for (field, value, listed) in [
        ("organisation", case.organization, &exception.organizations),
        ("person", case.person, &exception.persons),
        ("role", case.role, &exception.roles),
    ] {
        if !is_in(value, listed) && !misses.contains(&field) {
            misses.push(field);
        }
    }
    misses
}

fn scope_misses(case: &Case, now: i64, form: &Form) -> Vec<&'static str> {
    let mut misses = Vec::new();
    match &form.scope {
        Scope::AllMembers => {}
        Scope::Organizations(organizations) => {
            if !organizations.contains(&case.organization) {
                misses.push("organisation");
            }
        }
        Scope::Person(person) => {
            if *person != case.person {
                misses.push("person");
            }
        }
    }
    if !is_in(case.role, &form.roles) {
        misses.push("role");
    }
    if now < form.start || form.end.is_some_and(|end| end <= now) {
        misses.push("period");
    }
    misses
}

/// Whether a list names the value; an empty list names every one.
fn is_in(value: &str, list: &[&str]) -> bool {
    list.is_empty() || list.contains(&value)
}

/// Whether an emergency access may be opened: by those roles, and only where it opens something.
fn break_glass(
    case: &Case,
    emergency: bool,
    reachable: bool,
    closed: Option<&str>,
    kinds: &[Finding],
) -> Result<(), &'static str> {
    if !reachable {
        return Err("NOT_FOUND");
    }
    if !may_break_glass(case.role) || case.purpose != "TREATMENT" {
        return Err("ROLE_NOT_ALLOWED");
    }
    let is_missing = |kind: &&Finding| closed.is_some() || !kind.denies.is_empty() || kind.permits.is_empty();
    let missing: Vec<_> = kinds.iter().filter(is_missing).collect();
    if emergency || missing.is_empty() {
        return Err("BREAK_GLASS_NOT_NEEDED");
    }
    if missing.iter().all(|kind| !kind.denies.is_empty()) {
        return Err("BREAK_GLASS_DENIED");
    }
    Ok(())
}
