//! What organisations do with files.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::{self, Duty};
use renkei_domain::id::OrganizationId;
use renkei_domain::identity::{Caller, OrganizationPolicy, PositionPolicy};
use renkei_domain::{Error, Reason, Result};
use renkei_store::{Conn, organization};

use super::append_concerning;
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// What is to be changed.
pub(crate) struct NewPolicy {
    pub(crate) organization: OrganizationId,
    pub(crate) positions: Option<PositionPolicy>,
    pub(crate) quota_bytes: Option<i64>,
}

impl App {
    /// What an organisation does with files. For its own people, and for who administers the region.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::NotFound`].
    pub(crate) async fn organization_policy(
        self: &Arc<Self>,
        caller: &Caller,
        id: OrganizationId,
    ) -> Result<OrganizationPolicy> {
        let is_own = caller.actor.organization == id;
        if !is_own && !duty::has(caller.actor.role, Duty::AdministerRegion) {
            return Err(Error::new(Reason::RoleNotAllowed));
        }
        self.policy(id).await
    }

    /// Changes what an organisation does with files.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::NotFound`], [`Reason::StepUpRequired`], [`Reason::RequestIdReused`].
    pub(crate) async fn update_organization_policy(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        new: NewPolicy,
    ) -> Result<OrganizationPolicy> {
        self.require_duty(caller, Duty::AdministerRegion, Action::OrganizationUpdate).await?;
        let (app, by, id) = (Arc::clone(self), Arc::clone(caller), new.organization);
        let act = Act::of_region(caller.subject(), Action::OrganizationUpdate, id.0);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                if !organization::set_policy(tx, id, new.positions, new.quota_bytes).await? {
                    return Err(Error::new(Reason::NotFound));
                }
                append_concerning(tx, app.stamp_of(&by), &act, None, [id]).await?;
                Ok((id.0, app.read_policy(tx, id).await?))
            })
        });
        self.once(caller, key, work, |id| self.policy(OrganizationId(id))).await
    }

    async fn policy(self: &Arc<Self>, id: OrganizationId) -> Result<OrganizationPolicy> {
        let app = Arc::clone(self);
        self.store.read(move |conn| Box::pin(async move { app.read_policy(conn, id).await })).await
    }

    async fn read_policy(&self, conn: &mut Conn, id: OrganizationId) -> Result<OrganizationPolicy> {
        let stored = organization::policy(conn, id).await?.ok_or_else(|| Error::new(Reason::NotFound))?;
        Ok(OrganizationPolicy {
            organization: id,
            positions: stored.positions,
            quota_bytes: stored.quota_bytes.unwrap_or(self.settings.organization_quota_bytes),
            used_bytes: organization::attachment_usage(conn, id).await?,
        })
    }
}
