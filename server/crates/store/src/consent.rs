//! Consents as they are stored.

use std::collections::BTreeSet;

use renkei_domain::access::{Read, Subject, Write};
use renkei_domain::consent::{Consent, Period, Rule, Scope};
use renkei_domain::id::{AttachmentId, ConsentId, OrganizationId, PatientId, PersonId};
use renkei_domain::identity::Actor;
use renkei_domain::{Category, Permit, Timestamp};
use uuid::Uuid;

use crate::row::{ActorRow, actor_binds, timestamp};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

statements! {
    INSERT = "INSERT INTO consent (patient_id, consent_id, scope, grantees, categories, starts_at, ends_at, \
        paper_attachment_id, recorded_by_person_id, recorded_by_organization_id, recorded_by_role, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    RULES = "SELECT patient_id, consent_id, scope, grantees, categories, starts_at, ends_at FROM consent \
        WHERE patient_id = $1 AND withdrawn_at IS NULL";
    CONSENTS = "SELECT c.patient_id, c.consent_id, c.scope, c.grantees, c.categories, c.starts_at, c.ends_at, \
        c.paper_attachment_id, c.recorded_at, p.person_id, p.name AS person_name, o.organization_id, \
        o.name AS organization_name, c.recorded_by_role AS role, c.withdrawn_at, \
        wp.person_id AS withdrawn_person_id, wp.name AS withdrawn_person_name, \
        wo.organization_id AS withdrawn_organization_id, wo.name AS withdrawn_organization_name, c.withdrawn_by_role \
        FROM consent c JOIN person p ON p.person_id = c.recorded_by_person_id \
        JOIN organization o ON o.organization_id = c.recorded_by_organization_id \
        LEFT JOIN person wp ON wp.person_id = c.withdrawn_by_person_id \
        LEFT JOIN organization wo ON wo.organization_id = c.withdrawn_by_organization_id \
        WHERE c.patient_id = $1 ORDER BY c.recorded_at DESC, c.consent_id DESC";
    WITHDRAW = "UPDATE consent SET withdrawn_by_person_id = $3, withdrawn_by_organization_id = $4, \
        withdrawn_by_role = $5, withdrawn_at = $6 \
        WHERE patient_id = $1 AND consent_id = $2 AND withdrawn_at IS NULL";
    PERSON_EXISTS = "SELECT COUNT(*) FROM person WHERE person_id = $1";
    ORGANIZATION_EXISTS = "SELECT COUNT(*) FROM organization WHERE organization_id = $1";
    COUNT = "SELECT COUNT(*) FROM consent WHERE patient_id = $1";
}

#[derive(sqlx::FromRow)]
pub(crate) struct RuleRow {
    patient_id: Uuid,
    consent_id: Uuid,
    scope: String,
    grantees: String,
    categories: String,
    starts_at: i64,
    ends_at: Option<i64>,
}

impl RuleRow {
    pub(crate) fn patient(&self) -> PatientId {
        PatientId(self.patient_id)
    }

    pub(crate) fn into_rule(self) -> Result<Rule, StoreError> {
        let corrupt = |_| StoreError::Corrupt("consent.grantees");
        let scope = match self.scope.as_str() {
            "ALL_MEMBERS" => Scope::AllMembers,
            "ORGANIZATIONS" => Scope::Organizations(
                self.grantees
                    .split(',')
                    .filter(|id| !id.is_empty())
                    .map(|id| Uuid::parse_str(id).map(OrganizationId))
                    .collect::<Result<BTreeSet<_>, _>>()
                    .map_err(corrupt)?,
            ),
            "PERSON" => Scope::Person(PersonId(Uuid::parse_str(&self.grantees).map_err(corrupt)?)),
            _ => return Err(StoreError::Corrupt("consent.scope")),
        };
        Ok(Rule {
            id: ConsentId(self.consent_id),
            scope,
            categories: self
                .categories
                .split(',')
                .filter(|category| !category.is_empty())
                .map(str::parse::<Category>)
                .collect::<Result<_, _>>()?,
            period: Period { start: Timestamp(self.starts_at), end: timestamp(self.ends_at) },
        })
    }
}

#[derive(sqlx::FromRow)]
struct ConsentRow {
    #[sqlx(flatten)]
    rule: RuleRow,
    paper_attachment_id: Option<Uuid>,
    recorded_at: i64,
    #[sqlx(flatten)]
    recorded_by: ActorRow,
    withdrawn_at: Option<i64>,
    withdrawn_person_id: Option<Uuid>,
    withdrawn_person_name: Option<String>,
    withdrawn_organization_id: Option<Uuid>,
    withdrawn_organization_name: Option<String>,
    withdrawn_by_role: Option<String>,
}

