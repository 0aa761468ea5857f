use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::PersonId;
use crate::identity::Purpose;

const OWN: OrganizationId = OrganizationId(Uuid::from_u128(1));
const OTHER: OrganizationId = OrganizationId(Uuid::from_u128(2));

fn by(role: Role) -> Subject {
    let person = PersonId(Uuid::from_u128(9));
    Subject { person, organization: OWN, role, purpose: Purpose::Treatment }
}

fn own() -> Subject {
    by(Role::OrganizationAdministrator)
}

fn held(organization: OrganizationId, role: Role, stands: bool) -> Held {
    Held { organization, role, stands }
}

fn account(affiliations: impl IntoIterator<Item = Held>) -> Account {
    Account { affiliations: affiliations.into_iter().collect(), ..Account::default() }
}

fn outcome(result: Result<()>) -> Result<(), Reason> {
    result.map_err(|error| error.reason())
}

#[test]
fn an_account_is_an_organisations_own_while_it_was_never_elsewhere() {
    let nurse = held(OWN, Role::Nurse, true);
    assert!(account([nurse]).is_of(OWN));
    assert!(account([held(OWN, Role::Nurse, false)]).is_of(OWN), "who has left");
    assert!(Account { created_for: Some(OWN), ..account([]) }.is_of(OWN), "who has not begun");
    assert!(!account([]).is_of(OWN), "the region's");
    for stands in [true, false] {
        let doctor = held(OTHER, Role::Doctor, stands);
        assert!(!account([nurse, doctor]).is_of(OWN));
        assert!(!Account { created_for: Some(OWN), ..account([doctor]) }.is_of(OWN));
    }
}

#[test]
fn accounts_are_managed_by_the_organisation_that_has_them_alone() {
    let nurse = held(OWN, Role::Nurse, true);
    let manage = |account: &Account| outcome(may_manage(&own(), account));
    assert_eq!(manage(&account([nurse])), Ok(()));
    let elsewhere = Err(Reason::PersonElsewhere);
    assert_eq!(manage(&account([nurse, held(OTHER, Role::Nurse, true)])), elsewhere);
    assert_eq!(manage(&account([nurse, held(OTHER, Role::Nurse, false)])), elsewhere);
    let foreign = Err(Reason::NotOwnOrganization);
    assert_eq!(manage(&account([held(OTHER, Role::Nurse, true)])), foreign);
    assert_eq!(manage(&account([held(OWN, Role::Nurse, false), held(OTHER, Role::Nurse, true)])), foreign);
    assert_eq!(manage(&account([])), foreign);
    assert_eq!(manage(&Account { created_for: Some(OTHER), ..account([]) }), foreign);
}

#[test]
fn who_watches_over_others_is_managed_by_the_region_alone() {
    let reserved = [Role::Administrator, Role::OrganizationAdministrator, Role::PrivacyOfficer];
    for &role in Role::ALL {
        let two = account([held(OWN, Role::Nurse, true), held(OWN, role, true)]);
        let expected = if reserved.contains(&role) { Err(Reason::RoleReserved) } else { Ok(()) };
        assert_eq!(outcome(may_manage(&own(), &two)), expected, "{role}");
        assert_eq!(outcome(may_affiliate(&own(), &two, OWN, Role::Doctor)), expected, "{role}");
        let nurse = account([held(OWN, Role::Nurse, true)]);
        assert_eq!(outcome(may_affiliate(&own(), &nurse, OWN, role)), expected, "{role}");
        assert_eq!(outcome(may_end(&own(), OWN, role)), expected, "{role}");
        let ended = account([held(OWN, Role::Nurse, true), held(OWN, role, false)]);
        assert_eq!(outcome(may_manage(&own(), &ended)), Ok(()), "{role}");
    }
}

