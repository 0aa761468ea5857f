//! Reading the log: events with all their columns, leaves, nodes and checkpoints. It is part of
//! [`crate::audit_log`]. Nothing here judges what it reads: whoever verifies wants to see it as it stands.

use renkei_domain::Permit;
use renkei_domain::access::Audit;
use uuid::Uuid;

use crate::audit_log::StoredCheckpoint;
use crate::sql::{run, statements};
use crate::{Conn, StoreError};

/// All columns of an event, with what stands before and behind them.
macro_rules! whole_events {
    ($before:literal, $after:literal) => {
        concat!(
            "SELECT ",
            $before,
            "e.event_id, e.patient_id, e.happened_at, e.person_id, e.organization_id, e.role, e.session_id, \
             e.action, e.decision, e.reason, e.epoch, e.object_id, e.seqs, e.consents, e.purpose, e.break_glass_id, \
             e.revision, e.content_hash, e.operator, e.service_account_id FROM ",
            $after
        )
    };
}
pub(crate) use whole_events;

statements! {
    PENDING = whole_events!("", "audit_pending q JOIN audit_event e ON e.patient_id = q.patient_id \
        AND e.event_id = q.event_id ORDER BY q.event_id LIMIT $1");
    OF_PATIENT = whole_events!("l.leaf_index, l.leaf_hash, ", "audit_event e JOIN audit_leaf l \
        ON l.event_id = e.event_id AND l.patient_id = e.patient_id \
        WHERE e.patient_id IN ($1, $3) AND e.event_id = $2 AND (e.patient_id = $1 OR e.operator IS NOT NULL)");
    LEAVES = "SELECT leaf_index, leaf_hash FROM audit_leaf WHERE leaf_index >= $1 AND leaf_index < $2 \
        ORDER BY leaf_index";
    NODES = "SELECT node_index, node_hash FROM audit_node WHERE level = $1 AND node_index >= $2 AND node_index < $3 \
        ORDER BY node_index";
    CHECKPOINTS_AFTER = "SELECT size, previous_size, root_hash, signed_at, key_version, signature \
        FROM audit_checkpoint WHERE size > $1 ORDER BY size LIMIT $2";
    SHREDDED = "SELECT 1 FROM patient p JOIN audit_event e ON e.patient_id = p.patient_id \
        WHERE p.patient_id = $1 AND p.shredded_at IS NOT NULL AND e.action = 'PATIENT_SHRED' AND e.decision = 'PERMIT' LIMIT 1";
    COUNTS = "SELECT (SELECT COUNT(*) FROM audit_event), (SELECT COUNT(*) FROM audit_pending), \
        (SELECT COUNT(*) FROM audit_leaf), (SELECT COUNT(*) FROM audit_node), (SELECT size FROM audit_log), \
        (SELECT COUNT(*) FROM audit_pending q WHERE EXISTS (SELECT 1 FROM audit_leaf l WHERE l.event_id = q.event_id) \
        OR NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.patient_id = q.patient_id AND e.event_id = q.event_id))";
}

/// An event with all its columns, as they stand there.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LoggedEvent {
    /// Its id.
    pub event_id: Uuid,
    /// The patient; nil for acts of the region.
    pub patient_id: Uuid,
    /// When, in microseconds since 1970 UTC.
    pub happened_at: i64,
    /// Who.
    pub person_id: Option<Uuid>,
    /// For which organisation.
    pub organization_id: Option<Uuid>,
    /// In which role.
    pub role: Option<String>,
    /// In which session.
    pub session_id: Option<Uuid>,
    /// What.
    pub action: String,
    /// How it was decided.
    pub decision: String,
    /// Why it was refused.
    pub reason: Option<String>,
    /// In which epoch.
    pub epoch: Option<i64>,
    /// What it was about.
    pub object_id: Option<Uuid>,
    /// Which entries.
    pub seqs: String,
    /// Under which consents.
    pub consents: String,
    /// For what.
    pub purpose: String,
    /// Under which emergency access.
    pub break_glass_id: Option<Uuid>,
    /// Revision of the posted entry.
    pub revision: Option<i64>,
    /// SHA-256 of the sealed content.
    pub content_hash: Option<Vec<u8>>,
    /// Whose maintenance.
    pub operator: Option<String>,
    /// Through which service account.
    pub service_account_id: Option<Uuid>,
}

/// An event at its place.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Place {
    /// The place.
    pub leaf_index: i64,
    /// The hash that stands there.
    pub leaf_hash: Vec<u8>,
    /// The event.
    #[sqlx(flatten)]
    pub event: LoggedEvent,
}

/// How much there is, in one snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Events.
    pub events: i64,
    /// Those without a place.
    pub pending: i64,
    /// Places.
    pub leaves: i64,
    /// Nodes.
    pub nodes: i64,
    /// What the log says of its size.
    pub size: i64,
    /// Those that wait and have a place, or are none.
    pub astray: i64,
}

/// Events that wait for their places, at most `limit`.
///
/// # Errors
/// As every query.
pub async fn pending(conn: &mut Conn, limit: i64) -> Result<Vec<LoggedEvent>, StoreError> {
    run!(conn, all LoggedEvent: PENDING, limit)
}

/// An event of a patient with its place, if it has one; also of maintenance that concerned all records.
///
/// # Errors
/// As every query.
pub async fn of_patient(
    conn: &mut Conn,
    permit: &Permit<Audit>,
    event: Uuid,
) -> Result<Option<Place>, StoreError> {
    run!(conn, optional Place: OF_PATIENT, permit.patient().0, event, Uuid::nil())
}

/// The nodes of a level from `first` up to before `end`, with their places, ascending; level 0 are the leaves.
///
/// # Errors
/// As every query.
pub async fn nodes(
    conn: &mut Conn,
    level: i64,
    first: i64,
    end: i64,
) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    if level == 0 {
        run!(conn, all (i64, Vec<u8>): LEAVES, first, end)
    } else {
        run!(conn, all (i64, Vec<u8>): NODES, level, first, end)
    }
}

/// Checkpoints of more than `size` leaves, ascending, at most `limit`.
///
/// # Errors
/// As every query.
pub async fn checkpoints_after(
    conn: &mut Conn,
    size: i64,
    limit: i64,
) -> Result<Vec<StoredCheckpoint>, StoreError> {
    run!(conn, all StoredCheckpoint: CHECKPOINTS_AFTER, size, limit)
}

/// Whether the keys of this patient were destroyed, and it is on record.
///
/// # Errors
/// As every query.
pub async fn is_shredded(conn: &mut Conn, patient: Uuid) -> Result<bool, StoreError> {
    Ok(run!(conn, optional (i32,): SHREDDED, patient)?.is_some())
}

/// How much there is. To be asked in a snapshot.
///
/// # Errors
/// As every query.
pub async fn counts(conn: &mut Conn) -> Result<Counts, StoreError> {
    let (events, pending, leaves, nodes, size, astray) =
        run!(conn, one (i64, i64, i64, i64, i64, i64): COUNTS)?;
    Ok(Counts { events, pending, leaves, nodes, size, astray })
}