impl TryFrom<ConsentRow> for Consent {
    type Error = StoreError;
    fn try_from(row: ConsentRow) -> Result<Self, StoreError> {
        let withdrawn = match (
            row.withdrawn_person_id,
            row.withdrawn_person_name,
            row.withdrawn_organization_id,
            row.withdrawn_organization_name,
            row.withdrawn_by_role,
            row.withdrawn_at,
        ) {
            (
                Some(person),
                Some(person_name),
                Some(organization),
                Some(organization_name),
                Some(role),
                Some(at),
            ) => {
                let actor = Actor {
                    person: PersonId(person),
                    person_name,
                    organization: OrganizationId(organization),
                    organization_name,
                    role: role.parse()?,
                };
                Some((actor, Timestamp(at)))
            }
            _ => None,
        };
        Ok(Self {
            patient: row.rule.patient(),
            rule: row.rule.into_rule()?,
            paper: row.paper_attachment_id.map(AttachmentId),
            recorded_by: row.recorded_by.try_into()?,
            recorded_at: Timestamp(row.recorded_at),
            withdrawn,
        })
    }
}

/// Stores the custodian organisation's own consent, which comes with the registration.
///
/// # Errors
/// As every query.
pub async fn insert_custodian(
    tx: &mut Tx,
    patient: PatientId,
    rule: &Rule,
    by: &Subject,
    now: Timestamp,
) -> Result<(), StoreError> {
    insert(tx, patient, rule, None, by, now).await
}

/// Stores a consent. The patient's epoch is raised before.
///
/// # Errors
/// [`StoreError::ForeignKey`] if it names a person or an organisation that does not exist.
pub async fn record(
    tx: &mut Tx,
    permit: &Permit<Write>,
    rule: &Rule,
    paper: AttachmentId,
    now: Timestamp,
) -> Result<(), StoreError> {
    match &rule.scope {
        Scope::AllMembers => {}
        Scope::Organizations(organizations) => {
            for organization in organizations {
                exists(run!(tx, one (i64,): ORGANIZATION_EXISTS, organization.0)?)?;
            }
        }
        Scope::Person(person) => exists(run!(tx, one (i64,): PERSON_EXISTS, person.0)?)?,
    }
    insert(tx, permit.patient(), rule, Some(paper), permit.subject(), now).await
}

fn exists((count,): (i64,)) -> Result<(), StoreError> {
    if count == 0 { Err(StoreError::ForeignKey) } else { Ok(()) }
}

async fn insert(
    tx: &mut Tx,
    patient: PatientId,
    rule: &Rule,
    paper: Option<AttachmentId>,
    by: &Subject,
    now: Timestamp,
) -> Result<(), StoreError> {
    let joined = |ids: &mut dyn Iterator<Item = String>| ids.collect::<Vec<_>>().join(",");
    let (scope, grantees) = match &rule.scope {
        Scope::AllMembers => ("ALL_MEMBERS", String::new()),
        Scope::Organizations(ids) => ("ORGANIZATIONS", joined(&mut ids.iter().map(ToString::to_string))),
        Scope::Person(id) => ("PERSON", id.to_string()),
    };
    let categories = joined(&mut rule.categories.iter().map(|category| category.to_string()));
    let (person, organization, role) = actor_binds(by);
    run!(
        tx,
        INSERT,
        patient.0,
        rule.id.0,
        scope,
        &grantees,
        &categories,
        rule.period.start.0,
        rule.period.end.map(|end| end.0),
        paper.map(|paper| paper.0),
        person,
        organization,
        role,
        now.0
    )?;
    Ok(())
}

pub(crate) async fn rules(conn: &mut Conn, patient: PatientId) -> Result<Vec<Rule>, StoreError> {
    run!(conn, all RuleRow: RULES, patient.0)?.into_iter().map(RuleRow::into_rule).collect()
}

/// All consents of a patient, newest first.
///
/// # Errors
/// As every query.
pub async fn consents<A>(conn: &mut Conn, permit: &Permit<A>) -> Result<Vec<Consent>, StoreError>
where
    A: Sees,
{
    run!(conn, all ConsentRow: CONSENTS, permit.patient().0)?.into_iter().map(TryInto::try_into).collect()
}

/// The permits under which consents may be listed.
pub trait Sees {}
impl Sees for Read {}
impl Sees for Write {}

/// Withdraws a consent; says whether it stood.
///
/// # Errors
/// As every query.
pub async fn withdraw(
    tx: &mut Tx,
    permit: &Permit<Write>,
    consent: ConsentId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (person, organization, role) = actor_binds(permit.subject());
    Ok(run!(tx, WITHDRAW, permit.patient().0, consent.0, person, organization, role, now.0)? == 1)
}

/// How many consents the patient has, withdrawn ones too.
///
/// # Errors
/// As every query.
pub async fn count(conn: &mut Conn, permit: &Permit<Write>) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): COUNT, permit.patient().0)?.0)
}
