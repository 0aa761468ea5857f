//! Audit events. They are only ever added.

use renkei_domain::access::Write;
use renkei_domain::audit::{Act, AuditEvent, Decision};
use renkei_domain::id::{AuditEventId, ConsentId, PatientId, SessionId};
use renkei_domain::{Permit, Timestamp};
use uuid::Uuid;

use crate::row::{ActorRow, actor_binds};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, dialect};

statements! {
    INSERT = "INSERT INTO audit_event (patient_id, event_id, happened_at, person_id, organization_id, role, \
        session_id, action, decision, reason, epoch, object_id, seqs, consents) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    BEFORE = "SELECT e.event_id, e.happened_at, e.action, e.decision, e.reason, e.object_id, e.seqs, e.consents, \
        p.person_id, p.name AS person_name, o.organization_id, o.name AS organization_name, e.role \
        FROM audit_event e JOIN person p ON p.person_id = e.person_id \
        JOIN organization o ON o.organization_id = e.organization_id \
        WHERE e.patient_id = $1 AND e.event_id < $2 ORDER BY e.event_id DESC LIMIT $3";
}

/// When and in which session something was done, and the id of the event about it.
#[derive(Clone, Copy)]
pub struct Stamp {
    /// Id of the event.
    pub id: AuditEventId,
    /// When.
    pub time: Timestamp,
    /// In which session; none before log-in.
    pub session: Option<SessionId>,
}

/// Adds an event to the transaction of the act itself: no event, no act.
///
/// # Errors
/// As every query.
pub async fn append(tx: &mut Tx, stamp: Stamp, act: &Act) -> Result<(), StoreError> {
    let (person, organization, role) = actor_binds(&act.subject);
    let decision = if act.refused.is_none() { Decision::Permit } else { Decision::Deny };
    let consents: Vec<String> = act.consents.iter().map(ToString::to_string).collect();
    run!(
        tx,
        INSERT,
        act.patient.map_or(Uuid::nil(), |patient| patient.0),
        stamp.id.0,
        stamp.time.0,
        person,
        organization,
        role,
        stamp.session.map(|session| session.0),
        act.action.as_str(),
        decision.as_str(),
        act.refused.map(|reason| reason.as_str()),
        act.epoch,
        act.object,
        act.seqs.to_string(),
        consents.join(",")
    )?;
    Ok(())
}

/// Puts a disclosure on record before it leaves, if nobody's access to the patient changed since the
/// permit's snapshot. So every disclosure is either before a withdrawal of consent, or does not happen.
///
/// # Errors
/// [`StoreError::EpochChanged`]: read again.
pub async fn disclose(
    tx: &mut Tx,
    patient: PatientId,
    epoch: i64,
    stamp: Stamp,
    act: &Act,
) -> Result<(), StoreError> {
    if dialect::hold_epoch(tx, patient).await? != Some(epoch) {
        return Err(StoreError::EpochChanged);
    }
    append(tx, stamp, act).await
}

#[derive(sqlx::FromRow)]
struct EventRow {
    event_id: Uuid,
    happened_at: i64,
    action: String,
    decision: String,
    reason: Option<String>,
    object_id: Option<Uuid>,
    seqs: String,
    consents: String,
    #[sqlx(flatten)]
    actor: ActorRow,
}

/// A patient's events before the one with id `before`, newest first.
///
/// # Errors
/// As every query.
pub async fn before(
    conn: &mut Conn,
    permit: &Permit<Write>,
    before: AuditEventId,
    limit: i64,
) -> Result<Vec<AuditEvent>, StoreError> {
    let patient = permit.patient();
    run!(conn, all EventRow: BEFORE, patient.0, before.0, limit)?
        .into_iter()
        .map(|row| {
            Ok(AuditEvent {
                id: AuditEventId(row.event_id),
                time: Timestamp(row.happened_at),
                actor: row.actor.try_into()?,
                action: row.action.parse()?,
                decision: row.decision.parse()?,
                patient,
                object: row.object_id,
                seqs: row.seqs.parse()?,
                consents: row
                    .consents
                    .split(',')
                    .filter(|id| !id.is_empty())
                    .map(|id| Uuid::parse_str(id).map(ConsentId))
                    .collect::<Result<_, _>>()
                    .map_err(|_| StoreError::Corrupt("audit_event.consents"))?,
                reason: row.reason.map(|reason| reason.parse()).transpose()?,
            })
        })
        .collect()
}
