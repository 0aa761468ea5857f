//! What consents permit and deny.

use super::*;
use Sensitivity::{Infection, MentalHealth, Normal};

#[test]
fn without_a_consent_nothing_is_seen() {
    assert_eq!(seen(&standing([])), BTreeSet::new());
    assert_eq!(outcome(decide(&standing([])).read()), Err(Reason::NotFound));
}

#[test]
fn a_denial_wins_wherever_it_stands() {
    let about_me = [
        Rule { persons: only([ME]), ..deny(2) },
        Rule { organizations: only([STATION]), ..deny(2) },
        Rule { roles: only([Role::Nurse]), ..deny(2) },
        Rule { purposes: only([Purpose::Treatment]), ..deny(2) },
        deny(2),
    ];
    for denial in about_me {
        let named = Rule { persons: only([ME]), sensitivities: every_sensitivity(), ..permit(1) };
        for rules in [[denial.clone(), named.clone()], [named.clone(), denial.clone()]] {
            assert_eq!(seen(&standing(rules)), BTreeSet::new(), "{denial:?}");
        }
    }
}

#[test]
fn a_denial_takes_only_what_it_covers() {
    let medication = Rule { categories: only([Category::Medication]), ..deny(2) };
    let rest: Vec<_> = Category::consentable().filter(|c| *c != Category::Medication).collect();
    assert_eq!(seen(&standing([permit(1), medication])), with_the_notices(kinds(&rest, &[Normal])));

    // Named, it leaves the restricted content that a permit names.
    let normal = Rule { sensitivities: only([Normal]), ..deny(2) };
    let infection = Rule { sensitivities: only([Normal, Infection]), ..permit(1) };
    let left = kinds(&Category::consentable().collect::<Vec<_>>(), &[Infection]);
    assert_eq!(seen(&standing([infection, normal])), with_the_notices(left));
}

#[test]
fn a_rule_counts_only_where_every_field_matches() {
    let others = [
        Rule { persons: only([COLLEAGUE]), ..permit(1) },
        Rule { organizations: only([CLINIC]), ..permit(1) },
        Rule { roles: only([Role::Doctor]), ..permit(1) },
        Rule { purposes: only([Purpose::CareManagement]), ..permit(1) },
        Rule { persons: only([ME]), organizations: only([CLINIC]), ..permit(1) },
        Rule { persons: only([]), ..permit(1) },
        Rule { period: Period { start: Timestamp(1001), end: None }, ..permit(1) },
        Rule { period: Period { start: Timestamp(0), end: Some(NOW) }, ..permit(1) },
    ];
    for other in others {
        assert_eq!(seen(&standing([other.clone()])), BTreeSet::new(), "{other:?}");
        // Nor does it deny anything to anybody whom it does not name.
        let denial = Rule { effect: Effect::Deny, ..other };
        let everything = Rule { sensitivities: every_sensitivity(), ..permit(2) };
        assert_eq!(seen(&standing([everything, denial])), with_the_notices(all()));
    }
    let mine = Rule {
        persons: only([ME, COLLEAGUE]),
        organizations: only([STATION, CLINIC]),
        roles: only([Role::Doctor, Role::Nurse]),
        purposes: only([Purpose::Treatment]),
        categories: only([Category::Nursing]),
        period: Period { start: NOW, end: Some(Timestamp(1001)) },
        ..permit(1)
    };
    assert_eq!(seen(&standing([mine])), with_the_notices(kinds(&[Category::Nursing], &[Normal])));
}

#[test]
fn permits_add_up() {
    let one = Rule { categories: only([Category::Nursing]), ..permit(1) };
    let restricted = [MentalHealth, Infection];
    let other = Rule { categories: only([Category::Message]), sensitivities: only(restricted), ..permit(2) };
    let mut both = kinds(&[Category::Nursing], &[Normal]);
    both.extend(kinds(&[Category::Message], &restricted));
    assert_eq!(seen(&standing([one, other])), with_the_notices(both));
}

#[test]
fn any_sensitivity_permits_the_normal_and_denies_all() {
    let consentable: Vec<_> = Category::consentable().collect();
    assert_eq!(seen(&standing([permit(1)])), with_the_notices(kinds(&consentable, &[Normal])));
    let mental = Rule { sensitivities: only([MentalHealth]), ..permit(1) };
    assert_eq!(seen(&standing([mental])), with_the_notices(kinds(&consentable, &[MentalHealth])));
    let everything = Rule { sensitivities: every_sensitivity(), ..permit(1) };
    assert_eq!(seen(&standing([everything.clone()])), with_the_notices(all()));
    assert_eq!(seen(&standing([everything, deny(2)])), BTreeSet::new());
}

#[test]
fn whoever_sees_anything_sees_the_notices_and_nobody_else() {
    let notice = (Category::Notice, Normal);
    let little =
        Rule { categories: only([Category::Laboratory]), sensitivities: only([Infection]), ..permit(1) };
    assert!(seen(&standing([little.clone()])).contains(&notice));
    // A rule can neither permit nor deny them.
    let named =
        Rule { categories: only([Category::Notice]), sensitivities: every_sensitivity(), ..permit(1) };
    assert_eq!(seen(&standing([named.clone()])), BTreeSet::new());
    let denied = Rule { effect: Effect::Deny, ..named };
    assert!(seen(&standing([little.clone(), denied])).contains(&notice));
    // What is denied to the last shows none.
    let denied = Rule { effect: Effect::Deny, ..little.clone() };
    assert_eq!(seen(&standing([little, denied])), BTreeSet::new());
    // There are no restricted ones.
    let everything = Rule { sensitivities: every_sensitivity(), ..permit(1) };
    assert!(!seen(&standing([everything])).contains(&(Category::Notice, MentalHealth)));
}

