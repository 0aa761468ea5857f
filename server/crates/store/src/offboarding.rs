//! Somebody leaves an organisation: what they leave behind there, and its hand-over.

use renkei_domain::Timestamp;
use renkei_domain::id::{DeviceId, OrganizationId, PatientId, PersonId};
use uuid::Uuid;

use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, account, dialect, identity, patient, session};

statements! {
    // assigned staff go with the patients whose keys were destroyed, too
    ASSIGNED = "SELECT s.patient_id, p.epoch, CAST(CASE WHEN m.status = 'ACCEPTED' AND m.staff_access = 'ASSIGNED' \
        AND NOT EXISTS (SELECT 1 FROM care_team_staff t JOIN person q ON q.person_id = t.person_id \
            WHERE t.patient_id = s.patient_id AND t.organization_id = $1 AND t.person_id <> $2 \
            AND q.suspended_at IS NULL AND EXISTS (SELECT 1 FROM affiliation a \
                WHERE a.person_id = t.person_id AND a.organization_id = $1 AND a.ended_at IS NULL)) \
        THEN 1 ELSE 0 END AS BIGINT) \
        FROM care_team_staff s JOIN patient p ON p.patient_id = s.patient_id \
        JOIN care_team_member m ON m.patient_id = s.patient_id AND m.participant_id = s.organization_id \
        WHERE s.organization_id = $1 AND s.person_id = $2 ORDER BY s.patient_id";
    HAND_OVER = "INSERT INTO care_team_staff (patient_id, organization_id, person_id) VALUES ($1, $2, $3) \
        ON CONFLICT DO NOTHING";
    PERSONAL = "SELECT patient_id FROM care_team_member \
        WHERE participant_id = $1 AND status IN ('INVITED', 'ACCEPTED') ORDER BY patient_id";
    DEVICES = "SELECT device_id FROM device WHERE person_id = $1 AND revoked_at IS NULL ORDER BY device_id";
    REVOKE_DEVICES = "UPDATE device SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL";
    CODES = "SELECT COUNT(*) FROM enrollment WHERE person_id = $1 AND used_at IS NULL AND expires_at > $2";
}

/// A patient to whom somebody is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The patient.
    pub patient: PatientId,
    /// The epoch of the access to the patient.
    pub epoch: i64,
    /// Only assigned staff see the patient, and nobody else who is assigned is active still.
    pub is_alone: bool,
}

/// The patients to whom the person is assigned at the organisation, by id.
///
/// # Errors
/// As every query.
pub async fn assignments(
    conn: &mut Conn,
    organization: OrganizationId,
    person: PersonId,
) -> Result<Vec<Assignment>, StoreError> {
    let rows = run!(conn, all (Uuid, i64, i64): ASSIGNED, organization.0, person.0)?;
    let assignment =
        |(patient, epoch, alone)| Assignment { patient: PatientId(patient), epoch, is_alone: alone != 0 };
    Ok(rows.into_iter().map(assignment).collect())
}

/// The same, to be handed over: they stay so until the transaction ends, and their patients' epochs are raised.
/// Nobody's standing changes meanwhile. To be called first in a transaction.
///
/// # Errors
/// [`StoreError::EpochChanged`] if an assignment was made or ended at the same time: try again.
pub async fn assignments_to_hand_over(
    tx: &mut Tx,
    organization: OrganizationId,
    person: PersonId,
) -> Result<Vec<Assignment>, StoreError> {
    // patients before people, and patients in their order: as whoever else takes several of these locks
    let patients = |found: &[Assignment]| found.iter().map(|it| it.patient).collect::<Vec<_>>();
    let found = patients(&assignments(tx, organization, person).await?);
    for patient in &found {
        patient::raise_epoch(tx, *patient).await?;
    }
    dialect::lock_administrators(tx).await?;
    dialect::lock_person(tx, person).await?;
    let held = assignments(tx, organization, person).await?;
    if patients(&held) == found { Ok(held) } else { Err(StoreError::EpochChanged) }
}

/// Assigns `successor` to the patient at the organisation. The patient's epoch is raised before.
///
/// # Errors
/// As every query.
pub async fn hand_over(
    tx: &mut Tx,
    patient: PatientId,
    organization: OrganizationId,
    successor: PersonId,
) -> Result<(), StoreError> {
    run!(tx, HAND_OVER, patient.0, organization.0, successor.0)?;
    Ok(())
}

/// The patients whose care team the person is in, or invited to, in person.
///
/// # Errors
/// As every query.
pub async fn personal_memberships(conn: &mut Conn, person: PersonId) -> Result<Vec<PatientId>, StoreError> {
    let rows = run!(conn, all (Uuid,): PERSONAL, person.0)?;
    Ok(rows.into_iter().map(|(patient,)| PatientId(patient)).collect())
}

/// With what a person can still come in: devices that are not revoked, and how many codes that are not used.
///
/// # Errors
/// As every query.
pub async fn keys_to_the_door(
    conn: &mut Conn,
    person: PersonId,
    now: Timestamp,
) -> Result<(Vec<DeviceId>, i64), StoreError> {
    let devices = run!(conn, all (Uuid,): DEVICES, person.0)?;
    let (codes,) = run!(conn, one (i64,): CODES, person.0, now.0)?;
    Ok((devices.into_iter().map(|(device,)| DeviceId(device)).collect(), codes))
}

/// Ends everything with which somebody who has no affiliation any longer could come in: sessions, devices, codes.
///
/// # Errors
/// As every query.
pub async fn shut_out(tx: &mut Tx, person: PersonId, now: Timestamp) -> Result<(), StoreError> {
    debug_assert!(identity::affiliations(tx, person).await?.is_empty());
    session::end_of_person(tx, person, now).await?;
    run!(tx, REVOKE_DEVICES, person.0, now.0)?;
    account::void_codes(tx, person).await
}
