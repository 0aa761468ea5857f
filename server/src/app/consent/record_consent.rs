//! Recording a consent that the patient gave on paper.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::category::CategorySet;
use renkei_domain::consent::{Consent, Period, Rule, Scope};
use renkei_domain::duty::Duty;
use renkei_domain::id::{AttachmentId, ConsentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::{StoreError, Wakeup, attachment, audit, consent, patient};

use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// More consents than this for one patient are a mistake.
const MAXIMUM: i64 = 500;

/// What the patient consented to.
pub(crate) struct RecordConsent {
    pub(crate) patient: PatientId,
    pub(crate) scope: Scope,
    pub(crate) categories: CategorySet,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) paper: AttachmentId,
}

impl App {
    /// Records a consent; it acts at once, also on open streams.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::CustodianOnly`], [`Reason::RoleNotAllowed`],
    /// [`Reason::AttachmentNotUsable`], [`Reason::RequestInvalid`], [`Reason::RequestIdReused`].
    pub(crate) async fn record_consent(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        command: RecordConsent,
    ) -> Result<Consent> {
        let (id, now, stamp) = (command.patient, self.now(), self.stamp_of(caller));
        let period = Period { start: command.start.unwrap_or(now), end: command.end };
        let rule = Rule {
            id: ConsentId(self.new_uuid()),
            scope: command.scope,
            categories: command.categories,
            period,
        };
        let (app, by, paper) = (Arc::clone(self), Arc::clone(caller), command.paper);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let not_found = || Error::new(Reason::NotFound);
                patient::raise_epoch(tx, id).await?.then_some(()).ok_or_else(not_found)?;
                let permit = app.access(tx, &by, id).await?.manage(Duty::ManageConsent)?;
                if rule.period.end.is_some_and(|end| end <= rule.period.start || end <= now) {
                    let problem = "must be later than period.start and in the future";
                    return Err(Error::invalid_field("period.end", problem));
                }
                if consent::count(tx, &permit).await? >= MAXIMUM {
                    return Err(Error::invalid_field("patient_id", "the patient has 500 consents"));
                }
                if !attachment::claim_for_consent(tx, &permit, paper, rule.id).await? {
                    return Err(Error::new(Reason::AttachmentNotUsable));
                }
                consent::record(tx, &permit, &rule, paper, now).await.map_err(|error| match error {
                    StoreError::ForeignKey => {
                        Error::invalid_field("scope", "names an organisation or a person that does not exist")
                    }
                    error => error.into(),
                })?;
                let act = Act::permitted(&permit, Action::ConsentRecord).about(rule.id.0);
                audit::append(tx, stamp, &act).await?;
                let recorded = super::find(consent::consents(tx, &permit).await?, rule.id)?;
                Ok((rule.id.0, recorded))
            })
        });
        let result =
            self.once(caller, key, work, |consent| self.consent(caller, id, ConsentId(consent))).await;
        let recorded = self.record_refusal(caller, Action::ConsentRecord, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(recorded)
    }
}
