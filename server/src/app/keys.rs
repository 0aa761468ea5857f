//! The keyring: the root key wraps the server's own keys and every patient's key.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use renkei_crypto::Entropy;
use renkei_crypto::key::{self, Key, WrapContext};
use renkei_crypto::password::Pepper;
use renkei_domain::id::PatientId;
use renkei_domain::{Clock, Error, Permit, Reason, Result};
use renkei_store::keyring::{self, WrappedKey};
use renkei_store::{Conn, Store, StoreError, Tx};

/// There is one root key until rotation comes.
const ROOT_VERSION: u32 = 1;
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
    root: Key,
    /// Keyed hashes for exact search.
    pub(super) index: Key,
    /// Page tokens.
    pub(super) page_token: Key,
    /// Enrolment codes.
    pub(super) enrollment: Key,
    /// Fingerprints of requests.
    pub(super) request: Key,
    /// Passwords.
    pub(super) pepper: Pepper,
    cache: Mutex<HashMap<(PatientId, u32), PatientKey>>,
    /// The versions that patients' content was last sealed under.
    newest: Mutex<HashMap<PatientId, u32>>,
}

impl Keys {
    /// Opens the server's own keys; makes those that do not exist yet.
    pub(super) async fn open(
        store: &Store,
        root: Key,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<Self> {
        const PURPOSES: [&str; 5] = ["index", "page-token", "enrollment", "request", "password-pepper"];
        let now = clock.now();
        let fresh: Vec<(&'static str, WrappedKey)> = PURPOSES
            .map(|purpose| {
                let wrapped = key::wrap(&root, &Key::random(entropy), &server_context(purpose, 1), entropy);
                (purpose, WrappedKey { version: 1, root_version: ROOT_VERSION, wrapped })
            })
            .into();
        // another node may do the same at the same time: the first wins, so all are read back
        let stored = store
            .write(move |tx| {
                Box::pin(async move {
                    for (purpose, wrapped) in &fresh {
                        keyring::insert_server_key(tx, purpose, wrapped, now).await?;
                    }
                    keyring::server_keys(tx).await
                })
            })
            .await
            .map_err(Error::from)?;
        let open = |purpose: &str| -> Result<Key> {
            let (_, wrapped) = stored
                .iter()
                .find(|(stored, _)| stored == purpose)
                .ok_or_else(|| Error::internal(format!("the key {purpose} is missing")))?;
            key::unwrap(&root, &wrapped.wrapped, &server_context(purpose, wrapped.version)).map_err(|_| {
                Error::internal(format!(
                    "the root key does not open the key {purpose}: it is not this database's"
                ))
            })
        };
        Ok(Self {
            index: open("index")?,
            page_token: open("page-token")?,
            enrollment: open("enrollment")?,
            request: open("request")?,
            pepper: Pepper(open("password-pepper")?),
            root,
            cache: Mutex::default(),
            newest: Mutex::default(),
        })
    }

    /// Makes the first version of a patient's key. It is stored by [`Self::store_patient_key`].
    pub(super) fn new_patient_key(&self, patient: PatientId, entropy: &dyn Entropy) -> PatientKey {
        PatientKey::new(patient, 1, Key::random(entropy))
    }

    /// Stores a patient's key, wrapped.
    pub(super) async fn store_patient_key(
        &self,
        tx: &mut Tx,
        key: &PatientKey,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<(), StoreError> {
        let context = patient_context(&key.patient, key.version, ROOT_VERSION);
        let wrapped = key::wrap(&self.root, &key.key, &context, entropy);
        let wrapped = WrappedKey { version: key.version, root_version: ROOT_VERSION, wrapped };
        keyring::insert_patient_key(tx, key.patient, &wrapped, clock.now()).await
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
        let wrapped = keyring::patient_key(conn, patient, version).await?.ok_or_else(damaged)?;
        let context = patient_context(&patient, version, wrapped.root_version);
        let key = key::unwrap(&self.root, &wrapped.wrapped, &context).map_err(|_| damaged())?;
        let key = PatientKey::new(patient, version, key);
        let mut cache = self.cache();
        if cache.len() >= CACHE {
            cache.clear();
        }
        cache.insert((patient, version), key.clone());
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

    fn newest_versions(&self) -> MutexGuard<'_, HashMap<PatientId, u32>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cache(&self) -> MutexGuard<'_, HashMap<(PatientId, u32), PatientKey>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn server_context(purpose: &str, version: u32) -> WrapContext<'_> {
    WrapContext {
        purpose: "server-key",
        parent_id: b"root",
        parent_version: ROOT_VERSION,
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
