//! Sessions and their tokens, stored hashed.

use std::sync::Arc;

use renkei_domain::Timestamp;
use renkei_domain::id::{AffiliationId, DeviceId, PersonId, SessionId};
use renkei_domain::identity::{Caller, Purpose};
use uuid::Uuid;

use crate::row::{ActorRow, ServiceColumns};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

/// Whether the session, if there is one, has not ended and its device was not revoked.
macro_rules! has_not_ended {
    ($session:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM session s JOIN device d ON d.device_id = s.device_id WHERE s.session_id = ",
            $session,
            " AND COALESCE(s.ended_at, d.revoked_at) IS NOT NULL)"
        )
    };
}

pub(crate) use has_not_ended;

/// Columns and joins of both queries that return a session.
macro_rules! sessions {
    ($which:literal) => {
        concat!(
            "SELECT s.session_id, s.affiliation_id, s.device_id, s.access_expires_at, s.last_seen_at, \
             s.expires_at, s.purpose, s.stepped_up_at, d.kind AS device_kind, d.expires_at AS device_expires_at, \
             COALESCE(s.ended_at, d.revoked_at, p.suspended_at, a.ended_at, v.ended_at) AS ended_at, \
             s.service_account_id, v.name AS service_account_name, v.calls_per_minute, \
             d.certificate_hash, p.login_name, p.person_id, \
             p.name AS person_name, o.organization_id, o.name AS organization_name, a.role \
             FROM session s JOIN device d ON d.device_id = s.device_id JOIN person p ON p.person_id = s.person_id \
             JOIN affiliation a ON a.affiliation_id = s.affiliation_id \
             JOIN organization o ON o.organization_id = a.organization_id \
             LEFT JOIN service_account v ON v.service_account_id = s.service_account_id \
             WHERE ",
            $which
        )
    };
}

statements! {
    INSERT = "INSERT INTO session (session_id, person_id, affiliation_id, device_id, access_hash, access_expires_at, \
        last_seen_at, expires_at, purpose, created_at, stepped_up_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $7, $7)";
    BY_ACCESS = sessions!("s.access_hash = $1");
    BY_ID = sessions!("s.session_id = $1");
    TOUCH = "UPDATE session SET last_seen_at = $2 WHERE session_id = $1 AND last_seen_at < $2";
    RENEW = "UPDATE session SET access_hash = $2, access_expires_at = $3, last_seen_at = $4 \
        WHERE session_id = $1 AND ended_at IS NULL";
    END = "UPDATE session SET ended_at = $2 WHERE session_id = $1 AND ended_at IS NULL";
    END_OF_PERSON = "UPDATE session SET ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL \
        RETURNING session_id";
    END_OF_AFFILIATION = "UPDATE session SET ended_at = $2 \
        WHERE person_id = (SELECT a.person_id FROM affiliation a WHERE a.affiliation_id = $1) \
        AND affiliation_id = $1 AND ended_at IS NULL RETURNING session_id";
    INSERT_REFRESH = "INSERT INTO refresh_token (token_hash, session_id, created_at) VALUES ($1, $2, $3)";
    USE_REFRESH = "UPDATE refresh_token SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL";
    REFRESH = "SELECT session_id FROM refresh_token WHERE token_hash = $1";
}

/// A session as it is stored.
#[derive(Clone)]
pub struct Session {
    /// Who it is, if it is still good.
    pub caller: Arc<Caller>,
    /// SHA-256 of the certificate that it began with. `None`: it began with a code, and no certificate binds it.
    pub certificate_hash: Option<Vec<u8>>,
    /// End of the access token.
    pub access_expires_at: Timestamp,
    /// Last call.
    pub last_seen_at: Timestamp,
    /// It has ended, its device is revoked, its person suspended, or its affiliation or its service account has ended.
    pub ended: bool,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    session_id: Uuid,
    affiliation_id: Uuid,
    device_id: Uuid,
    access_expires_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    purpose: String,
    stepped_up_at: Option<i64>,
    device_kind: String,
    device_expires_at: Option<i64>,
    ended_at: Option<i64>,
    certificate_hash: Option<Vec<u8>>,
    login_name: String,
    #[sqlx(flatten)]
    service: ServiceColumns,
    #[sqlx(flatten)]
    actor: ActorRow,
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;
    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        Ok(Self {
            caller: Arc::new(Caller {
                actor: row.actor.try_into()?,
                login_name: row.login_name,
                affiliation: AffiliationId(row.affiliation_id),
                device: DeviceId(row.device_id),
                device_kind: row.device_kind.parse()?,
                session: SessionId(row.session_id),
                // no session outlives the certificate that it began with
                session_ends_at: Timestamp(row.device_expires_at.unwrap_or(i64::MAX).min(row.expires_at)),
                purpose: row.purpose.parse()?,
                stepped_up_at: row.stepped_up_at.map(Timestamp),
                service: row.service.into_service(),
            }),
            certificate_hash: row.certificate_hash,
            access_expires_at: Timestamp(row.access_expires_at),
            last_seen_at: Timestamp(row.last_seen_at),
            ended: row.ended_at.is_some(),
        })
    }
}

