//! The keyring: the root key wraps the server's own keys and every patient's key.
//!
//! Keys change under a running server: `renkei-server keys …` does it beside, and [`follow`] notices.

mod file;
mod follow;
mod held;
mod opening;
mod retire;
mod root;
mod rotate_patients;
mod rotate_root;
mod shred;
mod status;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use renkei_crypto::Entropy;
use renkei_crypto::key::{self, Key, WrapContext};
use renkei_crypto::password::Pepper;
use renkei_domain::id::PatientId;
use renkei_domain::{Clock, Error, Permit, Reason, Result, Timestamp};
use renkei_store::keyring::{self, WrappedKey};
use renkei_store::{Conn, Store, StoreError, Tx, root_key};

pub(crate) use self::held::{HeldRootKeys, RootPlace};
use self::root::RootResult;
pub(crate) use self::root::{RootKeyError, RootKeys};
pub(crate) use self::rotate_root::Progress;
pub(crate) use self::shred::Approval;
pub(crate) use self::status::{RootVersion, Status};

/// How many opened patient keys are kept; all are dropped when there are more.
const CACHE: usize = 4096;

/// A version of a patient's key, opened.
#[derive(Clone)]
pub(super) struct PatientKey {
    pub(super) patient: PatientId,
    pub(super) version: u32,
    /// Wraps the keys of attachments.
    pub(super) key: Key,
    /// Seals entries and what identifies the patient.
    pub(super) note: Key,
}

impl PatientKey {
    fn new(patient: PatientId, version: u32, key: Key) -> Self {
        let note = key::derive(&key, "note");
        Self { patient, version, key, note }
    }
}

/// The server's keys, opened.
pub(super) struct Keys {
    root: Arc<dyn RootKeys>,
    /// Keyed hashes for exact search.
    pub(super) index: Key,
    /// Page tokens.
    pub(super) page_token: Key,
    /// Enrolment codes.
    pub(super) enrollment: Key,
    /// Fingerprints of requests.
    pub(super) request: Key,
    /// Checkpoints of the audit log.
    pub(super) audit_signing: Key,
    /// Seeds of authenticator apps.
    pub(super) totp_seed: Key,
    /// Recovery codes; derived from the one before.
    pub(super) recovery: Key,
    /// Passwords.
    pub(super) pepper: Pepper,
    known: Mutex<Known>,
    cache: Mutex<HashMap<(PatientId, u32), PatientKey>>,
    /// The versions that patients' content was last sealed under.
    newest: Mutex<HashMap<PatientId, u32>>,
}

/// What the database said of keys when it was last asked.
#[derive(Clone, Copy)]
struct Known {
    /// Version of the root key that wraps new keys.
    current: u32,
    /// What was read in an older generation may be a key that was destroyed.
    generation: i64,
}

