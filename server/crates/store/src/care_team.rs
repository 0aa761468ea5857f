//! Care teams: which organisations and people look after a patient.

use renkei_domain::access::{Answer, Read, Subject, Write};
use renkei_domain::id::{OrganizationId, PatientId, PersonId};
use renkei_domain::patient::{CareTeamMember, MembershipStatus, Participant};
use renkei_domain::{Permit, Timestamp};
use uuid::Uuid;

use crate::row::{ActorRow, Sealed, actor_binds, sealed, timestamp};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, break_glass, patient, staff};

pub use crate::invitation::{answer, invite, invited};
pub use crate::staff::{set_staff, staff, subjects, subjects_of};

/// Columns and joins of both queries that return members.
macro_rules! members {
    ($rest:literal) => {
        concat!(
            "SELECT m.patient_id, m.organization_id AS member_organization_id, m.person_id AS member_person_id, \
             COALESCE(mo.name, mp.name) AS member_name, m.status, m.staff_access, m.invited_at, m.answered_at, \
             m.ended_at, m.key_version, m.message, p.person_id, p.name AS person_name, o.organization_id, \
             o.name AS organization_name, m.invited_by_role AS role \
             FROM care_team_member m LEFT JOIN organization mo ON mo.organization_id = m.organization_id \
             LEFT JOIN person mp ON mp.person_id = m.person_id \
             JOIN person p ON p.person_id = m.invited_by_person_id \
             JOIN organization o ON o.organization_id = m.invited_by_organization_id \
             WHERE m.patient_id = $1 ",
            $rest
        )
    };
}

statements! {
    INSERT = "INSERT INTO care_team_member (patient_id, participant_id, organization_id, person_id, status, \
        key_version, message, invited_by_person_id, invited_by_organization_id, invited_by_role, invited_at, \
        answered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    END = "UPDATE care_team_member SET status = $3, ended_at = $4 \
        WHERE patient_id = $1 AND participant_id = $2 AND status IN ('INVITED', 'ACCEPTED')";
    MEMBER = members!("AND m.participant_id = $2");
    MEMBERS = members!("ORDER BY m.invited_at, m.participant_id");
    COUNT = "SELECT COUNT(*) FROM care_team_member WHERE patient_id = $1";
    WATCHED = "SELECT p.patient_id, p.head_seq, p.head_mark, p.epoch FROM care_team_member m \
        JOIN patient p ON p.patient_id = m.patient_id \
        WHERE m.participant_id = $1 AND m.status = 'ACCEPTED' AND p.shredded_at IS NULL";
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    patient_id: Uuid,
    member_organization_id: Option<Uuid>,
    member_person_id: Option<Uuid>,
    member_name: String,
    status: String,
    staff_access: String,
    invited_at: i64,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    key_version: i64,
    message: Vec<u8>,
    #[sqlx(flatten)]
    invited_by: ActorRow,
}

impl MemberRow {
    fn into_member(self) -> Result<(CareTeamMember, Sealed), StoreError> {
        let participant = match (self.member_organization_id, self.member_person_id) {
            (Some(id), None) => Participant::Organization(OrganizationId(id)),
            (None, Some(id)) => Participant::Person(PersonId(id)),
            _ => return Err(StoreError::Corrupt("care_team_member.participant_id")),
        };
        let message = sealed(self.key_version, self.message)?;
        let member = CareTeamMember {
            patient: PatientId(self.patient_id),
            participant,
            name: self.member_name,
            status: self.status.parse()?,
            staff: self.staff_access.parse()?,
            invited_by: self.invited_by.try_into()?,
            invited_at: Timestamp(self.invited_at),
            answered_at: timestamp(self.answered_at),
            ended_at: timestamp(self.ended_at),
        };
        Ok((member, message))
    }
}

/// Makes the custodian organisation the first member, accepted.
///
/// # Errors
/// As every query.
pub async fn insert_custodian(
    tx: &mut Tx,
    patient: PatientId,
    by: &Subject,
    message: &Sealed,
    now: Timestamp,
) -> Result<(), StoreError> {
    let custodian = Participant::Organization(by.organization);
    insert(tx, patient, custodian, MembershipStatus::Accepted, by, message, now).await
}

