//! Withdrawing a consent.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::consent::Consent;
use renkei_domain::duty::Duty;
use renkei_domain::id::{ConsentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{Wakeup, audit, consent, patient};

use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

impl App {
    /// Withdraws a consent. When this returns nothing more is disclosed under it.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::CustodianOnly`], [`Reason::RoleNotAllowed`],
    /// [`Reason::ConsentWithdrawn`], [`Reason::ConsentIsCustodian`], [`Reason::RequestIdReused`].
    pub(crate) async fn withdraw_consent(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: PatientId,
        consent: ConsentId,
    ) -> Result<Consent> {
        let (app, by, stamp, now) = (Arc::clone(self), Arc::clone(caller), self.stamp_of(caller), self.now());
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let not_found = || Error::new(Reason::NotFound);
                patient::raise_epoch(tx, id).await?.then_some(()).ok_or_else(not_found)?;
                let permit = app.access(tx, &by, id).await?.manage(Duty::ManageConsent)?;
                let found = super::find(consent::consents(tx, &permit).await?, consent)?;
                if found.paper.is_none() {
                    return Err(Error::new(Reason::ConsentIsCustodian));
                }
                if !consent::withdraw(tx, &permit, consent, now).await? {
                    return Err(Error::new(Reason::ConsentWithdrawn));
                }
                let act = Act::permitted(&permit, Action::ConsentWithdraw).about(consent.0);
                audit::append(tx, stamp, &act).await?;
                let withdrawn = super::find(consent::consents(tx, &permit).await?, consent)?;
                Ok((consent.0, withdrawn))
            })
        });
        let result =
            self.once(caller, key, work, |consent| self.consent(caller, id, ConsentId(consent))).await;
        let withdrawn = self.record_refusal(caller, Action::ConsentWithdraw, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(withdrawn)
    }
}
