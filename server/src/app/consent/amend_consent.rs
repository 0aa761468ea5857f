//! Replacing a consent by a newer form.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::consent::Consent;
use renkei_domain::duty::Duty;
use renkei_domain::id::{AttachmentId, ConsentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::NoticeKind;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{Wakeup, audit, consent};

use super::{SignedForm, names_nobody};
use crate::app::notice::notice_about;
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// More versions than this of one consent are a mistake.
pub(super) const MAXIMUM: i32 = 200;

/// The newer form, and which version it replaces.
pub(crate) struct AmendConsent {
    pub(crate) patient: PatientId,
    pub(crate) consent: ConsentId,
    pub(crate) version: i32,
    pub(crate) signed: SignedForm,
    pub(crate) paper: AttachmentId,
}

impl App {
    /// Replaces a consent. When this returns the newer form acts, and nothing more is shown under the one
    /// before.
    ///
    /// # Errors
    /// As [`App::record_consent`], and [`Reason::ConsentChanged`], [`Reason::ConsentWithdrawn`],
    /// [`Reason::ConsentIsCustodian`].
    pub(crate) async fn amend_consent(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        command: AmendConsent,
    ) -> Result<Consent> {
        let (app, by, now) = (Arc::clone(self), Arc::clone(caller), self.now());
        let AmendConsent { patient: id, consent: which, version, signed, paper } = command;
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let permit = app.access_to_change(tx, &by, id).await?.manage(Duty::ManageConsent)?;
                let before = app.changeable(tx, &permit, which).await?;
                if before.version != version {
                    return Err(Error::new(Reason::ConsentChanged));
                }
                if version >= MAXIMUM {
                    return Err(Error::invalid_field("consent_id", "the consent has 200 versions"));
                }
                let new = app.new_version(tx, &permit, (which, version + 1), signed, paper).await?;
                if !consent::supersede(tx, &permit, &new, now).await.map_err(names_nobody)? {
                    return Err(Error::new(Reason::ConsentChanged));
                }
                let act = Act::permitted(&permit, Action::ConsentAmend).about(which.0);
                audit::append(tx, app.stamp_of(&by), &act).await?;
                let notice = notice_about(NoticeKind::ConsentAmended, which.0, String::new());
                app.tell(tx, &permit, notice).await?;
                Ok((which.0, app.newest(tx, &permit, which).await?))
            })
        });
        let result =
            self.once(caller, key, work, |consent| self.consent(caller, id, ConsentId(consent))).await;
        let amended = self.record_refusal(caller, Action::ConsentAmend, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(amended)
    }
}