impl Keys {
    /// Opens the server's own keys; makes those that do not exist yet.
    ///
    /// # Errors
    /// If the root key is not this database's: which version, and where it was looked for.
    pub(super) async fn open(
        store: &Store,
        root: Arc<dyn RootKeys>,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<Self> {
        let known = opening::settle_root(store, root.as_ref(), clock, entropy).await?;
        let [index, page_token, enrollment, request, pepper, audit_signing, totp_seed] =
            opening::server_keys(store, root.as_ref(), known.current, clock, entropy).await?;
        Ok(Self {
            index,
            page_token,
            enrollment,
            request,
            audit_signing,
            recovery: key::derive(&totp_seed, "recovery-code"),
            totp_seed,
            pepper: Pepper(pepper),
            root,
            known: Mutex::new(known),
            cache: Mutex::default(),
            newest: Mutex::default(),
        })
    }

    /// Makes the first version of a patient's key. It is stored by [`store_patient_key`].
    pub(super) fn new_patient_key(&self, patient: PatientId, entropy: &dyn Entropy) -> PatientKey {
        PatientKey::new(patient, 1, Key::random(entropy))
    }

    /// Wraps a patient's key under the current version of the root key.
    pub(super) async fn wrap_patient_key(
        &self,
        key: &PatientKey,
        entropy: &dyn Entropy,
    ) -> Result<WrappedKey> {
        let (version, root_version) = (key.version, self.known().current);
        let context = patient_context(&key.patient, version, root_version);
        let wrapped = self.root.wrap(&key.key, &context, entropy).await?;
        Ok(WrappedKey { version, root_version, wrapped })
    }

    /// Looks again at the root key and at what the database says of it, and forgets the patients' keys if any key
    /// changed since; says whether one did.
    pub(super) async fn look_again(&self, store: &Store) -> Result<bool> {
        let (rows, generation) = store
            .read(|conn| {
                Box::pin(async move { Ok((root_key::all(conn).await?, root_key::generation(conn).await?)) })
            })
            .await
            .map_err(|error: StoreError| Error::from(error))?;
        let changed = {
            let mut known = self.lock_known();
            std::mem::replace(&mut known.generation, generation) != generation
        };
        if changed {
            self.cache().clear();
            self.newest_versions().clear();
        }
        self.root.reload().await?;
        let (current, missing) = opening::current(self.root.as_ref(), &rows).await?;
        if let Some(current) = current {
            self.lock_known().current = current;
        }
        match missing {
            Some(missing) => Err(missing.into()),
            None => Ok(changed),
        }
    }

    /// Whether new keys are wrapped by another version of the root key than this.
    pub(super) fn is_outdated(&self, root_version: u32) -> bool {
        self.known().current != root_version
    }

    /// The generation of keys that is known here.
    pub(super) fn generation(&self) -> i64 {
        self.known().generation
    }

    /// Unwraps a key. A version of the root key that is not held is looked for once more: it may be new.
    async fn unwrap(&self, wrapped: &[u8], context: &WrapContext<'_>) -> RootResult<Key> {
        match self.root.unwrap(wrapped, context).await {
            Err(RootKeyError::Missing { .. }) => {
                self.root.reload().await?;
                self.root.unwrap(wrapped, context).await
            }
            opened => opened,
        }
    }

    /// Opens a version of a patient's key.
    pub(super) async fn patient_key(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        version: u32,
    ) -> Result<PatientKey> {
        if let Some(key) = self.cache().get(&(patient, version)) {
            return Ok(key.clone());
        }
        let damaged = || Error::new(Reason::StoredDataDamaged);
        let found = keyring::patient_key(conn, patient, version).await?;
        let (wrapped, generation) = found.ok_or_else(damaged)?;
        let context = patient_context(&patient, version, wrapped.root_version);
        let key = PatientKey::new(patient, version, self.unwrap(&wrapped.wrapped, &context).await?);
        let mut cache = self.cache();
        if cache.len() >= CACHE {
            cache.clear();
        }
        // asked under the cache's lock, which whoever forgets keys takes after the generation: a key that was read
        // before it was destroyed is not kept
        if generation >= self.generation() {
            cache.insert((patient, version), key.clone());
        }
        drop(cache);
        Ok(key)
    }

    /// The key that the patient's content is sealed under now, or was lately: a post is compared with what is
    /// stored, and [`Self::renew`] makes the next one be looked up.
    pub(super) async fn newest<A>(&self, conn: &mut Conn, permit: &Permit<A>) -> Result<PatientKey> {
        let patient = permit.patient();
        let known = self.newest_versions().get(&patient).copied();
        if let Some(version) = known {
            return self.patient_key(conn, patient, version).await;
        }
        let version = renkei_store::patient::key_version(conn, permit).await?;
        {
            let mut newest = self.newest_versions();
            if newest.len() >= CACHE {
                newest.clear();
            }
            newest.insert(patient, version);
        }
        self.patient_key(conn, patient, version).await
    }

    /// Forgets which version of the patient's key is the newest.
    pub(super) fn renew(&self, patient: PatientId) {
        self.newest_versions().remove(&patient);
    }

    fn known(&self) -> Known {
        *self.lock_known()
    }

    fn lock_known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn newest_versions(&self) -> MutexGuard<'_, HashMap<PatientId, u32>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cache(&self) -> MutexGuard<'_, HashMap<(PatientId, u32), PatientKey>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores a patient's key. The patient's row comes first.
///
/// # Errors
/// [`StoreError::EpochChanged`] if the version of the root key that wraps it was retired meanwhile: then
/// [`Keys::look_again`] and wrap anew.
pub(super) async fn store_patient_key(
    tx: &mut Tx,
    patient: PatientId,
    key: &WrappedKey,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !root_key::hold(tx, key.root_version).await? {
        return Err(StoreError::EpochChanged);
    }
    keyring::insert_patient_key(tx, patient, key, now).await
}

fn server_context(purpose: &str, version: u32, root_version: u32) -> WrapContext<'_> {
    WrapContext {
        purpose: "server-key",
        parent_id: b"root",
        parent_version: root_version,
        patient: b"",
        child_id: purpose.as_bytes(),
        child_version: version,
    }
}

fn patient_context(patient: &PatientId, version: u32, root_version: u32) -> WrapContext<'_> {
    WrapContext {
        purpose: "patient-key",
        parent_id: b"root",
        parent_version: root_version,
        patient: patient.as_bytes(),
        child_id: patient.as_bytes(),
        child_version: version,
    }
}

/// What the key of an attachment is wrapped with.
pub(super) fn blob_context<'a>(
    patient: &'a PatientId,
    patient_key_version: u32,
    attachment: &'a renkei_domain::id::AttachmentId,
) -> WrapContext<'a> {
    WrapContext {
        purpose: "blob-key",
        parent_id: patient.as_bytes(),
        parent_version: patient_key_version,
        patient: patient.as_bytes(),
        child_id: attachment.as_bytes(),
        child_version: 1,
    }
}

#[cfg(test)]
mod tests;
