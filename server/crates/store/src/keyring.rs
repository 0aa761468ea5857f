//! Wrapped keys: of patients and of the server itself. No key is ever here in clear.

use renkei_domain::Timestamp;
use renkei_domain::id::PatientId;

use crate::root_key::number;
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

pub use crate::rotation::{
    PatientKeys, Wraps, advance, begin_patients, behind, count_older, end_patients, key_version,
    patient_keys, patient_keys_under, patients_older, patients_since, rewrap_patient_key, rewrap_server_key,
    wraps,
};
pub use crate::shred::{Candidate, candidate, lock_candidate, shred};

statements! {
    PATIENT_KEY = "SELECT version, root_version, wrapped, \
        (SELECT generation FROM key_state WHERE key_state_id = 1) \
        FROM keyring WHERE patient_id = $1 AND version = $2";
    INSERT_PATIENT_KEY = "INSERT INTO keyring (patient_id, version, root_version, wrapped, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    SERVER_KEYS = "SELECT purpose, version, root_version, wrapped FROM server_key ORDER BY purpose, version";
    INSERT_SERVER_KEY = "INSERT INTO server_key (purpose, version, root_version, wrapped, created_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
}

/// A key wrapped by the root key.
#[derive(Clone)]
pub struct WrappedKey {
    /// Its version.
    pub version: u32,
    /// Version of the root key that wraps it.
    pub root_version: u32,
    /// The wrapped bytes.
    pub wrapped: Vec<u8>,
}

pub(crate) fn wrapped_key(
    version: i64,
    root_version: i64,
    wrapped: Vec<u8>,
) -> Result<WrappedKey, StoreError> {
    Ok(WrappedKey { version: number(version)?, root_version: number(root_version)?, wrapped })
}

/// One version of a patient's key, and the generation of keys that it was found in: see
/// [`crate::root_key::generation`].
///
/// # Errors
/// As every query.
pub async fn patient_key(
    conn: &mut Conn,
    patient: PatientId,
    version: u32,
) -> Result<Option<(WrappedKey, i64)>, StoreError> {
    run!(conn, optional (i64, i64, Vec<u8>, i64): PATIENT_KEY, patient.0, i64::from(version))?
        .map(|(version, root, wrapped, generation)| Ok((wrapped_key(version, root, wrapped)?, generation)))
        .transpose()
}

/// Stores a version of a patient's key. The patient's row comes first.
///
/// # Errors
/// [`StoreError::Unique`], [`StoreError::ForeignKey`].
pub async fn insert_patient_key(
    tx: &mut Tx,
    patient: PatientId,
    key: &WrappedKey,
    now: Timestamp,
) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT_PATIENT_KEY,
        patient.0,
        i64::from(key.version),
        i64::from(key.root_version),
        &key.wrapped,
        now.0
    )?;
    Ok(())
}

/// All keys of the server itself, with their purpose.
///
/// # Errors
/// As every query.
pub async fn server_keys(conn: &mut Conn) -> Result<Vec<(String, WrappedKey)>, StoreError> {
    run!(conn, all (String, i64, i64, Vec<u8>): SERVER_KEYS)?
        .into_iter()
        .map(|(purpose, version, root, wrapped)| Ok((purpose, wrapped_key(version, root, wrapped)?)))
        .collect()
}

/// Stores a key of the server itself, unless another node was first.
///
/// # Errors
/// As every query.
pub async fn insert_server_key(
    tx: &mut Tx,
    purpose: &str,
    key: &WrappedKey,
    now: Timestamp,
) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT_SERVER_KEY,
        purpose,
        i64::from(key.version),
        i64::from(key.root_version),
        &key.wrapped,
        now.0
    )?;
    Ok(())
}
