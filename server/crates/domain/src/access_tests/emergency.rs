//! Break-glass: what an emergency access opens, and who may open one.

use super::*;

fn in_emergency(standing: Standing) -> Standing {
    Standing { break_glass: Some((EMERGENCY, Timestamp(1001))), ..standing }
}

fn unassigned() -> Option<Place> {
    Some(Place { staff: StaffAccess::Assigned, ..MEMBER })
}

#[test]
fn it_lifts_a_missing_permit_restricted_content_included() {
    assert_eq!(seen(&in_emergency(standing([]))), with_the_notices(all()));
    assert_eq!(seen(&in_emergency(standing([permit(1)]))), with_the_notices(all()));
}

#[test]
fn it_is_half_open_too() {
    let ends = |at| Standing { break_glass: Some((EMERGENCY, Timestamp(at))), ..standing([]) };
    assert!(decide(&ends(1001)).is_visible());
    assert!(!decide(&ends(1000)).is_visible());
    assert!(!decide(&ends(999)).is_visible());
}

#[test]
fn it_is_for_treatment_only() {
    for &purpose in Purpose::ALL.iter().filter(|purpose| **purpose != Purpose::Treatment) {
        let subject = Subject { purpose, ..me() };
        let access = Access::decide(subject, &in_emergency(standing([])), NOW);
        assert!(!access.is_visible(), "{purpose}");
        // Nor does its end change anything then.
        assert_eq!(access.changes_at(), None, "{purpose}");
        let access = Access::decide(subject, &standing([]), NOW);
        assert_eq!(outcome(access.break_glass()), Err(Reason::RoleNotAllowed), "{purpose}");
        // What is denied for treatment is not opened by asking for something else.
        let denied = standing([Rule { purposes: only([Purpose::Treatment]), ..deny(1) }]);
        assert!(!Access::decide(subject, &in_emergency(denied), NOW).is_visible(), "{purpose}");
    }
}

#[test]
fn it_never_lifts_a_denial() {
    assert_eq!(seen(&in_emergency(standing([deny(1)]))), BTreeSet::new());
    assert_eq!(own(&in_emergency(standing([deny(1)]))), BTreeSet::new());
    let medication = Rule { categories: only([Category::Medication]), ..deny(1) };
    for organization in [Some(MEMBER), unassigned()] {
        let standing = Standing { organization, ..in_emergency(standing([medication.clone()])) };
        let rest = all().into_iter().filter(|(category, _)| *category != Category::Medication).collect();
        assert_eq!(seen(&standing), with_the_notices(rest));
    }
}

#[test]
fn it_lifts_a_missing_assignment() {
    let standing = Standing { organization: unassigned(), ..in_emergency(standing([permit(1)])) };
    assert_eq!(seen(&standing), with_the_notices(all()));
    // It is not the consent that shows anything then.
    let permit = decide(&standing).read().unwrap();
    assert_eq!((permit.consents(), permit.break_glass()), (&[][..], Some(EMERGENCY)));
}

#[test]
fn it_never_lifts_a_missing_membership() {
    use MembershipStatus::{Declined, Invited, Left, Removed};
    let places = [Invited, Declined, Left, Removed].map(|status| Some(Place { status, ..MEMBER }));
    for organization in places.into_iter().chain([None]) {
        let standing = Standing { organization, ..in_emergency(standing([permit(1)])) };
        let access = decide(&standing);
        assert_eq!(outcome(access.read()), Err(Reason::NotFound), "{organization:?}");
        assert_eq!(outcome(access.break_glass()), Err(Reason::NotFound), "{organization:?}");
    }
    let administrator = Subject { role: Role::Administrator, ..me() };
    let access = Access::decide(administrator, &in_emergency(standing([permit(1)])), NOW);
    assert_eq!(outcome(access.read()), Err(Reason::NotFound));
}