#[test]
fn a_period_is_half_open_and_the_next_change_is_told() {
    let rule = Rule { period: Period { start: Timestamp(10), end: Some(Timestamp(20)) }, ..permit(1) };
    let standing = standing([rule]);
    let at = |now| Access::decide(me(), &standing, Timestamp(now));
    for (now, is_visible, changes_at) in [
        (9, false, Some(Timestamp(10))),
        (10, true, Some(Timestamp(20))),
        (19, true, Some(Timestamp(20))),
        (20, false, None),
    ] {
        assert_eq!((at(now).is_visible(), at(now).changes_at()), (is_visible, changes_at), "{now}");
    }
}

#[test]
fn the_next_change_is_of_rules_that_are_about_the_subject() {
    let begins = |at| Period { start: Timestamp(at), end: None };
    let another = Rule { period: begins(1001), persons: only([COLLEAGUE]), ..permit(1) };
    let denial = Rule { period: begins(1003), ..deny(2) };
    let later = Rule { period: begins(1005), ..permit(3) };
    let rules = [later, another, denial];
    assert_eq!(decide(&standing(rules.clone())).changes_at(), Some(Timestamp(1003)));
    let ends = |at| Standing { break_glass: Some((EMERGENCY, Timestamp(at))), ..standing(rules.clone()) };
    assert_eq!(decide(&ends(1002)).changes_at(), Some(Timestamp(1002)));
    assert_eq!(decide(&ends(1004)).changes_at(), Some(Timestamp(1003)));
    // Over, or yet to come to somebody who is not there: neither changes anything.
    assert_eq!(decide(&ends(1000)).changes_at(), Some(Timestamp(1003)));
    let outside = Standing { organization: None, ..ends(1002) };
    assert_eq!(decide(&outside).changes_at(), None);
}

#[test]
fn authors_see_their_own_without_a_consent() {
    let none = standing([]);
    assert_eq!(own(&none), all());
    let permit = decide(&none).read_entries().unwrap();
    assert!(permit.sight().is_empty());
    assert!(!permit.sees(Category::Nursing, Normal, COLLEAGUE));
    // Which does not make the patient visible, nor the notices, also not those of what one did oneself.
    assert!(!decide(&none).is_visible());
    assert!(!permit.sees(Category::Notice, Normal, ME));
    assert!(decide(&standing([self::permit(1)])).read().unwrap().sees(Category::Notice, Normal, COLLEAGUE));
}

#[test]
fn authors_do_not_see_their_own_where_it_is_denied() {
    let mental = Rule { sensitivities: only([MentalHealth]), ..deny(1) };
    assert!(own(&standing([mental.clone()])).contains(&(Category::Nursing, Normal)));
    assert!(!own(&standing([mental])).contains(&(Category::Nursing, MentalHealth)));
    assert_eq!(own(&standing([deny(1)])), BTreeSet::new());
    let of_another = Rule { persons: only([COLLEAGUE]), ..deny(1) };
    assert_eq!(own(&standing([of_another])), all());
    // Denied for another purpose, or no longer.
    let for_another = Rule { purposes: only([Purpose::QualityImprovement]), ..deny(1) };
    assert_eq!(own(&standing([for_another])), all());
    let over = Rule { period: Period { start: Timestamp(0), end: Some(NOW) }, ..deny(1) };
    assert_eq!(own(&standing([over])), all());
}

#[test]
fn authors_see_their_own_only_while_they_are_there() {
    for status in [
        None,
        Some(Place { status: MembershipStatus::Left, ..MEMBER }),
        Some(Place { status: MembershipStatus::Removed, ..MEMBER }),
        Some(Place { staff: StaffAccess::Assigned, ..MEMBER }),
    ] {
        let gone = Standing { organization: status, ..standing([permit(1)]) };
        assert_eq!(outcome(decide(&gone).read_entries()), Err(Reason::NotFound), "{status:?}");
    }
}

#[test]
fn a_permit_says_what_it_is_for() {
    let rules = [permit(3), deny(4), Rule { persons: only([COLLEAGUE]), ..permit(5) }];
    let rules = rules.map(|rule| match rule.effect {
        Effect::Permit => rule,
        Effect::Deny => Rule { categories: only([Category::Referral]), ..rule },
    });
    let permit = decide(&standing(rules)).read().unwrap();
    assert_eq!(*permit.subject(), me());
    assert_eq!((permit.patient(), permit.epoch(), permit.sees_papers()), (PATIENT, 7, false));
    assert_eq!(permit.consents(), [reference(3).consent]);
    assert_eq!(permit.break_glass(), None);
    let access = decide(&standing([self::permit(1)]));
    assert_eq!((access.epoch(), access.person_epoch()), (7, 3));
    let custodian = Standing { custodian: STATION, ..standing([self::permit(1)]) };
    assert!(decide(&custodian).read().unwrap().sees_papers());
}
