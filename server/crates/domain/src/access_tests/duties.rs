//! What may be done: post, upload, manage, and answer for one's own place in the care team.

use super::*;
use MembershipStatus::{Accepted, Declined, Invited, Left, Removed};
use Sensitivity::{Infection, MentalHealth, Normal};

fn post(standing: &Standing, category: Category, sensitivity: Sensitivity) -> Result<(), Reason> {
    outcome(decide(standing).post(category, sensitivity))
}

#[test]
fn posting_takes_role_and_consent() {
    let categories = only([Category::Message, Category::Nursing]);
    let standing = standing([Rule { categories, ..permit(1) }]);
    let worker = Subject { role: Role::CareWorker, ..me() };
    let post = |category| outcome(Access::decide(worker, &standing, NOW).post(category, Normal));
    assert_eq!(post(Category::Message), Ok(()));
    assert_eq!(post(Category::Nursing), Err(Reason::RoleNotAllowed));
    assert_eq!(post(Category::VisitNote), Err(Reason::CategoryNotConsented));
    assert_eq!(post(Category::Notice), Err(Reason::RoleNotAllowed));
}

#[test]
fn whoever_sees_nothing_is_told_nothing() {
    // One's own entries alone do not make the patient exist.
    for standing in [standing([]), Standing { organization: None, ..standing([permit(1)]) }] {
        assert_eq!(post(&standing, Category::Notice, Normal), Err(Reason::NotFound));
        assert_eq!(outcome(decide(&standing).upload()), Err(Reason::NotFound));
        assert_eq!(outcome(decide(&standing).manage(Duty::ManageConsent)), Err(Reason::NotFound));
        assert_eq!(outcome(decide(&standing).read_papers(Duty::ManageConsent)), Err(Reason::NotFound));
    }
}

#[test]
fn restricted_content_is_posted_by_whoever_is_permitted_the_normal() {
    let nursing = |rule| Rule { categories: only([Category::Nursing]), ..rule };
    let normal = standing([nursing(permit(1))]);
    assert_eq!(post(&normal, Category::Nursing, MentalHealth), Ok(()));
    assert_eq!(post(&normal, Category::Message, MentalHealth), Err(Reason::CategoryNotConsented));

    // Permitted by its name alone.
    let named = standing([nursing(Rule { sensitivities: only([MentalHealth]), ..permit(1) })]);
    assert_eq!(post(&named, Category::Nursing, MentalHealth), Ok(()));
    assert_eq!(post(&named, Category::Nursing, Infection), Err(Reason::CategoryNotConsented));
    assert_eq!(post(&named, Category::Nursing, Normal), Err(Reason::CategoryNotConsented));

    // Denied by its name, or with all the rest.
    let mental = Rule { sensitivities: only([MentalHealth]), ..deny(2) };
    let denied = standing([nursing(permit(1)), mental]);
    assert_eq!(post(&denied, Category::Nursing, MentalHealth), Err(Reason::CategoryNotConsented));
    assert_eq!(post(&denied, Category::Nursing, Infection), Ok(()));
    let all = standing([permit(1), nursing(deny(2))]);
    assert_eq!(post(&all, Category::Nursing, MentalHealth), Err(Reason::CategoryNotConsented));

    // Where the normal is denied, only the name is left.
    let only_normal = Rule { sensitivities: only([Normal]), ..deny(2) };
    let both = Rule { sensitivities: only([Normal, Infection]), ..permit(1) };
    let named = standing([both, only_normal]);
    assert_eq!(post(&named, Category::Nursing, Normal), Err(Reason::CategoryNotConsented));
    assert_eq!(post(&named, Category::Nursing, MentalHealth), Err(Reason::CategoryNotConsented));
    assert_eq!(post(&named, Category::Nursing, Infection), Ok(()));
}

#[test]
fn a_file_is_for_whoever_posts_or_keeps_the_papers() {
    let upload =
        |role, standing: &Standing| outcome(Access::decide(Subject { role, ..me() }, standing, NOW).upload());
    assert_eq!(upload(Role::CareWorker, &standing([permit(1)])), Ok(()));
    assert_eq!(upload(Role::Administrator, &standing([permit(1)])), Err(Reason::NotFound));
    let custodian = Standing { custodian: STATION, ..standing([deny(1)]) };
    assert_eq!(upload(Role::Nurse, &custodian), Ok(()));
    assert_eq!(upload(Role::CareWorker, &custodian), Err(Reason::NotFound));
}

