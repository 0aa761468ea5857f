//! Uploads that are under way: what is stored of them, and which call may go on. The bytes are in [`crate::Blobs`].

use renkei_domain::Permit;
use renkei_domain::Timestamp;
use renkei_domain::access::Write;
use renkei_domain::id::{AttachmentId, DeviceId, OrganizationId, PatientId, PersonId};
use uuid::Uuid;

use crate::row::{Sealed, sealed};
use crate::sql::{run, statements};
use crate::{Conn, PartName, StoreError, Tx};

statements! {
    INSERT = "INSERT INTO upload (patient_id, attachment_id, person_id, device_id, organization_id, announced, size, \
        key_version, blob_key, attempt_id, stored_size, hash_state, touched_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12)";
    FIND = "SELECT person_id, device_id, organization_id, announced, key_version, blob_key, stored_size, hash_state FROM upload \
        WHERE patient_id = $1 AND attachment_id = $2";
    // two that go on at once: the later one has it
    TAKE = "UPDATE upload SET attempt_id = $3, touched_at = $4 WHERE patient_id = $1 AND attachment_id = $2";
    ADVANCE = "UPDATE upload SET stored_size = $4, hash_state = $5, touched_at = $6 \
        WHERE patient_id = $1 AND attachment_id = $2 AND attempt_id = $3";
    END = "DELETE FROM upload WHERE patient_id = $1 AND attachment_id = $2 \
        AND attempt_id = COALESCE($3, attempt_id)";
    FORGET = "DELETE FROM upload WHERE patient_id = $1 AND attachment_id = $2 AND touched_at < $3";
    OF_PERSON = "SELECT COUNT(*) FROM upload WHERE person_id = $1";
    OUTDATED = "SELECT patient_id, attachment_id FROM upload WHERE touched_at < $1 ORDER BY touched_at LIMIT $2";
    PARTS = "SELECT part, upload_id, plain_len, sealed_sha256, nonce_prefix FROM attachment_part \
        WHERE patient_id = $1 AND attachment_id = $2 ORDER BY part";
    PUT_PART = "INSERT INTO attachment_part (patient_id, attachment_id, part, upload_id, plain_len, sealed_sha256, \
        nonce_prefix) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (patient_id, attachment_id, part) DO UPDATE \
        SET upload_id = excluded.upload_id, plain_len = excluded.plain_len, sealed_sha256 = excluded.sealed_sha256, \
        nonce_prefix = excluded.nonce_prefix";
    DELETE_PARTS = "DELETE FROM attachment_part WHERE patient_id = $1 AND attachment_id = $2";
}

/// An upload as it begins.
pub struct NewUpload {
    /// The attachment that it is to become.
    pub id: AttachmentId,
    /// On which device.
    pub device: DeviceId,
    /// Fingerprint of what was announced, 32 bytes.
    pub announced: Vec<u8>,
    /// Announced length in bytes.
    pub size: i64,
    /// The attachment's key, wrapped by the patient's.
    pub blob_key: Sealed,
    /// SHA-256 of nothing yet, sealed.
    pub hash_state: Vec<u8>,
}

/// An upload as it is stored.
pub struct StoredUpload {
    /// Who began it.
    pub person: PersonId,
    /// On which device.
    pub device: DeviceId,
    /// For which organisation: whose quota it takes.
    pub organization: OrganizationId,
    /// Fingerprint of what was announced.
    pub announced: Vec<u8>,
    /// The attachment's key, wrapped by the patient's.
    pub blob_key: Sealed,
    /// Bytes that are stored, from the first on.
    pub stored_size: i64,
    /// SHA-256 of these bytes so far, sealed.
    pub hash_state: Vec<u8>,
}

/// A sealed part in the blob store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPart {
    /// Its number, from 0.
    pub part: u32,
    /// The try that stored it, which names its object.
    pub upload: Uuid,
    /// Bytes of the file in it.
    pub plain_len: u32,
    /// SHA-256 of the sealed bytes.
    pub sealed_sha256: [u8; 32],
    /// Which try at the part it is: the nonce prefix in its header. Files of one try only may have none.
    pub nonce_prefix: Option<[u8; 19]>,
}

impl StoredPart {
    /// Its object.
    pub fn name(&self, patient: PatientId, attachment: AttachmentId) -> PartName {
        PartName { patient, attachment, upload: self.upload, part: self.part }
    }
}

#[derive(sqlx::FromRow)]
struct UploadRow {
    person_id: Uuid,
    device_id: Uuid,
    organization_id: Uuid,
    announced: Vec<u8>,
    key_version: i64,
    blob_key: Vec<u8>,
    stored_size: i64,
    hash_state: Vec<u8>,
}

/// The upload of an attachment that is under way.
///
/// # Errors
/// As every query.
pub async fn find(
    conn: &mut Conn,
    permit: &Permit<Write>,
    id: AttachmentId,
) -> Result<Option<StoredUpload>, StoreError> {
    let row = run!(conn, optional UploadRow: FIND, permit.patient().0, id.0)?;
    row.map(|row| {
        Ok(StoredUpload {
            person: PersonId(row.person_id),
            device: DeviceId(row.device_id),
            organization: OrganizationId(row.organization_id),
            announced: row.announced,
            blob_key: sealed(row.key_version, row.blob_key)?,
            stored_size: row.stored_size,
            hash_state: row.hash_state,
        })
    })
    .transpose()
}

