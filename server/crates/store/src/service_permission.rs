//! Which services people allow to act for them, and the sessions that come of it.

use renkei_domain::Timestamp;
use renkei_domain::id::{AffiliationId, PersonId, ServiceAccountId, SessionId};
use renkei_domain::service::{AllowedService, Service};
use uuid::Uuid;

use crate::session::NewSession;
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, dialect};

statements! {
    ALLOW = "INSERT INTO service_permission (affiliation_id, service_account_id, allowed_at) VALUES ($1, $2, $3) \
        ON CONFLICT DO NOTHING";
    OF_PERSON = "SELECT v.service_account_id, v.name, v.calls_per_minute, a.affiliation_id, \
        o.name AS organization_name, a.role, m.allowed_at \
        FROM affiliation a JOIN service_permission m ON m.affiliation_id = a.affiliation_id \
        JOIN service_account v ON v.service_account_id = m.service_account_id \
        JOIN organization o ON o.organization_id = a.organization_id \
        WHERE a.person_id = $1 AND a.ended_at IS NULL AND v.ended_at IS NULL \
        ORDER BY m.allowed_at DESC, v.service_account_id, a.affiliation_id LIMIT 200";
    WITHDRAW = "DELETE FROM service_permission WHERE service_account_id = $2 \
        AND affiliation_id IN (SELECT a.affiliation_id FROM affiliation a WHERE a.person_id = $1)";
    WITHDRAW_ALL = "DELETE FROM service_permission \
        WHERE affiliation_id IN (SELECT a.affiliation_id FROM affiliation a WHERE a.person_id = $1)";
    WITHDRAW_AT = "DELETE FROM service_permission WHERE affiliation_id = $1";
    WITHDRAW_OF = "DELETE FROM service_permission WHERE service_account_id = $1";
    END_SESSIONS = "UPDATE session SET ended_at = $3 \
        WHERE service_account_id = $2 AND person_id = $1 AND ended_at IS NULL RETURNING session_id";
    IS_PERMITTED = "SELECT 1 FROM service_permission m JOIN affiliation a ON a.affiliation_id = m.affiliation_id \
        JOIN person p ON p.person_id = a.person_id \
        JOIN service_account v ON v.service_account_id = m.service_account_id \
        WHERE m.affiliation_id = $1 AND m.service_account_id = $2 AND a.person_id = $3 AND a.ended_at IS NULL AND p.suspended_at IS NULL \
        AND v.ended_at IS NULL AND v.organization_id = a.organization_id";
    BEGIN = "INSERT INTO session (session_id, person_id, affiliation_id, device_id, access_hash, access_expires_at, \
        last_seen_at, expires_at, purpose, created_at, service_account_id) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $7, $10)";
}

#[derive(sqlx::FromRow)]
struct AllowedRow {
    service_account_id: Uuid,
    name: String,
    calls_per_minute: i64,
    affiliation_id: Uuid,
    organization_name: String,
    role: String,
    allowed_at: i64,
}

/// Keeps what a person allows, and the person's standing, as they are until the transaction ends.
///
/// # Errors
/// As every query.
pub async fn hold(tx: &mut Tx, person: PersonId) -> Result<(), StoreError> {
    dialect::hold_person(tx, person).await
}

/// Allows a service to act under an affiliation; that it was allowed before is no failure. To be called under [`hold`].
///
/// # Errors
/// [`StoreError::ForeignKey`] if one of them does not exist.
pub async fn allow(
    tx: &mut Tx,
    affiliation: AffiliationId,
    service: ServiceAccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    run!(tx, ALLOW, affiliation.0, service.0, now.0)?;
    Ok(())
}

/// What a person allows now, the one allowed last first. At most 200.
///
/// # Errors
/// As every query.
pub async fn of_person(conn: &mut Conn, person: PersonId) -> Result<Vec<AllowedService>, StoreError> {
    let rows = run!(conn, all AllowedRow: OF_PERSON, person.0)?;
    let allowed = |row: AllowedRow| {
        let id = ServiceAccountId(row.service_account_id);
        Ok(AllowedService {
            service: Service { id, name: row.name, calls_per_minute: row.calls_per_minute },
            affiliation: AffiliationId(row.affiliation_id),
            organization_name: row.organization_name,
            role: row.role.parse()?,
            allowed_at: Timestamp(row.allowed_at),
        })
    };
    rows.into_iter().map(allowed).collect()
}

/// Withdraws what a person allowed a service, under every affiliation, ends the sessions that it has for the person,
/// and names them. Returns after whatever was being begun is there to be ended: to be called first in a transaction.
///
/// # Errors
/// As every query.
pub async fn withdraw(
    tx: &mut Tx,
    person: PersonId,
    service: ServiceAccountId,
    now: Timestamp,
) -> Result<Vec<SessionId>, StoreError> {
    dialect::lock_person(tx, person).await?;
    run!(tx, WITHDRAW, person.0, service.0)?;
    let rows = run!(tx, all (Uuid,): END_SESSIONS, person.0, service.0, now.0)?;
    Ok(rows.into_iter().map(|(id,)| SessionId(id)).collect())
}

/// Withdraws all that a person allowed. Whoever calls this ends the person's sessions, too.
pub(crate) async fn withdraw_all(tx: &mut Tx, person: PersonId) -> Result<(), StoreError> {
    run!(tx, WITHDRAW_ALL, person.0)?;
    Ok(())
}

/// Withdraws what was allowed under an affiliation that ends: it may be taken up again, and this must not.
pub(crate) async fn withdraw_at(tx: &mut Tx, affiliation: AffiliationId) -> Result<(), StoreError> {
    run!(tx, WITHDRAW_AT, affiliation.0)?;
    Ok(())
}

/// Withdraws what anybody allowed a service that ends.
pub(crate) async fn withdraw_of(tx: &mut Tx, service: ServiceAccountId) -> Result<(), StoreError> {
    run!(tx, WITHDRAW_OF, service.0)?;
    Ok(())
}

/// Begins a session of a service for a person, if the person allows that at this moment, both may log in, and the
/// affiliation is at the service's organisation; says whether. The password was not given in it, and never is.
///
/// # Errors
/// As every query.
pub async fn begin(
    tx: &mut Tx,
    session: &NewSession,
    service: ServiceAccountId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    dialect::hold_person(tx, session.person).await?;
    dialect::hold_service(tx, service).await?;
    // in a statement of its own, which sees what the locks waited for
    if run!(tx, optional (i32,): IS_PERMITTED, session.affiliation.0, service.0, session.person.0)?.is_none()
    {
        return Ok(false);
    }
    run!(
        tx,
        BEGIN,
        session.id.0,
        session.person.0,
        session.affiliation.0,
        session.device.0,
        session.access_hash.to_vec(),
        session.access_expires_at.0,
        now.0,
        session.expires_at.0,
        session.purpose.as_str(),
        service.0
    )?;
    Ok(true)
}