#[test]
fn managing_is_the_custodians_even_if_it_is_denied_everything() {
    let custodian = Standing { custodian: STATION, ..standing([permit(1), deny(2)]) };
    let access = decide(&custodian);
    let managed = access.manage(Duty::ManageConsent).unwrap();
    assert!(managed.sight().is_empty() && managed.own().is_empty() && managed.sees_papers());
    let papers = access.read_papers(Duty::ManageConsent).unwrap();
    assert!(papers.sight().is_empty() && papers.own().is_empty() && papers.sees_papers());
    assert_eq!(outcome(access.read()), Err(Reason::NotFound));

    // The duty is asked for: the nurse does not administer, the care worker manages nothing.
    assert_eq!(outcome(access.manage(Duty::AdministerRegion)), Err(Reason::RoleNotAllowed));
    assert_eq!(outcome(access.read_papers(Duty::AdministerRegion)), Err(Reason::NotFound));
    let worker = Access::decide(Subject { role: Role::CareWorker, ..me() }, &custodian, NOW);
    assert_eq!(outcome(worker.manage(Duty::ManageConsent)), Err(Reason::RoleNotAllowed));
    assert_eq!(outcome(worker.read_papers(Duty::ManageConsent)), Err(Reason::NotFound));

    // Nor is it for those of the custodian organisation who are not assigned.
    let place = Some(Place { staff: StaffAccess::Assigned, ..MEMBER });
    let unassigned = Standing { organization: place, ..custodian };
    assert_eq!(outcome(decide(&unassigned).manage(Duty::ManageConsent)), Err(Reason::NotFound));
}

#[test]
fn managing_shows_what_consent_shows_with_the_notices() {
    let nursing = Rule { categories: only([Category::Nursing]), ..permit(1) };
    let custodian = Standing { custodian: STATION, ..standing([nursing]) };
    let managed = decide(&custodian).manage(Duty::ManageConsent).unwrap();
    let shown: BTreeSet<_> = managed.sight().iter().collect();
    assert_eq!(shown, with_the_notices(kinds(&[Category::Nursing], &[Normal])));
    assert_eq!(managed.consents(), [reference(1).consent]);
}

#[test]
fn what_was_done_to_the_record_is_read_by_the_custodians() {
    let read = |role, standing: &Standing| {
        let access = Access::decide(Subject { role, ..me() }, standing, NOW);
        access.read_audit().map_err(|error| error.reason())
    };
    let custodian = Standing { custodian: STATION, ..standing([permit(1)]) };
    assert_eq!(read(Role::CareWorker, &custodian).err(), Some(Reason::RoleNotAllowed));
    assert_eq!(read(Role::Administrator, &custodian).err(), Some(Reason::NotFound));
    assert_eq!(read(Role::OrganizationAdministrator, &custodian).err(), Some(Reason::NotFound));
    assert_eq!(read(Role::Nurse, &standing([permit(1)])).err(), Some(Reason::CustodianOnly));

    // The privacy officer needs no assignment, and sees nothing of the record.
    let unassigned = Some(Place { staff: StaffAccess::Assigned, ..MEMBER });
    for place in [Some(MEMBER), unassigned] {
        let kept = Standing { organization: place, ..custodian.clone() };
        let permit = read(Role::PrivacyOfficer, &kept).unwrap();
        assert!(permit.sight().is_empty() && permit.own().is_empty() && !permit.sees_papers());
        assert_eq!(permit.consents(), []);
        let access = Access::decide(Subject { role: Role::PrivacyOfficer, ..me() }, &kept, NOW);
        assert!(!access.is_visible());
        assert_eq!(outcome(access.read_entries()), Err(Reason::NotFound));
        assert_eq!(outcome(access.manage(Duty::ReadAudit)), Err(Reason::NotFound));
        assert_eq!(outcome(access.read_papers(Duty::ReadAudit)), Err(Reason::NotFound));
    }
    assert_eq!(read(Role::PrivacyOfficer, &standing([permit(1)])).err(), Some(Reason::NotFound));
    let gone = Standing { active: false, ..custodian };
    assert_eq!(read(Role::PrivacyOfficer, &gone).err(), Some(Reason::NotFound));
}

