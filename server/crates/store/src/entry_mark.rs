//! What was done to entries after they were posted. Rows are added, never changed. It is part of [`crate::timeline`].

use renkei_domain::Timestamp;
use renkei_domain::access::{Permit, Read, Write};
use renkei_domain::id::{EntryId, PersonId};
use renkei_domain::identity::Actor;
use renkei_domain::timeline::Mark;
use uuid::Uuid;

use crate::row::{ActorRow, Sealed, actor_binds, sealed};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

/// Whether `$what` holds of a mark `k` of the entry `e`, or of a correction of it, or of one of that: `e` is the first of
/// the chain. `CROSS`: SQLite goes from the chain to its marks, not through all marks of the patient.
macro_rules! has_ever {
    ($what:expr) => {
        concat!(
            "EXISTS (WITH RECURSIVE chain (seq) AS (SELECT e.seq UNION SELECT c.by_seq FROM chain \
             CROSS JOIN entry_mark c WHERE c.patient_id = e.patient_id AND c.seq = chain.seq AND c.mark = 'CORRECTED') \
             SELECT 1 FROM chain CROSS JOIN entry_mark k WHERE k.patient_id = e.patient_id AND k.seq = chain.seq AND (",
            $what,
            "))"
        )
    };
}

/// Whether the mark `k` is an answer that stands: one that was amended does not, what took its place may.
macro_rules! is_standing_answer {
    () => {
        "k.mark = 'ANSWERED' AND NOT EXISTS (SELECT 1 FROM entry_mark r WHERE r.patient_id = k.patient_id \
         AND r.seq = k.by_seq AND r.mark IN ('CORRECTED', 'ENTERED_IN_ERROR'))"
    };
}

pub(crate) use {has_ever, is_standing_answer};

statements! {
    INSERT = "INSERT INTO entry_mark (patient_id, seq, mark, person_id, by_seq, organization_id, role, marked_at, \
        key_version, word, place) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
        (SELECT head_mark + 1 FROM patient WHERE patient_id = $1)) ON CONFLICT DO NOTHING";
    PLACE_TAKEN = "UPDATE patient SET head_mark = head_mark + 1 WHERE patient_id = $1";
    ACKNOWLEDGED = "SELECT COUNT(*) FROM entry_mark \
        WHERE patient_id = $1 AND seq = $2 AND mark = 'ACKNOWLEDGED' AND person_id = $3";
    BETWEEN = "SELECT k.seq, k.mark, k.person_id, k.marked_at, e.entry_id FROM entry_mark k \
        LEFT JOIN entry e ON e.patient_id = k.patient_id AND e.seq = k.by_seq \
        WHERE k.patient_id = $1 AND k.seq >= $2 AND k.seq <= $3 AND (k.mark <> 'ACKNOWLEDGED' OR k.person_id = $4) \
        AND NOT (k.mark = 'ANSWERED' AND EXISTS (SELECT 1 FROM entry_mark r WHERE r.patient_id = k.patient_id \
        AND r.seq = k.by_seq AND r.mark IN ('CORRECTED', 'ENTERED_IN_ERROR'))) ORDER BY k.seq, k.marked_at";
    CORRECTED_BY = "SELECT by_seq FROM entry_mark WHERE patient_id = $1 AND seq = $2 AND mark = 'CORRECTED'";
    FINALIZED_BY = "SELECT person_id FROM entry_mark WHERE patient_id = $1 AND seq = $2 AND mark = 'FINALIZED'";
    COPY_ANSWERS = "INSERT INTO entry_mark (patient_id, seq, mark, person_id, by_seq, organization_id, role, marked_at, \
        key_version, word) SELECT patient_id, $3, mark, person_id, by_seq, organization_id, role, marked_at, \
        key_version, word FROM entry_mark WHERE patient_id = $1 AND seq = $2 AND mark = 'ANSWERED'";
    ACKNOWLEDGEMENTS = "SELECT p.person_id, p.name AS person_name, o.organization_id, o.name AS organization_name, \
        k.role, k.marked_at, k.key_version, k.word FROM entry_mark k JOIN person p ON p.person_id = k.person_id \
        JOIN organization o ON o.organization_id = k.organization_id \
        WHERE k.patient_id = $1 AND k.seq = $2 AND k.mark = 'ACKNOWLEDGED' ORDER BY k.marked_at, k.person_id";
}

/// Something that was done to an entry.
pub struct StoredMark {
    /// Place of the entry.
    pub seq: i64,
    /// What.
    pub mark: Mark,
    /// Who did it.
    pub person: PersonId,
    /// When.
    pub marked_at: Timestamp,
    /// The entry that did it, if one did.
    pub by: Option<EntryId>,
}

/// That somebody acknowledged an entry.
pub struct StoredAcknowledgement {
    /// Who.
    pub actor: Actor,
    /// When.
    pub acknowledged_at: Timestamp,
    /// A word, sealed; empty if there is none.
    pub word: Sealed,
}

#[derive(sqlx::FromRow)]
struct AcknowledgementRow {
    #[sqlx(flatten)]
    actor: ActorRow,
    marked_at: i64,
    key_version: i64,
    word: Vec<u8>,
}

