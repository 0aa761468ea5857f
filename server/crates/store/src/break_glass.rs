//! Emergency accesses and their reviews. Texts go in and out sealed.

use renkei_domain::access::{Answer, Write};
use renkei_domain::break_glass::{BreakGlass, BreakGlassReason, Review, Verdict};
use renkei_domain::id::{BreakGlassId, OrganizationId, PatientId};
use renkei_domain::patient::Participant;
use renkei_domain::{Permit, Timestamp};
use uuid::Uuid;

use crate::row::{ActorRow, LaterActorRow, Sealed, actor_binds, optional_sealed, sealed};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

/// Columns and joins of both queries that return emergency accesses.
macro_rules! accesses {
    ($rest:literal) => {
        concat!(
            "SELECT g.break_glass_id, g.reason, g.key_version, g.text, g.started_at, g.ends_at, g.verdict, \
             g.review_key_version, g.review_text, g.reviewed_at, p.person_id, p.name AS person_name, \
             o.organization_id, o.name AS organization_name, g.role, \
             rp.person_id AS later_person_id, rp.name AS later_person_name, \
             ro.organization_id AS later_organization_id, ro.name AS later_organization_name, \
             g.reviewed_by_role AS later_role \
             FROM break_glass g JOIN person p ON p.person_id = g.person_id \
             JOIN organization o ON o.organization_id = g.organization_id \
             LEFT JOIN person rp ON rp.person_id = g.reviewed_by_person_id \
             LEFT JOIN organization ro ON ro.organization_id = g.reviewed_by_organization_id \
             WHERE g.patient_id = $1 ",
            $rest
        )
    };
}

statements! {
    INSERT = "INSERT INTO break_glass (patient_id, break_glass_id, person_id, organization_id, role, reason, \
        key_version, text, started_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    BY_ID = accesses!("AND g.break_glass_id = $2");
    OF_PATIENT_AFTER = accesses!(
        "AND g.break_glass_id > $2 AND (g.verdict IS NULL OR $3 <> 0) ORDER BY g.break_glass_id LIMIT $4");
    /// All of the region's are gone through: they are few, an organisation's patients are many.
    OF_CUSTODIAN_AFTER = "SELECT g.patient_id, g.break_glass_id FROM break_glass g \
        WHERE g.break_glass_id > $2 AND (g.verdict IS NULL OR $3 <> 0) \
        AND (SELECT p.custodian_organization_id FROM patient p WHERE p.patient_id = g.patient_id \
        AND p.shredded_at IS NULL) = $1 \
        ORDER BY g.break_glass_id LIMIT $4";
    REVIEW = "UPDATE break_glass SET verdict = $3, review_key_version = $4, review_text = $5, \
        reviewed_by_person_id = $6, reviewed_by_organization_id = $7, reviewed_by_role = $8, reviewed_at = $9, \
        ends_at = CASE WHEN $3 = 'NOT_JUSTIFIED' AND ends_at > $9 THEN $9 ELSE ends_at END \
        WHERE patient_id = $1 AND break_glass_id = $2 AND verdict IS NULL";
    END_OF_ORGANIZATION = "UPDATE break_glass SET ends_at = $3 \
        WHERE patient_id = $1 AND organization_id = $2 AND ends_at > $3";
    END_OF_PERSON = "UPDATE break_glass SET ends_at = $3 WHERE patient_id = $1 AND person_id = $2 AND ends_at > $3";
}

/// An emergency access as it is stored.
pub struct StoredBreakGlass {
    /// The access, without the texts.
    pub break_glass: BreakGlass,
    /// Why, in words, sealed.
    pub text: Sealed,
    /// What the reviewer wrote, sealed.
    pub review_text: Option<Sealed>,
}

#[derive(sqlx::FromRow)]
struct BreakGlassRow {
    break_glass_id: Uuid,
    reason: String,
    key_version: i64,
    text: Vec<u8>,
    started_at: i64,
    ends_at: i64,
    verdict: Option<String>,
    review_key_version: Option<i64>,
    review_text: Option<Vec<u8>>,
    reviewed_at: Option<i64>,
    #[sqlx(flatten)]
    actor: ActorRow,
    #[sqlx(flatten)]
    reviewer: LaterActorRow,
}