#[test]
fn a_member_that_is_not_the_custodian_manages_nothing() {
    let access = decide(&standing([permit(1)]));
    assert_eq!(outcome(access.manage(Duty::ManageConsent)), Err(Reason::CustodianOnly));
    assert_eq!(outcome(access.read_papers(Duty::ManageConsent)), Ok(()));
}

/// As the organisation, then as the person; the other has no place.
fn by_status(
    status: Option<MembershipStatus>,
    act: impl Fn(&Access, bool) -> Result<Permit<Answer>>,
) -> [Result<(), Reason>; 2] {
    let organization = status.map(|status| Place { status, ..MEMBER });
    let organization = Standing { organization, person: None, ..standing([permit(1)]) };
    let person = Standing { organization: None, person: status, ..standing([permit(1)]) };
    [outcome(act(&decide(&organization), false)), outcome(act(&decide(&person), true))]
}

#[test]
fn an_open_invitation_is_answered_once() {
    let answer = |status| by_status(status, Access::answer);
    assert_eq!(answer(Some(Invited)), [Ok(()); 2]);
    for answered in [Accepted, Declined] {
        assert_eq!(answer(Some(answered)), [Err(Reason::InvitationAnswered); 2], "{answered}");
    }
    for gone in [None, Some(Left), Some(Removed)] {
        assert_eq!(answer(gone), [Err(Reason::NotFound); 2], "{gone:?}");
    }
}

#[test]
fn whoever_is_there_can_leave() {
    let leave = |status| by_status(status, Access::leave);
    assert_eq!(leave(Some(Accepted)), [Ok(()); 2]);
    for not_there in [None, Some(Invited), Some(Declined), Some(Left), Some(Removed)] {
        assert_eq!(leave(not_there), [Err(Reason::NotFound); 2], "{not_there:?}");
    }
    // The custodian organisation stays; a person of it who is a member in person may go.
    let custodian = Standing { custodian: STATION, person: Some(Accepted), ..standing([]) };
    assert_eq!(outcome(decide(&custodian).leave(false)), Err(Reason::MemberIsCustodian));
    assert_eq!(outcome(decide(&custodian).leave(true)), Ok(()));
}

#[test]
fn an_answer_shows_nothing() {
    let permit = decide(&standing([permit(1)])).leave(false).unwrap();
    assert!(permit.sight().is_empty());
    let organization = Some(Place { status: Invited, ..MEMBER });
    let invited = Standing { organization, ..standing([self::permit(1)]) };
    let permit = decide(&invited).answer(false).unwrap();
    assert!(permit.sight().is_empty() && permit.own().is_empty());
}

#[test]
fn the_own_and_the_organisations_invitation_are_not_mixed_up() {
    let standing = Standing { person: Some(Invited), ..standing([]) };
    let access = decide(&standing);
    assert_eq!(outcome(access.answer(true)), Ok(()));
    assert_eq!(outcome(access.answer(false)), Err(Reason::InvitationAnswered));
    assert_eq!(outcome(access.leave(true)), Err(Reason::NotFound));
    assert_eq!(outcome(access.leave(false)), Ok(()));
}

#[test]
fn answering_takes_a_role() {
    let invited = Standing {
        organization: Some(Place { status: Invited, ..MEMBER }),
        person: Some(Invited),
        ..standing([])
    };
    let administrator = Access::decide(Subject { role: Role::Administrator, ..me() }, &invited, NOW);
    assert_eq!(outcome(administrator.answer(false)), Err(Reason::RoleNotAllowed));
    assert_eq!(outcome(administrator.answer(true)), Err(Reason::RoleNotAllowed));
    let worker = Access::decide(Subject { role: Role::CareWorker, ..me() }, &invited, NOW);
    assert_eq!(outcome(worker.answer(false)), Ok(()));
}

