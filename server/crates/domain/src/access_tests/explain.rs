//! The explanation: the reason for each kind of content, and the rules behind it.

use super::*;
use Sensitivity::{MentalHealth, Normal};

fn of(standing: &Standing, category: Category, sensitivity: Sensitivity) -> Explanation {
    let explained = Access::explain(me(), standing, NOW);
    explained
        .into_iter()
        .find(|kind| (kind.category, kind.sensitivity) == (category, sensitivity))
        .expect("every kind is explained")
}

fn reason(standing: &Standing, category: Category, sensitivity: Sensitivity) -> (AccessReason, Vec<RuleRef>) {
    let explained = of(standing, category, sensitivity);
    (explained.reason, explained.rules)
}

#[test]
fn every_kind_that_consents_are_about_is_explained_once() {
    let explained = Access::explain(me(), &standing([]), NOW);
    let told: BTreeSet<_> = explained.iter().map(|kind| (kind.category, kind.sensitivity)).collect();
    assert_eq!(told, all());
    assert_eq!(explained.len(), told.len());
}

#[test]
fn the_rules_that_decide_are_named() {
    let nursing = Rule { categories: only([Category::Nursing]), ..permit(2) };
    let denial = Rule { categories: only([Category::Referral]), ..deny(3) };
    let doctors = Rule { roles: only([Role::Doctor]), ..deny(4) };
    let over = Rule { period: Period { start: Timestamp(0), end: Some(NOW) }, ..permit(5) };
    let standing = standing([permit(1), nursing, denial, doctors, over]);
    let permitted = |rules| (AccessReason::Permitted, rules);
    let one = reference(1);
    assert_eq!(reason(&standing, Category::Nursing, Normal), permitted(vec![one, reference(2)]));
    assert_eq!(reason(&standing, Category::Message, Normal), permitted(vec![one]));
    let denied = (AccessReason::Denied, vec![reference(3)]);
    assert_eq!(reason(&standing, Category::Referral, Normal), denied);
    assert_eq!(reason(&standing, Category::Referral, MentalHealth), denied);
}

#[test]
fn what_is_missing_is_told() {
    assert_eq!(reason(&standing([]), Category::Nursing, Normal), (AccessReason::NoConsent, vec![]));
    let normal = standing([permit(1)]);
    let unnamed = (AccessReason::SensitivityNotNamed, vec![reference(1)]);
    assert_eq!(reason(&normal, Category::Nursing, MentalHealth), unnamed);
    let nursing = standing([Rule { categories: only([Category::Nursing]), ..permit(1) }]);
    assert_eq!(reason(&nursing, Category::Message, MentalHealth), (AccessReason::NoConsent, vec![]));
    // Where one does not stand there, the rules are not told.
    let unassigned = Standing {
        organization: Some(Place { staff: StaffAccess::Assigned, ..MEMBER }),
        ..standing([permit(1)])
    };
    assert_eq!(reason(&unassigned, Category::Nursing, Normal), (AccessReason::NotAssigned, vec![]));
}

#[test]
fn an_emergency_is_told_where_it_opens() {
    let emergency = |standing| Standing { break_glass: Some((EMERGENCY, Timestamp(1001))), ..standing };
    let denial = Rule { categories: only([Category::Referral]), ..deny(2) };
    let standing = emergency(standing([permit(1), denial]));
    assert_eq!(reason(&standing, Category::Nursing, Normal).0, AccessReason::Permitted);
    assert_eq!(reason(&standing, Category::Nursing, MentalHealth), (AccessReason::BreakGlass, vec![]));
    assert_eq!(reason(&standing, Category::Referral, Normal).0, AccessReason::Denied);
    let unassigned =
        Standing { organization: Some(Place { staff: StaffAccess::Assigned, ..MEMBER }), ..standing };
    assert_eq!(reason(&unassigned, Category::Nursing, Normal), (AccessReason::BreakGlass, vec![]));
}

#[test]
fn reading_and_posting_are_told_apart() {
    let standing = Standing { break_glass: Some((EMERGENCY, Timestamp(1001))), ..standing([]) };
    let explained = of(&standing, Category::Nursing, Normal);
    assert!(explained.read && !explained.post);
    let unnamed = of(&self::standing([permit(1)]), Category::Nursing, MentalHealth);
    assert!(!unnamed.read && unnamed.post);
    // The role counts for posting.
    let worker = Subject { role: Role::CareWorker, ..me() };
    let explained = Access::explain(worker, &self::standing([permit(1)]), NOW);
    let posts: BTreeSet<_> = explained.iter().filter(|kind| kind.post).map(|kind| kind.category).collect();
    assert_eq!(posts, crate::duty::may_post(Role::CareWorker).iter().collect());
}
