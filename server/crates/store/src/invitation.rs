//! Invitations to care teams and their answers. It is part of [`crate::care_team`].

use renkei_domain::access::{Answer, Write};
use renkei_domain::id::{OrganizationId, PatientId, PersonId};
use renkei_domain::patient::{MembershipStatus, Participant, StaffAccess};
use renkei_domain::{Permit, Timestamp};
use uuid::Uuid;

use crate::care_team::{insert, own};
use crate::row::{Sealed, actor_binds};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, staff};

statements! {
    INVITE_AGAIN = "UPDATE care_team_member SET status = 'INVITED', staff_access = 'ALL', key_version = $3, \
        message = $4, invited_by_person_id = $5, invited_by_organization_id = $6, invited_by_role = $7, \
        invited_at = $8, answered_at = NULL, ended_at = NULL \
        WHERE patient_id = $1 AND participant_id = $2 AND status IN ('DECLINED', 'LEFT', 'REMOVED')";
    ANSWER = "UPDATE care_team_member SET status = $3, staff_access = $4, answered_at = $5 \
        WHERE patient_id = $1 AND participant_id = $2 AND status = 'INVITED'";
    INVITED_AFTER = "SELECT m.patient_id FROM care_team_member m JOIN patient p ON p.patient_id = m.patient_id \
        WHERE m.participant_id = $1 AND m.status = 'INVITED' AND m.patient_id > $2 AND p.shredded_at IS NULL \
        ORDER BY m.patient_id LIMIT $3";
}

/// Invites an organisation or a person, also one that declined, left or was removed before. The patient's epoch
/// is raised before.
///
/// # Errors
/// [`StoreError::Unique`] if it is invited or a member; [`StoreError::ForeignKey`] if there is no such
/// organisation or person.
pub async fn invite(
    tx: &mut Tx,
    permit: &Permit<Write>,
    participant: Participant,
    message: &Sealed,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (person, organization, role) = actor_binds(permit.subject());
    let again = run!(
        tx,
        INVITE_AGAIN,
        permit.patient().0,
        participant.id(),
        i64::from(message.key_version),
        &message.bytes,
        person,
        organization,
        role,
        now.0
    )?;
    if again == 1 {
        return staff::clear(tx, permit.patient(), participant).await;
    }
    insert(tx, permit.patient(), participant, MembershipStatus::Invited, permit.subject(), message, now).await
}

/// Answers the invitation of the permit's person or organisation; says whether it was open. `staff` is which
/// staff of an organisation that accepts see the patient. The patient's epoch is raised before.
///
/// # Errors
/// As every query.
pub async fn answer(
    tx: &mut Tx,
    permit: &Permit<Answer>,
    personal: bool,
    accept: bool,
    staff: StaffAccess,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let status = if accept { MembershipStatus::Accepted } else { MembershipStatus::Declined };
    let staff = if personal { StaffAccess::All } else { staff };
    let participant = own(permit.subject(), personal).id();
    Ok(run!(tx, ANSWER, permit.patient().0, participant, status.as_str(), staff.as_str(), now.0)? == 1)
}

/// The patients whose invitation waits for an answer of the organisation or the person, after `after`, oldest
/// first. `true` marks those of the person; where both are invited, the organisation comes first.
///
/// # Errors
/// As every query.
pub async fn invited(
    conn: &mut Conn,
    organization: OrganizationId,
    person: PersonId,
    after: (PatientId, bool),
    limit: i64,
) -> Result<Vec<(PatientId, bool)>, StoreError> {
    let (PatientId(last), personal) = after;
    // after the organisation's own invitation comes the person's to the same patient
    let last_of_person = if personal { last } else { Uuid::from_u128(last.as_u128().saturating_sub(1)) };
    let mut invited = Vec::new();
    for (participant, personal, last) in [(organization.0, false, last), (person.0, true, last_of_person)] {
        for (patient,) in run!(conn, all (Uuid,): INVITED_AFTER, participant, last, limit)? {
            invited.push((PatientId(patient), personal));
        }
    }
    invited.sort_unstable();
    invited.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(invited)
}
