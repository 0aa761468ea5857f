//! How patients stand to whoever asks: what the access rule decides on, read in one snapshot. It is part of
//! [`crate::patient`].

use renkei_domain::Timestamp;
use renkei_domain::access::{Place, Standing, Subject};
use renkei_domain::id::{BreakGlassId, OrganizationId, PatientId};
use renkei_domain::patient::MembershipStatus;
use uuid::Uuid;

use crate::rule::{self, RuleRow};
use crate::sql::{run, statements};
use crate::{Conn, StoreError};

/// Columns and joins of every query that returns standings. `$1`, `$2` and `$3` are the organisation, the
/// person and the role that ask, or else columns of `$from`.
macro_rules! standings {
    ($from:literal, $where:expr) => {
        standings!("$1", "$2", "$3", "", $from, $where)
    };
    ($organization:literal, $person:literal, $role:literal, $columns:literal, $from:literal, $where:expr) => {
        concat!(
            "SELECT ",
            $columns,
            "p.patient_id, p.custodian_organization_id, p.offered_custodian_organization_id, p.epoch, \
             p.head_seq, n.epoch AS person_epoch, CASE WHEN n.suspended_at IS NULL THEN \
             (SELECT COUNT(*) FROM affiliation a WHERE a.person_id = ",
            $person,
            " AND a.organization_id = ",
            $organization,
            " \
             AND a.role = ",
            $role,
            " AND a.ended_at IS NULL) ELSE 0 END AS active, \
             o.status AS organization_status, o.staff_access, (SELECT COUNT(*) FROM care_team_staff s \
             WHERE s.patient_id = p.patient_id AND s.organization_id = ",
            $organization,
            " AND s.person_id = ",
            $person,
            ") AS assigned, \
             CASE WHEN o.staff_access = 'ASSIGNED' THEN (SELECT COUNT(*) FROM care_team_staff s \
             JOIN person q ON q.person_id = s.person_id WHERE s.patient_id = p.patient_id \
             AND s.organization_id = ",
            $organization,
            " AND q.suspended_at IS NULL AND EXISTS (SELECT 1 FROM affiliation a \
             WHERE a.person_id = s.person_id AND a.organization_id = ",
            $organization,
            " AND a.ended_at IS NULL)) ELSE 0 END \
             AS staffed, \
             i.status AS person_status, (SELECT g.break_glass_id FROM break_glass g WHERE g.person_id = ",
            $person,
            " \
             AND g.patient_id = p.patient_id AND g.organization_id = ",
            $organization,
            " AND g.role = ",
            $role,
            " ORDER BY g.ends_at DESC LIMIT 1) \
             AS break_glass_id, (SELECT g.ends_at FROM break_glass g WHERE g.person_id = ",
            $person,
            " \
             AND g.patient_id = p.patient_id AND g.organization_id = ",
            $organization,
            " AND g.role = ",
            $role,
            " ORDER BY g.ends_at DESC LIMIT 1) \
             AS break_glass_ends_at FROM ",
            $from,
            " JOIN person n ON n.person_id = ",
            $person,
            " \
             LEFT JOIN care_team_member o ON o.patient_id = p.patient_id AND o.participant_id = ",
            $organization,
            " \
             LEFT JOIN care_team_member i ON i.patient_id = p.patient_id AND i.participant_id = ",
            $person,
            " WHERE ",
            $where
        )
    };
}

pub(crate) use standings;

/// The patients of participant `$4` with something `$indexed`, found by that.
macro_rules! standings_by {
    ($indexed:literal) => {
        standings!(
            "patient p JOIN care_team_member m ON m.patient_id = p.patient_id AND m.participant_id = $4",
            concat!(
                "m.status = 'ACCEPTED' AND p.shredded_at IS NULL AND p.patient_id < $5 AND p.",
                $indexed,
                " = $7 ORDER BY p.patient_id DESC LIMIT $6"
            )
        )
    };
}

