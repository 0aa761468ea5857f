//! To whom entries are addressed, and who may be. It is part of [`crate::timeline`].

use std::collections::HashMap;

use renkei_domain::access::{Permit, Read, Subject, Write};
use renkei_domain::id::{OrganizationId, PatientId, PersonId};
use renkei_domain::identity::Role;
use renkei_domain::timeline::Wanted;
use uuid::Uuid;

use crate::sql::{run, statements};
use crate::timeline::{EntryRow, StoredEntry, entries, entries_of, sight};
use crate::{Conn, StoreError, Tx};

/// The addressee `$d` is the person `$person`, or stands for it: for the organisation, in the role.
macro_rules! reaches {
    ($d:literal, $person:literal, $organization:literal, $role:literal) => {
        concat!(
            "(",
            $d,
            ".person_id = ",
            $person,
            " OR (",
            $d,
            ".person_id IS NULL AND (",
            $d,
            ".organization_id IS NULL OR ",
            $d,
            ".organization_id = ",
            $organization,
            ") AND (",
            $d,
            ".role IS NULL OR ",
            $d,
            ".role = ",
            $role,
            ")))"
        )
    };
}

/// How far what waits reaches, of each patient of participant `$1` from `$3` to `$4` with something: of the addressees `e`
/// that `$which` says. The bare ids first: what waits for whom is in the index, and nearly all of it is settled.
macro_rules! spans {
    ($($which:expr),+) => {
        concat!(
            "SELECT e.patient_id, MIN(e.seq), MAX(e.seq) FROM care_team_member m \
             JOIN entry_addressee e ON e.patient_id = m.patient_id WHERE m.participant_id = $1 \
             AND m.status = 'ACCEPTED' AND m.patient_id >= $3 AND m.patient_id <= $4 AND ",
            $($which,)+
            " GROUP BY e.patient_id"
        )
    };
}

/// Whether nothing of `$marks` was done to the entry `e`.
macro_rules! without_mark {
    ($marks:expr) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM entry_mark k WHERE k.patient_id = e.patient_id AND k.seq = e.seq AND ",
            $marks,
            ")"
        )
    };
}

/// Whether the question `e` is open: neither amended, nor is there an answer that stands. One look at its marks.
macro_rules! is_open {
    () => {
        without_mark!(concat!(
            "(k.mark IN ('CORRECTED', 'ENTERED_IN_ERROR') OR (",
            $crate::entry_mark::is_standing_answer!(),
            "))"
        ))
    };
}

pub(crate) use {is_open, without_mark};

