//! What was done to entries, beside the events that tell of it. It is part of [`crate::audit_log`], and judges nothing
//! either.

use renkei_domain::Timestamp;
use renkei_domain::id::uuid_v7;
use uuid::Uuid;

use crate::sql::{run, statements};
use crate::{Conn, StoreError};

/// The entry `n` is of the mark `k`'s person, organisation and role, from then.
macro_rules! is_by {
    () => {
        "n.author_person_id = k.person_id AND n.author_organization_id = k.organization_id \
         AND n.author_role = k.role AND n.posted_at = k.marked_at"
    };
}

statements! {
    // an amendment is an entry of whoever amends; so is an answer, or its responsible person has finalised it
    AFTER = concat!(
        "SELECT k.patient_id, k.seq, k.mark, k.person_id, k.by_seq, CAST(CASE WHEN CASE \
         WHEN k.mark IN ('FINALIZED', 'ACKNOWLEDGED') THEN k.by_seq = 0 AND EXISTS (SELECT 1 FROM entry n \
         JOIN audit_event e ON e.patient_id = n.patient_id AND e.object_id = n.entry_id \
         AND e.action IN ('ENTRY_FINALIZE', 'ENTRY_ACKNOWLEDGE') WHERE n.patient_id = k.patient_id AND n.seq = k.seq \
         AND e.action = CASE k.mark WHEN 'FINALIZED' THEN 'ENTRY_FINALIZE' ELSE 'ENTRY_ACKNOWLEDGE' END \
         AND e.decision = 'PERMIT' AND e.person_id = k.person_id AND e.organization_id = k.organization_id \
         AND e.role = k.role AND e.happened_at = k.marked_at) \
         WHEN k.mark IN ('CORRECTED', 'ENTERED_IN_ERROR') THEN k.by_seq > k.seq AND EXISTS (SELECT 1 FROM entry n \
         JOIN entry q ON q.patient_id = n.patient_id AND q.seq = k.seq AND n.revision = q.revision + 1 \
         WHERE n.patient_id = k.patient_id AND n.seq = k.by_seq AND n.kind <> 'NOTICE' \
         AND (n.kind = 'RETRACTION') = (k.mark = 'ENTERED_IN_ERROR') AND ", is_by!(), ") \
         ELSE EXISTS (SELECT 1 FROM entry n WHERE n.patient_id = k.patient_id AND n.seq = k.by_seq \
         AND n.kind <> 'NOTICE' AND ((", is_by!(), " AND NOT EXISTS (SELECT 1 FROM entry_addressee d \
         WHERE d.patient_id = n.patient_id AND d.seq = n.seq AND d.wanted = 'FINALIZE')) \
         OR EXISTS (SELECT 1 FROM entry_mark f WHERE f.patient_id = n.patient_id AND f.seq = n.seq \
         AND f.mark = 'FINALIZED' AND f.person_id = k.person_id AND f.organization_id = k.organization_id \
         AND f.role = k.role AND f.marked_at = k.marked_at))) END \
         THEN 1 ELSE 0 END AS BIGINT) AS is_as_logged, \
         (SELECT q.seq FROM entry n JOIN entry q ON q.patient_id = n.patient_id AND q.entry_id = n.reply_to_entry_id \
         WHERE n.patient_id = k.patient_id AND n.seq = k.by_seq AND k.mark = 'ANSWERED') AS question, \
         (SELECT n.entry_id FROM entry n WHERE n.patient_id = k.patient_id AND n.seq = k.by_seq) AS by_entry, \
         (SELECT n.posted_at FROM entry n WHERE n.patient_id = k.patient_id AND n.seq = k.by_seq) AS by_posted_at, \
         (SELECT COUNT(*) FROM entry_mark a WHERE k.mark = 'CORRECTED' AND a.patient_id = k.patient_id \
         AND a.seq = k.seq AND a.mark = 'ANSWERED' AND (a.by_seq > k.by_seq OR NOT EXISTS (SELECT 1 FROM entry_mark c \
         WHERE c.patient_id = a.patient_id AND c.seq = k.by_seq AND c.mark = 'ANSWERED' \
         AND c.person_id = a.person_id AND c.by_seq = a.by_seq))) + (SELECT COUNT(*) FROM entry_mark c \
         WHERE k.mark = 'CORRECTED' AND c.patient_id = k.patient_id AND c.seq = k.by_seq AND c.mark = 'ANSWERED' \
         AND c.by_seq < k.by_seq AND NOT EXISTS (SELECT 1 FROM entry_addressee d WHERE d.patient_id = c.patient_id \
         AND d.seq = c.by_seq AND d.wanted = 'FINALIZE') AND NOT EXISTS (SELECT 1 FROM entry_mark a \
         WHERE a.patient_id = c.patient_id AND a.seq = k.seq AND a.mark = 'ANSWERED' \
         AND a.person_id = c.person_id AND a.by_seq = c.by_seq)) AS answers_lost FROM entry_mark k \
         WHERE (k.patient_id, k.seq, k.mark, k.person_id, k.by_seq) > ($1, $2, $3, $4, $5) \
         ORDER BY k.patient_id, k.seq, k.mark, k.person_id, k.by_seq LIMIT $6");
    TAKES_PLACE_OF = "SELECT k.seq FROM entry_mark k \
        WHERE k.patient_id = $1 AND k.by_seq = $2 AND k.by_seq > 0 AND k.mark = 'CORRECTED'";
    POSTED_AS = "SELECT e.action FROM audit_event e WHERE e.patient_id = $1 AND e.event_id >= $2 AND e.event_id < $3 \
        AND e.object_id = $4 AND e.happened_at = $5 AND e.decision = 'PERMIT' AND e.content_hash IS NOT NULL";
}

