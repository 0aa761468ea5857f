//! Service accounts, their codes and their certificates. A certificate is a device of the account's.

use renkei_domain::Timestamp;
use renkei_domain::access::Subject;
use renkei_domain::id::{DeviceId, OrganizationId, PersonId, ServiceAccountId, ServiceCodeId, SessionId};
use renkei_domain::identity::Purpose;
use renkei_domain::service::{Service, ServiceAccount, ServiceCertificate};
use uuid::Uuid;

use crate::row::{ServiceColumns, actor_binds};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, dialect, service_permission};

/// Columns of every query that returns accounts.
macro_rules! accounts {
    ($which:literal) => {
        concat!(
            "SELECT service_account_id, organization_id, name, calls_per_minute, created_at, ended_at \
             FROM service_account WHERE ",
            $which
        )
    };
}

statements! {
    INSERT = "INSERT INTO service_account (service_account_id, organization_id, name, calls_per_minute, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    ACCOUNT = accounts!("service_account_id = $1");
    OF_ORGANIZATION = accounts!("organization_id = $1 \
        ORDER BY CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, name, service_account_id LIMIT 200");
    CERTIFICATES = "SELECT device_id, enrolled_at, COALESCE(next_expires_at, expires_at) FROM device \
        WHERE service_account_id = $1 AND revoked_at IS NULL AND COALESCE(next_expires_at, expires_at) > $2 \
        ORDER BY enrolled_at DESC, device_id DESC LIMIT 200";
    END = "UPDATE service_account SET ended_at = $2 WHERE service_account_id = $1 AND ended_at IS NULL";
    REVOKE = "UPDATE device SET revoked_at = $2 WHERE service_account_id = $1 AND revoked_at IS NULL";
    VOID_CODES = "UPDATE service_code SET expires_at = $2 \
        WHERE service_account_id = $1 AND used_at IS NULL AND expires_at > $2";
    END_SESSIONS = "UPDATE session SET ended_at = $2 WHERE service_account_id = $1 AND ended_at IS NULL \
        RETURNING session_id";
    INSERT_CODE = "INSERT INTO service_code (service_code_id, service_account_id, made_by_person_id, \
        made_by_organization_id, made_by_role, code_hash, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    CODE = "SELECT service_code_id, service_account_id, made_by_person_id, made_by_organization_id, made_by_role, \
        expires_at, device_id FROM service_code WHERE code_hash = $1";
    CODE_EXPIRY = "SELECT expires_at FROM service_code WHERE service_code_id = $1";
    USE_CODE = "UPDATE service_code SET used_at = $2, device_id = $3 \
        WHERE service_code_id = $1 AND used_at IS NULL AND expires_at > $2 AND EXISTS (SELECT 1 FROM service_account v \
            WHERE v.service_account_id = service_code.service_account_id AND v.ended_at IS NULL)";
    INSERT_DEVICE = "INSERT INTO device (device_id, kind, service_account_id, name, public_key_hash, certificate, \
        certificate_hash, expires_at, enrolled_at) VALUES ($1, 'SERVICE', $2, $3, $4, $5, $6, $7, $8)";
    WHOSE_DEVICE = "SELECT v.service_account_id, v.name AS service_account_name, v.calls_per_minute \
        FROM device d JOIN service_account v ON v.service_account_id = d.service_account_id \
        WHERE d.device_id = $1 AND v.ended_at IS NULL";
    ORGANIZATION_OF_DEVICE = "SELECT v.organization_id FROM device d \
        JOIN service_account v ON v.service_account_id = d.service_account_id WHERE d.device_id = $1";
    MADE_BY = "SELECT c.made_by_person_id, c.made_by_organization_id, c.made_by_role FROM service_code c \
        JOIN device d ON d.service_account_id = c.service_account_id AND d.device_id = c.device_id \
        WHERE d.device_id = $1";
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    service_account_id: Uuid,
    organization_id: Uuid,
    name: String,
    calls_per_minute: i64,
    created_at: i64,
    ended_at: Option<i64>,
}