impl BreakGlassRow {
    fn into_stored(self, patient: PatientId) -> Result<StoredBreakGlass, StoreError> {
        let review = match (self.verdict, self.reviewer.into_actor()?, self.reviewed_at) {
            (Some(verdict), Some(actor), Some(at)) => {
                Some(Review { verdict: verdict.parse()?, actor, reviewed_at: Timestamp(at), text: None })
            }
            _ => None,
        };
        Ok(StoredBreakGlass {
            break_glass: BreakGlass {
                id: BreakGlassId(self.break_glass_id),
                patient,
                actor: self.actor.try_into()?,
                reason: self.reason.parse()?,
                text: None,
                started_at: Timestamp(self.started_at),
                ends_at: Timestamp(self.ends_at),
                review,
            },
            text: sealed(self.key_version, self.text)?,
            review_text: optional_sealed(self.review_key_version, self.review_text)?,
        })
    }
}

/// Opens the record for the permit's subject until `ends_at`. The patient's epoch is raised before.
///
/// # Errors
/// [`StoreError::Unique`] if the patient has an emergency access with this id.
pub async fn begin(
    tx: &mut Tx,
    permit: &Permit<Answer>,
    id: BreakGlassId,
    reason: BreakGlassReason,
    text: &Sealed,
    now: Timestamp,
    ends_at: Timestamp,
) -> Result<(), StoreError> {
    let (person, organization, role) = actor_binds(permit.subject());
    run!(
        tx,
        INSERT,
        permit.patient().0,
        id.0,
        person,
        organization,
        role,
        reason.as_str(),
        i64::from(text.key_version),
        &text.bytes,
        now.0,
        ends_at.0
    )?;
    Ok(())
}

/// One emergency access to the permit's patient.
///
/// # Errors
/// As every query.
pub async fn by_id<A>(
    conn: &mut Conn,
    permit: &Permit<A>,
    id: BreakGlassId,
) -> Result<Option<StoredBreakGlass>, StoreError> {
    let patient = permit.patient();
    run!(conn, optional BreakGlassRow: BY_ID, patient.0, id.0)?
        .map(|row| row.into_stored(patient))
        .transpose()
}

/// The emergency accesses to the permit's patient after `after`, oldest first.
///
/// # Errors
/// As every query.
pub async fn of_patient<A>(
    conn: &mut Conn,
    permit: &Permit<A>,
    include_reviewed: bool,
    after: BreakGlassId,
    limit: i64,
) -> Result<Vec<StoredBreakGlass>, StoreError> {
    let (patient, reviewed) = (permit.patient(), i64::from(include_reviewed));
    run!(conn, all BreakGlassRow: OF_PATIENT_AFTER, patient.0, after.0, reviewed, limit)?
        .into_iter()
        .map(|row| row.into_stored(patient))
        .collect()
}

/// Which emergency accesses after `after` there are to the patients of a custodian organisation, oldest first.
/// What is in them is had under a permit for each patient, by [`by_id`].
///
/// # Errors
/// As every query.
pub async fn of_custodian(
    conn: &mut Conn,
    organization: OrganizationId,
    include_reviewed: bool,
    after: BreakGlassId,
    limit: i64,
) -> Result<Vec<(PatientId, BreakGlassId)>, StoreError> {
    let reviewed = i64::from(include_reviewed);
    let rows = run!(conn, all (Uuid, Uuid): OF_CUSTODIAN_AFTER, organization.0, after.0, reviewed, limit)?;
    Ok(rows.into_iter().map(|(patient, id)| (PatientId(patient), BreakGlassId(id))).collect())
}

/// Stores the review of an emergency access, which ends with it at once if it was not justified; says whether it
/// was the first. The patient's epoch is raised before.
///
/// # Errors
/// As every query.
pub async fn review(
    tx: &mut Tx,
    permit: &Permit<Write>,
    id: BreakGlassId,
    verdict: Verdict,
    text: Option<&Sealed>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (person, organization, role) = actor_binds(permit.subject());
    let reviewed = run!(
        tx,
        REVIEW,
        permit.patient().0,
        id.0,
        verdict.as_str(),
        text.map(|text| i64::from(text.key_version)),
        text.map(|text| &text.bytes),
        person,
        organization,
        role,
        now.0
    )?;
    Ok(reviewed == 1)
}

/// Ends the open emergency accesses of a member that leaves the care team or is removed.
pub(crate) async fn end_of(
    tx: &mut Tx,
    patient: PatientId,
    participant: Participant,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = match participant {
        Participant::Organization(_) => END_OF_ORGANIZATION,
        Participant::Person(_) => END_OF_PERSON,
    };
    run!(tx, sql, patient.0, participant.id(), now.0)?;
    Ok(())
}
