//! What the cases of a run were like. A run says something only if everything that matters came up often.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    case::Case,
    oracle::{Finding, Findings, exception_misses, misses},
};

/// What came up in a case: about what, and what of it.
type Class = (&'static str, &'static str);

/// What must come up, and in how many of a thousand cases at least: less than half as often as it does, so that
/// a run of a thousand does not fail by chance.
const WANTED: [(Class, u64); 54] = [
    (("asks", "a member"), 300),
    (("asks", "a member in person only"), 15),
    (("asks", "INACTIVE"), 20),
    (("asks", "ROLE"), 10),
    (("asks", "NOT_ACCEPTED"), 10),
    (("asks", "NOT_MEMBER"), 70),
    (("asks", "NOT_ASSIGNED"), 50),
    (("reads", "all"), 50),
    (("reads", "nothing, as a member"), 100),
    (("reads", "own entries only"), 70),
    (("reads", "own entries that no consent permits"), 150),
    (("reads", "restricted content as named"), 100),
    (("reads", "PERMITTED"), 150),
    (("reads", "DENIED"), 100),
    (("reads", "DENIED, though permitted"), 80),
    (("reads", "DENIED, in one sensitivity of a category"), 12),
    (("reads", "DENIED, by an exception"), 60),
    (("reads", "NO_CONSENT"), 100),
    (("reads", "SENSITIVITY_NOT_NAMED"), 50),
    (("reads", "BREAK_GLASS"), 50),
    (("in an emergency", "not assigned"), 5),
    (("in an emergency", "no member"), 8),
    (("in an emergency", "denied"), 20),
    (("in an emergency", "for another purpose than treatment"), 15),
    (("in an emergency", "that opens nothing more"), 8),
    (("in an emergency", "that ends now"), 15),
    (("in an emergency", "that ends in an instant"), 30),
    (("opens an emergency", "may"), 40),
    (("opens an emergency", "NOT_FOUND"), 100),
    (("opens an emergency", "ROLE_NOT_ALLOWED"), 100),
    (("opens an emergency", "BREAK_GLASS_NOT_NEEDED"), 30),
    (("opens an emergency", "BREAK_GLASS_DENIED"), 5),
    (("posts", "normal content"), 100),
    (("posts", "restricted content as named"), 100),
    (("posts", "restricted content as the normal is permitted"), 70),
    (("posts", "restricted content as named, where the normal is not permitted"), 30),
    (("posts", "restricted content not, as it is denied"), 10),
    (("posts", "NOT_FOUND"), 300),
    (("posts", "ROLE_NOT_ALLOWED"), 100),
    (("posts", "CATEGORY_NOT_CONSENTED"), 100),
    (("posts", "CATEGORY_NOT_CONSENTED, though read in an emergency"), 40),
    (("a permit misses by", "organisation"), 40),
    (("a permit misses by", "person"), 40),
    (("a permit misses by", "role"), 40),
    (("a permit misses by", "purpose"), 40),
    (("a permit misses by", "period"), 100),
    (("a denial misses by", "organisation"), 40),
    (("a denial misses by", "person"), 40),
    (("a denial misses by", "role"), 40),
    (("a denial misses by", "purpose"), 10),
    (("a denial misses by", "period"), 50),
    (("a rule", "begins now"), 100),
    (("a rule", "ends now"), 100),
    (("a rule", "ends in an instant"), 100),
];

/// How often each thing came up.
#[derive(Debug, Default)]
pub struct Tally {
    cases: u64,
    counts: BTreeMap<Class, u64>,
}

impl Tally {
    /// Counts a case.
    pub fn count(&mut self, case: &Case, findings: &Findings) {
        self.cases += 1;
        let mut classes = BTreeSet::new();
        whole(case, findings, &mut classes);
        for kind in &findings.kinds {
            each(case, findings, kind, &mut classes);
        }
        rules(case, &mut classes);
        for class in classes {
            *self.counts.entry(class).or_default() += 1;
        }
    }

    /// Adds what another thread counted.
    pub fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        for (class, count) in &other.counts {
            *self.counts.entry(*class).or_default() += count;
        }
    }

    /// Cases that were counted.
    pub fn cases(&self) -> u64 {
        self.cases
    }

    /// What came up too rarely for the run to say anything about it.
    pub fn too_rare(&self) -> Vec<Class> {
        let is_rare = |(class, of_a_thousand): &&(Class, u64)| {
            self.counts.get(class).copied().unwrap_or(0) * 1000 < self.cases * of_a_thousand
        };
        WANTED.iter().filter(is_rare).map(|(class, _)| *class).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (class, _) in WANTED {
            let count = self.counts.get(&class).copied().unwrap_or(0);
            let percent = count as f64 * 100.0 / self.cases.max(1) as f64;
            writeln!(f, "{percent:>7.2} %  {}: {}", class.0, class.1)?;
        }
        Ok(())
    }
}

