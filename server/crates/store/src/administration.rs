//! Whose an account is: what decides which administrator may manage it.

use renkei_domain::administration::{Account, Held};
use renkei_domain::id::{AffiliationId, OrganizationId, PersonId};
use renkei_domain::identity::Role;
use uuid::Uuid;

use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, dialect};

statements! {
    ACCOUNT = "SELECT created_for_organization_id, suspended_by_organization_id FROM person WHERE person_id = $1";
    EVER_HELD = "SELECT organization_id, role, CAST(CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END AS BIGINT) \
        FROM affiliation WHERE person_id = $1";
    AFFILIATION = "SELECT person_id, organization_id, role FROM affiliation \
        WHERE affiliation_id = $1 AND ended_at IS NULL";
    CREATED_FOR = "UPDATE person SET created_for_organization_id = $2 WHERE person_id = $1";
    SUSPENDED_BY = "UPDATE person SET suspended_by_organization_id = $2 WHERE person_id = $1";
}

/// A person's account. `None`: no such person.
///
/// # Errors
/// As every query.
pub async fn account(conn: &mut Conn, person: PersonId) -> Result<Option<Account>, StoreError> {
    let row = run!(conn, optional (Option<Uuid>, Option<Uuid>): ACCOUNT, person.0)?;
    let Some((created_for, suspended_by)) = row else { return Ok(None) };
    let held = run!(conn, all (Uuid, String, i64): EVER_HELD, person.0)?;
    let affiliations = held.into_iter().map(|(organization, role, stands)| {
        Ok(Held { organization: OrganizationId(organization), role: role.parse()?, stands: stands != 0 })
    });
    Ok(Some(Account {
        created_for: created_for.map(OrganizationId),
        suspended_by: suspended_by.map(OrganizationId),
        affiliations: affiliations.collect::<Result<_, StoreError>>()?,
    }))
}

/// The same, which stays so until the transaction ends: nobody's standing changes meanwhile.
///
/// # Errors
/// As every query.
pub async fn account_to_hold(tx: &mut Tx, person: PersonId) -> Result<Option<Account>, StoreError> {
    dialect::lock_administrators(tx).await?;
    account(tx, person).await
}

/// Whose affiliation it is, where and as what. `None`: it does not stand.
///
/// # Errors
/// As every query.
pub async fn affiliation(
    conn: &mut Conn,
    id: AffiliationId,
) -> Result<Option<(PersonId, OrganizationId, Role)>, StoreError> {
    run!(conn, optional (Uuid, Uuid, String): AFFILIATION, id.0)?
        .map(|(person, organization, role)| {
            Ok((PersonId(person), OrganizationId(organization), role.parse()?))
        })
        .transpose()
}

/// Notes whose administrator created an account; `None`: the region's.
///
/// # Errors
/// As every query.
pub async fn created_for(
    tx: &mut Tx,
    person: PersonId,
    organization: Option<OrganizationId>,
) -> Result<(), StoreError> {
    run!(tx, CREATED_FOR, person.0, organization.map(|id| id.0))?;
    Ok(())
}

/// Notes whose administrator suspended a person; `None`: the region's.
///
/// # Errors
/// As every query.
pub async fn suspended_by(
    tx: &mut Tx,
    person: PersonId,
    organization: Option<OrganizationId>,
) -> Result<(), StoreError> {
    run!(tx, SUSPENDED_BY, person.0, organization.map(|id| id.0))?;
    Ok(())
}