impl From<AccountRow> for ServiceAccount {
    fn from(row: AccountRow) -> Self {
        let id = ServiceAccountId(row.service_account_id);
        Self {
            service: Service { id, name: row.name, calls_per_minute: row.calls_per_minute },
            organization: OrganizationId(row.organization_id),
            created_at: Timestamp(row.created_at),
            ended_at: row.ended_at.map(Timestamp),
            certificates: Vec::new(),
        }
    }
}

/// Stores a new account.
///
/// # Errors
/// [`StoreError::ForeignKey`] if there is no such organisation.
pub async fn insert(tx: &mut Tx, account: &ServiceAccount) -> Result<(), StoreError> {
    let Service { id, name, calls_per_minute } = &account.service;
    run!(tx, INSERT, id.0, account.organization.0, name, *calls_per_minute, account.created_at.0)?;
    Ok(())
}

/// One account, without its certificates.
///
/// # Errors
/// As every query.
pub async fn account(conn: &mut Conn, id: ServiceAccountId) -> Result<Option<ServiceAccount>, StoreError> {
    Ok(run!(conn, optional AccountRow: ACCOUNT, id.0)?.map(Into::into))
}

/// The same, which does not end until the transaction does.
///
/// # Errors
/// As every query.
pub async fn account_to_hold(
    tx: &mut Tx,
    id: ServiceAccountId,
) -> Result<Option<ServiceAccount>, StoreError> {
    dialect::hold_service(tx, id).await?;
    account(tx, id).await
}

