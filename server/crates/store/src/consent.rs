//! Consents as they are stored: one row for each version. Of a consent the newest version decides, unless it
//! is withdrawn.

use renkei_domain::access::{Read, Subject, Write};
use renkei_domain::consent::{Consent, Exception, Form, Scope};
use renkei_domain::id::{AttachmentId, ConsentId, OrganizationId, PatientId, PersonId};
use renkei_domain::{Permit, Timestamp};
use uuid::Uuid;

use crate::row::{ActorRow, LaterActorRow, Sealed, actor_binds, optional_sealed, timestamp};
use crate::rule::{RuleRow, form};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

pub use crate::rule::rules;

/// Columns and joins of both queries that return consents.
macro_rules! consents {
    ($rest:literal) => {
        concat!(
            "SELECT c.patient_id, c.consent_id, c.version, c.form, c.key_version, c.signer_name, \
             c.paper_attachment_id, c.recorded_at, c.superseded_at, p.person_id, p.name AS person_name, \
             o.organization_id, o.name AS organization_name, c.recorded_by_role AS role, c.withdrawn_at, \
             wp.person_id AS later_person_id, wp.name AS later_person_name, \
             wo.organization_id AS later_organization_id, wo.name AS later_organization_name, \
             c.withdrawn_by_role AS later_role \
             FROM consent c JOIN person p ON p.person_id = c.recorded_by_person_id \
             JOIN organization o ON o.organization_id = c.recorded_by_organization_id \
             LEFT JOIN person wp ON wp.person_id = c.withdrawn_by_person_id \
             LEFT JOIN organization wo ON wo.organization_id = c.withdrawn_by_organization_id \
             WHERE c.patient_id = $1 ",
            $rest
        )
    };
}

statements! {
    INSERT = "INSERT INTO consent (patient_id, consent_id, version, form, key_version, signer_name, \
        paper_attachment_id, recorded_by_person_id, recorded_by_organization_id, recorded_by_role, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    SUPERSEDE = "UPDATE consent SET superseded_at = $4 WHERE patient_id = $1 AND consent_id = $2 AND version = $3 \
        AND superseded_at IS NULL AND withdrawn_at IS NULL";
    WITHOUT_PAPER = "SELECT consent_id, form FROM consent WHERE patient_id = $1 AND paper_attachment_id IS NULL \
        AND superseded_at IS NULL AND withdrawn_at IS NULL";
    NEWEST = consents!("AND c.superseded_at IS NULL ORDER BY c.recorded_at DESC, c.consent_id DESC");
    VERSIONS = consents!("AND c.consent_id = $2 ORDER BY c.version DESC");
    WITHDRAW = "UPDATE consent SET withdrawn_by_person_id = $3, withdrawn_by_organization_id = $4, \
        withdrawn_by_role = $5, withdrawn_at = $6 \
        WHERE patient_id = $1 AND consent_id = $2 AND superseded_at IS NULL AND withdrawn_at IS NULL";
    PERSON_EXISTS = "SELECT COUNT(*) FROM person WHERE person_id = $1";
    ORGANIZATION_EXISTS = "SELECT COUNT(*) FROM organization WHERE organization_id = $1";
    COUNT = "SELECT COUNT(*) FROM consent WHERE patient_id = $1 AND superseded_at IS NULL";
}

/// A consent as it is stored.
pub struct StoredConsent {
    /// The consent, without the signer's name.
    pub consent: Consent,
    /// Name of a representative, sealed.
    pub signer_name: Option<Sealed>,
}

#[derive(sqlx::FromRow)]
struct ConsentRow {
    #[sqlx(flatten)]
    rule: RuleRow,
    key_version: Option<i64>,
    signer_name: Option<Vec<u8>>,
    paper_attachment_id: Option<Uuid>,
    recorded_at: i64,
    superseded_at: Option<i64>,
    #[sqlx(flatten)]
    recorded_by: ActorRow,
    withdrawn_at: Option<i64>,
    #[sqlx(flatten)]
    withdrawn_by: LaterActorRow,
}

impl TryFrom<ConsentRow> for StoredConsent {
    type Error = StoreError;
    fn try_from(row: ConsentRow) -> Result<Self, StoreError> {
        let consent = Consent {
            id: row.rule.consent(),
            version: row.rule.version()?,
            patient: row.rule.patient(),
            form: row.rule.form()?,
            signer_name: None,
            paper: row.paper_attachment_id.map(AttachmentId),
            recorded_by: row.recorded_by.try_into()?,
            recorded_at: Timestamp(row.recorded_at),
            superseded_at: timestamp(row.superseded_at),
            withdrawn: row.withdrawn_by.into_actor()?.zip(timestamp(row.withdrawn_at)),
        };
        Ok(Self { consent, signer_name: optional_sealed(row.key_version, row.signer_name)? })
    }
}

/// A new version of a consent.
pub struct NewVersion {
    /// The consent.
    pub id: ConsentId,
    /// From 1.
    pub version: i32,
    /// What was signed.
    pub form: Form,
    /// Name of a representative, sealed.
    pub signer_name: Option<Sealed>,
    /// The scanned paper.
    pub paper: Option<AttachmentId>,
}

/// Stores the custodian organisation's own consent, which comes with a registration or a hand-over.
///
/// # Errors
/// As every query.
pub async fn insert_custodian(
    tx: &mut Tx,
    patient: PatientId,
    id: ConsentId,
    form: &Form,
    by: &Subject,
    now: Timestamp,
) -> Result<(), StoreError> {
    let own = NewVersion { id, version: 1, form: form.clone(), signer_name: None, paper: None };
    insert(tx, patient, &own, by, now).await
}