/// The rules of the same patients of participant `$1`, from `$2` to `$3`.
macro_rules! rules_by {
    ($indexed:literal) => {
        concat!(
            "SELECT c.patient_id, c.consent_id, c.version, c.form \
             FROM patient p JOIN care_team_member m ON m.patient_id = p.patient_id AND m.participant_id = $1 \
             JOIN consent c ON c.patient_id = p.patient_id \
             WHERE m.status = 'ACCEPTED' AND p.patient_id >= $2 AND p.patient_id <= $3 AND p.",
            $indexed,
            " = $4 AND c.superseded_at IS NULL AND c.withdrawn_at IS NULL"
        )
    };
}

statements! {
    STANDING = standings!("patient p", "p.patient_id = $4 AND p.shredded_at IS NULL");
    STANDINGS_OF = standings!("care_team_member m JOIN patient p ON p.patient_id = m.patient_id",
        "m.participant_id = $4 AND m.status = 'ACCEPTED' AND m.patient_id < $5 AND p.shredded_at IS NULL \
         ORDER BY m.patient_id DESC LIMIT $6");
    STANDINGS_BY_KANA = standings_by!("name_kana_index");
    STANDINGS_BY_IDENTIFIER = standings_by!("local_identifier_index");
    RULES_OF = "SELECT c.patient_id, c.consent_id, c.version, c.form \
        FROM care_team_member m JOIN consent c ON c.patient_id = m.patient_id \
        WHERE m.participant_id = $1 AND m.status = 'ACCEPTED' AND m.patient_id >= $2 AND m.patient_id <= $3 \
        AND c.superseded_at IS NULL AND c.withdrawn_at IS NULL";
    RULES_BY_KANA = rules_by!("name_kana_index");
    RULES_BY_IDENTIFIER = rules_by!("local_identifier_index");
}

#[derive(sqlx::FromRow)]
pub(crate) struct StandingRow {
    patient_id: Uuid,
    custodian_organization_id: Uuid,
    offered_custodian_organization_id: Option<Uuid>,
    epoch: i64,
    head_seq: i64,
    person_epoch: i64,
    active: i64,
    organization_status: Option<String>,
    staff_access: Option<String>,
    assigned: i64,
    staffed: i64,
    person_status: Option<String>,
    break_glass_id: Option<Uuid>,
    break_glass_ends_at: Option<i64>,
}

impl StandingRow {
    pub(crate) fn into_standing(self) -> Result<(Standing, i64), StoreError> {
        let organization = match (self.organization_status, self.staff_access) {
            (Some(status), Some(staff)) => Some(Place {
                status: status.parse()?,
                staff: staff.parse()?,
                assigned: self.assigned != 0,
                staffed: self.staffed != 0,
            }),
            _ => None,
        };
        let standing = Standing {
            patient: PatientId(self.patient_id),
            epoch: self.epoch,
            person_epoch: self.person_epoch,
            custodian: OrganizationId(self.custodian_organization_id),
            offered_custodian: self.offered_custodian_organization_id.map(OrganizationId),
            active: self.active != 0,
            organization,
            person: self.person_status.map(|status| status.parse()).transpose()?,
            rules: Vec::new(),
            break_glass: self.break_glass_id.map(BreakGlassId).zip(self.break_glass_ends_at.map(Timestamp)),
        };
        Ok((standing, self.head_seq))
    }
}

/// How a patient stands to `subject`: what the access rule decides on. Of emergency accesses it has the one
/// that ends last, over or not. `None`: no such patient, or one whose keys were destroyed, or no such person.
///
/// # Errors
/// As every query.
pub async fn standing(
    conn: &mut Conn,
    patient: PatientId,
    subject: &Subject,
) -> Result<Option<Standing>, StoreError> {
    let (organization, person, role) = asker(subject);
    let Some(row) = run!(conn, optional StandingRow: STANDING, organization, person, role, patient.0)? else {
        return Ok(None);
    };
    let (mut standing, _) = row.into_standing()?;
    match rule::rules(conn, patient).await {
        Ok(rules) => standing.rules = rules,
        Err(error @ StoreError::Corrupt(_)) => shut(&mut standing, &error),
        Err(error) => return Err(error),
    }
    Ok(Some(standing))
}

/// Which of somebody's patients to take.
#[derive(Clone, Copy)]
pub enum Filter {
    /// All.
    Any,
    /// Those with this keyed hash of the name reading.
    NameKana([u8; 32]),
    /// Those with this keyed hash of the local identifier.
    LocalIdentifier([u8; 32]),
}

