//! Maintenance: what operators did at the console (R11). It has no person, organisation and role, but the operator's
//! name. It is part of [`crate::audit`].

use renkei_domain::Timestamp;
use renkei_domain::audit::{AuditEvent, Decision, Maintenance};
use renkei_domain::id::{AuditEventId, OrganizationId, PatientId};
use uuid::Uuid;

use crate::audit::{EventRow, Stamp, events, first_id};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

/// What `$1` to `$5` ask for: from, until before, of one patient, of patients whose custodian is this organisation or
/// of all at once, and which id is nobody's.
macro_rules! wanted {
    ($rest:literal) => {
        concat!(
            "e.operator IS NOT NULL AND e.event_id >= $1 AND e.event_id < $2 AND (e.patient_id = $3 OR $3 IS NULL) \
             AND (EXISTS (SELECT 1 FROM patient c WHERE c.patient_id = e.patient_id \
             AND c.custodian_organization_id = $4) OR $4 IS NULL OR e.patient_id = $5) ",
            $rest
        )
    };
}

statements! {
    EVENT = "INSERT INTO audit_event (patient_id, event_id, happened_at, action, decision, object_id, seqs, consents, \
        purpose, revision, operator) VALUES ($1, $2, $3, $4, $5, $6, '', '', 'MAINTENANCE', $7, $8)";
    WAITS = "INSERT INTO audit_pending (event_id, patient_id) VALUES ($1, $2)";
    PAGE_AFTER = events!(from "audit_event e" where wanted!("ORDER BY e.event_id LIMIT $6"));
    COUNTS = concat!(
        "SELECT e.patient_id, COUNT(*), MIN(e.happened_at), MAX(e.happened_at) FROM audit_event e WHERE ",
        wanted!("AND (e.patient_id > $6 OR $6 IS NULL) GROUP BY e.patient_id ORDER BY e.patient_id LIMIT $7")
    );
}

/// Which maintenance is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Of this patient only.
    pub patient: Option<PatientId>,
    /// Of patients whose custodian this is, and of all at once.
    pub custodian: Option<OrganizationId>,
    /// From then on.
    pub from: Timestamp,
    /// Until before then.
    pub until: Timestamp,
}

/// How often there was maintenance of a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The patient; nil for what concerned all at once.
    pub patient: PatientId,
    /// How often.
    pub events: i64,
    /// When first.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
}

/// Adds an event of maintenance to the transaction of the act itself: no event, no act.
///
/// # Errors
/// As every query.
pub async fn append(tx: &mut Tx, stamp: Stamp, act: &Maintenance) -> Result<(), StoreError> {
    let patient = act.patient.map_or(Uuid::nil(), |patient| patient.0);
    let (action, decision) = (act.action.as_str(), Decision::Permit.as_str());
    let (id, time, number) = (stamp.id.0, stamp.time.0, act.number);
    run!(tx, EVENT, patient, id, time, action, decision, act.object, number, act.operator.as_str())?;
    run!(tx, WAITS, id, patient)?;
    tx.has_event();
    Ok(())
}

/// Maintenance behind the event with id `after`, oldest first.
///
/// # Errors
/// As every query.
pub async fn page(
    conn: &mut Conn,
    wanted: &Wanted,
    after: AuditEventId,
    limit: i64,
) -> Result<Vec<AuditEvent>, StoreError> {
    let next = Uuid::from_u128(after.0.as_u128().saturating_add(1));
    let (from, until) = (first_id(wanted.from).max(next), first_id(wanted.until));
    let (patient, custodian) = (wanted.patient.map(|id| id.0), wanted.custodian.map(|id| id.0));
    run!(conn, all EventRow: PAGE_AFTER, from, until, patient, custodian, Uuid::nil(), limit)?
        .into_iter()
        .map(EventRow::into_event)
        .collect()
}

/// How often there was maintenance, by patient, behind the patient `after`; what concerned all at once stands first,
/// under the nil id, and is counted where `after` is none.
///
/// # Errors
/// As every query.
pub async fn counts(
    conn: &mut Conn,
    wanted: &Wanted,
    after: Option<PatientId>,
    limit: i64,
) -> Result<Vec<Count>, StoreError> {
    let (from, until) = (first_id(wanted.from), first_id(wanted.until));
    let (patient, custodian) = (wanted.patient.map(|id| id.0), wanted.custodian.map(|id| id.0));
    let after = after.map(|id| id.0);
    let rows = run!(
        conn, all (Uuid, i64, i64, i64): COUNTS, from, until, patient, custodian, Uuid::nil(), after, limit
    )?;
    Ok(rows
        .into_iter()
        .map(|(patient, events, first, last)| Count {
            patient: PatientId(patient),
            events,
            first: Timestamp(first),
            last: Timestamp(last),
        })
        .collect())
}