statements! {
    INSERT = "INSERT INTO entry_addressee (patient_id, seq, place, wanted, person_id, organization_id, role) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    // `+`: what is wanted is gone through, not the timeline
    MENTIONS = entries!(concat!(
        "AND +e.seq > $5 AND e.author_person_id <> $2 AND e.seq IN (SELECT d.seq FROM entry_addressee d \
         WHERE d.patient_id = $1 AND d.wanted IN ('ANSWER', 'ATTENTION') AND d.seq > $5 \
         AND (d.person_id IS NOT NULL OR d.organization_id IS NOT NULL OR d.role IS NOT NULL) AND ",
        reaches!("d", "$2", "$7", "$8"),
        ") AND ", without_mark!("k.mark IN ('CORRECTED', 'ENTERED_IN_ERROR')"),
        " AND ", without_mark!("k.mark IN ('ANSWERED', 'ACKNOWLEDGED') AND k.person_id = $2"),
        " ORDER BY e.seq LIMIT $6"));
    OPEN_QUESTIONS = entries!(concat!(
        "AND +e.seq > $5 AND e.seq IN (SELECT d.seq FROM entry_addressee d \
         WHERE d.patient_id = $1 AND d.wanted = 'ANSWER' AND d.seq > $5) AND (e.author_person_id = $2 OR EXISTS \
         (SELECT 1 FROM entry_addressee d WHERE d.patient_id = e.patient_id AND d.seq = e.seq \
         AND d.wanted = 'ANSWER' AND ", reaches!("d", "$2", "$7", "$8"), ")) AND ",
        is_open!(),
        " ORDER BY e.seq LIMIT $6"));
    TO_FINALIZE = entries!(concat!(
        "AND +e.seq > $5 AND e.seq IN (SELECT d.seq FROM entry_addressee d \
         WHERE d.patient_id = $1 AND d.wanted = 'FINALIZE' AND d.seq > $5 AND d.person_id = $2) AND ",
        without_mark!("k.mark IN ('CORRECTED', 'ENTERED_IN_ERROR', 'FINALIZED')"), " ORDER BY e.seq LIMIT $6"));
    MENTIONED = spans!(
        "e.wanted IN ('ANSWER', 'ATTENTION') \
         AND (e.person_id IS NOT NULL OR e.organization_id IS NOT NULL OR e.role IS NOT NULL) AND ",
        reaches!("e", "$2", "$5", "$6"), " AND ",
        without_mark!("(k.mark IN ('CORRECTED', 'ENTERED_IN_ERROR') \
         OR (k.mark IN ('ANSWERED', 'ACKNOWLEDGED') AND k.person_id = $2))"));
    // who asked is looked up last: of few
    ASKED = spans!(
        "e.wanted = 'ANSWER' AND ", is_open!(), " AND (", reaches!("e", "$2", "$5", "$6"),
        " OR EXISTS (SELECT 1 FROM entry a WHERE a.patient_id = e.patient_id AND a.seq = e.seq \
         AND a.author_person_id = $2))");
    ENTERED = spans!(
        "e.wanted = 'FINALIZE' AND e.person_id = $2 AND ",
        without_mark!("k.mark IN ('CORRECTED', 'ENTERED_IN_ERROR', 'FINALIZED')"));
    PERSON = "SELECT n.name FROM person n WHERE n.person_id = $2 AND n.suspended_at IS NULL AND (EXISTS \
        (SELECT 1 FROM care_team_member m WHERE m.patient_id = $1 AND m.participant_id = $2 AND m.status = 'ACCEPTED') \
        OR EXISTS (SELECT 1 FROM affiliation a JOIN care_team_member m ON m.participant_id = a.organization_id \
        WHERE a.person_id = $2 AND a.ended_at IS NULL AND m.patient_id = $1 AND m.status = 'ACCEPTED'))";
    ORGANIZATION = "SELECT o.name FROM care_team_member m JOIN organization o ON o.organization_id = m.participant_id \
        WHERE m.patient_id = $1 AND m.participant_id = $2 AND m.status = 'ACCEPTED'";
    COLLEAGUE = "SELECT n.name, a.role FROM affiliation a JOIN person n ON n.person_id = a.person_id \
        WHERE a.organization_id = $1 AND a.person_id = $2 AND a.ended_at IS NULL AND n.suspended_at IS NULL \
        ORDER BY a.role";
}

/// To whom an entry is addressed. Without all three: to everybody.
#[derive(Clone, Copy, Debug)]
pub struct Addressee {
    /// What is wanted.
    pub wanted: Wanted,
    /// A person.
    pub person: Option<PersonId>,
    /// An organisation.
    pub organization: Option<OrganizationId>,
    /// A role.
    pub role: Option<Role>,
}

/// What waits for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// What is addressed to the person, the organisation or the role.
    Mentions,
    /// Open questions to the same or to nobody in particular, and the person's own.
    OpenQuestions,
    /// What was entered for the person.
    ToFinalize,
}

pub(crate) async fn insert(
    tx: &mut Tx,
    permit: &Permit<Write>,
    seq: i64,
    addressees: &[Addressee],
) -> Result<(), StoreError> {
    let patient = permit.patient().0;
    for (place, Addressee { wanted, person, organization, role }) in (0_i64..).zip(addressees) {
        let (person, organization) = (person.map(|id| id.0), organization.map(|id| id.0));
        let (wanted, role) = (wanted.as_str(), role.map(Role::as_str));
        run!(tx, INSERT, patient, seq, place, wanted, person, organization, role)?;
    }
    Ok(())
}

