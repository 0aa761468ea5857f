//! Care teams: which organisations look after a patient.

use renkei_domain::access::{Answer, Read, Subject, Write};
use renkei_domain::id::{OrganizationId, PatientId};
use renkei_domain::patient::{CareTeamMember, MembershipStatus};
use renkei_domain::{Permit, Timestamp};
use uuid::Uuid;

use crate::row::{ActorRow, Sealed, actor_binds, sealed, timestamp};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

/// Columns and joins of both queries that return members.
macro_rules! members {
    ($rest:literal) => {
        concat!(
            "SELECT m.patient_id, m.organization_id AS member_id, mo.name AS member_name, m.status, m.invited_at, \
             m.answered_at, m.key_version, m.message, p.person_id, p.name AS person_name, o.organization_id, \
             o.name AS organization_name, m.invited_by_role AS role \
             FROM care_team_member m JOIN organization mo ON mo.organization_id = m.organization_id \
             JOIN person p ON p.person_id = m.invited_by_person_id \
             JOIN organization o ON o.organization_id = m.invited_by_organization_id \
             WHERE m.patient_id = $1 ",
            $rest
        )
    };
}

statements! {
    INSERT = "INSERT INTO care_team_member (patient_id, organization_id, status, key_version, message, \
        invited_by_person_id, invited_by_organization_id, invited_by_role, invited_at, answered_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    INVITE_AGAIN = "UPDATE care_team_member SET status = 'INVITED', key_version = $3, message = $4, \
        invited_by_person_id = $5, invited_by_organization_id = $6, invited_by_role = $7, invited_at = $8, \
        answered_at = NULL WHERE patient_id = $1 AND organization_id = $2 AND status = 'DECLINED'";
    ANSWER = "UPDATE care_team_member SET status = $3, answered_at = $4 \
        WHERE patient_id = $1 AND organization_id = $2 AND status = 'INVITED'";
    MEMBER = members!("AND m.organization_id = $2");
    MEMBERS = members!("ORDER BY m.invited_at, m.organization_id");
    COUNT = "SELECT COUNT(*) FROM care_team_member WHERE patient_id = $1";
    INVITED_AFTER = "SELECT patient_id FROM care_team_member \
        WHERE organization_id = $1 AND status = 'INVITED' AND patient_id > $2 ORDER BY patient_id LIMIT $3";
    WATCHED = "SELECT p.patient_id, p.head_seq, p.epoch FROM care_team_member m \
        JOIN patient p ON p.patient_id = m.patient_id WHERE m.organization_id = $1 AND m.status = 'ACCEPTED'";
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    patient_id: Uuid,
    member_id: Uuid,
    member_name: String,
    status: String,
    invited_at: i64,
    answered_at: Option<i64>,
    key_version: i64,
    message: Vec<u8>,
    #[sqlx(flatten)]
    invited_by: ActorRow,
}