/// Withdraws the custodian organisation's own consent, before a hand-over. The patient's epoch is raised before.
///
/// # Errors
/// As every query.
pub async fn end_custodian(
    tx: &mut Tx,
    patient: PatientId,
    by: &Subject,
    now: Timestamp,
) -> Result<(), StoreError> {
    for (id, json) in run!(tx, all (Uuid, String): WITHOUT_PAPER, patient.0)? {
        if form(&json)?.signer.is_none() {
            withdraw_as(tx, patient, ConsentId(id), by, now).await?;
        }
    }
    Ok(())
}

/// Stores a consent in its first version. The patient's epoch is raised before.
///
/// # Errors
/// [`StoreError::ForeignKey`] if it names a person or an organisation that does not exist;
/// [`StoreError::Unique`] if there is a consent with this id.
pub async fn record(
    tx: &mut Tx,
    permit: &Permit<Write>,
    new: &NewVersion,
    now: Timestamp,
) -> Result<(), StoreError> {
    names_who_exists(tx, &new.form).await?;
    insert(tx, permit.patient(), new, permit.subject(), now).await
}

/// Puts a version in the place of the one before it; says whether that one stood. The patient's epoch is raised
/// before.
///
/// # Errors
/// [`StoreError::ForeignKey`] if it names a person or an organisation that does not exist.
pub async fn supersede(
    tx: &mut Tx,
    permit: &Permit<Write>,
    new: &NewVersion,
    now: Timestamp,
) -> Result<bool, StoreError> {
    names_who_exists(tx, &new.form).await?;
    let before = i64::from(new.version) - 1;
    let stood = run!(tx, SUPERSEDE, permit.patient().0, new.id.0, before, now.0)? == 1;
    if stood {
        insert(tx, permit.patient(), new, permit.subject(), now).await?;
    }
    Ok(stood)
}

async fn names_who_exists(tx: &mut Tx, form: &Form) -> Result<(), StoreError> {
    let (mut organizations, mut people): (Vec<&OrganizationId>, Vec<&PersonId>) = match &form.scope {
        Scope::AllMembers => Default::default(),
        Scope::Organizations(ids) => (ids.iter().collect(), Vec::new()),
        Scope::Person(id) => (Vec::new(), vec![id]),
    };
    for Exception { organizations: excepted, persons, .. } in &form.exceptions {
        organizations.extend(excepted);
        people.extend(persons);
    }
    for organization in organizations {
        exists(run!(tx, one (i64,): ORGANIZATION_EXISTS, organization.0)?)?;
    }
    for person in people {
        exists(run!(tx, one (i64,): PERSON_EXISTS, person.0)?)?;
    }
    Ok(())
}

fn exists((count,): (i64,)) -> Result<(), StoreError> {
    if count == 0 { Err(StoreError::ForeignKey) } else { Ok(()) }
}

async fn insert(
    tx: &mut Tx,
    patient: PatientId,
    new: &NewVersion,
    by: &Subject,
    now: Timestamp,
) -> Result<(), StoreError> {
    let form = serde_json::to_string(&new.form).map_err(|error| StoreError::Other(error.into()))?;
    let (person, organization, role) = actor_binds(by);
    run!(
        tx,
        INSERT,
        patient.0,
        new.id.0,
        i64::from(new.version),
        &form,
        new.signer_name.as_ref().map(|name| i64::from(name.key_version)),
        new.signer_name.as_ref().map(|name| &name.bytes),
        new.paper.map(|paper| paper.0),
        person,
        organization,
        role,
        now.0
    )?;
    Ok(())
}

/// All consents of a patient in their newest versions, withdrawn ones too, newest first.
///
/// # Errors
/// As every query.
pub async fn consents<A>(conn: &mut Conn, permit: &Permit<A>) -> Result<Vec<StoredConsent>, StoreError>
where
    A: Sees,
{
    stored(run!(conn, all ConsentRow: NEWEST, permit.patient().0)?)
}

/// All versions of a consent, newest first; none where the patient has no such consent.
///
/// # Errors
/// As every query.
pub async fn versions<A>(
    conn: &mut Conn,
    permit: &Permit<A>,
    id: ConsentId,
) -> Result<Vec<StoredConsent>, StoreError>
where
    A: Sees,
{
    stored(run!(conn, all ConsentRow: VERSIONS, permit.patient().0, id.0)?)
}

fn stored(rows: Vec<ConsentRow>) -> Result<Vec<StoredConsent>, StoreError> {
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The permits under which consents may be listed.
pub trait Sees {}
impl Sees for Read {}
impl Sees for Write {}

/// Withdraws a consent; says whether it stood. The patient's epoch is raised before.
///
/// # Errors
/// As every query.
pub async fn withdraw(
    tx: &mut Tx,
    permit: &Permit<Write>,
    id: ConsentId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    withdraw_as(tx, permit.patient(), id, permit.subject(), now).await
}

async fn withdraw_as(
    tx: &mut Tx,
    patient: PatientId,
    id: ConsentId,
    by: &Subject,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (person, organization, role) = actor_binds(by);
    Ok(run!(tx, WITHDRAW, patient.0, id.0, person, organization, role, now.0)? == 1)
}

/// How many consents the patient has, withdrawn ones too.
///
/// # Errors
/// As every query.
pub async fn count(conn: &mut Conn, permit: &Permit<Write>) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): COUNT, permit.patient().0)?.0)
}