/// Who is accepted from the start has answered now.
pub(crate) async fn insert(
    tx: &mut Tx,
    patient: PatientId,
    participant: Participant,
    status: MembershipStatus,
    by: &Subject,
    message: &Sealed,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (member_organization, member_person) = match participant {
        Participant::Organization(id) => (Some(id.0), None),
        Participant::Person(id) => (None, Some(id.0)),
    };
    let (person, organization, role) = actor_binds(by);
    run!(
        tx,
        INSERT,
        patient.0,
        participant.id(),
        member_organization,
        member_person,
        status.as_str(),
        i64::from(message.key_version),
        &message.bytes,
        person,
        organization,
        role,
        now.0,
        (status == MembershipStatus::Accepted).then_some(now.0)
    )?;
    Ok(())
}

/// The permit's person, or else the permit's organisation.
pub(crate) fn own(subject: &Subject, personal: bool) -> Participant {
    if personal {
        Participant::Person(subject.person)
    } else {
        Participant::Organization(subject.organization)
    }
}

/// Ends a membership or an open invitation: `status` says whether the member left or was removed. With it go the
/// assignments of its staff, and an offer of the custodianship to it. Says whether there was one. The patient's
/// epoch is raised before.
///
/// # Errors
/// As every query.
pub async fn end<A>(
    tx: &mut Tx,
    permit: &Permit<A>,
    participant: Participant,
    status: MembershipStatus,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let patient = permit.patient();
    if run!(tx, END, patient.0, participant.id(), status.as_str(), now.0)? == 0 {
        return Ok(false);
    }
    staff::clear(tx, patient, participant).await?;
    break_glass::end_of(tx, patient, participant, now).await?;
    if let Participant::Organization(organization) = participant {
        patient::end_offer(tx, patient, organization).await?;
    }
    Ok(true)
}

/// The membership of the asker's own organisation or person, without the message.
///
/// # Errors
/// As every query.
pub async fn own_membership(
    conn: &mut Conn,
    patient: PatientId,
    participant: Participant,
) -> Result<Option<CareTeamMember>, StoreError> {
    run!(conn, optional MemberRow: MEMBER, patient.0, participant.id())?
        .map(|row| row.into_member().map(|(member, _)| member))
        .transpose()
}

/// The invitation of the permit's person or organisation, with the sealed message.
///
/// # Errors
/// As every query.
pub async fn invitation(
    conn: &mut Conn,
    permit: &Permit<Answer>,
    personal: bool,
) -> Result<(CareTeamMember, Sealed), StoreError> {
    let participant = own(permit.subject(), personal).id();
    run!(conn, one MemberRow: MEMBER, permit.patient().0, participant)?.into_member()
}

/// One membership of a care team that the asker may see.
///
/// # Errors
/// As every query.
pub async fn member<A>(
    conn: &mut Conn,
    permit: &Permit<A>,
    participant: Participant,
) -> Result<Option<CareTeamMember>, StoreError> {
    own_membership(conn, permit.patient(), participant).await
}

/// The care team with whoever declined, left or was removed, in the order of invitation.
///
/// # Errors
/// As every query.
pub async fn members(conn: &mut Conn, permit: &Permit<Read>) -> Result<Vec<CareTeamMember>, StoreError> {
    run!(conn, all MemberRow: MEMBERS, permit.patient().0)?
        .into_iter()
        .map(|row| row.into_member().map(|(member, _)| member))
        .collect()
}

/// How many organisations and people were ever invited.
///
/// # Errors
/// As every query.
pub async fn count(conn: &mut Conn, permit: &Permit<Write>) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): COUNT, permit.patient().0)?.0)
}

/// How far the timeline, what was done to its entries, and the access of a patient are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The patient.
    pub patient: PatientId,
    /// `seq` of the last entry.
    pub head_seq: i64,
    /// Place of the last mark of an entry.
    pub head_mark: i64,
    /// Epoch of the access.
    pub epoch: i64,
}

/// The marks of all patients whose care team the organisation or the person is in, each once: what a sweep
/// compares.
///
/// # Errors
/// As every query.
pub async fn marks(
    conn: &mut Conn,
    organization: OrganizationId,
    person: PersonId,
) -> Result<Vec<Mark>, StoreError> {
    let mut marks = Vec::new();
    for participant in [organization.0, person.0] {
        for (id, head_seq, head_mark, epoch) in run!(conn, all (Uuid, i64, i64, i64): WATCHED, participant)? {
            marks.push(Mark { patient: PatientId(id), head_seq, head_mark, epoch });
        }
    }
    marks.sort_by_key(|mark| mark.patient);
    marks.dedup_by_key(|mark| mark.patient);
    Ok(marks)
}