impl MemberRow {
    fn into_member(self) -> Result<(CareTeamMember, Sealed), StoreError> {
        let message = sealed(self.key_version, self.message)?;
        let member = CareTeamMember {
            patient: PatientId(self.patient_id),
            organization: OrganizationId(self.member_id),
            organization_name: self.member_name,
            status: self.status.parse()?,
            invited_by: self.invited_by.try_into()?,
            invited_at: Timestamp(self.invited_at),
            answered_at: timestamp(self.answered_at),
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
    let status = MembershipStatus::Accepted;
    insert(tx, patient, by.organization, status, by, message, now, Some(now)).await
}

/// Invites an organisation, also one that declined before.
///
/// # Errors
/// [`StoreError::Unique`] if it is invited or a member; [`StoreError::ForeignKey`] if there is no such
/// organisation.
pub async fn invite(
    tx: &mut Tx,
    permit: &Permit<Write>,
    organization: OrganizationId,
    message: &Sealed,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (person, by_organization, role) = actor_binds(permit.subject());
    let again = run!(
        tx,
        INVITE_AGAIN,
        permit.patient().0,
        organization.0,
        i64::from(message.key_version),
        &message.bytes,
        person,
        by_organization,
        role,
        now.0
    )?;
    if again == 1 {
        return Ok(());
    }
    let status = MembershipStatus::Invited;
    insert(tx, permit.patient(), organization, status, permit.subject(), message, now, None).await
}

#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
async fn insert(
    tx: &mut Tx,
    patient: PatientId,
    organization: OrganizationId,
    status: MembershipStatus,
    by: &Subject,
    message: &Sealed,
    invited_at: Timestamp,
    answered_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let (person, by_organization, role) = actor_binds(by);
    run!(
        tx,
        INSERT,
        patient.0,
        organization.0,
        status.as_str(),
        i64::from(message.key_version),
        &message.bytes,
        person,
        by_organization,
        role,
        invited_at.0,
        answered_at.map(|time| time.0)
    )?;
    Ok(())
}

/// Answers the invitation of the permit's organisation; says whether it was open.
///
/// # Errors
/// As every query.
pub async fn answer(
    tx: &mut Tx,
    permit: &Permit<Answer>,
    accept: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let status = if accept { MembershipStatus::Accepted } else { MembershipStatus::Declined };
    let organization = permit.subject().organization;
    Ok(run!(tx, ANSWER, permit.patient().0, organization.0, status.as_str(), now.0)? == 1)
}

/// The membership of the asker's own organisation, without the message.
///
/// # Errors
/// As every query.
pub async fn own_membership(
    conn: &mut Conn,
    patient: PatientId,
    subject: &Subject,
) -> Result<Option<CareTeamMember>, StoreError> {
    run!(conn, optional MemberRow: MEMBER, patient.0, subject.organization.0)?
        .map(|row| row.into_member().map(|(member, _)| member))
        .transpose()
}

/// The invitation of the permit's organisation, with the sealed message.
///
/// # Errors
/// As every query.
pub async fn invitation(
    conn: &mut Conn,
    permit: &Permit<Answer>,
) -> Result<(CareTeamMember, Sealed), StoreError> {
    run!(conn, one MemberRow: MEMBER, permit.patient().0, permit.subject().organization.0)?.into_member()
}

/// One membership of a care team that the asker may see.
///
/// # Errors
/// As every query.
pub async fn member<A>(
    conn: &mut Conn,
    permit: &Permit<A>,
    organization: OrganizationId,
) -> Result<Option<CareTeamMember>, StoreError> {
    run!(conn, optional MemberRow: MEMBER, permit.patient().0, organization.0)?
        .map(|row| row.into_member().map(|(member, _)| member))
        .transpose()
}

/// The care team, in the order of invitation.
///
/// # Errors
/// As every query.
pub async fn members(conn: &mut Conn, permit: &Permit<Read>) -> Result<Vec<CareTeamMember>, StoreError> {
    run!(conn, all MemberRow: MEMBERS, permit.patient().0)?
        .into_iter()
        .map(|row| row.into_member().map(|(member, _)| member))
        .collect()
}

/// How many organisations were ever invited.
///
/// # Errors
/// As every query.
pub async fn count(conn: &mut Conn, permit: &Permit<Write>) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): COUNT, permit.patient().0)?.0)
}

/// The patients whose invitation waits for an answer of the organisation, after `after`, oldest first.
///
/// # Errors
/// As every query.
pub async fn invited(
    conn: &mut Conn,
    organization: OrganizationId,
    after: PatientId,
    limit: i64,
) -> Result<Vec<PatientId>, StoreError> {
    let rows = run!(conn, all (Uuid,): INVITED_AFTER, organization.0, after.0, limit)?;
    Ok(rows.into_iter().map(|(id,)| PatientId(id)).collect())
}

/// How far the timeline and the access of a patient are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The patient.
    pub patient: PatientId,
    /// `seq` of the last entry.
    pub head_seq: i64,
    /// Epoch of the access.
    pub epoch: i64,
}

/// The marks of all patients whose care team the organisation is in: what a sweep compares.
///
/// # Errors
/// As every query.
pub async fn marks(conn: &mut Conn, organization: OrganizationId) -> Result<Vec<Mark>, StoreError> {
    let rows = run!(conn, all (Uuid, i64, i64): WATCHED, organization.0)?;
    Ok(rows
        .into_iter()
        .map(|(id, head_seq, epoch)| Mark { patient: PatientId(id), head_seq, epoch })
        .collect())
}