/// What a new session starts with.
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub person: PersonId,
    /// As what.
    pub affiliation: AffiliationId,
    /// On which device.
    pub device: DeviceId,
    /// Hash of the access token.
    pub access_hash: [u8; 32],
    /// End of the access token.
    pub access_expires_at: Timestamp,
    /// End of the session.
    pub expires_at: Timestamp,
    /// For what it asks for data.
    pub purpose: Purpose,
}

/// Stores a new session. The log-in that begins it took the password.
///
/// # Errors
/// As every query.
pub async fn insert(tx: &mut Tx, session: &NewSession, now: Timestamp) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT,
        session.id.0,
        session.person.0,
        session.affiliation.0,
        session.device.0,
        session.access_hash.to_vec(),
        session.access_expires_at.0,
        now.0,
        session.expires_at.0,
        session.purpose.as_str()
    )?;
    Ok(())
}

/// The session with this access token.
///
/// # Errors
/// As every query.
pub async fn by_access_hash(conn: &mut Conn, hash: [u8; 32]) -> Result<Option<Session>, StoreError> {
    run!(conn, optional SessionRow: BY_ACCESS, hash.to_vec())?.map(TryInto::try_into).transpose()
}

/// One session.
///
/// # Errors
/// As every query.
pub async fn by_id(conn: &mut Conn, id: SessionId) -> Result<Option<Session>, StoreError> {
    run!(conn, optional SessionRow: BY_ID, id.0)?.map(TryInto::try_into).transpose()
}

/// Notes that the session was used.
///
/// # Errors
/// As every query.
pub async fn touch(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
    run!(tx, TOUCH, id.0, now.0)?;
    Ok(())
}

/// Gives the session a new access token; says whether it has not ended.
///
/// # Errors
/// As every query.
pub async fn renew(
    tx: &mut Tx,
    id: SessionId,
    access_hash: [u8; 32],
    access_expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(run!(tx, RENEW, id.0, access_hash.to_vec(), access_expires_at.0, now.0)? == 1)
}

/// Ends the session; says whether it had not ended before.
///
/// # Errors
/// As every query.
pub async fn end(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<bool, StoreError> {
    Ok(run!(tx, END, id.0, now.0)? == 1)
}

/// Ends all sessions of a person, and names them.
///
/// # Errors
/// As every query.
pub async fn end_of_person(
    tx: &mut Tx,
    person: PersonId,
    now: Timestamp,
) -> Result<Vec<SessionId>, StoreError> {
    let rows = run!(tx, all (Uuid,): END_OF_PERSON, person.0, now.0)?;
    Ok(rows.into_iter().map(|(id,)| SessionId(id)).collect())
}

/// Ends all sessions under an affiliation, and names them.
///
/// # Errors
/// As every query.
pub async fn end_of_affiliation(
    tx: &mut Tx,
    affiliation: AffiliationId,
    now: Timestamp,
) -> Result<Vec<SessionId>, StoreError> {
    let rows = run!(tx, all (Uuid,): END_OF_AFFILIATION, affiliation.0, now.0)?;
    Ok(rows.into_iter().map(|(id,)| SessionId(id)).collect())
}

/// Stores a new refresh token.
///
/// # Errors
/// As every query.
pub async fn insert_refresh(
    tx: &mut Tx,
    hash: [u8; 32],
    session: SessionId,
    now: Timestamp,
) -> Result<(), StoreError> {
    run!(tx, INSERT_REFRESH, hash.to_vec(), session.0, now.0)?;
    Ok(())
}

/// Uses a refresh token up. `None`: unknown. Otherwise its session, and whether it was unused.
///
/// # Errors
/// As every query.
pub async fn use_refresh(
    tx: &mut Tx,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<(SessionId, bool)>, StoreError> {
    let unused = run!(tx, USE_REFRESH, hash.to_vec(), now.0)? == 1;
    let row = run!(tx, optional (Uuid,): REFRESH, hash.to_vec())?;
    Ok(row.map(|(session,)| (SessionId(session), unused)))
}
