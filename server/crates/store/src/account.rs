//! A person's account as its owner manages it: sessions, devices with their certificates, the password.

use renkei_domain::Timestamp;
use renkei_domain::account::{LiveSession, OwnDevice};
use renkei_domain::id::{DeviceId, PersonId, ServiceAccountId, SessionId};
use uuid::Uuid;

use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, dialect, service_permission};

/// Columns of every query that returns devices.
macro_rules! devices {
    ($which:literal) => {
        concat!(
            "SELECT device_id, kind, name, enrolled_at, COALESCE(next_expires_at, expires_at) AS expires_at, revoked_at \
             FROM device WHERE ",
            $which
        )
    };
}

statements! {
    LIVE_SESSIONS = "SELECT s.session_id, s.device_id, d.name AS device_name, o.name AS organization_name, a.role, \
        s.purpose, s.created_at, s.last_seen_at, s.expires_at, d.expires_at AS device_expires_at, \
        s.service_account_id, v.name AS service_account_name \
        FROM session s JOIN device d ON d.device_id = s.device_id \
        JOIN affiliation a ON a.affiliation_id = s.affiliation_id \
        JOIN organization o ON o.organization_id = a.organization_id \
        LEFT JOIN service_account v ON v.service_account_id = s.service_account_id \
        WHERE s.person_id = $1 AND s.ended_at IS NULL AND d.revoked_at IS NULL AND a.ended_at IS NULL \
        AND s.expires_at > $2 AND (d.expires_at IS NULL OR d.expires_at > $2) AND s.last_seen_at > $3 \
        ORDER BY CASE WHEN s.service_account_id IS NULL THEN 0 ELSE 1 END, s.last_seen_at DESC, s.session_id DESC \
        LIMIT 100";
    WHOSE_SESSION = "SELECT person_id FROM session WHERE session_id = $1";
    END_OTHERS = "UPDATE session SET ended_at = $3 WHERE person_id = $1 AND session_id <> $2 AND ended_at IS NULL \
        RETURNING session_id";
    STEP_UP = "UPDATE session SET stepped_up_at = $2 WHERE session_id = $1 AND ended_at IS NULL";
    DEVICES = devices!("person_id = $1 ORDER BY enrolled_at DESC, device_id DESC LIMIT 200");
    DEVICE = devices!("device_id = $1");
    WHOSE_DEVICE = "SELECT person_id FROM device WHERE device_id = $1";
    REVOKE = "UPDATE device SET revoked_at = $2 WHERE device_id = $1 AND revoked_at IS NULL";
    END_OF_DEVICE = "UPDATE session SET ended_at = $2 WHERE device_id = $1 AND ended_at IS NULL RETURNING session_id";
    NEXT_CERTIFICATE = "SELECT next_public_key_hash, next_certificate, next_expires_at FROM device \
        WHERE device_id = $1 AND next_certificate IS NOT NULL";
    ISSUE_NEXT = "UPDATE device SET next_public_key_hash = $3, next_certificate = $4, next_certificate_hash = $5, \
        next_expires_at = $6 WHERE device_id = $1 AND certificate_hash = $2 AND revoked_at IS NULL";
    DEVICE_BY_NEXT = "SELECT device_id FROM device WHERE next_certificate_hash = $1";
    TAKE_UP_NEXT = "UPDATE device SET public_key_hash = next_public_key_hash, certificate = next_certificate, \
        certificate_hash = next_certificate_hash, expires_at = next_expires_at, next_public_key_hash = NULL, \
        next_certificate = NULL, next_certificate_hash = NULL, next_expires_at = NULL \
        WHERE device_id = $1 AND next_certificate_hash = $2";
    REPLACE_PASSWORD = "UPDATE person SET password_hash = $3 WHERE person_id = $1 AND password_hash = $2";
    FORGET_PASSWORD = "UPDATE person SET password_hash = NULL WHERE person_id = $1";
    VOID_CODES = "UPDATE enrollment SET expires_at = 0 WHERE person_id = $1 AND used_at IS NULL";
    HAS_PASSWORD = "SELECT 1 FROM person WHERE person_id = $1 AND password_hash = $2";
}

#[derive(sqlx::FromRow)]
struct LiveSessionRow {
    session_id: Uuid,
    device_id: Uuid,
    device_name: String,
    organization_name: String,
    role: String,
    purpose: String,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    device_expires_at: Option<i64>,
    service_account_id: Option<Uuid>,
    service_account_name: Option<String>,
}

