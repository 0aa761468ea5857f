//! Going through all wrapped keys: to wrap them by another root key, to give patients new ones, to see who is behind.
//! It is part of [`crate::keyring`].

use renkei_domain::Timestamp;
use renkei_domain::id::PatientId;
use uuid::Uuid;

use crate::keyring::{WrappedKey, wrapped_key};
use crate::root_key::number;
use crate::row::timestamp;
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

statements! {
    UNDER_AFTER = "SELECT patient_id, version, root_version, wrapped FROM keyring \
        WHERE root_version = $1 AND (patient_id, version) > ($2, $3) ORDER BY patient_id, version LIMIT $4";
    REWRAP = "UPDATE keyring SET root_version = $4, wrapped = $5 \
        WHERE patient_id = $1 AND version = $2 AND root_version = $3";
    REWRAP_SERVER = "UPDATE server_key SET root_version = $4, wrapped = $5 \
        WHERE purpose = $1 AND version = $2 AND root_version = $3";
    PATIENT_KEYS = "SELECT root_version, COUNT(*) FROM keyring GROUP BY root_version ORDER BY root_version";
    SERVER_KEYS = "SELECT root_version, COUNT(*) FROM server_key GROUP BY root_version ORDER BY root_version";
    BEHIND = "SELECT (SELECT COUNT(*) FROM keyring WHERE root_version <> $1) \
        + (SELECT COUNT(*) FROM server_key WHERE root_version <> $1)";
    SINCE = "SELECT patients_since FROM key_state WHERE key_state_id = 1";
    BEGIN = "UPDATE key_state SET patients_since = $1 WHERE key_state_id = 1 AND patients_since IS NULL";
    END = "UPDATE key_state SET patients_since = NULL WHERE key_state_id = 1";
    OLDER_AFTER = "SELECT p.patient_id, p.key_version FROM patient p JOIN keyring k \
        ON k.patient_id = p.patient_id AND k.version = p.key_version \
        WHERE p.patient_id > $1 AND k.created_at < $2 AND p.shredded_at IS NULL ORDER BY p.patient_id LIMIT $3";
    COUNT_OLDER = "SELECT COUNT(*) FROM patient p JOIN keyring k \
        ON k.patient_id = p.patient_id AND k.version = p.key_version \
        WHERE k.created_at < $1 AND p.shredded_at IS NULL";
    KEY_VERSION = "SELECT key_version FROM patient WHERE patient_id = $1 AND shredded_at IS NULL";
    ADVANCE = "UPDATE patient SET key_version = $3 \
        WHERE patient_id = $1 AND key_version = $2 AND shredded_at IS NULL";
    BY_COUNT = "SELECT versions, COUNT(*) FROM (SELECT COUNT(*) AS versions FROM keyring GROUP BY patient_id) counted \
        GROUP BY versions ORDER BY versions";
    OLDEST = "SELECT MIN(k.created_at) FROM patient p JOIN keyring k \
        ON k.patient_id = p.patient_id AND k.version = p.key_version WHERE p.shredded_at IS NULL";
    SHREDDED = "SELECT COUNT(*) FROM patient WHERE shredded_at IS NOT NULL";
}

/// The patients' keys that this version of the root key wraps, behind `after`, at most `limit`.
///
/// # Errors
/// As every query.
pub async fn patient_keys_under(
    conn: &mut Conn,
    root_version: u32,
    after: (PatientId, u32),
    limit: i64,
) -> Result<Vec<(PatientId, WrappedKey)>, StoreError> {
    let (PatientId(patient), version) = after;
    let root = i64::from(root_version);
    run!(conn, all (Uuid, i64, i64, Vec<u8>): UNDER_AFTER, root, patient, i64::from(version), limit)?
        .into_iter()
        .map(|(patient, version, root, wrapped)| {
            Ok((PatientId(patient), wrapped_key(version, root, wrapped)?))
        })
        .collect()
}

/// Puts a patient's key, wrapped anew, in the place of the one wrapped by `from`; says whether that was there still.
///
/// # Errors
/// As every query.
pub async fn rewrap_patient_key(
    tx: &mut Tx,
    patient: PatientId,
    from: u32,
    key: &WrappedKey,
) -> Result<bool, StoreError> {
    let (version, to) = (i64::from(key.version), i64::from(key.root_version));
    Ok(run!(tx, REWRAP, patient.0, version, i64::from(from), to, &key.wrapped)? == 1)
}

/// The same for a key of the server itself.
///
/// # Errors
/// As every query.
pub async fn rewrap_server_key(
    tx: &mut Tx,
    purpose: &str,
    from: u32,
    key: &WrappedKey,
) -> Result<bool, StoreError> {
    let (version, to) = (i64::from(key.version), i64::from(key.root_version));
    Ok(run!(tx, REWRAP_SERVER, purpose, version, i64::from(from), to, &key.wrapped)? == 1)
}

