//! Patients: the row that is the lock, the standing that the access rule asks for, and sealed demographics.

use renkei_domain::access::{Read, Standing, Write};
use renkei_domain::id::{OrganizationId, PatientId};
use renkei_domain::patient::MembershipStatus;
use renkei_domain::{Permit, Timestamp};
use uuid::Uuid;

use crate::consent::{self, RuleRow};
use crate::row::{Sealed, sealed};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, dialect};

/// The patients of organisation `$1` with something `$indexed`, found by that.
macro_rules! standings_by {
    ($indexed:literal) => {
        concat!(
            "SELECT p.patient_id, p.custodian_organization_id, p.epoch, p.head_seq, m.status \
             FROM patient p JOIN care_team_member m ON m.patient_id = p.patient_id AND m.organization_id = $1 \
             WHERE m.status = 'ACCEPTED' AND p.patient_id < $2 AND p.",
            $indexed,
            " = $4 ORDER BY p.patient_id DESC LIMIT $3"
        )
    };
}

/// The rules of the same patients, from `$2` to `$3`.
macro_rules! rules_by {
    ($indexed:literal) => {
        concat!(
            "SELECT c.patient_id, c.consent_id, c.scope, c.grantees, c.categories, c.starts_at, c.ends_at \
             FROM patient p JOIN care_team_member m ON m.patient_id = p.patient_id AND m.organization_id = $1 \
             JOIN consent c ON c.patient_id = p.patient_id \
             WHERE m.status = 'ACCEPTED' AND p.patient_id >= $2 AND p.patient_id <= $3 AND p.",
            $indexed,
            " = $4 AND c.withdrawn_at IS NULL"
        )
    };
}

statements! {
    INSERT = "INSERT INTO patient (patient_id, custodian_organization_id, head_seq, epoch, key_version, demographics, \
        name_kana_index, local_identifier_index, registered_at) VALUES ($1, $2, 0, 1, $3, $4, $5, $6, $7)";
    STANDING = "SELECT p.patient_id, p.custodian_organization_id, p.epoch, p.head_seq, m.status FROM patient p \
        LEFT JOIN care_team_member m ON m.patient_id = p.patient_id AND m.organization_id = $2 \
        WHERE p.patient_id = $1";
    STANDINGS_OF = "SELECT p.patient_id, p.custodian_organization_id, p.epoch, p.head_seq, m.status \
        FROM care_team_member m JOIN patient p ON p.patient_id = m.patient_id \
        WHERE m.organization_id = $1 AND m.status = 'ACCEPTED' AND m.patient_id < $2 \
        ORDER BY m.patient_id DESC LIMIT $3";
    STANDINGS_BY_KANA = standings_by!("name_kana_index");
    STANDINGS_BY_IDENTIFIER = standings_by!("local_identifier_index");
    RULES_OF = "SELECT c.patient_id, c.consent_id, c.scope, c.grantees, c.categories, c.starts_at, c.ends_at \
        FROM care_team_member m JOIN consent c ON c.patient_id = m.patient_id \
        WHERE m.organization_id = $1 AND m.status = 'ACCEPTED' AND m.patient_id >= $2 AND m.patient_id <= $3 \
        AND c.withdrawn_at IS NULL";
    RULES_BY_KANA = rules_by!("name_kana_index");
    RULES_BY_IDENTIFIER = rules_by!("local_identifier_index");
    DEMOGRAPHICS = "SELECT custodian_organization_id, key_version, demographics, registered_at \
        FROM patient WHERE patient_id = $1";
    KEY_VERSION = "SELECT key_version FROM patient WHERE patient_id = $1";
    NEXT_SEQ = "UPDATE patient SET head_seq = head_seq + 1 WHERE patient_id = $1 RETURNING head_seq";
    RAISE_EPOCH = "UPDATE patient SET epoch = epoch + 1 WHERE patient_id = $1";
}

/// A new patient, sealed.
pub struct NewPatient {
    /// The patient's id.
    pub id: PatientId,
    /// 主管機関.
    pub custodian: OrganizationId,
    /// Demographics in JSON, sealed.
    pub demographics: Sealed,
    /// Keyed hash of the folded name reading.
    pub name_kana_index: [u8; 32],
    /// Keyed hash of the folded local identifier.
    pub local_identifier_index: Option<[u8; 32]>,
}

/// Stores a new patient in epoch 1 with an empty timeline.
///
/// # Errors
/// [`StoreError::Unique`] if the custodian has a patient with this local identifier.
pub async fn insert(tx: &mut Tx, patient: &NewPatient, now: Timestamp) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT,
        patient.id.0,
        patient.custodian.0,
        i64::from(patient.demographics.key_version),
        &patient.demographics.bytes,
        patient.name_kana_index.to_vec(),
        patient.local_identifier_index.map(|hash| hash.to_vec()),
        now.0
    )?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct StandingRow {
    patient_id: Uuid,
    custodian_organization_id: Uuid,
    epoch: i64,
    head_seq: i64,
    status: Option<String>,
}

impl StandingRow {
    fn into_standing(self) -> Result<(Standing, i64), StoreError> {
        let membership = self.status.map(|status| status.parse::<MembershipStatus>()).transpose()?;
        let standing = Standing {
            patient: PatientId(self.patient_id),
            epoch: self.epoch,
            custodian: OrganizationId(self.custodian_organization_id),
            membership,
            rules: Vec::new(),
        };
        Ok((standing, self.head_seq))
    }
}

