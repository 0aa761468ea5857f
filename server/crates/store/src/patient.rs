//! Patients: the row that is the lock, the standing that the access rule asks for, sealed demographics, and
//! the custodianship.

use renkei_domain::access::{Answer, Read, Write};
use renkei_domain::id::{OrganizationId, PatientId};
use renkei_domain::{Permit, Timestamp};
use uuid::Uuid;

use crate::row::{Sealed, sealed};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, dialect};

pub use crate::standing::{Filter, standing, standings_of};
pub use crate::standing_among::standings_among;

statements! {
    INSERT = "INSERT INTO patient (patient_id, custodian_organization_id, head_seq, epoch, key_version, \
        demographics_key_version, demographics, name_kana_index, local_identifier_index, registered_at) \
        VALUES ($1, $2, 0, 1, $3, $3, $4, $5, $6, $7)";
    DEMOGRAPHICS = "SELECT custodian_organization_id, offered_custodian_organization_id, demographics_key_version, \
        demographics, registered_at FROM patient WHERE patient_id = $1";
    CUSTODIAN = "SELECT o.organization_id, o.name FROM patient p \
        JOIN organization o ON o.organization_id = p.custodian_organization_id WHERE p.patient_id = $1";
    OFFER_CUSTODIAN = "UPDATE patient SET offered_custodian_organization_id = $2 WHERE patient_id = $1";
    END_OFFER = "UPDATE patient SET offered_custodian_organization_id = NULL \
        WHERE patient_id = $1 AND offered_custodian_organization_id = $2";
    TAKE_OVER = "UPDATE patient SET custodian_organization_id = $2, offered_custodian_organization_id = NULL, \
        demographics_key_version = $3, demographics = $4, local_identifier_index = $5 \
        WHERE patient_id = $1 AND offered_custodian_organization_id = $2";
    KEY_VERSION = "SELECT key_version FROM patient WHERE patient_id = $1";
    NEXT_SEQ = "UPDATE patient SET head_seq = head_seq + 1 WHERE patient_id = $1 RETURNING head_seq";
    RAISE_EPOCH = "UPDATE patient SET epoch = epoch + 1 WHERE patient_id = $1";
}

/// A new patient, sealed.
pub struct NewPatient {
    /// The patient's id.
    pub id: PatientId,
    /// 主管機関.
    pub custodian: OrganizationId,
    /// Demographics in JSON, sealed.
    pub demographics: Sealed,
    /// Keyed hash of the folded name reading.
    pub name_kana_index: [u8; 32],
    /// Keyed hash of the folded local identifier.
    pub local_identifier_index: Option<[u8; 32]>,
}

/// Stores a new patient in epoch 1 with an empty timeline.
///
/// # Errors
/// [`StoreError::Unique`] if the custodian has a patient with this local identifier.
pub async fn insert(tx: &mut Tx, patient: &NewPatient, now: Timestamp) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT,
        patient.id.0,
        patient.custodian.0,
        i64::from(patient.demographics.key_version),
        &patient.demographics.bytes,
        patient.name_kana_index.to_vec(),
        patient.local_identifier_index.map(|hash| hash.to_vec()),
        now.0
    )?;
    Ok(())
}

/// Demographics as they are stored, with the custodian and the time of registration.
pub struct StoredPatient {
    /// 主管機関.
    pub custodian: OrganizationId,
    /// The organisation that was asked to become the custodian.
    pub offered_custodian: Option<OrganizationId>,
    /// Demographics in JSON, sealed.
    pub demographics: Sealed,
    /// When the patient was registered.
    pub registered_at: Timestamp,
}

/// The patient's sealed demographics.
///
/// # Errors
/// As every query.
pub async fn demographics(conn: &mut Conn, permit: &Permit<Read>) -> Result<StoredPatient, StoreError> {
    stored(conn, permit.patient()).await
}

/// The same for the organisation that takes the patient over, which seals them anew with its own number.
///
/// # Errors
/// As every query.
pub async fn demographics_to_take_over(
    conn: &mut Conn,
    permit: &Permit<Answer>,
) -> Result<StoredPatient, StoreError> {
    stored(conn, permit.patient()).await
}