/// What a case is as a whole.
fn whole(case: &Case, findings: &Findings, classes: &mut BTreeSet<Class>) {
    let mut note = |about, what, came_up: bool| {
        if came_up {
            classes.insert((about, what));
        }
    };
    let is_member = findings.closed.is_none();
    let by_organization = case.organizations.iter().any(|seat| {
        seat.organization == case.organization
            && seat.status == "ACCEPTED"
            && (seat.shows_all || seat.assigned.contains(&case.person))
    });
    note("asks", findings.closed.unwrap_or("a member"), true);
    note("asks", "a member in person only", is_member && !by_organization);
    note("reads", "all", findings.kinds.iter().all(|kind| kind.read));
    note("reads", "nothing, as a member", is_member && !findings.visible);
    note("reads", "own entries only", !findings.visible && findings.kinds.iter().any(|kind| kind.own));
    let is_open = case.emergency_ends_for_purpose().is_some_and(|ends| case.now < ends);
    let about = "in an emergency";
    note(about, "not assigned", is_open && findings.closed == Some("NOT_ASSIGNED"));
    note(about, "no member", is_open && findings.closed == Some("NOT_MEMBER"));
    note(about, "that opens nothing more", is_open && is_member && !findings.needs_emergency);
    let for_another = case.emergency_ends.is_some_and(|ends| case.now < ends) && !is_open;
    note(about, "for another purpose than treatment", is_member && for_another);
    let ends = case.emergency_ends_for_purpose();
    note(about, "that ends now", is_member && ends == Some(case.now));
    note(about, "that ends in an instant", is_member && ends == Some(case.now + 1));
    note("opens an emergency", findings.may_break_glass.err().unwrap_or("may"), true);
}

/// What one kind of content is in it.
fn each(case: &Case, findings: &Findings, kind: &Finding, classes: &mut BTreeSet<Class>) {
    let mut note = |about, what, came_up: bool| {
        if came_up {
            classes.insert((about, what));
        }
    };
    let normal = findings.kinds.iter().find(|normal| normal.category == kind.category);
    let is_restricted = kind.sensitivity != "NORMAL";
    let normal_is_permitted = normal.is_some_and(|normal| normal.reason == "PERMITTED");
    let (is_permitted, is_denied) = (kind.reason == "PERMITTED", kind.reason == "DENIED");
    let is_open = case.emergency_ends_for_purpose().is_some_and(|ends| case.now < ends);

    let about = "reads";
    note(about, kind.reason, true);
    note(about, "own entries that no consent permits", kind.own && !kind.read);
    note(about, "restricted content as named", is_restricted && is_permitted);
    note(about, "DENIED, though permitted", is_denied && !kind.permits.is_empty());
    note(about, "DENIED, in one sensitivity of a category", is_denied && normal_is_permitted);
    note(about, "DENIED, by an exception", is_denied && kind.denies.iter().all(|(_, rule)| *rule > 0));
    note("in an emergency", "denied", is_open && is_denied);

    let about = "posts";
    let is_posted = kind.post.is_ok();
    let is_refused = kind.post == Err("CATEGORY_NOT_CONSENTED");
    note(about, kind.post.err().unwrap_or("normal content"), !is_posted || !is_restricted);
    if is_restricted {
        note(about, "restricted content as named", is_posted && is_permitted);
        note(about, "restricted content as the normal is permitted", is_posted && !is_permitted);
        let only_named = is_posted && !normal_is_permitted;
        note(about, "restricted content as named, where the normal is not permitted", only_named);
        let is_taken = is_refused && is_denied && normal_is_permitted;
        note(about, "restricted content not, as it is denied", is_taken);
    }
    let is_only_read = is_refused && kind.reason == "BREAK_GLASS";
    note(about, "CATEGORY_NOT_CONSENTED, though read in an emergency", is_only_read);
}

/// What its rules are like, of which the first and the last instant matter, and those that miss by one field.
fn rules(case: &Case, classes: &mut BTreeSet<Class>) {
    for form in &case.forms {
        let own = [(form.permits, misses(case, case.now, form))];
        let exceptions = form.exceptions.iter();
        let excepted = exceptions.map(|exception| (false, exception_misses(case, case.now, form, exception)));
        for (permits, misses) in own.into_iter().chain(excepted) {
            if let [field] = misses[..] {
                let about = if permits { "a permit misses by" } else { "a denial misses by" };
                classes.insert((about, field));
            }
            if misses.is_empty() && form.start == case.now {
                classes.insert(("a rule", "begins now"));
            }
            if misses.is_empty() && form.end == Some(case.now + 1) {
                classes.insert(("a rule", "ends in an instant"));
            }
            if misses == ["period"] && form.start <= case.now && form.end == Some(case.now) {
                classes.insert(("a rule", "ends now"));
            }
        }
    }
}
