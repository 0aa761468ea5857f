//! Withdrawing a consent, or a part of it.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::consent::{Consent, Effect, Form, Part};
use renkei_domain::duty::Duty;
use renkei_domain::id::{ConsentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::NoticeKind;
use renkei_domain::{Category, Error, Permit, Reason, Result, Sensitivity, Write};
use renkei_store::consent::NewVersion;
use renkei_store::{Tx, Wakeup, audit, consent, patient};

use super::{amend_consent, names_nobody};
use crate::app::notice::notice_about;
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// Exceptions that one form can have.
const EXCEPTIONS: usize = 50;

impl App {
    /// Withdraws a consent, or the named part. When this returns nothing more is disclosed under it.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::CustodianOnly`], [`Reason::RoleNotAllowed`],
    /// [`Reason::ConsentWithdrawn`], [`Reason::ConsentIsCustodian`], [`Reason::RequestInvalid`],
    /// [`Reason::RequestIdReused`].
    pub(crate) async fn withdraw_consent(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: PatientId,
        which: ConsentId,
        part: Option<Part>,
    ) -> Result<Consent> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let permit = app.access_to_change(tx, &by, id).await?.manage(Duty::ManageConsent)?;
                let found = app.changeable(tx, &permit, which).await?;
                let left = part.map(|part| left_of(&found, &part)).transpose()?.flatten();
                let (action, kind) = match left {
                    Some(form) => {
                        app.keep(tx, &permit, Consent { form, ..found }).await?;
                        (Action::ConsentAmend, NoticeKind::ConsentWithdrawnInPart)
                    }
                    None => {
                        if !consent::withdraw(tx, &permit, which, app.now()).await? {
                            return Err(Error::new(Reason::ConsentWithdrawn));
                        }
                        (Action::ConsentWithdraw, NoticeKind::ConsentWithdrawn)
                    }
                };
                audit::append(tx, app.stamp_of(&by), &Act::permitted(&permit, action).about(which.0)).await?;
                app.tell(tx, &permit, notice_about(kind, which.0, String::new())).await?;
                Ok((which.0, app.newest(tx, &permit, which).await?))
            })
        });
        let result =
            self.once(caller, key, work, |consent| self.consent(caller, id, ConsentId(consent))).await;
        let withdrawn = self.record_refusal(caller, Action::ConsentWithdraw, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(withdrawn)
    }

    /// Stores what is left as the next version, on the same paper.
    async fn keep(&self, tx: &mut Tx, permit: &Permit<Write>, left: Consent) -> Result<()> {
        let version = left.version + 1;
        let signer_name = match &left.signer_name {
            Some(name) => {
                let key_version = patient::key_version(tx, permit).await?;
                let key = self.keys.patient_key(tx, permit.patient(), key_version).await?;
                Some(self.seal_signer_name(&key, left.id, version, name))
            }
            None => None,
        };
        let new = NewVersion { id: left.id, version, form: left.form, signer_name, paper: left.paper };
        if consent::supersede(tx, permit, &new, self.now()).await.map_err(names_nobody)? {
            Ok(())
        } else {
            Err(Error::new(Reason::ConsentChanged))
        }
    }
}

/// `None`: nothing is left.
fn left_of(found: &Consent, part: &Part) -> Result<Option<Form>> {
    if found.form.effect == Effect::Deny {
        return Err(Error::invalid_field("part", "a denial is withdrawn as a whole"));
    }
    if found.version >= amend_consent::MAXIMUM {
        return Err(Error::invalid_field("consent_id", "the consent has 200 versions"));
    }
    let nothing = || Error::invalid_field("part", "is nothing that the consent permits");
    let names_content = !part.categories.is_empty() || !part.sensitivities.is_empty();
    if names_content && !permits_any(&found.form, part) {
        return Err(nothing());
    }
    let left = found.form.clone().without(part);
    match left {
        Some(form) if form == found.form => Err(nothing()),
        Some(form) if form.exceptions.len() > EXCEPTIONS => {
            Err(Error::invalid_field("part", "the consent has 50 exceptions"))
        }
        left => Ok(left),
    }
}

/// Whether the form permits one of the categories or sensitivities; empty lists mean what they mean in a form.
fn permits_any(form: &Form, part: &Part) -> bool {
    let category = |it: &Category| form.categories.is_empty() || form.categories.contains(it);
    let sensitivity = |it: &Sensitivity| match form.sensitivities.is_empty() {
        true => *it == Sensitivity::Normal,
        false => form.sensitivities.contains(it),
    };
    part.categories.iter().any(category) || part.sensitivities.iter().any(sensitivity)
}