/// Marks the entry at `seq`, done by the entry at `by_seq` (0: by none). Says whether that was so: an entry is amended
/// once, finalised once, and acknowledged once by a person.
///
/// # Errors
/// As every query.
pub(crate) async fn set(
    tx: &mut Tx,
    permit: &Permit<Write>,
    (seq, mark, by_seq): (i64, Mark, i64),
    now: Timestamp,
) -> Result<bool, StoreError> {
    insert(tx, permit, (seq, mark, by_seq), (0, &[]), now).await
}

/// Says that the entry at `by_seq` takes the place of the one at `seq`; `false` if another did already, or if somebody else
/// has finalised it. An answer to the one is an answer to the other.
///
/// # Errors
/// As every query.
pub(crate) async fn amend(
    tx: &mut Tx,
    permit: &Permit<Write>,
    (seq, mark, by_seq): (i64, Mark, i64),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (patient, person) = (permit.patient().0, permit.subject().person.0);
    let finalized = run!(tx, optional (Uuid,): FINALIZED_BY, patient, seq)?;
    if finalized.is_some_and(|(by,)| by != person) || !set(tx, permit, (seq, mark, by_seq), now).await? {
        return Ok(false);
    }
    if mark == Mark::Corrected {
        run!(tx, COPY_ANSWERS, patient, seq, by_seq)?;
    }
    Ok(true)
}

/// Says that the entry at `by_seq` answers the one at `seq`, or what took its place. The transaction holds the patient's
/// lock.
///
/// # Errors
/// As every query.
pub async fn answer(
    tx: &mut Tx,
    permit: &Permit<Write>,
    (mut seq, by_seq): (i64, i64),
    now: Timestamp,
) -> Result<(), StoreError> {
    let patient = permit.patient().0;
    while let Some((next,)) = run!(tx, optional (i64,): CORRECTED_BY, patient, seq)? {
        // what corrects stands behind what it corrects: a ring in a changed database ends
        if next <= seq {
            return Err(StoreError::Corrupt("entry_mark.by_seq"));
        }
        seq = next;
    }
    set(tx, permit, (seq, Mark::Answered, by_seq), now).await?;
    Ok(())
}

/// Says that the permit's person finalised the entry at `seq`; whether it was so before.
///
/// # Errors
/// As every query.
pub async fn finalize(
    tx: &mut Tx,
    permit: &Permit<Write>,
    seq: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    set(tx, permit, (seq, Mark::Finalized, 0), now).await
}

/// Says that the permit's person acknowledged the entry at `seq`; `false` if it was so before.
///
/// # Errors
/// As every query.
pub async fn acknowledge(
    tx: &mut Tx,
    permit: &Permit<Read>,
    seq: i64,
    word: &Sealed,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // asked first: the key of the table would let a second one in under another role
    let (already,) = run!(tx, one (i64,): ACKNOWLEDGED, permit.patient().0, seq, permit.subject().person.0)?;
    let word = (i64::from(word.key_version), word.bytes.as_slice());
    Ok(already == 0 && insert(tx, permit, (seq, Mark::Acknowledged, 0), word, now).await?)
}

async fn insert<A>(
    tx: &mut Tx,
    permit: &Permit<A>,
    (seq, mark, by_seq): (i64, Mark, i64),
    (key_version, word): (i64, &[u8]),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (person, organization, role) = actor_binds(permit.subject());
    let patient = permit.patient().0;
    let mark = mark.as_str();
    let rows =
        run!(tx, INSERT, patient, seq, mark, person, by_seq, organization, role, now.0, key_version, word)?;
    if rows == 1 {
        // the transaction holds the patient's lock: nobody else takes a place meanwhile
        run!(tx, PLACE_TAKEN, patient)?;
    }
    Ok(rows == 1)
}

/// What was done to the entries from `first` to `last`; of acknowledgements only the permit's person's own.
///
/// # Errors
/// As every query.
pub async fn marks(
    conn: &mut Conn,
    permit: &Permit<Read>,
    first: i64,
    last: i64,
) -> Result<Vec<StoredMark>, StoreError> {
    let (patient, person) = (permit.patient().0, permit.subject().person.0);
    run!(conn, all (i64, String, Uuid, i64, Option<Uuid>): BETWEEN, patient, first, last, person)?
        .into_iter()
        .map(|(seq, mark, person, marked_at, by)| {
            Ok(StoredMark {
                seq,
                mark: mark.parse()?,
                person: PersonId(person),
                marked_at: Timestamp(marked_at),
                by: by.map(EntryId),
            })
        })
        .collect()
}

/// Who acknowledged the entry at `seq`, first one first.
///
/// # Errors
/// As every query.
pub async fn acknowledgements(
    conn: &mut Conn,
    permit: &Permit<Read>,
    seq: i64,
) -> Result<Vec<StoredAcknowledgement>, StoreError> {
    run!(conn, all AcknowledgementRow: ACKNOWLEDGEMENTS, permit.patient().0, seq)?
        .into_iter()
        .map(|row| {
            Ok(StoredAcknowledgement {
                actor: row.actor.try_into()?,
                acknowledged_at: Timestamp(row.marked_at),
                word: sealed(row.key_version, row.word)?,
            })
        })
        .collect()
}
