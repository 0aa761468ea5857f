//! Random cases. They are biased: what decides lies close to the one who asks and to the instant of asking, so
//! that permits, denials and their near misses are all frequent. [`crate::tally`] counts whether they are.

use crate::{
    case::{
        CATEGORIES, Case, Exception, Form, ORGANIZATIONS, PERSONS, PURPOSES, ROLES, SENSITIVITIES, STATUSES,
        Scope, Seat,
    },
    random::Random,
};

/// A random case.
pub fn case(random: &mut Random) -> Case {
    let mut case = Case {
        person: random.pick(&PERSONS),
        organization: random.pick(&ORGANIZATIONS),
        role: if random.percent(96) { random.pick(&ROLES[..10]) } else { random.pick(&ROLES[10..]) },
        purpose: if random.percent(60) { PURPOSES[0] } else { random.pick(&PURPOSES) },
        now: 1000,
        active: random.percent(95),
        organizations: Vec::new(),
        persons: Vec::new(),
        forms: Vec::new(),
        emergency_ends: None,
    };
    for organization in ORGANIZATIONS {
        // The one who asks is mostly of a member.
        if random.percent(if organization == case.organization { 90 } else { 50 }) {
            case.organizations.push(Seat {
                organization,
                status: if random.percent(80) { "ACCEPTED" } else { random.pick(&STATUSES) },
                shows_all: random.percent(70),
                assigned: if random.percent(50) {
                    random.some(&PERSONS, 2, Some(case.person))
                } else {
                    Vec::new()
                },
            });
        }
    }
    for person in PERSONS {
        if random.percent(25) {
            let status = if random.percent(40) { "ACCEPTED" } else { random.pick(&STATUSES) };
            case.persons.push((person, status));
        }
    }
    for _ in 0..random.below(7) {
        let form = form(random, &case);
        case.forms.push(form);
    }
    if random.percent(50) {
        case.emergency_ends = Some(case.now + random.pick(&[-1, 0, 1, 1, 10]));
    }
    case
}

fn form(random: &mut Random, case: &Case) -> Form {
    let permits = random.percent(80);
    let scope = match random.below(10) {
        0..4 => Scope::AllMembers,
        4..7 => Scope::Organizations(random.some(&ORGANIZATIONS, 2, Some(case.organization))),
        _ if random.percent(65) => Scope::Person(case.person),
        _ => Scope::Person(random.pick(&PERSONS)),
    };
    // Mostly begun and not over, and often by one instant only.
    let start = case.now + random.pick(&[-10, -10, -10, -1, -1, 0, 0, 0, 0, 1]);
    let end = random.percent(50).then(|| case.now + random.pick(&[0, 0, 1, 1, 1, 10]));
    let mut exceptions = Vec::new();
    if permits && random.percent(30) {
        for _ in 0..=random.below(2) {
            exceptions.push(exception(random, case));
        }
    }
    Form {
        permits,
        scope,
        roles: list(random, 30, &ROLES, 3, Some(case.role)),
        categories: list(random, 50, &CATEGORIES, 5, None),
        sensitivities: sensitivities(random),
        purposes: list(random, 40, &PURPOSES, 2, Some(case.purpose)),
        start,
        end,
        exceptions,
    }
}

fn exception(random: &mut Random, case: &Case) -> Exception {
    Exception {
        organizations: list(random, 30, &ORGANIZATIONS, 2, Some(case.organization)),
        persons: list(random, 30, &PERSONS, 2, Some(case.person)),
        roles: list(random, 30, &ROLES, 2, Some(case.role)),
        categories: list(random, 60, &CATEGORIES, 4, None),
        sensitivities: list(random, 40, &SENSITIVITIES, 3, None),
    }
}

/// Some of these in so many of a hundred cases, else none, which means any.
fn list(
    random: &mut Random,
    of_a_hundred: usize,
    values: &[&'static str],
    most: usize,
    mine: Option<&'static str>,
) -> Vec<&'static str> {
    if random.percent(of_a_hundred) { random.some(values, most, mine) } else { Vec::new() }
}

fn sensitivities(random: &mut Random) -> Vec<&'static str> {
    if random.percent(20) { SENSITIVITIES.to_vec() } else { list(random, 45, &SENSITIVITIES, 3, None) }
}