#[test]
fn it_is_to_read_only() {
    let nursing = Rule { categories: only([Category::Nursing]), ..permit(1) };
    let access = decide(&in_emergency(standing([nursing])));
    let post = |category, sensitivity| outcome(access.post(category, sensitivity));
    assert_eq!(post(Category::Nursing, Sensitivity::Normal), Ok(()));
    assert_eq!(post(Category::Message, Sensitivity::Normal), Err(Reason::CategoryNotConsented));

    let alone = decide(&in_emergency(standing([])));
    assert_eq!(
        outcome(alone.post(Category::Nursing, Sensitivity::Normal)),
        Err(Reason::CategoryNotConsented)
    );
    assert_eq!(outcome(alone.upload()), Err(Reason::CategoryNotConsented));
    assert_eq!(outcome(alone.manage(Duty::ManageConsent)), Err(Reason::CustodianOnly));

    // Nor does it make somebody who is not assigned one who manages.
    let rules = [permit(1)];
    let unassigned =
        Standing { organization: unassigned(), custodian: STATION, ..in_emergency(standing(rules)) };
    let access = decide(&unassigned);
    assert_eq!(outcome(access.manage(Duty::ManageConsent)), Err(Reason::CustodianOnly));
    assert_eq!(
        outcome(access.post(Category::Nursing, Sensitivity::Normal)),
        Err(Reason::CategoryNotConsented)
    );
    assert!(access.read_papers(Duty::ManageConsent).unwrap().break_glass().is_some());
}

#[test]
fn a_permit_names_it_only_where_it_opens_more() {
    let under = |rules: Vec<Rule>| decide(&in_emergency(standing(rules))).read().unwrap().break_glass();
    let everything = Rule { sensitivities: every_sensitivity(), ..permit(1) };
    assert_eq!(under(vec![]), Some(EMERGENCY));
    assert_eq!(under(vec![permit(1)]), Some(EMERGENCY));
    assert_eq!(under(vec![everything.clone()]), None);
    // What is left beside a denial may be all permitted already.
    let denial = Rule { categories: only([Category::Nursing]), ..deny(2) };
    assert_eq!(under(vec![everything, denial]), None);
    // A permit to manage shows what consent does.
    let custodian = Standing { custodian: STATION, ..in_emergency(standing([permit(1)])) };
    let managed = decide(&custodian).manage(Duty::ManageConsent).unwrap();
    assert_eq!(managed.break_glass(), None);
    assert!(!managed.sight().contains(Category::Nursing, Sensitivity::Abuse));
}

#[test]
fn those_roles_open_one_that_meet_emergencies() {
    use Role::{Dentist, Doctor, Nurse, Pharmacist};
    for &role in Role::ALL {
        let access = Access::decide(Subject { role, ..me() }, &standing([]), NOW);
        let expected = match role {
            Doctor | Dentist | Pharmacist | Nurse => Ok(()),
            Role::Administrator | Role::OrganizationAdministrator | Role::PrivacyOfficer => {
                Err(Reason::NotFound)
            }
            _ => Err(Reason::RoleNotAllowed),
        };
        assert_eq!(outcome(access.break_glass()), expected, "{role}");
    }
}

#[test]
fn one_is_opened_only_where_it_opens_something() {
    let asked = |standing: &Standing| outcome(decide(standing).break_glass());
    let everything = Rule { sensitivities: every_sensitivity(), ..permit(1) };
    let medication = Rule { categories: only([Category::Medication]), ..deny(2) };
    assert_eq!(asked(&standing([])), Ok(()));
    assert_eq!(asked(&standing([permit(1)])), Ok(()));
    assert_eq!(asked(&standing([medication.clone()])), Ok(()));
    assert_eq!(asked(&standing([everything.clone()])), Err(Reason::BreakGlassNotNeeded));
    assert_eq!(asked(&standing([deny(2)])), Err(Reason::BreakGlassDenied));
    assert_eq!(asked(&standing([everything.clone(), medication])), Err(Reason::BreakGlassDenied));
    // One at a time, and the next when it is over.
    assert_eq!(asked(&in_emergency(standing([]))), Err(Reason::BreakGlassNotNeeded));
    let over = Standing { break_glass: Some((EMERGENCY, NOW)), ..standing([]) };
    assert_eq!(asked(&over), Ok(()));
    // Who is not assigned has nothing without it, whatever is permitted.
    let unassigned = Standing { organization: unassigned(), ..standing([everything]) };
    assert_eq!(asked(&unassigned), Ok(()));
}