/// How far what waits for the subject reaches in the timelines of its care teams' patients from `first` to `last`: the
/// smallest and the greatest `seq`; where nothing waits, nothing. They are candidates: what of them is seen, and whether
/// the subject wrote it, is not asked.
///
/// # Errors
/// As every query.
pub async fn waiting_spans(
    conn: &mut Conn,
    subject: &Subject,
    waiting: Waiting,
    first: PatientId,
    last: PatientId,
) -> Result<HashMap<PatientId, (i64, i64)>, StoreError> {
    let (person, organization, role) = (subject.person.0, subject.organization.0, subject.role.as_str());
    let mut spans = HashMap::new();
    for participant in [organization, person] {
        let rows: Vec<(Uuid, i64, i64)> = match waiting {
            Waiting::Mentions => {
                run!(conn, all (Uuid, i64, i64): MENTIONED, participant, person, first.0, last.0, organization, role)?
            }
            Waiting::OpenQuestions => {
                run!(conn, all (Uuid, i64, i64): ASKED, participant, person, first.0, last.0, organization, role)?
            }
            Waiting::ToFinalize => {
                run!(conn, all (Uuid, i64, i64): ENTERED, participant, person, first.0, last.0)?
            }
        };
        spans.extend(rows.into_iter().map(|(patient, from, to)| (PatientId(patient), (from, to))));
    }
    Ok(spans)
}

/// Entries with a greater `seq` than `after` that wait for the permit's person, oldest first.
///
/// # Errors
/// As every query.
pub async fn waiting_after(
    conn: &mut Conn,
    permit: &Permit<Read>,
    waiting: Waiting,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredEntry>, StoreError> {
    let (patient, person, seen, denied) = sight(permit);
    let subject = permit.subject();
    let (organization, role) = (subject.organization.0, subject.role.as_str());
    let (seen, denied) = (&seen, &denied);
    let rows = match waiting {
        Waiting::Mentions => {
            run!(conn, all EntryRow: MENTIONS, patient, person, seen, denied, after, limit, organization, role)?
        }
        Waiting::OpenQuestions => {
            run!(conn, all EntryRow: OPEN_QUESTIONS, patient, person, seen, denied, after, limit, organization, role)?
        }
        Waiting::ToFinalize => {
            run!(conn, all EntryRow: TO_FINALIZE, patient, person, seen, denied, after, limit)?
        }
    };
    entries_of(rows)
}

/// Name of the person, if it is of the care team: in person, or at an organisation of it.
///
/// # Errors
/// As every query.
pub async fn person_of_team(
    conn: &mut Conn,
    permit: &Permit<Read>,
    person: PersonId,
) -> Result<Option<String>, StoreError> {
    Ok(run!(conn, optional (String,): PERSON, permit.patient().0, person.0)?.map(|(name,)| name))
}

/// Name of the organisation, if it is of the care team.
///
/// # Errors
/// As every query.
pub async fn organization_of_team(
    conn: &mut Conn,
    permit: &Permit<Read>,
    organization: OrganizationId,
) -> Result<Option<String>, StoreError> {
    Ok(run!(conn, optional (String,): ORGANIZATION, permit.patient().0, organization.0)?.map(|(name,)| name))
}

/// Name and roles of an active person at the permit's organisation.
///
/// # Errors
/// As every query.
pub async fn colleague(
    conn: &mut Conn,
    permit: &Permit<Read>,
    person: PersonId,
) -> Result<Option<(String, Vec<Role>)>, StoreError> {
    let organization = permit.subject().organization.0;
    let rows = run!(conn, all (String, String): COLLEAGUE, organization, person.0)?;
    let name = rows.first().map(|(name, _)| name.clone());
    let roles: Result<Vec<Role>, _> = rows.iter().map(|(_, role)| role.parse()).collect();
    Ok(name.zip(Some(roles?)))
}