/// Which mark: no two have the same. The default is before all.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct MarkKey {
    /// The patient.
    pub patient_id: Uuid,
    /// Place of the entry.
    pub seq: i64,
    /// What was done to it.
    pub mark: String,
    /// By whom.
    pub person_id: Uuid,
    /// Place of the entry that did it; 0: none.
    pub by_seq: i64,
}

impl Default for MarkKey {
    fn default() -> Self {
        Self {
            patient_id: Uuid::nil(),
            seq: i64::MIN,
            mark: String::new(),
            person_id: Uuid::nil(),
            by_seq: 0,
        }
    }
}

/// A mark, beside what tells of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LoggedMark {
    /// Which.
    #[sqlx(flatten)]
    pub key: MarkKey,
    /// 1 if an event tells of it, or the entry that did it is there, of the same person and time; else 0.
    pub is_as_logged: i64,
    /// Of an answer: the place of what it replies to.
    pub question: Option<i64>,
    /// The entry that did it.
    pub by_entry: Option<Uuid>,
    /// When that was posted, in microseconds since 1970 UTC.
    pub by_posted_at: Option<i64>,
    /// Of a correction: how many answers are of only one of it and what it corrects, or of that and newer.
    /// (One that waited for its responsible person until after the correction is of the correction only.)
    pub answers_lost: i64,
}

/// Marks after this one, at most `limit`.
///
/// # Errors
/// As every query.
pub async fn marks_after(
    conn: &mut Conn,
    after: &MarkKey,
    limit: i64,
) -> Result<Vec<LoggedMark>, StoreError> {
    let MarkKey { patient_id, seq, mark, person_id, by_seq } = after;
    run!(conn, all LoggedMark: AFTER, patient_id, seq, mark, person_id, by_seq, limit)
}

/// The place of the entry that the one at `seq` corrects, if it corrects one.
///
/// # Errors
/// As every query.
pub async fn takes_place_of(conn: &mut Conn, patient: Uuid, seq: i64) -> Result<Option<i64>, StoreError> {
    Ok(run!(conn, optional (i64,): TAKES_PLACE_OF, patient, seq)?.map(|(seq,)| seq))
}

/// As what an entry of the patient was posted at that time, by the events of that millisecond: their ids begin with it.
///
/// # Errors
/// As every query.
pub async fn posted_as(
    conn: &mut Conn,
    patient: Uuid,
    entry: Uuid,
    at: i64,
) -> Result<Vec<String>, StoreError> {
    let millisecond = at.div_euclid(1000) * 1000;
    let [first, end] = [millisecond, millisecond + 1000].map(|time| uuid_v7(Timestamp(time), [0; 8]));
    let found = run!(conn, all (String,): POSTED_AS, patient, first, end, entry, at)?;
    Ok(found.into_iter().map(|(action,)| action).collect())
}
