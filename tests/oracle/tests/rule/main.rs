//! The access rule against its second reading, and against Cedar. `cargo xtask prove rule` does it at length.

mod cedar;
mod domain;

use renkei_domain::{
    Category, Sensitivity,
    duty::{self, Duty},
    identity::{Purpose, Role},
    patient::MembershipStatus,
};
use renkei_oracle::{
    case::{self, CATEGORIES, PURPOSES, ROLES, SENSITIVITIES, STATUSES},
    run::run,
};

#[test]
fn the_second_reading_says_the_same() {
    run("against the second reading", "RENKEI_ORACLE_CASES", 20_000, domain::agrees_with_the_oracle);
}

#[test]
fn cedar_says_the_same() {
    let cedar = cedar::Cedar::new();
    run("against Cedar", "RENKEI_CEDAR_CASES", 1_000, |case| cedar.agrees(case));
}

#[test]
fn the_words_are_the_same() {
    assert_eq!(Category::consentable().map(Category::as_str).collect::<Vec<_>>(), CATEGORIES);
    assert_eq!(Sensitivity::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>(), SENSITIVITIES);
    assert_eq!(Role::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>(), ROLES);
    assert_eq!(Purpose::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>(), PURPOSES);
    assert_eq!(MembershipStatus::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>(), STATUSES);
}

#[test]
fn the_tables_are_the_same() {
    for &role in Role::ALL {
        let posts: Vec<_> = duty::may_post(role).iter().map(Category::as_str).collect();
        assert_eq!(posts, case::may_post(role.as_str()), "{role}");
        assert_eq!(duty::has(role, Duty::BreakGlass), case::may_break_glass(role.as_str()), "{role}");
    }
}
