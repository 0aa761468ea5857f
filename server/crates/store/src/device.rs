//! Enrolment codes and the devices that they enrol.

use renkei_domain::Timestamp;
use renkei_domain::account::CodeKind;
use renkei_domain::id::{DeviceId, EnrollmentId, OrganizationId, PersonId};
use uuid::Uuid;

use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

statements! {
    INSERT_ENROLLMENT = "INSERT INTO enrollment (enrollment_id, person_id, code_hash, expires_at, created_at, \
        kind, made_for_organization_id) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ENROLLMENT = "SELECT enrollment_id, person_id, expires_at, device_id, made_for_organization_id FROM enrollment \
        WHERE code_hash = $1 AND kind = $2";
    ENROLLMENT_BY_ID = "SELECT enrollment_id, person_id, expires_at, device_id, made_for_organization_id \
        FROM enrollment WHERE enrollment_id = $1";
    ENROLLMENT_EXPIRY = "SELECT expires_at FROM enrollment WHERE enrollment_id = $1";
    USE_ENROLLMENT = "UPDATE enrollment SET used_at = $2, device_id = $3 \
        WHERE enrollment_id = $1 AND used_at IS NULL AND expires_at > $2";
    INSERT_DEVICE = "INSERT INTO device (device_id, person_id, name, public_key_hash, certificate, certificate_hash, \
        expires_at, enrolled_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    DEVICE = "SELECT device_id, person_id, public_key_hash, certificate, expires_at, revoked_at FROM device \
        WHERE device_id = $1 AND certificate IS NOT NULL";
    DEVICE_BY_CERTIFICATE = "SELECT device_id, person_id, public_key_hash, certificate, expires_at, revoked_at \
        FROM device WHERE certificate_hash = $1";
}

/// A one-time code as it is stored: never the code itself.
pub struct Enrollment {
    /// Its id.
    pub id: EnrollmentId,
    /// Whose device it enrols, or whose password it sets.
    pub person: PersonId,
    /// End of the code.
    pub expires_at: Timestamp,
    /// The device that it enrolled, which may be an authenticator app, or that the password was set on.
    pub device: Option<DeviceId>,
    /// The organisation whose administrator made it. `None`: the region's did.
    pub made_for: Option<OrganizationId>,
}

/// Stores a new one-time code.
///
/// # Errors
/// [`StoreError::ForeignKey`] if the person does not exist.
pub async fn insert_enrollment(
    tx: &mut Tx,
    enrollment: &Enrollment,
    kind: CodeKind,
    code_hash: [u8; 32],
    now: Timestamp,
) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT_ENROLLMENT,
        enrollment.id.0,
        enrollment.person.0,
        code_hash.to_vec(),
        enrollment.expires_at.0,
        now.0,
        kind.as_str(),
        enrollment.made_for.map(|id| id.0)
    )?;
    Ok(())
}

/// What has this code, if it is for that.
///
/// # Errors
/// As every query.
pub async fn enrollment(
    conn: &mut Conn,
    code_hash: [u8; 32],
    kind: CodeKind,
) -> Result<Option<Enrollment>, StoreError> {
    let row = run!(conn, optional EnrollmentRow: ENROLLMENT, code_hash.to_vec(), kind.as_str())?;
    Ok(row.map(enrollment_of))
}

/// The one-time code with this id.
///
/// # Errors
/// As every query.
pub async fn enrollment_by_id(conn: &mut Conn, id: EnrollmentId) -> Result<Option<Enrollment>, StoreError> {
    Ok(run!(conn, optional EnrollmentRow: ENROLLMENT_BY_ID, id.0)?.map(enrollment_of))
}

type EnrollmentRow = (Uuid, Uuid, i64, Option<Uuid>, Option<Uuid>);

fn enrollment_of((id, person, expires_at, device, made_for): EnrollmentRow) -> Enrollment {
    Enrollment {
        id: EnrollmentId(id),
        person: PersonId(person),
        expires_at: Timestamp(expires_at),
        device: device.map(DeviceId),
        made_for: made_for.map(OrganizationId),
    }
}

/// When an enrolment code ends.
///
/// # Errors
/// As every query.
pub async fn enrollment_expiry(conn: &mut Conn, id: EnrollmentId) -> Result<Option<Timestamp>, StoreError> {
    Ok(run!(conn, optional (i64,): ENROLLMENT_EXPIRY, id.0)?.map(|(expires_at,)| Timestamp(expires_at)))
}

/// Uses a one-time code up; says whether it was unused and good still.
///
/// # Errors
/// As every query.
pub async fn use_enrollment(
    tx: &mut Tx,
    id: EnrollmentId,
    device: DeviceId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(run!(tx, USE_ENROLLMENT, id.0, now.0, device.0)? == 1)
}

/// An enrolled device with a certificate.
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose. `None`: a service's.
    pub person: Option<PersonId>,
    /// SHA-256 of its public key (SPKI, DER).
    pub public_key_hash: Vec<u8>,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
    /// End of the certificate.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct DeviceRow {
    device_id: Uuid,
    person_id: Option<Uuid>,
    public_key_hash: Vec<u8>,
    certificate: Vec<u8>,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl From<DeviceRow> for Device {
    fn from(row: DeviceRow) -> Self {
        Self {
            id: DeviceId(row.device_id),
            person: row.person_id.map(PersonId),
            public_key_hash: row.public_key_hash,
            certificate: row.certificate,
            expires_at: Timestamp(row.expires_at),
            revoked_at: row.revoked_at.map(Timestamp),
        }
    }
}

/// Stores a person's new device with a certificate.
///
/// # Errors
/// [`StoreError::Unique`] if the certificate is known; if it is no person's.
pub async fn insert_device(
    tx: &mut Tx,
    device: &Device,
    name: &str,
    certificate_hash: [u8; 32],
    now: Timestamp,
) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT_DEVICE,
        device.id.0,
        device.person.map(|id| id.0),
        name,
        &device.public_key_hash,
        &device.certificate,
        certificate_hash.to_vec(),
        device.expires_at.0,
        now.0
    )?;
    Ok(())
}

/// One device, if it has a certificate.
///
/// # Errors
/// As every query.
pub async fn device(conn: &mut Conn, id: DeviceId) -> Result<Option<Device>, StoreError> {
    Ok(run!(conn, optional DeviceRow: DEVICE, id.0)?.map(Into::into))
}

/// The device with this certificate.
///
/// # Errors
/// As every query.
pub async fn device_by_certificate(
    conn: &mut Conn,
    certificate_hash: [u8; 32],
) -> Result<Option<Device>, StoreError> {
    Ok(run!(conn, optional DeviceRow: DEVICE_BY_CERTIFICATE, certificate_hash.to_vec())?.map(Into::into))
}
