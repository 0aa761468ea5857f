//! What a patient's summary is made of: the newest entries of a kind as they stand, open questions, and entries that
//! hold measurements. It is part of [`crate::timeline`].

use renkei_domain::access::Read;
use renkei_domain::timeline::EntryKind;
use renkei_domain::{Permit, Timestamp};

use crate::entry_addressee::{is_open, without_mark};
use crate::entry_filter::PASSED_OVER;
use crate::scan::{Row, ScannedEntry};
use crate::sql::{run, statements};
use crate::timeline::{EntryRow, StoredEntry, entries, entries_of, seen, sight};
use crate::{Conn, StoreError};

/// The kinds of the index `entry_observed`, in its own words: else no engine knows that it holds what is asked for.
macro_rules! may_hold_measurements {
    () => {
        "e.kind IN ('VISIT_NOTE', 'VITAL_SIGNS', 'LABORATORY_REPORT')"
    };
}

statements! {
    NEWEST = entries!(concat!(
        "AND e.kind IN ('PROBLEM_LIST', 'ALLERGY_LIST', 'MEDICATION', 'CARE_PLAN') AND e.kind = $5 \
         AND (e.occurred_at, e.seq) < ($6, $7) AND ",
        without_mark!("k.mark IN ('CORRECTED', 'ENTERED_IN_ERROR')"),
        " ORDER BY e.occurred_at DESC, e.seq DESC LIMIT $8"));
    OPEN_QUESTIONS = entries!(concat!(
        "AND e.seq IN (SELECT d.seq FROM entry_addressee d WHERE d.patient_id = $1 AND d.wanted = 'ANSWER') AND ",
        is_open!(),
        " ORDER BY e.seq DESC LIMIT $5"));
    OBSERVED_BEFORE = concat!(
        "SELECT e.seq, e.entry_id, e.category, e.sensitivity, e.author_person_id, e.author_organization_id, \
         e.author_role, e.key_version, e.body, e.posted_at, e.occurred_at FROM entry e WHERE ", seen!(),
        " AND e.seq < $5 AND e.seq > $6 AND ", may_hold_measurements!(),
        " AND e.occurred_at >= $7 AND e.occurred_at < $8 AND ",
        without_mark!("k.mark IN ('CORRECTED', 'ENTERED_IN_ERROR')"), " ORDER BY e.seq DESC LIMIT $9");
    OBSERVED_FROM = concat!(
        "SELECT e.seq FROM entry e WHERE e.patient_id = $1 AND e.seq < $2 AND ", may_hold_measurements!(),
        " ORDER BY e.seq DESC LIMIT 1 OFFSET $3");
}

/// An entry that may hold measurements.
pub struct ObservedEntry {
    /// The entry.
    pub entry: ScannedEntry,
    /// When what it tells of was.
    pub occurred_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct ObservedRow {
    #[sqlx(flatten)]
    entry: Row,
    occurred_at: i64,
}

/// The newest problem lists, allergy lists, medications or care plans that the permit reaches, as they stand, newest first
/// by when what they tell of was: a correction of an old one does not become the newest. Those after `after`, which is the
/// time and the `seq` of one.
///
/// # Errors
/// As every query.
pub async fn newest(
    conn: &mut Conn,
    permit: &Permit<Read>,
    kind: EntryKind,
    after: Option<(Timestamp, i64)>,
    limit: i64,
) -> Result<Vec<StoredEntry>, StoreError> {
    let (patient, person, seen, denied) = sight(permit);
    let (kind, seen, denied) = (kind.as_str(), &seen, &denied);
    let (time, seq) = after.map_or((i64::MAX, i64::MAX), |(time, seq)| (time.0, seq));
    entries_of(run!(conn, all EntryRow: NEWEST, patient, person, seen, denied, kind, time, seq, limit)?)
}

/// The open questions that the permit reaches, whoever they are to, newest first.
///
/// # Errors
/// As every query.
pub async fn open_questions(
    conn: &mut Conn,
    permit: &Permit<Read>,
    limit: i64,
) -> Result<Vec<StoredEntry>, StoreError> {
    let (patient, person, seen, denied) = sight(permit);
    entries_of(run!(conn, all EntryRow: OPEN_QUESTIONS, patient, person, &seen, &denied, limit)?)
}

/// Entries with a smaller `seq` than `before` and a greater one than `after` that the permit reaches, as they stand, and
/// that may hold measurements of the time from `from` until before `until`; newest first.
///
/// # Errors
/// As every query.
pub async fn observed_before(
    conn: &mut Conn,
    permit: &Permit<Read>,
    (from, until): (Option<Timestamp>, Option<Timestamp>),
    (after, before): (i64, i64),
    limit: i64,
) -> Result<Vec<ObservedEntry>, StoreError> {
    let (patient, person, seen, denied) = sight(permit);
    let (from, until) = (from.map_or(i64::MIN, |time| time.0), until.map_or(i64::MAX, |time| time.0));
    let (seen, denied) = (&seen, &denied);
    run!(conn, all ObservedRow: OBSERVED_BEFORE, patient, person, seen, denied, before, after, from, until, limit)?
        .into_iter()
        .map(|row| {
            Ok(ObservedEntry { entry: row.entry.try_into()?, occurred_at: Timestamp(row.occurred_at) })
        })
        .collect()
}

/// The `seq` behind which the last [`PASSED_OVER`] entries before `before` stand that may hold measurements, whoever sees
/// them; 0 if there are no more.
///
/// # Errors
/// As every query.
pub async fn observed_from(conn: &mut Conn, permit: &Permit<Read>, before: i64) -> Result<i64, StoreError> {
    let from = run!(conn, optional (i64,): OBSERVED_FROM, permit.patient().0, before, PASSED_OVER)?;
    Ok(from.map_or(0, |(seq,)| seq))
}
