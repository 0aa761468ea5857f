//! What organisations do with files, and how much they keep.

use renkei_domain::id::OrganizationId;
use renkei_domain::identity::PositionPolicy;

use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

statements! {
    POLICY = "SELECT position_policy, attachment_quota_bytes FROM organization WHERE organization_id = $1";
    SET_POLICY = "UPDATE organization SET position_policy = COALESCE($2, position_policy), \
        attachment_quota_bytes = COALESCE($3, attachment_quota_bytes) WHERE organization_id = $1";
    // as a lock: an update that changes nothing
    HOLD = "UPDATE organization SET position_policy = position_policy WHERE organization_id = $1";
    ATTACHMENT_USAGE = "SELECT CAST(COALESCE((SELECT SUM(a.size) FROM attachment a WHERE a.organization_id = $1), 0) \
        + COALESCE((SELECT SUM(u.size) FROM upload u WHERE u.organization_id = $1), 0) AS BIGINT) \
        FROM organization WHERE organization_id = $1";
}

/// What an organisation does with files, as far as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredPolicy {
    /// What is done with positions in images.
    pub positions: PositionPolicy,
    /// Bytes of all files together. `None`: as many as the server gives to each.
    pub quota_bytes: Option<i64>,
}

/// An organisation's policy, if there is the organisation.
///
/// # Errors
/// As every query.
pub async fn policy(conn: &mut Conn, id: OrganizationId) -> Result<Option<StoredPolicy>, StoreError> {
    let Some((positions, quota_bytes)) = run!(conn, optional (String, Option<i64>): POLICY, id.0)? else {
        return Ok(None);
    };
    Ok(Some(StoredPolicy { positions: positions.parse()?, quota_bytes }))
}

/// Changes what is given; says whether there is the organisation.
///
/// # Errors
/// As every query.
pub async fn set_policy(
    tx: &mut Tx,
    id: OrganizationId,
    positions: Option<PositionPolicy>,
    quota_bytes: Option<i64>,
) -> Result<bool, StoreError> {
    Ok(run!(tx, SET_POLICY, id.0, positions.map(PositionPolicy::as_str), quota_bytes)? == 1)
}

/// Bytes of the files that people of the organisation uploaded, those whole that are still under way.
///
/// # Errors
/// As every query.
pub async fn attachment_usage(conn: &mut Conn, id: OrganizationId) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): ATTACHMENT_USAGE, id.0)?.0)
}

/// Lets nobody else begin an upload for the organisation, or change its templates, before this transaction ends.
///
/// # Errors
/// As every query.
pub async fn hold(tx: &mut Tx, id: OrganizationId) -> Result<(), StoreError> {
    run!(tx, HOLD, id.0)?;
    Ok(())
}