/// How many keys are wrapped by a version of the root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wraps {
    /// Version of the root key.
    pub root_version: u32,
    /// Keys of patients, all versions.
    pub patient_keys: i64,
    /// Keys of the server itself.
    pub server_keys: i64,
}

/// How many keys each version of the root key wraps; versions that wrap none are left out.
///
/// # Errors
/// As every query.
pub async fn wraps(conn: &mut Conn) -> Result<Vec<Wraps>, StoreError> {
    let mut wraps: Vec<Wraps> = Vec::new();
    for (root_version, patient_keys) in run!(conn, all (i64, i64): PATIENT_KEYS)? {
        wraps.push(Wraps { root_version: number(root_version)?, patient_keys, server_keys: 0 });
    }
    for (root_version, server_keys) in run!(conn, all (i64, i64): SERVER_KEYS)? {
        let root_version = number(root_version)?;
        match wraps.iter_mut().find(|it| it.root_version == root_version) {
            Some(it) => it.server_keys = server_keys,
            None => wraps.push(Wraps { root_version, patient_keys: 0, server_keys }),
        }
    }
    wraps.sort_by_key(|it| it.root_version);
    Ok(wraps)
}

/// How many keys, of patients and of the server, another version of the root key wraps.
///
/// # Errors
/// As every query.
pub async fn behind(conn: &mut Conn, root_version: u32) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): BEHIND, i64::from(root_version))?.0)
}

/// Since when a rotation of the patients' keys is under way.
///
/// # Errors
/// As every query.
pub async fn patients_since(conn: &mut Conn) -> Result<Option<Timestamp>, StoreError> {
    Ok(timestamp(run!(conn, one (Option<i64>,): SINCE)?.0))
}

/// Begins a rotation of the patients' keys at `now`, or goes on with the one that is under way; since when.
///
/// # Errors
/// As every query.
pub async fn begin_patients(tx: &mut Tx, now: Timestamp) -> Result<Timestamp, StoreError> {
    run!(tx, BEGIN, now.0)?;
    patients_since(tx).await?.ok_or(StoreError::Corrupt("key_state"))
}

/// Ends it.
///
/// # Errors
/// As every query.
pub async fn end_patients(tx: &mut Tx) -> Result<(), StoreError> {
    run!(tx, END)?;
    Ok(())
}

/// Patients whose newest key was made before `since`, with its version, behind `after`, at most `limit`.
///
/// # Errors
/// As every query.
pub async fn patients_older(
    conn: &mut Conn,
    after: PatientId,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<(PatientId, u32)>, StoreError> {
    run!(conn, all (Uuid, i64): OLDER_AFTER, after.0, since.0, limit)?
        .into_iter()
        .map(|(patient, version)| Ok((PatientId(patient), number(version)?)))
        .collect()
}

/// How many they are.
///
/// # Errors
/// As every query.
pub async fn count_older(conn: &mut Conn, since: Timestamp) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): COUNT_OLDER, since.0)?.0)
}

/// The version of a patient's newest key. `None`: no such patient, or the keys were destroyed.
///
/// # Errors
/// As every query.
pub async fn key_version(conn: &mut Conn, patient: PatientId) -> Result<Option<u32>, StoreError> {
    run!(conn, optional (i64,): KEY_VERSION, patient.0)?.map(|(version,)| number(version)).transpose()
}

/// Takes the patient's lock and makes the version behind `from` the one that new content is sealed under; says
/// whether `from` was it still. The key itself is stored next, by [`crate::keyring::insert_patient_key`].
///
/// # Errors
/// As every query.
pub async fn advance(tx: &mut Tx, patient: PatientId, from: u32) -> Result<bool, StoreError> {
    let from = i64::from(from);
    Ok(run!(tx, ADVANCE, patient.0, from, from + 1)? == 1)
}

/// How the patients' keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatientKeys {
    /// How many patients have how many versions: (versions, patients), fewest versions first.
    pub by_versions: Vec<(i64, i64)>,
    /// When the oldest key was made that new content is sealed under.
    pub oldest: Option<Timestamp>,
    /// Patients whose keys were destroyed.
    pub shredded: i64,
}

/// How the patients' keys are.
///
/// # Errors
/// As every query.
pub async fn patient_keys(conn: &mut Conn) -> Result<PatientKeys, StoreError> {
    Ok(PatientKeys {
        by_versions: run!(conn, all (i64, i64): BY_COUNT)?,
        oldest: timestamp(run!(conn, one (Option<i64>,): OLDEST)?.0),
        shredded: run!(conn, one (i64,): SHREDDED)?.0,
    })
}
