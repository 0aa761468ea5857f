//! Before any consent counts: who stands where it can reach.

use super::*;

fn why(subject: Subject, standing: &Standing) -> AccessReason {
    let explained = Access::explain(subject, standing, NOW);
    let reason = explained[0].reason;
    let is_seen = Access::decide(subject, standing, NOW).is_visible();
    assert_eq!(reason == AccessReason::Permitted, is_seen);
    assert!(explained.iter().all(|kind| kind.reason == reason || is_seen), "{explained:?}");
    reason
}

/// Everything is permitted; what is seen is up to the membership.
fn member(organization: Option<Place>, person: Option<MembershipStatus>) -> Standing {
    Standing { organization, person, ..standing([permit(1)]) }
}

fn place(status: MembershipStatus, staff: StaffAccess, assigned: bool) -> Option<Place> {
    Some(Place { status, staff, assigned, staffed: true })
}

#[test]
fn an_organisation_must_have_accepted_and_still_be_there() {
    use MembershipStatus::{Accepted, Declined, Invited, Left, Removed};
    let of = |status| why(me(), &member(place(status, StaffAccess::All, true), None));
    assert_eq!(of(Accepted), AccessReason::Permitted);
    assert_eq!(of(Invited), AccessReason::NotAccepted);
    for ended in [Declined, Left, Removed] {
        assert_eq!(of(ended), AccessReason::NotMember, "{ended}");
    }
    assert_eq!(why(me(), &member(None, None)), AccessReason::NotMember);
}

#[test]
fn an_organisation_may_show_the_patient_to_the_assigned_only() {
    let accepted =
        |staff, assigned| why(me(), &member(place(MembershipStatus::Accepted, staff, assigned), None));
    assert_eq!(accepted(StaffAccess::All, false), AccessReason::Permitted);
    assert_eq!(accepted(StaffAccess::Assigned, true), AccessReason::Permitted);
    assert_eq!(accepted(StaffAccess::Assigned, false), AccessReason::NotAssigned);
    // An assignment is no membership.
    let invited = member(place(MembershipStatus::Invited, StaffAccess::Assigned, true), None);
    assert_eq!(why(me(), &invited), AccessReason::NotAccepted);
}

#[test]
fn a_person_can_be_a_member_whatever_the_organisation_is() {
    use MembershipStatus::{Accepted, Declined, Invited, Left, Removed};
    let unassigned = place(Accepted, StaffAccess::Assigned, false);
    let removed = place(Removed, StaffAccess::All, true);
    for organization in [None, unassigned, removed, place(Invited, StaffAccess::All, false)] {
        let standing = member(organization, Some(Accepted));
        assert_eq!(why(me(), &standing), AccessReason::Permitted, "{organization:?}");
    }
    assert_eq!(why(me(), &member(None, Some(Invited))), AccessReason::NotAccepted);
    assert_eq!(why(me(), &member(removed, Some(Invited))), AccessReason::NotAccepted);
    for ended in [Declined, Left, Removed] {
        assert_eq!(why(me(), &member(None, Some(ended))), AccessReason::NotMember, "{ended}");
        // Leaving in person takes nothing of what the organisation has.
        assert_eq!(why(me(), &member(Some(MEMBER), Some(ended))), AccessReason::Permitted, "{ended}");
        assert_eq!(why(me(), &member(unassigned, Some(ended))), AccessReason::NotAssigned, "{ended}");
    }
}

#[test]
fn whoever_is_suspended_sees_nothing_in_any_way() {
    let standing = Standing {
        active: false,
        break_glass: Some((EMERGENCY, Timestamp(2000))),
        ..member(Some(MEMBER), Some(MembershipStatus::Accepted))
    };
    assert_eq!(why(me(), &standing), AccessReason::Inactive);
    let access = decide(&standing);
    assert_eq!(outcome(access.read_entries()), Err(Reason::NotFound));
    assert_eq!(outcome(access.break_glass()), Err(Reason::NotFound));
    assert_eq!(outcome(access.leave(false)), Err(Reason::NotFound));
    assert_eq!(outcome(access.leave(true)), Err(Reason::NotFound));
    assert_eq!(access.changes_at(), None);
}

#[test]
fn every_role_but_those_that_watch_over_others_sees_patients() {
    use Role::{Administrator, OrganizationAdministrator, PrivacyOfficer};
    for &role in Role::ALL {
        let standing = member(Some(MEMBER), Some(MembershipStatus::Accepted));
        let expected = match role {
            Administrator | OrganizationAdministrator | PrivacyOfficer => AccessReason::Role,
            _ => AccessReason::Permitted,
        };
        assert_eq!(why(Subject { role, ..me() }, &standing), expected, "{role}");
    }
}

#[test]
fn the_first_thing_that_is_missing_is_told() {
    let administrator = Subject { role: Role::Administrator, ..me() };
    let gone = Standing { active: false, ..member(None, None) };
    assert_eq!(why(administrator, &gone), AccessReason::Inactive);
    assert_eq!(why(administrator, &member(None, None)), AccessReason::Role);
}