#[test]
fn a_role_is_given_to_own_accounts_and_to_those_who_work_there() {
    let affiliate = |account: &Account| outcome(may_affiliate(&own(), account, OWN, Role::Nurse));
    assert_eq!(affiliate(&Account { created_for: Some(OWN), ..account([]) }), Ok(()));
    assert_eq!(affiliate(&account([held(OWN, Role::Doctor, false)])), Ok(()));
    let both = [held(OWN, Role::Doctor, true), held(OTHER, Role::Doctor, true)];
    assert_eq!(affiliate(&account(both)), Ok(()));
    let back = [held(OWN, Role::Doctor, false), held(OTHER, Role::Doctor, true)];
    assert_eq!(affiliate(&account(back)), Err(Reason::PersonElsewhere));
    assert_eq!(affiliate(&account([held(OTHER, Role::Doctor, false)])), Err(Reason::PersonElsewhere));
    assert_eq!(affiliate(&account([])), Err(Reason::NotOwnOrganization));
    assert_eq!(
        affiliate(&Account { created_for: Some(OTHER), ..account([]) }),
        Err(Reason::NotOwnOrganization)
    );
}

#[test]
fn what_somebody_does_in_person_is_told_of_own_accounts() {
    let (here, there) = (held(OWN, Role::Nurse, true), held(OTHER, Role::Nurse, false));
    for (account, is_told) in [(account([here]), true), (account([here, there]), false)] {
        assert_eq!(may_see_personal(&own(), &account).unwrap(), is_told);
        assert!(may_see_personal(&by(Role::Administrator), &account).unwrap());
    }
}

#[test]
fn a_suspension_is_lifted_by_whoever_imposed_it() {
    let nurse = account([held(OWN, Role::Nurse, true)]);
    let lift = |suspended_by| outcome(may_reinstate(&own(), &Account { suspended_by, ..nurse.clone() }));
    assert_eq!(lift(Some(OWN)), Ok(()));
    assert_eq!(lift(None), Err(Reason::NotOwnOrganization), "the region's");
    assert_eq!(lift(Some(OTHER)), Err(Reason::NotOwnOrganization));
    assert_eq!(outcome(may_reinstate(&by(Role::Administrator), &nurse)), Ok(()));
}

fn accounts() -> impl Strategy<Value = Account> {
    let organization = || prop::option::of(prop::sample::select(vec![OWN, OTHER]));
    let role = prop::sample::select(Role::ALL.to_vec());
    let held = (prop::bool::weighted(0.7), role, any::<bool>()).prop_map(|(is_own, role, stands)| Held {
        organization: if is_own { OWN } else { OTHER },
        role,
        stands,
    });
    (organization(), organization(), prop::collection::vec(held, 0..4)).prop_map(
        |(created_for, suspended_by, affiliations)| Account { created_for, suspended_by, affiliations },
    )
}

proptest! {
    #[test]
    fn the_regions_administrator_may_all_and_other_roles_nothing(account in accounts()) {
        for &role in Role::ALL {
            let by = by(role);
            let outcomes = [
                outcome(may_manage(&by, &account)),
                outcome(may_reinstate(&by, &account)),
                outcome(may_affiliate(&by, &account, OTHER, Role::Administrator)),
                outcome(may_end(&by, OTHER, Role::Administrator)),
            ];
            match role {
                Role::Administrator => prop_assert_eq!(outcomes, [Ok(()); 4]),
                Role::OrganizationAdministrator => {}
                _ => prop_assert_eq!(outcomes, [Err(Reason::RoleNotAllowed); 4]),
            }
        }
    }

    #[test]
    fn no_organisation_gets_hold_of_an_account_that_acts_elsewhere(account in accounts()) {
        let acts_elsewhere = account.affiliations.iter().any(|it| it.stands && it.organization == OTHER);
        if acts_elsewhere {
            prop_assert!(may_manage(&own(), &account).is_err());
            prop_assert!(may_reinstate(&own(), &account).is_err());
        }
        prop_assert!(may_end(&own(), OTHER, Role::Nurse).is_err());
        prop_assert!(may_affiliate(&own(), &account, OTHER, Role::Nurse).is_err());
        if account.affiliations.iter().any(|it| it.stands && duty::is_reserved(it.role)) {
            prop_assert!(may_affiliate(&own(), &account, OWN, Role::Doctor).is_err());
        }
    }
}