/// The accounts of an organisation, without their certificates: those that have not ended first, then by name. At most
/// 200.
///
/// # Errors
/// As every query.
pub async fn of_organization(
    conn: &mut Conn,
    organization: OrganizationId,
) -> Result<Vec<ServiceAccount>, StoreError> {
    let rows = run!(conn, all AccountRow: OF_ORGANIZATION, organization.0)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The certificates of an account that are good at `now`, the one enrolled last first. At most 200.
///
/// # Errors
/// As every query.
pub async fn certificates(
    conn: &mut Conn,
    id: ServiceAccountId,
    now: Timestamp,
) -> Result<Vec<ServiceCertificate>, StoreError> {
    let rows = run!(conn, all (Uuid, i64, i64): CERTIFICATES, id.0, now.0)?;
    let certificate = |(device, enrolled_at, expires_at)| ServiceCertificate {
        device: DeviceId(device),
        enrolled_at: Timestamp(enrolled_at),
        expires_at: Timestamp(expires_at),
    };
    Ok(rows.into_iter().map(certificate).collect())
}

/// Ends an account with everything that it could come in with, and names the sessions that end. What has ended stays so
/// since then. Returns after whatever was being begun is there to be ended: to be called first in a transaction.
///
/// # Errors
/// As every query.
pub async fn end(tx: &mut Tx, id: ServiceAccountId, now: Timestamp) -> Result<Vec<SessionId>, StoreError> {
    dialect::lock_service(tx, id).await?;
    run!(tx, END, id.0, now.0)?;
    run!(tx, REVOKE, id.0, now.0)?;
    run!(tx, VOID_CODES, id.0, now.0)?;
    service_permission::withdraw_of(tx, id).await?;
    let rows = run!(tx, all (Uuid,): END_SESSIONS, id.0, now.0)?;
    Ok(rows.into_iter().map(|(id,)| SessionId(id)).collect())
}

/// An enrolment code of an account as it is stored: never the code itself.
pub struct ServiceCode {
    /// Its id.
    pub id: ServiceCodeId,
    /// Whose certificate it gets.
    pub account: ServiceAccountId,
    /// Who made it, and answers for what comes in with it.
    pub made_by: Subject,
    /// End of the code.
    pub expires_at: Timestamp,
    /// The device that it enrolled.
    pub device: Option<DeviceId>,
}

/// Stores a new code.
///
/// # Errors
/// As every query.
pub async fn insert_code(
    tx: &mut Tx,
    code: &ServiceCode,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<(), StoreError> {
    let (person, organization, role) = actor_binds(&code.made_by);
    let (id, account, expires_at) = (code.id.0, code.account.0, code.expires_at.0);
    run!(tx, INSERT_CODE, id, account, person, organization, role, hash.to_vec(), expires_at, now.0)?;
    Ok(())
}

type MadeBy = (Uuid, Uuid, String);

fn made_by((person, organization, role): MadeBy) -> Result<Subject, StoreError> {
    Ok(Subject {
        person: PersonId(person),
        organization: OrganizationId(organization),
        role: role.parse()?,
        purpose: Purpose::Treatment,
    })
}

/// What has this code.
///
/// # Errors
/// As every query.
pub async fn code(conn: &mut Conn, hash: [u8; 32]) -> Result<Option<ServiceCode>, StoreError> {
    let row = run!(
        conn,
        optional (Uuid, Uuid, Uuid, Uuid, String, i64, Option<Uuid>): CODE,
        hash.to_vec()
    )?;
    row.map(|(id, account, person, organization, role, expires_at, device)| {
        Ok(ServiceCode {
            id: ServiceCodeId(id),
            account: ServiceAccountId(account),
            made_by: made_by((person, organization, role))?,
            expires_at: Timestamp(expires_at),
            device: device.map(DeviceId),
        })
    })
    .transpose()
}

/// When a code ends.
///
/// # Errors
/// As every query.
pub async fn code_expiry(conn: &mut Conn, id: ServiceCodeId) -> Result<Option<Timestamp>, StoreError> {
    Ok(run!(conn, optional (i64,): CODE_EXPIRY, id.0)?.map(|(expires_at,)| Timestamp(expires_at)))
}

/// Uses a code up for a new certificate; says whether it was unused and good still, and its account stands. The account
/// stands until the transaction ends.
///
/// # Errors
/// [`StoreError::Unique`] if the certificate is known.
pub async fn enroll(
    tx: &mut Tx,
    code: &ServiceCode,
    name: &str,
    device: &crate::device::Device,
    certificate_hash: [u8; 32],
    now: Timestamp,
) -> Result<bool, StoreError> {
    dialect::hold_service(tx, code.account).await?;
    if run!(tx, USE_CODE, code.id.0, now.0, device.id.0)? != 1 {
        return Ok(false);
    }
    run!(
        tx,
        INSERT_DEVICE,
        device.id.0,
        code.account.0,
        name,
        &device.public_key_hash,
        &device.certificate,
        certificate_hash.to_vec(),
        device.expires_at.0,
        now.0
    )?;
    Ok(true)
}

/// The account whose certificate a device is, unless the account has ended.
///
/// # Errors
/// As every query.
pub async fn of_device(conn: &mut Conn, device: DeviceId) -> Result<Option<Service>, StoreError> {
    let row = run!(conn, optional ServiceColumns: WHOSE_DEVICE, device.0)?;
    Ok(row.and_then(ServiceColumns::into_service))
}

/// The organisation whose service account a device belongs to, also after the account has ended. `None`: it is no
/// service account's.
///
/// # Errors
/// As every query.
pub async fn organization_of_device(
    conn: &mut Conn,
    device: DeviceId,
) -> Result<Option<OrganizationId>, StoreError> {
    let row = run!(conn, optional (Uuid,): ORGANIZATION_OF_DEVICE, device.0)?;
    Ok(row.map(|(organization,)| OrganizationId(organization)))
}

/// Who made the code that enrolled a device.
///
/// # Errors
/// As every query.
pub async fn answers_for(conn: &mut Conn, device: DeviceId) -> Result<Option<Subject>, StoreError> {
    run!(conn, optional MadeBy: MADE_BY, device.0)?.map(made_by).transpose()
}
