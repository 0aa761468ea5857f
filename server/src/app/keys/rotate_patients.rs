//! New versions of patients' keys, for what is written from now on. What is there stays under the old ones, which
//! stay. It runs beside servers: a post that was sealed under the version before is sealed again.

use std::time::Instant;

use renkei_crypto::key::Key;
use renkei_domain::audit::{Action, Maintenance, Operator};
use renkei_domain::id::PatientId;
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::audit::Stamp;
use renkei_store::keyring::{self, WrappedKey};
use renkei_store::{StoreError, maintenance, root_key};
use uuid::Uuid;

use super::rotate_root::{Progress, give_way};
use super::{PatientKey, patient_context, store_patient_key};
use crate::app::App;

/// Patients in a transaction: who posts to one of them waits for it.
const BATCH: i64 = 50;

/// A patient, the version before, the next one, and the event of it.
type NewKey = (PatientId, u32, WrappedKey, Option<(Stamp, Maintenance)>);

/// What a rotation of patients' keys did.
#[derive(Debug)]
pub(crate) struct PatientRotation {
    /// Patients who got a new version.
    pub(crate) rotated: u64,
    /// When the rotation began that it went on with.
    pub(crate) resumed: Option<Timestamp>,
}

impl App {
    /// Gives every patient a new version of the key, or goes on with that where it was broken off: nobody gets two.
    ///
    /// # Errors
    /// As every change of the database.
    pub(crate) async fn rotate_patient_keys(
        &self,
        operator: &Operator,
        progress: &mut dyn Progress,
    ) -> Result<PatientRotation> {
        let (now, stamp) = (self.now(), self.stamp(None));
        // one event for all, which every patient's list shows
        let act = Maintenance::of_region(operator.clone(), Action::KeyRotate);
        let since = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    maintenance::append(tx, stamp, &act).await?;
                    keyring::begin_patients(tx, now).await
                })
            })
            .await
            .map_err(Error::from)?;
        let resumed = (since != now).then_some(since);
        let total = self
            .store
            .look(move |conn| Box::pin(async move { keyring::count_older(conn, since).await }))
            .await
            .map_err(Error::from)?;
        progress.begin("patients", u64::try_from(total).unwrap_or(0));
        let mut rotated = 0;
        loop {
            // once more from the start: a patient whom somebody else had in hand was passed over
            let found = self.rotate_older(since, progress).await?;
            rotated += found.1;
            if found.0 == 0 {
                break;
            }
        }
        self.store
            .write(|tx| {
                Box::pin(async move {
                    keyring::end_patients(tx).await?;
                    root_key::raise_generation(tx).await
                })
            })
            .await
            .map_err(Error::from)?;
        Ok(PatientRotation { rotated, resumed })
    }

    /// Gives one patient a new version of the key; its number.
    ///
    /// # Errors
    /// [`Reason::NotFound`] if there is no such patient, or the keys were destroyed.
    pub(crate) async fn rotate_patient_key(&self, operator: &Operator, patient: PatientId) -> Result<u32> {
        loop {
            let version = self
                .store
                .look(move |conn| Box::pin(async move { keyring::key_version(conn, patient).await }))
                .await
                .map_err(Error::from)?
                .ok_or_else(|| Error::new(Reason::NotFound))?;
            if self.give_new_keys(vec![(patient, version)], self.now(), Some(operator)).await? == 1 {
                self.announce().await?;
                return Ok(version + 1);
            }
        }
    }

    /// Goes once through those whose newest key is older; how many there were, and how many got a new one.
    async fn rotate_older(&self, since: Timestamp, progress: &mut dyn Progress) -> Result<(u64, u64)> {
        let (mut found, mut rotated) = (0, 0);
        let mut after = PatientId(Uuid::nil());
        loop {
            let patients = self
                .store
                .look(move |conn| {
                    Box::pin(async move { keyring::patients_older(conn, after, since, BATCH).await })
                })
                .await
                .map_err(Error::from)?;
            let Some((last, _)) = patients.last() else { return Ok((found, rotated)) };
            after = *last;
            found += patients.len() as u64;
            let begun = Instant::now();
            let done = self.give_new_keys(patients, self.now().max(since), None).await?;
            rotated += done;
            progress.advance(done);
            give_way(begun).await;
        }
    }

    /// Gives these patients the version behind the one named; how many had that still. Each is an event of the operator
    /// where one is named.
    async fn give_new_keys(
        &self,
        patients: Vec<(PatientId, u32)>,
        now: Timestamp,
        operator: Option<&Operator>,
    ) -> Result<u64> {
        loop {
            let mut keys: Vec<NewKey> = Vec::with_capacity(patients.len());
            for (patient, from) in &patients {
                let key = PatientKey::new(*patient, from + 1, Key::random(self.entropy.as_ref()));
                let wrapped = self.keys.wrap_patient_key(&key, self.entropy.as_ref()).await?;
                let context = patient_context(patient, wrapped.version, wrapped.root_version);
                let opened = self.keys.root.unwrap(&wrapped.wrapped, &context).await?;
                if opened.expose() != key.key.expose() {
                    return Err(Error::internal("a new key does not open as it was wrapped"));
                }
                let act = operator.map(|operator| {
                    let act = Maintenance::of_region(operator.clone(), Action::KeyCreate);
                    (self.stamp(None), act.of_key(from + 1).of_patient(*patient))
                });
                keys.push((*patient, *from, wrapped, act));
            }
            let Some(root) = keys.first().map(|(_, _, key, _)| key.root_version) else { return Ok(0) };
            let done = self
                .store
                .write(move |tx| {
                    Box::pin(async move {
                        let mut done = 0;
                        for (patient, from, key, act) in &keys {
                            if keyring::advance(tx, *patient, *from).await? {
                                store_patient_key(tx, *patient, key, now).await?;
                                if let Some((stamp, act)) = act {
                                    maintenance::append(tx, *stamp, act).await?;
                                }
                                done += 1;
                            }
                        }
                        Ok(done)
                    })
                })
                .await;
            match done {
                Err(StoreError::EpochChanged) => {
                    // the root key was rotated meanwhile
                    self.keys.look_again(&self.store).await?;
                    if !self.keys.is_outdated(root) {
                        return Err(StoreError::EpochChanged.into());
                    }
                }
                done => return done.map_err(Error::from),
            }
        }
    }
}
