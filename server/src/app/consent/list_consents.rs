//! Listing a patient's consents.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::consent::Consent;
use renkei_domain::duty::Duty;
use renkei_domain::id::{ConsentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use renkei_store::consent;

use crate::app::App;

impl App {
    /// All consents of a patient as they stand, withdrawn ones too, newest first.
    ///
    /// # Errors
    /// [`Reason::NotFound`].
    pub(crate) async fn list_consents(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
    ) -> Result<Vec<Consent>> {
        self.read_consents(caller, patient, None).await
    }

    /// All versions of one consent, newest first.
    ///
    /// # Errors
    /// [`Reason::NotFound`].
    pub(crate) async fn list_consent_versions(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        id: ConsentId,
    ) -> Result<Vec<Consent>> {
        self.read_consents(caller, patient, Some(id)).await
    }

    async fn read_consents(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        versions_of: Option<ConsentId>,
    ) -> Result<Vec<Consent>> {
        let ask = |access: &renkei_domain::Access| access.read_papers(Duty::ManageConsent);
        self.disclose_under(ask, caller, patient, Action::ConsentRead, move |app, conn, permit| {
            Box::pin(async move {
                let stored = match versions_of {
                    Some(id) => consent::versions(conn, &permit, id).await?,
                    None => consent::consents(conn, &permit).await?,
                };
                if stored.is_empty() && versions_of.is_some() {
                    return Err(Error::new(Reason::NotFound));
                }
                let mut consents = Vec::with_capacity(stored.len());
                for consent in stored {
                    consents.push(app.open_consent(conn, consent).await?);
                }
                let act = Act::permitted(&permit, Action::ConsentRead);
                Ok((consents, versions_of.map_or(act.clone(), |id| act.about(id.0))))
            })
        })
        .await
    }

    /// The newest version of one consent.
    pub(super) async fn consent(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        id: ConsentId,
    ) -> Result<Consent> {
        let versions = self.list_consent_versions(caller, patient, id).await?;
        versions.into_iter().next().ok_or_else(|| Error::new(Reason::NotFound))
    }
}
