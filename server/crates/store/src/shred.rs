//! Destroying a patient's keys: what is sealed under them stays, and nobody can open it. It is part of
//! [`crate::keyring`].

use renkei_domain::Timestamp;
use renkei_domain::id::PatientId;

use crate::row::timestamp;
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, patient, root_key};

statements! {
    PATIENT = "SELECT p.epoch, p.shredded_at, (SELECT COUNT(*) FROM keyring k WHERE k.patient_id = p.patient_id), \
        (SELECT COUNT(*) FROM entry e WHERE e.patient_id = p.patient_id), \
        (SELECT MAX(e.posted_at) FROM entry e WHERE e.patient_id = p.patient_id) \
        FROM patient p WHERE p.patient_id = $1";
    DELETE_KEYS = "DELETE FROM keyring WHERE patient_id = $1";
    /// What identifies the patient goes too; the custodian's own number is free for another.
    SHRED = "UPDATE patient SET shredded_at = $2, shred_reason = $3, demographics = $4, name_kana_index = $4, \
        local_identifier_index = NULL, offered_custodian_organization_id = NULL \
        WHERE patient_id = $1 AND shredded_at IS NULL";
}

/// What is to be known of a patient whose keys are to be destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The epoch of the patient's access.
    pub epoch: i64,
    /// When the keys were destroyed, if they were.
    pub shredded_at: Option<Timestamp>,
    /// Versions of the patient's key.
    pub keys: i64,
    /// Entries in the timeline.
    pub entries: i64,
    /// When the last of them was posted.
    pub last_entry_at: Option<Timestamp>,
}

/// How it stands with a patient. `None`: no such patient.
///
/// # Errors
/// As every query.
pub async fn candidate(conn: &mut Conn, patient: PatientId) -> Result<Option<Candidate>, StoreError> {
    let row = run!(conn, optional (i64, Option<i64>, i64, i64, Option<i64>): PATIENT, patient.0)?;
    Ok(row.map(|(epoch, shredded_at, keys, entries, last)| Candidate {
        epoch,
        shredded_at: timestamp(shredded_at),
        keys,
        entries,
        last_entry_at: timestamp(last),
    }))
}

/// Takes the patient's lock, raises the epoch, and then as [`candidate`]. To be the first statement of the
/// transaction that destroys the keys: what is decided on it stays so.
///
/// # Errors
/// As every query.
pub async fn lock_candidate(tx: &mut Tx, patient: PatientId) -> Result<Option<Candidate>, StoreError> {
    patient::raise_epoch(tx, patient).await?;
    candidate(tx, patient).await
}

/// Destroys every version of the patient's key, and what identifies the patient; says whether they were there. The
/// patient's epoch is raised before. `reason` stands in clear.
///
/// # Errors
/// As every query.
pub async fn shred(
    tx: &mut Tx,
    patient: PatientId,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let nothing: &[u8] = &[];
    if run!(tx, SHRED, patient.0, now.0, reason, nothing)? == 0 {
        return Ok(false);
    }
    run!(tx, DELETE_KEYS, patient.0)?;
    root_key::raise_generation(tx).await?;
    Ok(true)
}
