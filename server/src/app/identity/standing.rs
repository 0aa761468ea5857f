//! Suspending people, and ending what they do where: at once, on open streams too. What they wrote stays.

use std::sync::Arc;

use renkei_domain::administration;
use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::{AffiliationId, PersonId};
use renkei_domain::identity::{Caller, Person};
use renkei_domain::{Error, Reason, Result};
use renkei_store::administration::{affiliation, suspended_by};
use renkei_store::{Conn, Tx, Wakeup, identity, session};

use super::{account_to_hold, append_concerning};
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

impl App {
    /// Suspends a person: sessions, streams and access end before this returns. The region's suspension takes the place
    /// of an organisation's, which could be lifted there.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::NotOwnOrganization`], [`Reason::PersonElsewhere`],
    /// [`Reason::RoleReserved`], [`Reason::NotFound`], [`Reason::LastAdministrator`], [`Reason::RequestIdReused`].
    pub(crate) async fn suspend_person(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: PersonId,
    ) -> Result<Person> {
        self.require_duty(caller, Duty::AdministerOrganization, Action::PersonSuspend).await?;
        let (app, by, now, subject) = (Arc::clone(self), Arc::clone(caller), self.now(), caller.subject());
        let act = Act::of_region(subject, Action::PersonSuspend, id.0);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let account = account_to_hold(tx, id).await?;
                administration::may_manage(&subject, &account)?;
                let reach = administration::reach(&subject)?;
                let takes_over = reach.is_none() && account.suspended_by.is_some();
                if !identity::suspend(tx, id, now).await? && !takes_over {
                    return Err(Error::new(Reason::NotFound));
                }
                suspended_by(tx, id, reach).await?;
                session::end_of_person(tx, id, now).await?;
                still_administered(tx).await?;
                append_concerning(tx, app.stamp_of(&by), &act, Some(id), account.organizations()).await?;
                Ok((id.0, found(tx, id).await?))
            })
        });
        let result = self.once(caller, key, work, |id| self.person(PersonId(id))).await;
        let person = self.record_refusal_about(caller, Action::PersonSuspend, id.0, result).await?;
        self.live.wake(Wakeup::PersonChanged(person.id));
        Ok(person)
    }

    /// Lifts a suspension.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::NotOwnOrganization`], [`Reason::PersonElsewhere`],
    /// [`Reason::RoleReserved`], [`Reason::NotFound`], [`Reason::RequestIdReused`], [`Reason::StepUpRequired`].
    pub(crate) async fn reinstate_person(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: PersonId,
    ) -> Result<Person> {
        self.require_duty(caller, Duty::AdministerOrganization, Action::PersonReinstate).await?;
        let (app, by, subject) = (Arc::clone(self), Arc::clone(caller), caller.subject());
        let act = Act::of_region(subject, Action::PersonReinstate, id.0);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let account = account_to_hold(tx, id).await?;
                administration::may_reinstate(&subject, &account)?;
                if !identity::reinstate(tx, id).await? {
                    return Err(Error::new(Reason::NotFound));
                }
                // also one that began while the suspension was under way
                session::end_of_person(tx, id, app.now()).await?;
                append_concerning(tx, app.stamp_of(&by), &act, Some(id), account.organizations()).await?;
                Ok((id.0, found(tx, id).await?))
            })
        });
        let result = self.once(caller, key, work, |id| self.person(PersonId(id))).await;
        self.record_refusal_about(caller, Action::PersonReinstate, id.0, result).await
    }

    /// Ends an affiliation: its sessions, streams and access end before this returns.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::NotOwnOrganization`], [`Reason::RoleReserved`], [`Reason::NotFound`],
    /// [`Reason::LastAdministrator`], [`Reason::RequestIdReused`].
    pub(crate) async fn end_affiliation(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: AffiliationId,
    ) -> Result<Person> {
        self.require_duty(caller, Duty::AdministerOrganization, Action::AffiliationEnd).await?;
        let (app, by, now, subject) = (Arc::clone(self), Arc::clone(caller), self.now(), caller.subject());
        let act = Act::of_region(subject, Action::AffiliationEnd, id.0);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let (_, organization, role) =
                    affiliation(tx, id).await?.ok_or_else(|| Error::new(Reason::NotFound))?;
                administration::may_end(&subject, organization, role)?;
                let person = identity::end_affiliation(tx, id, now).await?;
                let person = person.ok_or_else(|| Error::new(Reason::NotFound))?;
                session::end_of_affiliation(tx, id, now).await?;
                still_administered(tx).await?;
                append_concerning(tx, app.stamp_of(&by), &act, Some(person), [organization]).await?;
                Ok((person.0, found(tx, person).await?))
            })
        });
        let result = self.once(caller, key, work, |person| self.person(PersonId(person))).await;
        let person = self.record_refusal_about(caller, Action::AffiliationEnd, id.0, result).await?;
        self.live.wake(Wakeup::PersonChanged(person.id));
        Ok(person)
    }
}

pub(super) async fn found(conn: &mut Conn, id: PersonId) -> Result<Person> {
    identity::person(conn, id).await?.ok_or_else(|| Error::new(Reason::NotFound))
}

/// Whether somebody is left who can administer the region; counted after the change, which no other one of
/// its kind can overtake.
pub(super) async fn still_administered(tx: &mut Tx) -> Result<()> {
    if identity::administrators(tx).await? == 0 {
        return Err(Error::new(Reason::LastAdministrator));
    }
    Ok(())
}
