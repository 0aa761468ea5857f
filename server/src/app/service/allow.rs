//! What a person allows: that a service account acts for the person.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::duty;
use renkei_domain::id::{AffiliationId, ServiceAccountId};
use renkei_domain::identity::Caller;
use renkei_domain::service::AllowedService;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{audit, service, service_permission};

use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

impl App {
    /// Allows a service account of the caller's organisation to act for the caller under the affiliation of the session.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`] of an administrator or a privacy officer, who have no record to look at;
    /// [`Reason::StepUpRequired`], [`Reason::NotFound`] also of another organisation's account,
    /// [`Reason::ServiceAccountEnded`], [`Reason::SessionRequired`], [`Reason::RequestIdReused`].
    pub(crate) async fn allow_service(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: ServiceAccountId,
    ) -> Result<AffiliationId> {
        let action = Action::ServiceAllow;
        if duty::is_reserved(caller.actor.role) {
            self.refuse_in_region(caller, action, id.0, Reason::RoleNotAllowed).await?;
            return Err(Error::new(Reason::RoleNotAllowed));
        }
        self.require_step_up(caller, action)?;
        let (app, by, now) = (Arc::clone(self), Arc::clone(caller), self.now());
        let act = Act::of_region(caller.subject(), action, id.0);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                service_permission::hold(tx, by.actor.person).await?;
                // a reset of the password that was under way has ended the session, and this must not outlive it
                app.check_live_session(tx, &by).await?;
                let account = service::account_to_hold(tx, id).await?;
                // another organisation's is as good as none
                let account = account.filter(|account| account.organization == by.actor.organization);
                let account = account.ok_or_else(|| Error::new(Reason::NotFound))?;
                if account.ended_at.is_some() {
                    return Err(Error::new(Reason::ServiceAccountEnded));
                }
                service_permission::allow(tx, by.affiliation, id, now).await?;
                audit::append(tx, app.stamp_of(&by), &act).await?;
                Ok((id.0, by.affiliation))
            })
        });
        let affiliation = caller.affiliation;
        let result = self.once(caller, key, work, |_| std::future::ready(Ok(affiliation))).await;
        self.record_refusal_about(caller, action, id.0, result).await
    }

    /// Withdraws that, under every affiliation of the caller. The sessions of the account for the caller, and their
    /// streams, are good for nothing when this returns; says how many. That nothing was allowed is no failure.
    ///
    /// # Errors
    /// [`Reason::RequestIdReused`].
    pub(crate) async fn disallow_service(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: ServiceAccountId,
    ) -> Result<usize> {
        let (app, by, now) = (Arc::clone(self), Arc::clone(caller), self.now());
        let act = Act::of_region(caller.subject(), Action::ServiceDisallow, id.0);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let ended = service_permission::withdraw(tx, by.actor.person, id, now).await?;
                audit::append(tx, app.stamp_of(&by), &act).await?;
                Ok((id.0, ended))
            })
        });
        let ended = self.once(caller, key, work, |_| std::future::ready(Ok(Vec::new()))).await?;
        self.say_ended(&ended);
        Ok(ended.len())
    }

    /// What the caller allows now.
    pub(crate) async fn list_allowed_services(&self, caller: &Caller) -> Result<Vec<AllowedService>> {
        let person = caller.actor.person;
        self.store
            .read(move |conn| Box::pin(async move { service_permission::of_person(conn, person).await }))
            .await
            .map_err(Error::from)
    }
}