/// Begins an upload, for the permit's person and organisation.
///
/// # Errors
/// [`StoreError::Unique`] if there is one under this id.
pub async fn insert(
    tx: &mut Tx,
    permit: &Permit<Write>,
    attempt: Uuid,
    new: &NewUpload,
    now: Timestamp,
) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT,
        permit.patient().0,
        new.id.0,
        permit.subject().person.0,
        new.device.0,
        permit.subject().organization.0,
        &new.announced,
        new.size,
        i64::from(new.blob_key.key_version),
        &new.blob_key.bytes,
        attempt,
        &new.hash_state,
        now.0
    )?;
    Ok(())
}

/// Lets `attempt` go on with it, and nobody else. What is read of the upload after this stays as it is. `false`:
/// there is no such upload any longer.
///
/// # Errors
/// As every query.
pub async fn take(
    tx: &mut Tx,
    permit: &Permit<Write>,
    id: AttachmentId,
    attempt: Uuid,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(run!(tx, TAKE, permit.patient().0, id.0, attempt, now.0)? == 1)
}

/// Notes that the file is stored up to `stored_size`, in this part at last. `false`: another attempt goes on with
/// the upload, and nothing was noted.
///
/// # Errors
/// As every query.
pub async fn advance(
    tx: &mut Tx,
    (patient, id, attempt): (PatientId, AttachmentId, Uuid),
    part: &StoredPart,
    stored_size: i64,
    hash_state: &[u8],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let advanced = run!(tx, ADVANCE, patient.0, id.0, attempt, stored_size, hash_state, now.0)?;
    if advanced == 1 {
        put_part(tx, patient, id, part).await?;
    }
    Ok(advanced == 1)
}

/// Notes a part, in the place of an earlier one of this number.
///
/// # Errors
/// As every query.
pub async fn put_part(
    tx: &mut Tx,
    patient: PatientId,
    id: AttachmentId,
    part: &StoredPart,
) -> Result<(), StoreError> {
    let (number, plain_len) = (i64::from(part.part), i64::from(part.plain_len));
    let (hash, prefix) = (part.sealed_sha256.to_vec(), part.nonce_prefix.unwrap_or_default().to_vec());
    run!(tx, PUT_PART, patient.0, id.0, number, part.upload, plain_len, hash, prefix)?;
    Ok(())
}

/// Ends the upload, as it became a file, is given up, or begins anew; its parts stay. `false`: another attempt than
/// this one has it.
///
/// # Errors
/// As every query.
pub async fn end(
    tx: &mut Tx,
    (patient, id): (PatientId, AttachmentId),
    attempt: Option<Uuid>,
) -> Result<bool, StoreError> {
    Ok(run!(tx, END, patient.0, id.0, attempt)? == 1)
}

/// Ends the upload if nothing was stored of it since `before`; says whether it did.
///
/// # Errors
/// As every query.
pub async fn forget(
    tx: &mut Tx,
    patient: PatientId,
    id: AttachmentId,
    before: Timestamp,
) -> Result<bool, StoreError> {
    Ok(run!(tx, FORGET, patient.0, id.0, before.0)? == 1)
}

/// The parts of an upload, or of a file, in order.
///
/// # Errors
/// As every query.
pub async fn parts(
    conn: &mut Conn,
    patient: PatientId,
    id: AttachmentId,
) -> Result<Vec<StoredPart>, StoreError> {
    let rows = run!(conn, all (i64, Uuid, i64, Vec<u8>, Vec<u8>): PARTS, patient.0, id.0)?;
    let number = |n: i64| u32::try_from(n).map_err(|_| StoreError::Corrupt("attachment_part"));
    rows.into_iter()
        .map(|(part, upload, plain_len, hash, prefix)| {
            Ok(StoredPart {
                part: number(part)?,
                upload,
                plain_len: number(plain_len)?,
                sealed_sha256: hash.try_into().map_err(|_| StoreError::Corrupt("sealed_sha256"))?,
                nonce_prefix: Some(prefix.try_into().map_err(|_| StoreError::Corrupt("nonce_prefix"))?),
            })
        })
        .collect()
}

/// Forgets all parts of an upload or a file.
///
/// # Errors
/// As every query.
pub async fn delete_parts(tx: &mut Tx, patient: PatientId, id: AttachmentId) -> Result<(), StoreError> {
    run!(tx, DELETE_PARTS, patient.0, id.0)?;
    Ok(())
}

/// How many uploads of a person are under way.
///
/// # Errors
/// As every query.
pub async fn of_person(conn: &mut Conn, person: PersonId) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): OF_PERSON, person.0)?.0)
}

/// Uploads of which nothing was stored since `before`, the oldest first, at most `limit`.
///
/// # Errors
/// As every query.
pub async fn outdated(
    conn: &mut Conn,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<(PatientId, AttachmentId)>, StoreError> {
    let rows = run!(conn, all (Uuid, Uuid): OUTDATED, before.0, limit)?;
    Ok(rows.into_iter().map(|(patient, id)| (PatientId(patient), AttachmentId(id))).collect())
}
