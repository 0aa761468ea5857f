//! Registering a patient.

use std::sync::Arc;

use renkei_crypto::index;
use renkei_domain::audit::{Act, Action};
use renkei_domain::consent::Form;
use renkei_domain::duty::Duty;
use renkei_domain::id::{ConsentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::patient::{Demographics, Participant, Patient};
use renkei_domain::{Error, Reason, Result, fold};
use renkei_store::patient::NewPatient;
use renkei_store::{Wakeup, audit, care_team, consent, patient};

use crate::app::disclose::TRIES;
use crate::app::keys::store_patient_key;
use crate::app::once::{conflict, in_tx};
use crate::app::{App, RequestKey};

impl App {
    /// Registers a patient. The caller's organisation becomes the custodian organisation: the first member
    /// of the care team, with a consent of its own.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::RequestIdReused`], [`Reason::LocalIdentifierTaken`].
    pub(crate) async fn register_patient(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        demographics: Demographics,
    ) -> Result<Patient> {
        self.require_duty(caller, Duty::RegisterPatient, Action::PatientRegister).await?;
        let subject = caller.subject();
        let (id, now, stamp) = (PatientId(self.new_uuid()), self.now(), self.stamp_of(caller));
        let patient_key = self.keys.new_patient_key(id, self.entropy.as_ref());
        let identifier = &demographics.local_identifier;
        let new = NewPatient {
            id,
            custodian: subject.organization,
            demographics: self.seal_demographics(&patient_key, &demographics)?,
            name_kana_index: self.name_kana_index(&demographics.name_kana),
            local_identifier_index: (!identifier.is_empty()).then(|| self.local_identifier_index(identifier)),
        };
        let (consent, form) = (ConsentId(self.new_uuid()), Form::custodian(subject.organization, now));
        let no_message =
            self.seal_invitation(&patient_key, Participant::Organization(subject.organization), "");
        let act = Act {
            patient: Some(id),
            epoch: Some(1),
            object: None,
            consents: vec![consent],
            ..Act::of_region(subject, Action::PatientRegister, id.0)
        };
        let registered = Patient {
            id,
            demographics: Some(demographics),
            custodian: subject.organization,
            registered_at: now,
            offered_custodian: None,
        };
        let row = Arc::new((new, no_message, form, act));
        let mut last = None;
        for _ in 0..TRIES {
            let wrapped = self.keys.wrap_patient_key(&patient_key, self.entropy.as_ref()).await?;
            let (row, registered, root) = (Arc::clone(&row), registered.clone(), wrapped.root_version);
            let work = in_tx(move |tx| {
                Box::pin(async move {
                    let (new, no_message, form, act) = &*row;
                    patient::insert(tx, new, now).await.map_err(conflict(Reason::LocalIdentifierTaken))?;
                    store_patient_key(tx, id, &wrapped, now).await?;
                    care_team::insert_custodian(tx, id, &subject, no_message, now).await?;
                    consent::insert_custodian(tx, id, consent, form, &subject, now).await?;
                    audit::append(tx, stamp, act).await?;
                    Ok((id.0, registered))
                })
            });
            let done = self.once(caller, key, work, |id| self.get_patient(caller, PatientId(id))).await;
            match done {
                // the root key may have been retired since the patient's key was wrapped
                Err(error) if error.reason() == Reason::StorageUnavailable => {
                    self.keys.look_again(&self.store).await?;
                    if !self.keys.is_outdated(root) {
                        return Err(error);
                    }
                    last = Some(error);
                }
                done => {
                    let patient = done?;
                    self.live.wake(Wakeup::AccessChanged(patient.id));
                    return Ok(patient);
                }
            }
        }
        Err(last.unwrap_or_else(|| Error::new(Reason::Busy)))
    }

    pub(super) fn name_kana_index(&self, name_kana: &str) -> [u8; 32] {
        index::blind(&self.keys.index, "name-kana", &fold::fold_kana(name_kana))
    }

    pub(crate) fn local_identifier_index(&self, identifier: &str) -> [u8; 32] {
        index::blind(&self.keys.index, "local-identifier", &fold::fold_identifier(identifier))
    }
}
