//! Organisations, people, and what people do where.

use renkei_domain::Timestamp;
use renkei_domain::id::{AffiliationId, OrganizationId, PersonId};
use renkei_domain::identity::{Affiliation, Organization, Person, Role};
use uuid::Uuid;

use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, dialect, service_permission};

statements! {
    INSERT_ORGANIZATION = "INSERT INTO organization (organization_id, kind, name, created_at) VALUES ($1, $2, $3, $4)";
    ORGANIZATION = "SELECT organization_id, kind, name, created_at FROM organization WHERE organization_id = $1";
    ORGANIZATIONS_AFTER = "SELECT organization_id, kind, name, created_at FROM organization \
        WHERE (name, organization_id) > ($1, $2) ORDER BY name, organization_id LIMIT $3";
    INSERT_PERSON = "INSERT INTO person (person_id, login_name, name, name_kana, created_at) VALUES ($1, $2, $3, $4, $5)";
    PERSON = "SELECT person_id, login_name, name, name_kana, created_at, suspended_at FROM person \
        WHERE person_id = $1";
    PEOPLE_AFTER = "SELECT person_id, login_name, name, name_kana, created_at, suspended_at FROM person \
        WHERE login_name > $1 ORDER BY login_name LIMIT $2";
    PEOPLE_OF_AFTER = "SELECT person_id, login_name, name, name_kana, created_at, suspended_at FROM person p \
        WHERE login_name > $1 AND EXISTS (SELECT 1 FROM affiliation a \
            WHERE a.organization_id = $3 AND a.person_id = p.person_id AND a.ended_at IS NULL) \
        ORDER BY login_name LIMIT $2";
    CREDENTIALS = "SELECT person_id, password_hash FROM person WHERE login_name = $1";
    CREDENTIALS_OF = "SELECT login_name, password_hash FROM person WHERE person_id = $1";
    SET_FIRST_PASSWORD = "UPDATE person SET password_hash = $2 WHERE person_id = $1 AND password_hash IS NULL";
    INSERT_AFFILIATION = "INSERT INTO affiliation (affiliation_id, person_id, organization_id, role, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    AFFILIATIONS = "SELECT a.affiliation_id, a.organization_id, o.name AS organization_name, a.role \
        FROM affiliation a JOIN organization o ON o.organization_id = a.organization_id \
        WHERE a.person_id = $1 AND a.ended_at IS NULL ORDER BY a.created_at, a.affiliation_id";
    REVIVE_AFFILIATION = "UPDATE affiliation SET ended_at = NULL WHERE person_id = $1 AND organization_id = $2 \
        AND role = $3 AND ended_at IS NOT NULL RETURNING affiliation_id";
    SUSPEND = "UPDATE person SET suspended_at = $2, epoch = epoch + 1 WHERE person_id = $1 AND suspended_at IS NULL";
    REINSTATE = "UPDATE person SET suspended_at = NULL, epoch = epoch + 1 \
        WHERE person_id = $1 AND suspended_at IS NOT NULL";
    WHOSE_AFFILIATION = "SELECT person_id FROM affiliation WHERE affiliation_id = $1";
    END_AFFILIATION = "UPDATE affiliation SET ended_at = $2 WHERE affiliation_id = $1 AND ended_at IS NULL \
        RETURNING organization_id";
    RAISE_EPOCH = "UPDATE person SET epoch = epoch + 1 WHERE person_id = $1";
    END_ASSIGNMENTS = "DELETE FROM care_team_staff WHERE organization_id = $1 AND person_id = $2 \
        AND NOT EXISTS (SELECT 1 FROM affiliation a \
            WHERE a.person_id = $2 AND a.organization_id = $1 AND a.ended_at IS NULL)";
    ADMINISTRATORS = "SELECT COUNT(*) FROM affiliation a JOIN person p ON p.person_id = a.person_id \
        WHERE a.role = 'ADMINISTRATOR' AND a.ended_at IS NULL AND p.suspended_at IS NULL";
}

#[derive(sqlx::FromRow)]
struct OrganizationRow {
    organization_id: Uuid,
    kind: String,
    name: String,
    created_at: i64,
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = StoreError;
    fn try_from(row: OrganizationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: OrganizationId(row.organization_id),
            kind: row.kind.parse()?,
            name: row.name,
            created_at: Timestamp(row.created_at),
        })
    }
}

