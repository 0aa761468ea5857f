//! Recording a consent that was signed on paper.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::consent::Consent;
use renkei_domain::duty::Duty;
use renkei_domain::id::{AttachmentId, ConsentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::NoticeKind;
use renkei_domain::{Error, Result};
use renkei_store::{Wakeup, audit, consent};

use super::{SignedForm, names_nobody};
use crate::app::notice::notice_about;
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// More consents than this for one patient are a mistake.
const MAXIMUM: i64 = 500;

impl App {
    /// Records a consent. When this returns it acts, also on open streams, and the care team is told.
    ///
    /// # Errors
    /// [`renkei_domain::Reason`]`::{NotFound, CustodianOnly, RoleNotAllowed, RequestInvalid,
    /// AttachmentNotUsable, RequestIdReused}`.
    pub(crate) async fn record_consent(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: PatientId,
        signed: SignedForm,
        paper: AttachmentId,
    ) -> Result<Consent> {
        let (app, by, now) = (Arc::clone(self), Arc::clone(caller), self.now());
        let new = ConsentId(self.new_uuid());
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let permit = app.access_to_change(tx, &by, id).await?.manage(Duty::ManageConsent)?;
                if consent::count(tx, &permit).await? >= MAXIMUM {
                    return Err(Error::invalid_field("patient_id", "the patient has 500 consents"));
                }
                let version = app.new_version(tx, &permit, (new, 1), signed, paper).await?;
                consent::record(tx, &permit, &version, now).await.map_err(names_nobody)?;
                let act = Act::permitted(&permit, Action::ConsentRecord).about(new.0);
                audit::append(tx, app.stamp_of(&by), &act).await?;
                let notice = notice_about(NoticeKind::ConsentRecorded, new.0, String::new());
                app.tell(tx, &permit, notice).await?;
                Ok((new.0, app.newest(tx, &permit, new).await?))
            })
        });
        let result =
            self.once(caller, key, work, |consent| self.consent(caller, id, ConsentId(consent))).await;
        let recorded = self.record_refusal(caller, Action::ConsentRecord, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(recorded)
    }
}
