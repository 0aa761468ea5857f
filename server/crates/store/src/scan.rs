//! Entries as a search goes through them: nothing that is not needed of those that are not found. It is part of
//! [`crate::timeline`].

use renkei_domain::access::Read;
use renkei_domain::id::{EntryId, OrganizationId, PersonId};
use renkei_domain::identity::Role;
use renkei_domain::{Category, Permit, Sensitivity, Timestamp};
use uuid::Uuid;

use crate::row::{Sealed, sealed};
use crate::sql::{run, statements};
use crate::timeline::{seen, sight};
use crate::{Conn, StoreError};

statements! {
    SCAN_BEFORE = concat!(
        "SELECT e.seq, e.entry_id, e.category, e.sensitivity, e.author_person_id, e.author_organization_id, \
         e.author_role, e.key_version, e.body, e.posted_at FROM entry e WHERE ",
        seen!(),
        " AND e.seq < $5 ORDER BY e.seq DESC LIMIT $6");
}

/// An entry as it is stored, without names.
pub struct ScannedEntry {
    /// Its id.
    pub id: EntryId,
    /// Its place.
    pub seq: i64,
    /// Its category.
    pub category: Category,
    /// How guarded it is.
    pub sensitivity: Sensitivity,
    /// Its author, for which organisation, in which role.
    pub author: (PersonId, OrganizationId, Role),
    /// When it was stored.
    pub posted_at: Timestamp,
    /// Content in JSON, sealed.
    pub body: Sealed,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    seq: i64,
    entry_id: Uuid,
    category: String,
    sensitivity: String,
    author_person_id: Uuid,
    author_organization_id: Uuid,
    author_role: String,
    key_version: i64,
    body: Vec<u8>,
    posted_at: i64,
}

impl TryFrom<Row> for ScannedEntry {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let role = row.author_role.parse()?;
        Ok(Self {
            id: EntryId(row.entry_id),
            seq: row.seq,
            category: row.category.parse()?,
            sensitivity: row.sensitivity.parse()?,
            author: (PersonId(row.author_person_id), OrganizationId(row.author_organization_id), role),
            posted_at: Timestamp(row.posted_at),
            body: sealed(row.key_version, row.body)?,
        })
    }
}

/// Entries with a smaller `seq` than `before` that the permit reaches, newest first.
///
/// # Errors
/// As every query.
pub async fn scan_before(
    conn: &mut Conn,
    permit: &Permit<Read>,
    before: i64,
    limit: i64,
) -> Result<Vec<ScannedEntry>, StoreError> {
    let (patient, person, seen, denied) = sight(permit);
    run!(conn, all Row: SCAN_BEFORE, patient, person, &seen, &denied, before, limit)?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}