/// Stores a new organisation.
///
/// # Errors
/// [`StoreError::Unique`] if the id is taken.
pub async fn insert_organization(tx: &mut Tx, organization: &Organization) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT_ORGANIZATION,
        organization.id.0,
        organization.kind.as_str(),
        &organization.name,
        organization.created_at.0
    )?;
    Ok(())
}

/// One organisation.
///
/// # Errors
/// As every query: [`StoreError::Unavailable`], [`StoreError::Corrupt`].
pub async fn organization(conn: &mut Conn, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
    run!(conn, optional OrganizationRow: ORGANIZATION, id.0)?.map(TryInto::try_into).transpose()
}

/// Organisations by name, after `(name, id)`.
///
/// # Errors
/// As every query.
pub async fn organizations(
    conn: &mut Conn,
    after: (&str, OrganizationId),
    limit: i64,
) -> Result<Vec<Organization>, StoreError> {
    run!(conn, all OrganizationRow: ORGANIZATIONS_AFTER, after.0, after.1.0, limit)?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

#[derive(sqlx::FromRow)]
struct PersonRow {
    person_id: Uuid,
    login_name: String,
    name: String,
    name_kana: String,
    created_at: i64,
    suspended_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct AffiliationRow {
    affiliation_id: Uuid,
    organization_id: Uuid,
    organization_name: String,
    role: String,
}

/// Stores a new person, without a password and without affiliations.
///
/// # Errors
/// [`StoreError::Unique`] if the login name is taken.
pub async fn insert_person(tx: &mut Tx, person: &Person) -> Result<(), StoreError> {
    run!(
        tx,
        INSERT_PERSON,
        person.id.0,
        &person.login_name,
        &person.name,
        &person.name_kana,
        person.created_at.0
    )?;
    Ok(())
}

/// One person with the affiliations that have not ended.
///
/// # Errors
/// As every query.
pub async fn person(conn: &mut Conn, id: PersonId) -> Result<Option<Person>, StoreError> {
    match run!(conn, optional PersonRow: PERSON, id.0)? {
        Some(row) => with_affiliations(conn, row).await.map(Some),
        None => Ok(None),
    }
}

/// The same, who stays so until the transaction ends: nobody is suspended and no affiliation ends meanwhile.
///
/// # Errors
/// As every query.
pub async fn person_to_hold(tx: &mut Tx, id: PersonId) -> Result<Option<Person>, StoreError> {
    dialect::hold_person(tx, id).await?;
    person(tx, id).await
}

/// People by login name, after `after`; only those affiliated with `organization` if one is given.
///
/// # Errors
/// As every query.
pub async fn people(
    conn: &mut Conn,
    organization: Option<OrganizationId>,
    after: &str,
    limit: i64,
) -> Result<Vec<Person>, StoreError> {
    let rows = match organization {
        Some(id) => run!(conn, all PersonRow: PEOPLE_OF_AFTER, after, limit, id.0)?,
        None => run!(conn, all PersonRow: PEOPLE_AFTER, after, limit)?,
    };
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        people.push(with_affiliations(conn, row).await?);
    }
    Ok(people)
}

async fn with_affiliations(conn: &mut Conn, row: PersonRow) -> Result<Person, StoreError> {
    let affiliations = affiliations(conn, PersonId(row.person_id)).await?;
    Ok(Person {
        id: PersonId(row.person_id),
        login_name: row.login_name,
        name: row.name,
        name_kana: row.name_kana,
        affiliations,
        created_at: Timestamp(row.created_at),
        suspended_at: row.suspended_at.map(Timestamp),
    })
}

/// The person's id and password hash, by login name.
///
/// # Errors
/// As every query.
pub async fn credentials(
    conn: &mut Conn,
    login_name: &str,
) -> Result<Option<(PersonId, Option<String>)>, StoreError> {
    let row = run!(conn, optional (Uuid, Option<String>): CREDENTIALS, login_name)?;
    Ok(row.map(|(id, hash)| (PersonId(id), hash)))
}

/// The person's login name and password hash.
///
/// # Errors
/// As every query.
pub async fn credentials_of(
    conn: &mut Conn,
    person: PersonId,
) -> Result<Option<(String, Option<String>)>, StoreError> {
    run!(conn, optional (String, Option<String>): CREDENTIALS_OF, person.0)
}

/// Sets the first password; says whether there was none before.
///
/// # Errors
/// As every query.
pub async fn set_first_password(tx: &mut Tx, person: PersonId, hash: &str) -> Result<bool, StoreError> {
    Ok(run!(tx, SET_FIRST_PASSWORD, person.0, hash)? == 1)
}

/// Stores a new affiliation, or takes up the one that ended; the id of the one that stands.
///
/// # Errors
/// [`StoreError::Unique`] if the person has this role there; [`StoreError::ForeignKey`] if person or
/// organisation do not exist.
pub async fn insert_affiliation(
    tx: &mut Tx,
    id: AffiliationId,
    person: PersonId,
    organization: OrganizationId,
    role: Role,
    now: Timestamp,
) -> Result<AffiliationId, StoreError> {
    let role = role.as_str();
    if let Some((ended,)) = run!(tx, optional (Uuid,): REVIVE_AFFILIATION, person.0, organization.0, role)? {
        return Ok(AffiliationId(ended));
    }
    run!(tx, INSERT_AFFILIATION, id.0, person.0, organization.0, role, now.0)?;
    Ok(id)
}

/// A person's affiliations that have not ended, oldest first.
///
/// # Errors
/// As every query.
pub async fn affiliations(conn: &mut Conn, person: PersonId) -> Result<Vec<Affiliation>, StoreError> {
    run!(conn, all AffiliationRow: AFFILIATIONS, person.0)?
        .into_iter()
        .map(|row| {
            Ok(Affiliation {
                id: AffiliationId(row.affiliation_id),
                organization: OrganizationId(row.organization_id),
                organization_name: row.organization_name,
                role: row.role.parse()?,
            })
        })
        .collect()
}

/// Suspends a person; says whether the person was not suspended. Returns after every disclosure to the person is
/// on record. To be called first in a transaction, as all that follow here.
///
/// # Errors
/// As every query.
pub async fn suspend(tx: &mut Tx, person: PersonId, now: Timestamp) -> Result<bool, StoreError> {
    dialect::lock_administrators(tx).await?;
    dialect::lock_person(tx, person).await?;
    Ok(run!(tx, SUSPEND, person.0, now.0)? == 1)
}

/// Lifts a suspension; says whether there was one.
///
/// # Errors
/// As every query.
pub async fn reinstate(tx: &mut Tx, person: PersonId) -> Result<bool, StoreError> {
    dialect::lock_administrators(tx).await?;
    dialect::lock_person(tx, person).await?;
    Ok(run!(tx, REINSTATE, person.0)? == 1)
}

/// Ends an affiliation and what services were allowed under it, and with the last one at an organisation the person's
/// assignments there; says whose it was. Returns after every disclosure to the person is on record. `None`: it does not stand.
///
/// # Errors
/// As every query.
pub async fn end_affiliation(
    tx: &mut Tx,
    id: AffiliationId,
    now: Timestamp,
) -> Result<Option<PersonId>, StoreError> {
    dialect::lock_administrators(tx).await?;
    let Some((person,)) = run!(tx, optional (Uuid,): WHOSE_AFFILIATION, id.0)? else { return Ok(None) };
    dialect::lock_person(tx, PersonId(person)).await?;
    let Some((organization,)) = run!(tx, optional (Uuid,): END_AFFILIATION, id.0, now.0)? else {
        return Ok(None);
    };
    run!(tx, RAISE_EPOCH, person)?;
    service_permission::withdraw_at(tx, id).await?;
    run!(tx, END_ASSIGNMENTS, organization, person)?;
    Ok(Some(PersonId(person)))
}

/// How many affiliations there are under which somebody can administer the region. After [`suspend`] or
/// [`end_affiliation`] in the same transaction it counts what is left whatever others do at the same time.
///
/// # Errors
/// As every query.
pub async fn administrators(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): ADMINISTRATORS)?.0)
}
