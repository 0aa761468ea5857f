//! Who has read what (既読), and how far a person has read all. It is part of [`crate::timeline`].

use std::collections::HashMap;

use renkei_domain::access::{Read, Subject};
use renkei_domain::id::{PatientId, PersonId};
use renkei_domain::timeline::Reader;
use renkei_domain::{Permit, Timestamp};
use uuid::Uuid;

use crate::row::{ActorRow, actor_binds};
use crate::sql::{run, statements};
use crate::timeline::{kind, sight};
use crate::{Conn, StoreError, Tx};

statements! {
    READ_MARK = "SELECT seq FROM read_mark WHERE patient_id = $1 AND person_id = $2 AND sight = $3";
    READ_MARKS = "SELECT k.patient_id, k.sight, k.seq FROM care_team_member m \
        JOIN read_mark k ON k.patient_id = m.patient_id AND k.person_id = $2 WHERE m.participant_id = $1 \
        AND m.status = 'ACCEPTED' AND m.patient_id >= $3 AND m.patient_id <= $4";
    SET_READ_MARK = concat!(
        "INSERT INTO read_mark (patient_id, person_id, sight, seq) \
         SELECT p.patient_id, n.person_id, $4, COALESCE((SELECT e.seq - 1 FROM entry e \
         WHERE e.patient_id = $1 AND $3 LIKE '%|' || ", kind!(), " || '|%' \
         AND e.seq > $5 AND e.author_person_id <> $2 AND (SELECT COUNT(*) FROM receipt r \
         WHERE r.patient_id = e.patient_id AND r.person_id = $2 AND r.seq = e.seq) = 0 \
         ORDER BY e.seq LIMIT 1), p.head_seq) \
         FROM patient p JOIN person n ON n.person_id = $2 WHERE p.patient_id = $1 \
         ON CONFLICT (patient_id, person_id) DO UPDATE SET sight = excluded.sight, seq = excluded.seq");
    MARK_READ = "INSERT INTO receipt (patient_id, person_id, seq, organization_id, role, read_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    READERS = "SELECT p.person_id, p.name AS person_name, o.organization_id, o.name AS organization_name, r.role, \
        r.read_at FROM receipt r JOIN person p ON p.person_id = r.person_id \
        JOIN organization o ON o.organization_id = r.organization_id \
        WHERE r.patient_id = $1 AND r.seq = $2 ORDER BY r.read_at, r.person_id";
}

/// All that the permit reaches up to this `seq` was read. Where the permit's sight has changed, nothing is
/// known: what has come into sight may be unread.
async fn read_mark(conn: &mut Conn, permit: &Permit<Read>) -> Result<i64, StoreError> {
    let (patient, person) = (permit.patient().0, permit.subject().person.0);
    let row = run!(conn, optional (i64,): READ_MARK, patient, person, permit.sight().key())?;
    Ok(row.map_or(0, |(seq,)| seq))
}

/// How far the subject has read what of the patients from `first` to `last`.
pub struct ReadMarks {
    marks: HashMap<PatientId, (String, i64)>,
}

impl ReadMarks {
    /// All that the permit reaches up to this `seq` was read.
    pub fn read_up_to(&self, permit: &Permit<Read>) -> i64 {
        let mark = self.marks.get(&permit.patient()).filter(|(sight, _)| *sight == permit.sight().key());
        mark.map_or(0, |(_, seq)| *seq)
    }
}

/// The marks of the subject about the patients of its care teams from `first` to `last`.
///
/// # Errors
/// As every query.
pub async fn read_marks(
    conn: &mut Conn,
    subject: &Subject,
    first: PatientId,
    last: PatientId,
) -> Result<ReadMarks, StoreError> {
    let mut marks = HashMap::new();
    let person = subject.person.0;
    for participant in [subject.organization.0, person] {
        for (patient, sight, seq) in
            run!(conn, all (Uuid, String, i64): READ_MARKS, participant, person, first.0, last.0)?
        {
            marks.insert(PatientId(patient), (sight, seq));
        }
    }
    Ok(ReadMarks { marks })
}

/// Marks an entry as read by the permit's person; says whether it was unread.
///
/// # Errors
/// As every query.
pub async fn mark_read(
    tx: &mut Tx,
    permit: &Permit<Read>,
    seq: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (person, organization, role) = actor_binds(permit.subject());
    if run!(tx, MARK_READ, permit.patient().0, person, seq, organization, role, now.0)? == 0 {
        return Ok(false);
    }
    let mark = read_mark(tx, permit).await?;
    let (patient, person, seen, _) = sight(permit);
    run!(tx, SET_READ_MARK, patient, person, &seen, permit.sight().key(), mark)?;
    Ok(true)
}

#[derive(sqlx::FromRow)]
struct ReaderRow {
    #[sqlx(flatten)]
    actor: ActorRow,
    read_at: i64,
}

/// Who has read an entry that the permit reaches, first reader first, without its author `author`.
///
/// # Errors
/// As every query.
pub async fn readers(
    conn: &mut Conn,
    permit: &Permit<Read>,
    seq: i64,
    author: PersonId,
) -> Result<Vec<Reader>, StoreError> {
    let rows = run!(conn, all ReaderRow: READERS, permit.patient().0, seq)?;
    let readers: Vec<Reader> = rows
        .into_iter()
        .map(|row| Ok(Reader { actor: row.actor.try_into()?, read_at: Timestamp(row.read_at) }))
        .collect::<Result<_, StoreError>>()?;
    Ok(readers.into_iter().filter(|reader| reader.actor.person != author).collect())
}
