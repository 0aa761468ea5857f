//! What was done to entries, in the order in which it was done: what streams tell. It is part of [`crate::timeline`].

use renkei_domain::Timestamp;
use renkei_domain::access::{Permit, Read};
use renkei_domain::id::EntryId;
use renkei_domain::timeline::Mark;
use uuid::Uuid;

use crate::entry_addressee::{is_open, without_mark};
use crate::sql::{run, statements};
use crate::timeline::{seen, sight};
use crate::{Conn, StoreError};

/// Whether the mark `k` is told of to whoever does not see its entry: it took an answer back, and a question that is seen
/// is open again.
macro_rules! reopens {
    () => {
        concat!(
            "k.mark IN ('CORRECTED', 'ENTERED_IN_ERROR') AND EXISTS (SELECT 1 FROM entry_mark a \
             JOIN entry e ON e.patient_id = a.patient_id AND e.seq = a.seq WHERE a.patient_id = k.patient_id \
             AND a.by_seq > 0 AND a.by_seq = k.seq AND a.mark = 'ANSWERED' AND ",
            seen!(),
            " AND ",
            is_open!(),
            ")"
        )
    };
}

/// Marks that are told of.
macro_rules! told {
    ($columns:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM entry_mark k JOIN entry e ON e.patient_id = k.patient_id AND e.seq = k.seq \
             WHERE k.patient_id = $1 AND ((",
            seen!(),
            ") OR (",
            reopens!(),
            ")) ",
            $rest
        )
    };
}

statements! {
    HEADS = "SELECT head_seq, head_mark FROM patient WHERE patient_id = $1";
    AFTER = told!("k.place, k.mark, k.marked_at, e.entry_id", "AND k.place > $5 ORDER BY k.place LIMIT $6");
    LAST = told!("k.place", "AND k.place > 0 ORDER BY k.place DESC LIMIT 1");
    ANSWERED_BY = concat!(
        "SELECT e.entry_id FROM entry_mark k JOIN entry e ON e.patient_id = k.patient_id AND e.seq = k.seq \
         WHERE k.patient_id = $1 AND ", seen!(), " AND k.mark = 'ANSWERED' AND k.by_seq = \
         (SELECT a.seq FROM entry a WHERE a.patient_id = $1 AND a.entry_id = $5)");
}

/// That something was done to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedMark {
    /// Place among the patient's marks, from 1.
    pub place: i64,
    /// What.
    pub mark: Mark,
    /// When.
    pub marked_at: Timestamp,
    /// To which entry. The permit need not reach it.
    pub entry: EntryId,
}

/// `seq` of the timeline's last entry and place of its last mark, seen or not; 0 while there is none.
///
/// # Errors
/// As every query.
pub async fn heads(conn: &mut Conn, permit: &Permit<Read>) -> Result<(i64, i64), StoreError> {
    Ok(run!(conn, one (i64, i64): HEADS, permit.patient().0)?)
}

/// Marks behind `place` of entries that the permit reaches, oldest first; and marks that took an answer back where the
/// permit reaches its question only, which is open again. Of whoever set them nothing is said.
///
/// # Errors
/// As every query.
pub async fn marked_after(
    conn: &mut Conn,
    permit: &Permit<Read>,
    place: i64,
    limit: i64,
) -> Result<Vec<PlacedMark>, StoreError> {
    let (patient, person, seen, denied) = sight(permit);
    run!(conn, all (i64, String, i64, Uuid): AFTER, patient, person, &seen, &denied, place, limit)?
        .into_iter()
        .map(|(place, mark, marked_at, entry)| {
            Ok(PlacedMark {
                place,
                mark: mark.parse()?,
                marked_at: Timestamp(marked_at),
                entry: EntryId(entry),
            })
        })
        .collect()
}

/// Place of the last mark that [`marked_after`] returns; 0 if there is none.
///
/// # Errors
/// As every query.
pub async fn last_mark(conn: &mut Conn, permit: &Permit<Read>) -> Result<i64, StoreError> {
    let (patient, person, seen, denied) = sight(permit);
    let last = run!(conn, optional (i64,): LAST, patient, person, &seen, &denied)?;
    Ok(last.map_or(0, |(place,)| place))
}

/// The entries that the permit reaches and that `entry` answered, whether that still counts or not.
///
/// # Errors
/// As every query.
pub async fn answered_by(
    conn: &mut Conn,
    permit: &Permit<Read>,
    entry: EntryId,
) -> Result<Vec<EntryId>, StoreError> {
    let (patient, person, seen, denied) = sight(permit);
    let answered = run!(conn, all (Uuid,): ANSWERED_BY, patient, person, &seen, &denied, entry.0)?;
    Ok(answered.into_iter().map(|(id,)| EntryId(id)).collect())
}
