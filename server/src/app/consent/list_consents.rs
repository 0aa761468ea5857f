//! Listing a patient's consents.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::consent::Consent;
use renkei_domain::id::{ConsentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};

use crate::app::App;

impl App {
    /// All consents of a patient, withdrawn ones too, newest first.
    ///
    /// # Errors
    /// [`Reason::NotFound`].
    pub(crate) async fn list_consents(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
    ) -> Result<Vec<Consent>> {
        self.disclose(caller, patient, Action::ConsentRead, |_, conn, permit| {
            Box::pin(async move {
                let consents = renkei_store::consent::consents(conn, &permit).await?;
                Ok((consents, Act::permitted(&permit, Action::ConsentRead)))
            })
        })
        .await
    }

    pub(super) async fn consent(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        id: ConsentId,
    ) -> Result<Consent> {
        find(self.list_consents(caller, patient).await?, id)
    }
}

pub(super) fn find(consents: Vec<Consent>, id: ConsentId) -> Result<Consent> {
    consents.into_iter().find(|consent| consent.rule.id == id).ok_or_else(|| Error::new(Reason::NotFound))
}