/// The standings of the patients whose care team the subject's organisation or the subject in person is in,
/// newest registration first, with the `seq` of each timeline's last entry. They are candidates: the access
/// rule decides who is seen. At most `limit`.
///
/// # Errors
/// As every query.
pub async fn standings_of(
    conn: &mut Conn,
    subject: &Subject,
    filter: Filter,
    before: PatientId,
    limit: i64,
) -> Result<Vec<(Standing, i64)>, StoreError> {
    let participants = [subject.organization.0, subject.person.0];
    let mut standings: Vec<(Standing, i64)> = Vec::new();
    for participant in participants {
        for row in page(conn, subject, filter, participant, before, limit).await? {
            standings.push(row.into_standing()?);
        }
    }
    // of the two pages in descending order, the first of both; who is in both stands in them alike
    standings.sort_by_key(|(standing, _)| std::cmp::Reverse(standing.patient));
    standings.dedup_by_key(|(standing, _)| standing.patient);
    standings.truncate(usize::try_from(limit).unwrap_or(usize::MAX));

    let (Some((newest, _)), Some((oldest, _))) = (standings.first(), standings.last()) else {
        return Ok(standings);
    };
    let (oldest, newest) = (oldest.patient.0, newest.patient.0);
    for participant in participants {
        for row in rules(conn, filter, participant, oldest, newest).await? {
            let patient = row.patient();
            let Ok(at) = standings.binary_search_by(|(standing, _)| patient.cmp(&standing.patient)) else {
                continue;
            };
            add_rules(&mut standings[at].0, row, participant == subject.organization.0);
        }
    }
    Ok(standings)
}

/// Adds the rules of a consent that was found through the organisation's membership or through the person's.
fn add_rules(standing: &mut Standing, row: RuleRow, through_organization: bool) {
    let is_organizations = standing.organization.is_some_and(|p| p.status == MembershipStatus::Accepted);
    if is_organizations != through_organization {
        // found twice: the rules of those who are in by both come through the organisation
        return;
    }
    match row.into_rules() {
        Ok(rules) => standing.rules.extend(rules),
        Err(error) => shut(standing, &error),
    }
}

/// Nobody sees a patient with a consent that cannot be read, until it is mended: it might be a denial. The other
/// patients are not affected.
pub(crate) fn shut(standing: &mut Standing, error: &StoreError) {
    tracing::error!(patient = %standing.patient, %error, "a consent of this patient cannot be read");
    (standing.organization, standing.person) = (None, None);
}

async fn page(
    conn: &mut Conn,
    subject: &Subject,
    filter: Filter,
    participant: Uuid,
    before: PatientId,
    limit: i64,
) -> Result<Vec<StandingRow>, StoreError> {
    let (organization, person, role) = asker(subject);
    let (sql, hash) = match filter {
        Filter::Any => {
            return run!(conn, all StandingRow: STANDINGS_OF, organization, person, role, participant, before.0, limit);
        }
        Filter::NameKana(hash) => (STANDINGS_BY_KANA, hash.to_vec()),
        Filter::LocalIdentifier(hash) => (STANDINGS_BY_IDENTIFIER, hash.to_vec()),
    };
    run!(conn, all StandingRow: sql, organization, person, role, participant, before.0, limit, &hash)
}

async fn rules(
    conn: &mut Conn,
    filter: Filter,
    participant: Uuid,
    oldest: Uuid,
    newest: Uuid,
) -> Result<Vec<RuleRow>, StoreError> {
    let (sql, hash) = match filter {
        Filter::Any => return run!(conn, all RuleRow: RULES_OF, participant, oldest, newest),
        Filter::NameKana(hash) => (RULES_BY_KANA, hash.to_vec()),
        Filter::LocalIdentifier(hash) => (RULES_BY_IDENTIFIER, hash.to_vec()),
    };
    run!(conn, all RuleRow: sql, participant, oldest, newest, &hash)
}

/// The three binds that say who asks.
fn asker(subject: &Subject) -> (Uuid, Uuid, &'static str) {
    (subject.organization.0, subject.person.0, subject.role.as_str())
}
