//! The access rule against a second, naive reading of it, and its corners by hand.

use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::consent::{Period, Scope};

fn id(n: u8) -> Uuid {
    Uuid::from_u128(u128::from(n))
}

fn subject(person: u8, organization: u8, role: Role) -> Subject {
    Subject { person: PersonId(id(person)), organization: OrganizationId(id(organization)), role }
}

fn rule(scope: Scope, categories: &[Category], start: i64, end: Option<i64>) -> Rule {
    Rule {
        id: ConsentId(id(99)),
        scope,
        categories: categories.iter().copied().collect(),
        period: Period { start: Timestamp(start), end: end.map(Timestamp) },
    }
}

fn standing(membership: Option<MembershipStatus>, rules: Vec<Rule>) -> Standing {
    Standing { patient: PatientId(id(1)), epoch: 7, custodian: OrganizationId(id(1)), membership, rules }
}

#[test]
fn without_a_consent_an_accepted_member_sees_nothing() {
    let access = Access::decide(
        subject(1, 1, Role::Doctor),
        &standing(Some(MembershipStatus::Accepted), vec![]),
        Timestamp(0),
    );
    assert_eq!(access.read().unwrap_err().reason(), Reason::NotFound);
}

#[test]
fn an_administrator_sees_nothing_whatever_the_consent() {
    let open = rule(Scope::AllMembers, Category::ALL, 0, None);
    let access = Access::decide(
        subject(1, 1, Role::Administrator),
        &standing(Some(MembershipStatus::Accepted), vec![open]),
        Timestamp(5),
    );
    assert_eq!(access.read().unwrap_err().reason(), Reason::NotFound);
}

#[test]
fn the_period_is_half_open_and_the_next_change_is_told() {
    let consent = rule(Scope::AllMembers, &[Category::Message], 10, Some(20));
    let at = |now| {
        Access::decide(
            subject(1, 2, Role::Nurse),
            &standing(Some(MembershipStatus::Accepted), vec![consent.clone()]),
            Timestamp(now),
        )
    };
    assert!(!at(9).is_visible());
    assert_eq!(at(9).changes_at(), Some(Timestamp(10)));
    assert!(at(10).is_visible());
    assert_eq!(at(19).changes_at(), Some(Timestamp(20)));
    assert!(!at(20).is_visible());
    assert_eq!(at(20).changes_at(), None);
}

#[test]
fn what_is_seen_but_not_allowed_is_told_apart() {
    let consent = rule(Scope::AllMembers, &[Category::Message, Category::Nursing], 0, None);
    let access = Access::decide(
        subject(1, 2, Role::CareWorker),
        &standing(Some(MembershipStatus::Accepted), vec![consent]),
        Timestamp(1),
    );
    assert!(access.post(Category::Message).is_ok());
    assert_eq!(access.post(Category::Nursing).unwrap_err().reason(), Reason::RoleNotAllowed);
    assert_eq!(access.post(Category::VisitNote).unwrap_err().reason(), Reason::CategoryNotConsented);
    assert_eq!(access.manage(Duty::ManageConsent).unwrap_err().reason(), Reason::CustodianOnly);
}

#[test]
fn only_an_open_invitation_can_be_answered() {
    let answer = |membership| {
        Access::decide(subject(1, 2, Role::Nurse), &standing(membership, vec![]), Timestamp(0))
            .answer()
            .map(|_| ())
            .map_err(|error| error.reason())
    };
    assert_eq!(answer(None), Err(Reason::NotFound));
    assert_eq!(answer(Some(MembershipStatus::Invited)), Ok(()));
    assert_eq!(answer(Some(MembershipStatus::Accepted)), Err(Reason::InvitationAnswered));
}

fn any_scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        Just(Scope::AllMembers),
        prop::collection::btree_set(0u8..4, 1..3).prop_map(|set| {
            Scope::Organizations(set.into_iter().map(|n| OrganizationId(id(n))).collect::<BTreeSet<_>>())
        }),
        (0u8..4).prop_map(|n| Scope::Person(PersonId(id(n)))),
    ]
}

fn any_rule() -> impl Strategy<Value = Rule> {
    (
        any_scope(),
        prop::collection::vec(prop::sample::select(Category::ALL.to_vec()), 0..4),
        0i64..20,
        prop::option::of(0i64..20),
    )
        .prop_map(|(scope, categories, start, end)| rule(scope, &categories, start, end))
}

proptest! {
    #[test]
    fn agrees_with_a_naive_reading(
        person in 0u8..4, organization in 0u8..4,
        role in prop::sample::select(Role::ALL.to_vec()),
        membership in prop::option::of(prop::sample::select(MembershipStatus::ALL.to_vec())),
        rules in prop::collection::vec(any_rule(), 0..6),
        now in 0i64..20,
    ) {
        let subject = subject(person, organization, role);
        let access = Access::decide(subject, &standing(membership, rules.clone()), Timestamp(now));
        for category in Category::ALL.iter().copied() {
            let mut expected = false;
            for rule in &rules {
                let named = match &rule.scope {
                    Scope::AllMembers => true,
                    Scope::Organizations(set) => set.iter().any(|o| o.0 == id(organization)),
                    Scope::Person(p) => p.0 == id(person),
                };
                let begun = rule.period.start.0 <= now;
                let ended = matches!(rule.period.end, Some(end) if end.0 <= now);
                expected |= named && begun && !ended && rule.categories.iter().any(|c| c == category);
            }
            expected &= membership == Some(MembershipStatus::Accepted) && role != Role::Administrator;
            let seen = access.read().is_ok_and(|permit| permit.sees(category, PersonId(id(200))));
            prop_assert_eq!(seen, expected);
        }
    }
}