async fn stored(conn: &mut Conn, patient: PatientId) -> Result<StoredPatient, StoreError> {
    let (custodian, offered, key_version, bytes, registered_at) =
        run!(conn, one (Uuid, Option<Uuid>, i64, Vec<u8>, i64): DEMOGRAPHICS, patient.0)?;
    Ok(StoredPatient {
        custodian: OrganizationId(custodian),
        offered_custodian: offered.map(OrganizationId),
        demographics: sealed(key_version, bytes)?,
        registered_at: Timestamp(registered_at),
    })
}

/// The custodian organisation of a patient that exists, with its name.
///
/// # Errors
/// As every query.
pub async fn custodian_name(
    conn: &mut Conn,
    patient: PatientId,
) -> Result<(OrganizationId, String), StoreError> {
    let (id, name) = run!(conn, one (Uuid, String): CUSTODIAN, patient.0)?;
    Ok((OrganizationId(id), name))
}

/// Offers the custodianship to an organisation, or takes the offer back. The patient's epoch is raised before.
///
/// # Errors
/// [`StoreError::ForeignKey`] if there is no such organisation.
pub async fn offer_custodian(
    tx: &mut Tx,
    permit: &Permit<Write>,
    organization: Option<OrganizationId>,
) -> Result<(), StoreError> {
    run!(tx, OFFER_CUSTODIAN, permit.patient().0, organization.map(|id| id.0))?;
    Ok(())
}

/// Makes the permit's organisation, to which it was offered, the custodian. `demographics` and
/// `local_identifier_index` have its own number for the patient. The patient's epoch is raised before.
///
/// # Errors
/// [`StoreError::Unique`] if it has a patient with this local identifier; [`StoreError::EpochChanged`] if the
/// offer stands no longer.
pub async fn take_over_custodian(
    tx: &mut Tx,
    permit: &Permit<Answer>,
    demographics: &Sealed,
    local_identifier_index: Option<[u8; 32]>,
) -> Result<(), StoreError> {
    let taken = run!(
        tx,
        TAKE_OVER,
        permit.patient().0,
        permit.subject().organization.0,
        i64::from(demographics.key_version),
        &demographics.bytes,
        local_identifier_index.map(|hash| hash.to_vec())
    )?;
    if taken == 1 { Ok(()) } else { Err(StoreError::EpochChanged) }
}

/// Ends the offer to the permit's organisation. The patient's epoch is raised before.
///
/// # Errors
/// As every query.
pub async fn decline_custodian(tx: &mut Tx, permit: &Permit<Answer>) -> Result<(), StoreError> {
    end_offer(tx, permit.patient(), permit.subject().organization).await
}

/// Ends the offer to `organization`, if there is one.
pub(crate) async fn end_offer(
    tx: &mut Tx,
    patient: PatientId,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    run!(tx, END_OFFER, patient.0, organization.0)?;
    Ok(())
}

/// The version of the patient's key that new data is sealed under.
///
/// # Errors
/// As every query.
pub async fn key_version<A>(conn: &mut Conn, permit: &Permit<A>) -> Result<u32, StoreError> {
    let (version,) = run!(conn, one (i64,): KEY_VERSION, permit.patient().0)?;
    u32::try_from(version).map_err(|_| StoreError::Corrupt("key_version"))
}

/// Takes the patient's lock and the next `seq`. To be the first statement of a transaction that posts.
/// `None`: no such patient.
///
/// # Errors
/// As every query.
pub async fn next_seq(tx: &mut Tx, patient: PatientId) -> Result<Option<i64>, StoreError> {
    Ok(run!(tx, optional (i64,): NEXT_SEQ, patient.0)?.map(|(seq,)| seq))
}

/// Takes the patient's lock. To be the first statement of a transaction that writes patient-scoped data
/// and changes nobody's access. Says whether there is such a patient.
///
/// # Errors
/// As every query.
pub async fn lock(tx: &mut Tx, patient: PatientId) -> Result<bool, StoreError> {
    dialect::lock(tx, patient).await
}

/// Takes the patient's lock and raises the epoch: to be the first statement of a transaction that changes
/// somebody's access. Returns after every disclosure of the old epoch is on record. Says whether there
/// is such a patient.
///
/// # Errors
/// As every query.
pub async fn raise_epoch(tx: &mut Tx, patient: PatientId) -> Result<bool, StoreError> {
    dialect::lock_access(tx, patient).await?;
    Ok(run!(tx, RAISE_EPOCH, patient.0)? == 1)
}