impl TryFrom<LiveSessionRow> for LiveSession {
    type Error = StoreError;
    fn try_from(row: LiveSessionRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: SessionId(row.session_id),
            device: DeviceId(row.device_id),
            device_name: row.device_name,
            organization_name: row.organization_name,
            role: row.role.parse()?,
            purpose: row.purpose.parse()?,
            created_at: Timestamp(row.created_at),
            last_seen_at: Timestamp(row.last_seen_at),
            expires_at: Timestamp(row.device_expires_at.unwrap_or(i64::MAX).min(row.expires_at)),
            service: row.service_account_id.map(ServiceAccountId).zip(row.service_account_name),
        })
    }
}

/// A person's sessions that have not ended at `now` and were used after `idle_since`: those of the person first,
/// whatever a service begins, and of these and those the one used last first. At most 100.
///
/// # Errors
/// As every query.
pub async fn live_sessions(
    conn: &mut Conn,
    person: PersonId,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Vec<LiveSession>, StoreError> {
    let rows = run!(conn, all LiveSessionRow: LIVE_SESSIONS, person.0, now.0, idle_since.0)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Whose session it is.
///
/// # Errors
/// As every query.
pub async fn whose_session(conn: &mut Conn, id: SessionId) -> Result<Option<PersonId>, StoreError> {
    Ok(run!(conn, optional (Uuid,): WHOSE_SESSION, id.0)?.map(|(person,)| PersonId(person)))
}

/// Ends all sessions of a person but one, and names them.
///
/// # Errors
/// As every query.
pub async fn end_others(
    tx: &mut Tx,
    person: PersonId,
    but: SessionId,
    now: Timestamp,
) -> Result<Vec<SessionId>, StoreError> {
    Ok(ids(run!(tx, all (Uuid,): END_OTHERS, person.0, but.0, now.0)?))
}

fn ids(rows: Vec<(Uuid,)>) -> Vec<SessionId> {
    rows.into_iter().map(|(id,)| SessionId(id)).collect()
}

/// Notes that the password was given in the session; says whether it has not ended.
///
/// # Errors
/// As every query.
pub async fn step_up(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<bool, StoreError> {
    Ok(run!(tx, STEP_UP, id.0, now.0)? == 1)
}

#[derive(sqlx::FromRow)]
struct DeviceRow {
    device_id: Uuid,
    kind: String,
    name: String,
    enrolled_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl TryFrom<DeviceRow> for OwnDevice {
    type Error = StoreError;
    fn try_from(row: DeviceRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: DeviceId(row.device_id),
            kind: row.kind.parse()?,
            name: row.name,
            enrolled_at: Timestamp(row.enrolled_at),
            expires_at: row.expires_at.map(Timestamp),
            revoked_at: row.revoked_at.map(Timestamp),
        })
    }
}

/// A person's devices, revoked ones too, the one enrolled last first. At most 200.
///
/// # Errors
/// As every query.
pub async fn devices(conn: &mut Conn, person: PersonId) -> Result<Vec<OwnDevice>, StoreError> {
    run!(conn, all DeviceRow: DEVICES, person.0)?.into_iter().map(TryInto::try_into).collect()
}

/// One device.
///
/// # Errors
/// As every query.
pub async fn device(conn: &mut Conn, id: DeviceId) -> Result<Option<OwnDevice>, StoreError> {
    run!(conn, optional DeviceRow: DEVICE, id.0)?.map(TryInto::try_into).transpose()
}

/// Whose device it is. `None` also where it is no person's.
///
/// # Errors
/// As every query.
pub async fn whose_device(conn: &mut Conn, id: DeviceId) -> Result<Option<PersonId>, StoreError> {
    Ok(run!(conn, optional (Option<Uuid>,): WHOSE_DEVICE, id.0)?.and_then(|(person,)| person).map(PersonId))
}

/// Revokes a device and ends its sessions, which it names. What is revoked stays so since then.
///
/// # Errors
/// As every query.
pub async fn revoke_device(tx: &mut Tx, id: DeviceId, now: Timestamp) -> Result<Vec<SessionId>, StoreError> {
    run!(tx, REVOKE, id.0, now.0)?;
    Ok(ids(run!(tx, all (Uuid,): END_OF_DEVICE, id.0, now.0)?))
}

/// A certificate that is to take the place of a device's.
#[derive(Clone)]
pub struct NextCertificate {
    /// SHA-256 of its public key (SPKI, DER).
    pub public_key_hash: Vec<u8>,
    /// DER.
    pub certificate: Vec<u8>,
    /// Its end.
    pub expires_at: Timestamp,
}

/// The device's next certificate, if one was issued that was not used yet.
///
/// # Errors
/// As every query.
pub async fn next_certificate(
    conn: &mut Conn,
    device: DeviceId,
) -> Result<Option<NextCertificate>, StoreError> {
    let row = run!(conn, optional (Vec<u8>, Vec<u8>, i64): NEXT_CERTIFICATE, device.0)?;
    Ok(row.map(|(public_key_hash, certificate, expires_at)| NextCertificate {
        public_key_hash,
        certificate,
        expires_at: Timestamp(expires_at),
    }))
}

/// Stores the next certificate of a device; says whether the device is not revoked and has the certificate with the
/// SHA-256 `shown` still.
///
/// # Errors
/// [`StoreError::Unique`] if the certificate is another device's next one.
pub async fn issue_next(
    tx: &mut Tx,
    device: DeviceId,
    shown: [u8; 32],
    next: &NextCertificate,
    hash: [u8; 32],
) -> Result<bool, StoreError> {
    let stored = run!(
        tx,
        ISSUE_NEXT,
        device.0,
        shown.to_vec(),
        &next.public_key_hash,
        &next.certificate,
        hash.to_vec(),
        next.expires_at.0
    )?;
    Ok(stored == 1)
}

/// The device whose next certificate has this SHA-256.
///
/// # Errors
/// As every query.
pub async fn device_by_next(conn: &mut Conn, hash: [u8; 32]) -> Result<Option<DeviceId>, StoreError> {
    Ok(run!(conn, optional (Uuid,): DEVICE_BY_NEXT, hash.to_vec())?.map(|(id,)| DeviceId(id)))
}

/// Puts the next certificate, which has this SHA-256, in the place of the device's; says whether this call did.
///
/// # Errors
/// As every query.
pub async fn take_up_next(tx: &mut Tx, device: DeviceId, hash: [u8; 32]) -> Result<bool, StoreError> {
    Ok(run!(tx, TAKE_UP_NEXT, device.0, hash.to_vec())? == 1)
}

/// Puts a new password in the place of the one with the hash `old`; says whether it was that still. Returns after
/// every log-in with the old one is there to be ended: to be called before the person's sessions are ended.
///
/// # Errors
/// As every query.
pub async fn replace_password(
    tx: &mut Tx,
    person: PersonId,
    old: &str,
    new: &str,
) -> Result<bool, StoreError> {
    dialect::lock_person(tx, person).await?;
    Ok(run!(tx, REPLACE_PASSWORD, person.0, old, new)? == 1)
}

/// Takes the person's password away, and [voids the codes](void_codes): whoever has one from before would set the next.
/// What services were allowed ends too: whoever had the password may have allowed it. Says whether there is such a
/// person. As [`replace_password`] otherwise.
///
/// # Errors
/// As every query.
pub async fn forget_password(tx: &mut Tx, person: PersonId) -> Result<bool, StoreError> {
    dialect::lock_person(tx, person).await?;
    void_codes(tx, person).await?;
    service_permission::withdraw_all(tx, person).await?;
    Ok(run!(tx, FORGET_PASSWORD, person.0)? == 1)
}

/// Ends all one-time codes of a person that were not used. They have ended at any time of any clock: a call that is under
/// way looks at its own, which is earlier, and another server's may be behind.
///
/// # Errors
/// As every query.
pub async fn void_codes(tx: &mut Tx, person: PersonId) -> Result<(), StoreError> {
    run!(tx, VOID_CODES, person.0)?;
    Ok(())
}

/// Whether this is the hash of the person's password, which stays so until the transaction ends: a session that
/// begins with a password ends with it.
///
/// # Errors
/// As every query.
pub async fn hold_password(tx: &mut Tx, person: PersonId, hash: &str) -> Result<bool, StoreError> {
    dialect::hold_person(tx, person).await?;
    Ok(run!(tx, optional (i32,): HAS_PASSWORD, person.0, hash)?.is_some())
}
