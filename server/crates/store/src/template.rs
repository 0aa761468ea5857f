//! Templates of organisations. They hold no patient data, and are not sealed.
//!
//! Whoever changes those of an organisation calls [`crate::organization::hold`] first: what was looked up then still
//! stands when it is written.

use renkei_domain::Timestamp;
use renkei_domain::id::{OrganizationId, TemplateId};
use renkei_domain::template::EntryTemplate;
use uuid::Uuid;

use crate::row::ActorRow;
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

/// Columns and joins of every query that returns templates.
macro_rules! templates {
    ($rest:literal) => {
        concat!(
            "SELECT t.template_id, t.name, t.content, t.etag, t.changed_at, p.person_id, p.name AS person_name, \
             o.organization_id, o.name AS organization_name, t.changed_by_role AS role \
             FROM entry_template t JOIN person p ON p.person_id = t.changed_by_person_id \
             JOIN organization o ON o.organization_id = t.organization_id WHERE t.organization_id = $1 ",
            $rest
        )
    };
}

statements! {
    OF_ORGANIZATION = templates!("ORDER BY t.name LIMIT 200");
    BY_ID = templates!("AND t.template_id = $2");
    COUNT = "SELECT COUNT(*) FROM entry_template WHERE organization_id = $1";
    NAMED = "SELECT template_id FROM entry_template WHERE organization_id = $1 AND name = $2";
    SAVE = "INSERT INTO entry_template (organization_id, template_id, name, content, etag, changed_by_person_id, \
        changed_by_role, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
        ON CONFLICT (organization_id, template_id) DO UPDATE SET name = excluded.name, content = excluded.content, \
        etag = excluded.etag, changed_by_person_id = excluded.changed_by_person_id, \
        changed_by_role = excluded.changed_by_role, changed_at = excluded.changed_at";
    DELETE = "DELETE FROM entry_template WHERE organization_id = $1 AND template_id = $2";
}

#[derive(sqlx::FromRow)]
struct TemplateRow {
    template_id: Uuid,
    name: String,
    content: String,
    etag: Vec<u8>,
    changed_at: i64,
    #[sqlx(flatten)]
    changed_by: ActorRow,
}

impl TryFrom<TemplateRow> for EntryTemplate {
    type Error = StoreError;
    fn try_from(row: TemplateRow) -> Result<Self, StoreError> {
        let content = serde_json::from_str(&row.content);
        Ok(Self {
            id: TemplateId(row.template_id),
            name: row.name,
            content: content.map_err(|_| StoreError::Corrupt("entry_template.content"))?,
            etag: Uuid::from_slice(&row.etag).map_err(|_| StoreError::Corrupt("entry_template.etag"))?,
            changed_by: row.changed_by.try_into()?,
            changed_at: Timestamp(row.changed_at),
        })
    }
}

/// The templates of an organisation, by name. At most 200.
///
/// # Errors
/// As every query.
pub async fn of_organization(
    conn: &mut Conn,
    organization: OrganizationId,
) -> Result<Vec<EntryTemplate>, StoreError> {
    let rows = run!(conn, all TemplateRow: OF_ORGANIZATION, organization.0)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// One template of an organisation.
///
/// # Errors
/// As every query.
pub async fn by_id(
    conn: &mut Conn,
    organization: OrganizationId,
    id: TemplateId,
) -> Result<Option<EntryTemplate>, StoreError> {
    run!(conn, optional TemplateRow: BY_ID, organization.0, id.0)?.map(TryInto::try_into).transpose()
}

/// How many templates an organisation has.
///
/// # Errors
/// As every query.
pub async fn count(conn: &mut Conn, organization: OrganizationId) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): COUNT, organization.0)?.0)
}

/// The template of this name, if the organisation has one.
///
/// # Errors
/// As every query.
pub async fn named(
    conn: &mut Conn,
    organization: OrganizationId,
    name: &str,
) -> Result<Option<TemplateId>, StoreError> {
    Ok(run!(conn, optional (Uuid,): NAMED, organization.0, name)?.map(|(id,)| TemplateId(id)))
}

/// Stores a template of the organisation of who changed it, in the place of the one with the same id.
///
/// # Errors
/// [`StoreError::Unique`] if the organisation has another one of this name.
pub async fn save(tx: &mut Tx, template: &EntryTemplate) -> Result<(), StoreError> {
    let content =
        serde_json::to_string(&template.content).map_err(|error| StoreError::Other(error.into()))?;
    let by = &template.changed_by;
    run!(
        tx,
        SAVE,
        by.organization.0,
        template.id.0,
        &template.name,
        &content,
        template.etag.as_bytes().to_vec(),
        by.person.0,
        by.role.as_str(),
        template.changed_at.0
    )?;
    Ok(())
}

/// Deletes a template; says whether there was one.
///
/// # Errors
/// As every query.
pub async fn delete(tx: &mut Tx, organization: OrganizationId, id: TemplateId) -> Result<bool, StoreError> {
    Ok(run!(tx, DELETE, organization.0, id.0)? == 1)
}
