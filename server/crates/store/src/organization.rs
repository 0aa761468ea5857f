//! What an organisation says about files.

use renkei_domain::id::OrganizationId;
use renkei_domain::identity::PositionPolicy;

use crate::sql::{run, statements};
use crate::{Conn, StoreError};

statements! {
    FILE_RULES = "SELECT position_policy, attachment_quota_bytes FROM organization WHERE organization_id = $1";
    FILES_SIZE = "SELECT CAST(COALESCE((SELECT SUM(a.size) FROM attachment a WHERE a.organization_id = $1), 0) \
        + COALESCE((SELECT SUM(u.size) FROM upload u WHERE u.organization_id = $1), 0) AS BIGINT) \
        FROM organization WHERE organization_id = $1";
}

/// What an organisation says about files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileRules {
    /// What is done when an image tells where it was taken.
    pub position: PositionPolicy,
    /// How many bytes its files may take; `None` is the server's usual quota.
    pub quota: Option<i64>,
}

/// What the organisation, which exists, says about files.
///
/// # Errors
/// As every query.
pub async fn file_rules(conn: &mut Conn, organization: OrganizationId) -> Result<FileRules, StoreError> {
    let (position, quota) = run!(conn, one (String, Option<i64>): FILE_RULES, organization.0)?;
    Ok(FileRules { position: position.parse()?, quota })
}

/// Bytes that its files take, those that are still to come of announced ones included.
///
/// # Errors
/// As every query.
pub async fn files_size(conn: &mut Conn, organization: OrganizationId) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): FILES_SIZE, organization.0)?.0)
}
