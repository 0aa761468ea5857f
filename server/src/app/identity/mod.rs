//! Organisations, people, affiliations and enrolment codes.

mod create_affiliation;
mod create_enrollment_code;
mod create_first_administrator;
mod create_organization;
mod create_person;
mod list;
mod offboard_person;
mod policy;
mod reset_password;
mod standing;

use renkei_domain::administration::Account;
use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::{self, Duty};
use renkei_domain::id::{OrganizationId, PersonId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use renkei_store::audit::Stamp;
use renkei_store::{Tx, administration, audit, event};
use uuid::Uuid;

use super::{App, is_refusal};

pub(crate) use self::create_affiliation::NewAffiliation;
pub(super) use self::create_enrollment_code::{IssuedCode, LIFE as CODE_LIFE};
pub(crate) use self::create_first_administrator::{
    FirstAdministrator, FirstEnrollment, create_first_administrator,
};
pub(crate) use self::create_organization::NewOrganization;
pub(crate) use self::create_person::NewPerson;
pub(crate) use self::offboard_person::{OffboardPerson, Offboarding};
pub(crate) use self::policy::NewPolicy;

impl App {
    /// Whether the caller's role has `duty`, and the password was given lately if `action` is a dangerous one. That the
    /// role has not is put on record as `action`.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::StepUpRequired`].
    pub(super) async fn require_duty(&self, caller: &Caller, duty: Duty, action: Action) -> Result<()> {
        if duty::has(caller.actor.role, duty) {
            return self.require_step_up(caller, action);
        }
        let reason = Reason::RoleNotAllowed;
        self.refuse_in_region(caller, action, caller.session.0, reason).await?;
        Err(Error::new(reason))
    }

    /// Puts a refusal of an act of the region on record, and passes the result on. What is not there is no refusal:
    /// people and organisations are no secret.
    pub(super) async fn record_refusal_about<T>(
        &self,
        caller: &Caller,
        action: Action,
        object: Uuid,
        result: Result<T>,
    ) -> Result<T> {
        if let Err(error) = &result
            && error.reason() != Reason::NotFound
            && is_refusal(error.reason())
        {
            self.refuse_in_region(caller, action, object, error.reason()).await?;
        }
        result
    }

    /// Puts on record that an act of the region was refused, in a transaction of its own.
    pub(super) async fn refuse_in_region(
        &self,
        caller: &Caller,
        action: Action,
        object: Uuid,
        reason: Reason,
    ) -> Result<()> {
        let act = Act { refused: Some(reason), ..Act::of_region(caller.subject(), action, object) };
        let stamp = self.stamp_of(caller);
        self.store
            .write(move |tx| Box::pin(async move { audit::append(tx, stamp, &act).await }))
            .await
            .map_err(Error::from)
    }
}

/// Adds the event of an act to its transaction, and notes whom it concerns: so that it is found by the organisations
/// whose people are managed by somebody else, too.
pub(in crate::app) async fn append_concerning(
    tx: &mut Tx,
    stamp: Stamp,
    act: &Act,
    person: Option<PersonId>,
    organizations: impl IntoIterator<Item = OrganizationId>,
) -> Result<()> {
    audit::append(tx, stamp, act).await?;
    let concerned = person.map(|id| id.0).into_iter().chain(organizations.into_iter().map(|id| id.0));
    event::concerns(tx, stamp.id, concerned).await?;
    Ok(())
}

/// What decides who may manage somebody, which stays so until the transaction ends.
pub(super) async fn account_to_hold(tx: &mut Tx, person: PersonId) -> Result<Account> {
    administration::account_to_hold(tx, person).await?.ok_or_else(|| Error::new(Reason::NotFound))
}