/// How a patient stands to an organisation: what the access rule decides on. `None`: no such patient.
///
/// # Errors
/// As every query.
pub async fn standing(
    conn: &mut Conn,
    patient: PatientId,
    organization: OrganizationId,
) -> Result<Option<Standing>, StoreError> {
    let Some(row) = run!(conn, optional StandingRow: STANDING, patient.0, organization.0)? else {
        return Ok(None);
    };
    let (mut standing, _) = row.into_standing()?;
    standing.rules = consent::rules(conn, patient).await?;
    Ok(Some(standing))
}

/// Which of an organisation's patients to take.
#[derive(Clone, Copy)]
pub enum Filter {
    /// All.
    Any,
    /// Those with this keyed hash of the name reading.
    NameKana([u8; 32]),
    /// Those with this keyed hash of the local identifier.
    LocalIdentifier([u8; 32]),
}

/// The standings of an organisation's patients, newest registration first, with the `seq` of each
/// timeline's last entry. They are candidates: the access rule decides who is seen.
///
/// # Errors
/// As every query.
pub async fn standings_of(
    conn: &mut Conn,
    organization: OrganizationId,
    filter: Filter,
    before: PatientId,
    limit: i64,
) -> Result<Vec<(Standing, i64)>, StoreError> {
    let organization = organization.0;
    let rows = match filter {
        Filter::Any => run!(conn, all StandingRow: STANDINGS_OF, organization, before.0, limit)?,
        Filter::NameKana(hash) => {
            run!(conn, all StandingRow: STANDINGS_BY_KANA, organization, before.0, limit, hash.to_vec())?
        }
        Filter::LocalIdentifier(hash) => {
            run!(conn, all StandingRow: STANDINGS_BY_IDENTIFIER, organization, before.0, limit, hash.to_vec())?
        }
    };
    // in descending order of the id
    let (Some(newest), Some(oldest)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
    let (oldest, newest) = (oldest.patient_id, newest.patient_id);
    let rules = match filter {
        Filter::Any => run!(conn, all RuleRow: RULES_OF, organization, oldest, newest)?,
        Filter::NameKana(hash) => {
            run!(conn, all RuleRow: RULES_BY_KANA, organization, oldest, newest, hash.to_vec())?
        }
        Filter::LocalIdentifier(hash) => {
            run!(conn, all RuleRow: RULES_BY_IDENTIFIER, organization, oldest, newest, hash.to_vec())?
        }
    };
    let mut standings = rows.into_iter().map(StandingRow::into_standing).collect::<Result<Vec<_>, _>>()?;
    for rule in rules {
        let patient = rule.patient();
        if let Ok(at) = standings.binary_search_by(|(standing, _)| patient.cmp(&standing.patient)) {
            match rule.into_rule() {
                Ok(rule) => standings[at].0.rules.push(rule),
                Err(error) => {
                    // nobody sees this patient until it is mended; the others are not affected
                    tracing::error!(%patient, %error, "a consent of this patient cannot be read");
                    standings[at].0.membership = None;
                }
            }
        }
    }
    Ok(standings)
}

/// Demographics as they are stored, with the custodian and the time of registration.
pub struct StoredPatient {
    /// 主管機関.
    pub custodian: OrganizationId,
    /// Demographics in JSON, sealed.
    pub demographics: Sealed,
    /// When the patient was registered.
    pub registered_at: Timestamp,
}

/// The patient's sealed demographics.
///
/// # Errors
/// As every query.
pub async fn demographics(conn: &mut Conn, permit: &Permit<Read>) -> Result<StoredPatient, StoreError> {
    let (custodian, key_version, bytes, registered_at) =
        run!(conn, one (Uuid, i64, Vec<u8>, i64): DEMOGRAPHICS, permit.patient().0)?;
    Ok(StoredPatient {
        custodian: OrganizationId(custodian),
        demographics: sealed(key_version, bytes)?,
        registered_at: Timestamp(registered_at),
    })
}

/// The version of the patient's key that new data is sealed under.
///
/// # Errors
/// As every query.
pub async fn key_version(conn: &mut Conn, permit: &Permit<Write>) -> Result<u32, StoreError> {
    let (version,) = run!(conn, one (i64,): KEY_VERSION, permit.patient().0)?;
    u32::try_from(version).map_err(|_| StoreError::Corrupt("key_version"))
}

/// Takes the patient's lock and the next `seq`. To be the first statement of a transaction that posts.
/// `None`: no such patient.
///
/// # Errors
/// As every query.
pub async fn next_seq(tx: &mut Tx, patient: PatientId) -> Result<Option<i64>, StoreError> {
    Ok(run!(tx, optional (i64,): NEXT_SEQ, patient.0)?.map(|(seq,)| seq))
}

/// Takes the patient's lock. To be the first statement of a transaction that writes patient-scoped data
/// and changes nobody's access. Says whether there is such a patient.
///
/// # Errors
/// As every query.
pub async fn lock(tx: &mut Tx, patient: PatientId) -> Result<bool, StoreError> {
    dialect::lock(tx, patient).await
}

/// Takes the patient's lock and raises the epoch: to be the first statement of a transaction that changes
/// somebody's access. Returns after every disclosure of the old epoch is on record. Says whether there
/// is such a patient.
///
/// # Errors
/// As every query.
pub async fn raise_epoch(tx: &mut Tx, patient: PatientId) -> Result<bool, StoreError> {
    dialect::lock_access(tx, patient).await?;
    Ok(run!(tx, RAISE_EPOCH, patient.0)? == 1)
}