#[test]
fn whoever_is_invited_or_there_may_ask_why() {
    for &status in MembershipStatus::ALL {
        let expected = match status {
            Invited | Accepted => Ok(()),
            Declined | Left | Removed => Err(Reason::NotFound),
        };
        assert_eq!(by_status(Some(status), |access, _| access.ask()), [expected; 2], "{status}");
    }
    assert_eq!(by_status(None, |access, _| access.ask()), [Err(Reason::NotFound); 2]);
    // Without a consent too, and without an assignment; and the answer shows nothing.
    let place = Some(Place { staff: StaffAccess::Assigned, ..MEMBER });
    let unassigned = Standing { organization: place, ..standing([permit(1)]) };
    assert!(decide(&unassigned).ask().unwrap().sight().is_empty());
    assert_eq!(outcome(decide(&standing([])).ask()), Ok(()));
    let gone = Standing { active: false, ..standing([permit(1)]) };
    assert_eq!(outcome(decide(&gone).ask()), Err(Reason::NotFound));
    let administrator = Subject { role: Role::Administrator, ..me() };
    let access = Access::decide(administrator, &standing([permit(1)]), NOW);
    assert_eq!(outcome(access.ask()), Err(Reason::NotFound));
}

#[test]
fn staff_is_assigned_by_those_who_may_of_an_organisation_that_is_there() {
    let assign = |role, standing: &Standing| {
        outcome(Access::decide(Subject { role, ..me() }, standing, NOW).assign_staff())
    };
    assert_eq!(assign(Role::Coordinator, &standing([])), Ok(()));
    assert_eq!(assign(Role::CareWorker, &standing([])), Err(Reason::RoleNotAllowed));
    // Not by those who are shut out, as long as somebody is left who is not.
    let shut_out = Place { staff: StaffAccess::Assigned, ..MEMBER };
    let by_nurse = |place| assign(Role::Nurse, &Standing { organization: Some(place), ..standing([]) });
    assert_eq!(by_nurse(shut_out), Err(Reason::NotFound));
    assert_eq!(by_nurse(Place { assigned: true, ..shut_out }), Ok(()));
    assert_eq!(by_nurse(Place { staffed: false, ..shut_out }), Ok(()));
    let invited = Some(Place { status: Invited, ..MEMBER });
    let invited = Standing { organization: invited, person: Some(Accepted), ..standing([]) };
    assert_eq!(assign(Role::Nurse, &invited), Err(Reason::NotFound));
}

#[test]
fn the_offer_to_be_custodian_is_answered_by_whom_it_was_made_to() {
    let answer = |role, offered_custodian, status| {
        let organization = Some(Place { status, ..MEMBER });
        let standing = Standing { offered_custodian, organization, ..standing([]) };
        outcome(Access::decide(Subject { role, ..me() }, &standing, NOW).answer_custodian_offer())
    };
    assert_eq!(answer(Role::Nurse, Some(STATION), Accepted), Ok(()));
    assert_eq!(answer(Role::Pharmacist, Some(STATION), Accepted), Err(Reason::RoleNotAllowed));
    assert_eq!(answer(Role::Nurse, Some(CLINIC), Accepted), Err(Reason::CustodianNotOffered));
    assert_eq!(answer(Role::Nurse, None, Accepted), Err(Reason::CustodianNotOffered));
    for gone in [Invited, Declined, Left, Removed] {
        assert_eq!(answer(Role::Nurse, Some(STATION), gone), Err(Reason::NotFound), "{gone}");
    }
}

#[test]
fn papers_are_for_those_of_the_custodian_who_see_something_or_manage_consent() {
    let denied = Standing { custodian: STATION, ..standing([permit(1), deny(2)]) };
    let sees_papers = |role, standing: &Standing| {
        let access = Access::decide(Subject { role, ..me() }, standing, NOW);
        access.read_entries().unwrap().sees_papers()
    };
    assert!(sees_papers(Role::Nurse, &denied), "who has to mend the consent");
    assert!(!sees_papers(Role::CareWorker, &denied), "the patient denied everything");
    let permitted = Standing { custodian: STATION, ..standing([permit(1)]) };
    assert!(sees_papers(Role::CareWorker, &permitted));
    assert!(!sees_papers(Role::Nurse, &standing([permit(1)])), "another organisation's");
}
