//! Which staff of an organisation see a patient, and who may see a patient at all as far as the care team is
//! concerned. It is part of [`crate::care_team`].

use renkei_domain::Permit;
use renkei_domain::access::Answer;
use renkei_domain::id::{AffiliationId, PatientId, PersonId};
use renkei_domain::identity::Actor;
use renkei_domain::patient::{Participant, StaffAccess, StaffAssignment};
use uuid::Uuid;

use crate::row::ActorRow;
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, dialect};

/// The affiliations of everybody at an organisation that the care team of patient `$1` has accepted, or that it has
/// accepted in person.
macro_rules! of_team {
    () => {
        "SELECT s.affiliation_id FROM care_team_member m JOIN affiliation s ON s.organization_id = m.organization_id \
         WHERE m.patient_id = $1 AND m.status = 'ACCEPTED' \
         UNION SELECT s.affiliation_id FROM care_team_member m JOIN affiliation s ON s.person_id = m.person_id \
         WHERE m.patient_id = $1 AND m.status = 'ACCEPTED'"
    };
}

pub(crate) use of_team;

statements! {
    ACCESS = "SELECT staff_access FROM care_team_member WHERE patient_id = $1 AND participant_id = $2";
    ASSIGNED = "SELECT p.person_id, p.name FROM care_team_staff s JOIN person p ON p.person_id = s.person_id \
        WHERE s.patient_id = $1 AND s.organization_id = $2 ORDER BY p.login_name";
    SET_ACCESS = "UPDATE care_team_member SET staff_access = $3 WHERE patient_id = $1 AND participant_id = $2";
    IS_STAFF = "SELECT COUNT(*) FROM affiliation WHERE person_id = $1 AND organization_id = $2 AND ended_at IS NULL";
    ASSIGN = "INSERT INTO care_team_staff (patient_id, organization_id, person_id) VALUES ($1, $2, $3) \
        ON CONFLICT DO NOTHING";
    CLEAR = "DELETE FROM care_team_staff WHERE patient_id = $1 AND organization_id = $2";
    SUBJECTS = concat!("SELECT a.affiliation_id, p.person_id, p.name AS person_name, o.organization_id, \
        o.name AS organization_name, a.role \
        FROM affiliation a JOIN person p ON p.person_id = a.person_id \
        JOIN organization o ON o.organization_id = a.organization_id \
        WHERE a.affiliation_id IN (", of_team!(), ") \
        AND a.affiliation_id > $2 AND a.ended_at IS NULL AND p.suspended_at IS NULL \
        ORDER BY a.affiliation_id LIMIT $3");
    SUBJECTS_OF = "SELECT p.person_id, p.name AS person_name, o.organization_id, o.name AS organization_name, a.role \
        FROM affiliation a JOIN person p ON p.person_id = a.person_id \
        JOIN organization o ON o.organization_id = a.organization_id \
        WHERE a.person_id = $1 AND a.ended_at IS NULL ORDER BY a.created_at, a.affiliation_id";
}

/// Which staff of the permit's organisation see the patient. Who is assigned is kept while everybody sees it.
///
/// # Errors
/// As every query.
pub async fn staff(conn: &mut Conn, permit: &Permit<Answer>) -> Result<StaffAssignment, StoreError> {
    let (patient, organization) = (permit.patient().0, permit.subject().organization.0);
    let (access,) = run!(conn, one (String,): ACCESS, patient, organization)?;
    let persons = run!(conn, all (Uuid, String): ASSIGNED, patient, organization)?;
    Ok(StaffAssignment {
        access: access.parse()?,
        persons: persons.into_iter().map(|(id, name)| (PersonId(id), name)).collect(),
    })
}

/// Says which staff of the permit's organisation see the patient, and who is assigned from now on. The patient's
/// epoch is raised before.
///
/// # Errors
/// [`StoreError::ForeignKey`] if somebody is not affiliated with the organisation.
pub async fn set_staff(
    tx: &mut Tx,
    permit: &Permit<Answer>,
    access: StaffAccess,
    persons: &[PersonId],
) -> Result<(), StoreError> {
    let (patient, organization) = (permit.patient(), permit.subject().organization);
    for person in persons {
        // an affiliation that is ended meanwhile takes the assignment with it
        dialect::hold_person(tx, *person).await?;
        let (affiliations,) = run!(tx, one (i64,): IS_STAFF, person.0, organization.0)?;
        if affiliations == 0 {
            return Err(StoreError::ForeignKey);
        }
    }
    run!(tx, SET_ACCESS, patient.0, organization.0, access.as_str())?;
    clear(tx, patient, Participant::Organization(organization)).await?;
    for person in persons {
        run!(tx, ASSIGN, patient.0, organization.0, person.0)?;
    }
    Ok(())
}

/// Forgets who of a participating organisation is assigned.
pub(crate) async fn clear(
    tx: &mut Tx,
    patient: PatientId,
    participant: Participant,
) -> Result<(), StoreError> {
    if let Participant::Organization(organization) = participant {
        run!(tx, CLEAR, patient.0, organization.0)?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SubjectRow {
    affiliation_id: Uuid,
    #[sqlx(flatten)]
    actor: ActorRow,
}

/// Whom the care team consists of: the affiliations after `after` of everybody at an accepted organisation or
/// accepted in person, in the order of their ids. Neither suspended people nor affiliations that have ended.
///
/// # Errors
/// As every query.
pub async fn subjects<A>(
    conn: &mut Conn,
    permit: &Permit<A>,
    after: AffiliationId,
    limit: i64,
) -> Result<Vec<(AffiliationId, Actor)>, StoreError> {
    run!(conn, all SubjectRow: SUBJECTS, permit.patient().0, after.0, limit)?
        .into_iter()
        .map(|row| Ok((AffiliationId(row.affiliation_id), row.actor.try_into()?)))
        .collect()
}

/// As whom a person may act: one for each affiliation that has not ended, oldest first.
///
/// # Errors
/// As every query.
pub async fn subjects_of(conn: &mut Conn, person: PersonId) -> Result<Vec<Actor>, StoreError> {
    run!(conn, all ActorRow: SUBJECTS_OF, person.0)?.into_iter().map(TryInto::try_into).collect()
}
