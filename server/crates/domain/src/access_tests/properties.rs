//! What must hold for every rule set.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;

/// Any value, or some of these.
fn any_of<T: Ord + Copy + std::fmt::Debug + 'static>(values: Vec<T>) -> impl Strategy<Value = Matches<T>> {
    let most = values.len().min(3);
    prop_oneof![Just(Matches::Any), subsequence(values, 0..=most).prop_map(only)]
}

fn any_rule() -> impl Strategy<Value = Rule> {
    (
        select(Effect::ALL.to_vec()),
        any_of(vec![STATION, CLINIC]),
        any_of(vec![ME, COLLEAGUE]),
        any_of(vec![Role::Nurse, Role::Doctor]),
        any_of(Category::ALL.to_vec()),
        any_of(Sensitivity::ALL.to_vec()),
        any_of(vec![Purpose::Treatment, Purpose::CareManagement]),
        (998i64..1003, prop::option::of(998i64..1004)),
    )
        .prop_map(
            |(effect, organizations, persons, roles, categories, sensitivities, purposes, period)| {
                let period = Period { start: Timestamp(period.0), end: period.1.map(Timestamp) };
                Rule {
                    organizations,
                    persons,
                    roles,
                    categories,
                    sensitivities,
                    purposes,
                    period,
                    ..rule(1, effect)
                }
            },
        )
}

fn any_rules() -> impl Strategy<Value = Vec<Rule>> {
    prop::collection::vec(any_rule(), 0..5).prop_map(|mut rules| {
        for (rule, consent) in rules.iter_mut().zip(1..) {
            rule.reference = reference(consent);
        }
        rules
    })
}

fn any_standing() -> impl Strategy<Value = Standing> {
    let statuses = MembershipStatus::ALL.to_vec();
    let place = (select(statuses.clone()), select(StaffAccess::ALL.to_vec()), any::<bool>())
        .prop_map(|(status, staff, assigned)| Place { status, staff, assigned, staffed: true });
    let place = prop_oneof![3 => Just(Some(MEMBER)), 1 => prop::option::of(place)];
    let ends = prop::option::of((999i64..1003).prop_map(|ends| (EMERGENCY, Timestamp(ends))));
    (any_rules(), place, prop::option::of(select(statuses)), ends).prop_map(
        |(rules, organization, person, break_glass)| Standing {
            organization,
            person,
            break_glass,
            ..standing(rules)
        },
    )
}

/// All that is decided, in a form that can be compared.
fn decided(standing: &Standing, now: Timestamp) -> (BTreeSet<(Category, Sensitivity)>, Vec<[bool; 2]>) {
    let access = Access::decide(me(), standing, now);
    let sight = access.read().map(|permit| permit.sight().iter().collect()).unwrap_or_default();
    let entries = access.read_entries().ok();
    let each = Sight::kinds().map(|(category, sensitivity)| {
        let own = entries.as_ref().is_some_and(|permit| permit.sees(category, sensitivity, ME));
        [own, access.post(category, sensitivity).is_ok()]
    });
    (sight, each.collect())
}

proptest! {
    #[test]
    fn order_never_matters(standing in any_standing(), turn in 0usize..5) {
        let mut turned = standing.clone();
        turned.rules.reverse();
        let places = turned.rules.len().max(1);
        turned.rules.rotate_left(turn % places);
        prop_assert_eq!(decided(&standing, NOW), decided(&turned, NOW));
        prop_assert_eq!(decide(&standing).changes_at(), decide(&turned).changes_at());
    }

    #[test]
    fn a_denial_more_shows_nothing_more(standing in any_standing(), rule in any_rule()) {
        let mut denied = standing.clone();
        denied.rules.push(Rule { effect: Effect::Deny, ..rule });
        prop_assert!(seen(&denied).is_subset(&seen(&standing)));
        prop_assert!(own(&denied).is_subset(&own(&standing)));
    }

    #[test]
    fn a_permit_more_hides_nothing(standing in any_standing(), rule in any_rule()) {
        let mut permitted = standing.clone();
        permitted.rules.push(Rule { effect: Effect::Permit, ..rule });
        prop_assert!(seen(&standing).is_subset(&seen(&permitted)));
        prop_assert!(own(&standing).is_subset(&own(&permitted)));
    }

    #[test]
    fn an_emergency_hides_nothing_and_shows_nothing_denied(standing in any_standing()) {
        let without = Standing { break_glass: None, ..standing.clone() };
        let with = Standing { break_glass: Some((EMERGENCY, Timestamp(2000))), ..standing };
        prop_assert!(seen(&without).is_subset(&seen(&with)));
        let posts = |standing| decided(standing, NOW).1.into_iter().map(|[_, post]| post).collect::<Vec<_>>();
        prop_assert_eq!(posts(&without), posts(&with));
        for rule in with.rules.iter().filter(|rule| rule.effect == Effect::Deny) {
            if rule.names(&me()) && rule.period.contains(NOW) {
                prop_assert!(seen(&with).iter().all(|(c, s)| !rule.covers(*c, *s)));
            }
        }
    }

    #[test]
    fn nothing_changes_before_it_is_told(standing in any_standing()) {
        let before = decided(&standing, NOW);
        let changes_at = decide(&standing).changes_at();
        for now in 1001..1006 {
            let now = Timestamp(now);
            if changes_at.is_some_and(|changes_at| changes_at <= now) {
                break;
            }
            prop_assert_eq!(&before, &decided(&standing, now), "at {}", now);
        }
    }
}
