//! Consent: record, amend, withdraw, list.

mod amend_consent;
mod list_consents;
mod record_consent;
mod withdraw_consent;

use renkei_domain::access::Write;
use renkei_domain::consent::{Consent, Form};
use renkei_domain::id::{AttachmentId, ConsentId};
use renkei_domain::{Error, Permit, Reason, Result};
use renkei_store::consent::{self, NewVersion};
use renkei_store::{Conn, StoreError, attachment, patient};

pub(crate) use self::amend_consent::AmendConsent;
use super::App;

/// A form with the name of a representative.
pub(crate) struct SignedForm {
    pub(crate) form: Form,
    pub(crate) signer_name: Option<String>,
}

impl App {
    /// A version as it is stored, with its paper claimed for it.
    async fn new_version(
        &self,
        tx: &mut renkei_store::Tx,
        permit: &Permit<Write>,
        (id, version): (ConsentId, i32),
        signed: SignedForm,
        paper: AttachmentId,
    ) -> Result<NewVersion> {
        let SignedForm { form, signer_name } = signed;
        let now = self.now();
        if form.period.end.is_some_and(|end| end <= form.period.start || end <= now) {
            let problem = "must be later than period.start and in the future";
            return Err(Error::invalid_field("form.period.end", problem));
        }
        if !attachment::claim_for_consent(tx, permit, paper, id).await? {
            return Err(Error::new(Reason::AttachmentNotUsable));
        }
        let signer_name = match signer_name {
            Some(name) => {
                let key_version = patient::key_version(tx, permit).await?;
                let key = self.keys.patient_key(tx, permit.patient(), key_version).await?;
                Some(self.seal_signer_name(&key, id, version, &name))
            }
            None => None,
        };
        Ok(NewVersion { id, version, form, signer_name, paper: Some(paper) })
    }

    /// The newest version of a consent.
    async fn newest(&self, conn: &mut Conn, permit: &Permit<Write>, id: ConsentId) -> Result<Consent> {
        let newest = consent::versions(conn, permit, id).await?.into_iter().next();
        self.open_consent(conn, newest.ok_or_else(|| Error::new(Reason::NotFound))?).await
    }

    /// The newest version of a consent that can be changed: neither withdrawn, nor the custodian's own.
    async fn changeable(&self, conn: &mut Conn, permit: &Permit<Write>, id: ConsentId) -> Result<Consent> {
        let found = self.newest(conn, permit, id).await?;
        if found.is_custodian() {
            return Err(Error::new(Reason::ConsentIsCustodian));
        }
        if found.withdrawn.is_some() {
            return Err(Error::new(Reason::ConsentWithdrawn));
        }
        Ok(found)
    }
}

fn names_nobody(error: StoreError) -> Error {
    match error {
        StoreError::ForeignKey => {
            Error::invalid_field("form", "names an organisation or a person that does not exist")
        }
        error => error.into(),
    }
}
