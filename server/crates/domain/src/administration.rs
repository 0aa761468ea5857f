//! Whom an administrator may manage. The region's administrator manages everybody; an organisation's administrator
//! only what is the own organisation's alone, so that nobody's account at one organisation is in the hands of
//! another.
//!
//! An account is an organisation's own as long as it never had an affiliation elsewhere, and began there: the
//! organisation's administrator created it, or it had an affiliation there. Whoever can enrol a device for an
//! account, or set its password, can act as that person wherever the person may act; so that is for the own
//! accounts only. Affiliations at the own organisation are its own in any case.
//!
//! Nobody but the region's administrator gives or ends a [reserved](duty::is_reserved) role, or manages the account
//! of somebody who has one: an organisation's administrator can make neither administrators nor the privacy officer
//! who watches over them.

use crate::access::Subject;
use crate::duty::{self, Duty};
use crate::error::{Error, Reason, Result};
use crate::id::OrganizationId;
use crate::identity::Role;

/// An account, as far as it matters who may manage it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The organisation whose administrator created it. `None`: the region's did.
    pub created_for: Option<OrganizationId>,
    /// The organisation whose administrator suspended it last. `None`: the region's did, or nobody.
    pub suspended_by: Option<OrganizationId>,
    /// Every affiliation that it ever had.
    pub affiliations: Vec<Held>,
}

/// An affiliation, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Where.
    pub organization: OrganizationId,
    /// As what.
    pub role: Role,
    /// Whether it has not ended.
    pub stands: bool,
}

impl Account {
    /// Whether it is this organisation's own.
    pub fn is_of(&self, organization: OrganizationId) -> bool {
        let is_here = |held: &Held| held.organization == organization;
        let began_here = self.created_for == Some(organization) || self.affiliations.iter().any(is_here);
        began_here && self.affiliations.iter().all(is_here)
    }

    /// Where it has an affiliation that has not ended; may name one several times.
    pub fn organizations(&self) -> impl Iterator<Item = OrganizationId> {
        self.affiliations.iter().filter(|held| held.stands).map(|held| held.organization)
    }

    /// Whether it has an affiliation there that has not ended.
    fn stands_at(&self, organization: OrganizationId) -> bool {
        self.affiliations.iter().any(|held| held.stands && held.organization == organization)
    }

    /// Whether this organisation's administrator may manage it.
    pub fn is_managed_by(&self, organization: OrganizationId) -> bool {
        self.is_of(organization) && !self.is_reserved()
    }

    fn is_reserved(&self) -> bool {
        self.affiliations.iter().any(|held| held.stands && duty::is_reserved(held.role))
    }
}

/// The organisation that `by` administers. `None`: all of them.
///
/// # Errors
/// [`Reason::RoleNotAllowed`].
pub fn reach(by: &Subject) -> Result<Option<OrganizationId>> {
    if duty::has(by.role, Duty::AdministerRegion) {
        Ok(None)
    } else if duty::has(by.role, Duty::AdministerOrganization) {
        Ok(Some(by.organization))
    } else {
        Err(Error::new(Reason::RoleNotAllowed))
    }
}

/// To manage the account itself: make an enrolment code for it, suspend it.
///
/// # Errors
/// [`Reason::RoleNotAllowed`], [`Reason::NotOwnOrganization`], [`Reason::PersonElsewhere`],
/// [`Reason::RoleReserved`].
pub fn may_manage(by: &Subject, account: &Account) -> Result<()> {
    let Some(own) = reach(by)? else { return Ok(()) };
    check(account.is_reserved(), Reason::RoleReserved)?;
    check(!account.is_of(own) && account.stands_at(own), Reason::PersonElsewhere)?;
    check(!account.is_managed_by(own), Reason::NotOwnOrganization)
}

/// To lift a suspension: of an own account, and only one that the own organisation imposed.
///
/// # Errors
/// As [`may_manage`]; [`Reason::NotOwnOrganization`] also of a suspension that is somebody else's.
pub fn may_reinstate(by: &Subject, account: &Account) -> Result<()> {
    may_manage(by, account)?;
    let Some(own) = reach(by)? else { return Ok(()) };
    check(account.suspended_by != Some(own), Reason::NotOwnOrganization)
}

/// Whether `by` may be told what an account does in person, outside of any organisation: of an own account.
///
/// # Errors
/// [`Reason::RoleNotAllowed`].
pub fn may_see_personal(by: &Subject, account: &Account) -> Result<bool> {
    Ok(reach(by)?.is_none_or(|own| account.is_of(own)))
}

/// To give the account a role at an organisation: at the own one, to an own account or to somebody who works there,
/// but not to somebody who has a reserved role, the caller included: who manages accounts gives themselves nothing.
///
/// # Errors
/// As [`may_manage`].
pub fn may_affiliate(
    by: &Subject,
    account: &Account,
    organization: OrganizationId,
    role: Role,
) -> Result<()> {
    may_end(by, organization, role)?;
    let Some(own) = reach(by)? else { return Ok(()) };
    check(account.is_reserved(), Reason::RoleReserved)?;
    if account.is_of(own) || account.stands_at(own) {
        return Ok(());
    }
    let was_elsewhere = account.affiliations.iter().any(|held| held.organization != own);
    check(was_elsewhere, Reason::PersonElsewhere)?;
    check(true, Reason::NotOwnOrganization)
}

/// To end an affiliation: one at the own organisation, whoever has it.
///
/// # Errors
/// [`Reason::RoleNotAllowed`], [`Reason::NotOwnOrganization`], [`Reason::RoleReserved`].
pub fn may_end(by: &Subject, organization: OrganizationId, role: Role) -> Result<()> {
    let Some(own) = reach(by)? else { return Ok(()) };
    check(organization != own, Reason::NotOwnOrganization)?;
    check(duty::is_reserved(role), Reason::RoleReserved)
}

/// To create, equip or end a service account of an organisation.
///
/// # Errors
/// [`Reason::RoleNotAllowed`], [`Reason::NotOwnOrganization`].
pub fn may_manage_services(by: &Subject, organization: OrganizationId) -> Result<()> {
    let Some(own) = reach(by)? else { return Ok(()) };
    check(organization != own, Reason::NotOwnOrganization)
}

fn check(refused: bool, reason: Reason) -> Result<()> {
    if refused { Err(Error::new(reason)) } else { Ok(()) }
}

#[cfg(test)]
#[path = "administration_tests.rs"]
mod tests;
