//! Reports: what an organisation did in a period, in numbers.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::{self, Duty};
use renkei_domain::id::OrganizationId;
use renkei_domain::identity::{Caller, Organization};
use renkei_domain::usage::{Usage, Within};
use renkei_domain::{Error, Reason, Result};
use renkei_store::{identity, usage};

use crate::app::App;
use crate::app::identity::append_concerning;

impl App {
    /// What an organisation did within a period; `None`: the caller's own. That it was asked is an event, which the
    /// organisation finds.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], also about another organisation for whoever does not administer the region;
    /// [`Reason::NotFound`].
    pub(crate) async fn usage_report(
        self: &Arc<Self>,
        caller: &Caller,
        of: Option<OrganizationId>,
        within: Within,
    ) -> Result<(Organization, Usage)> {
        self.require_duty(caller, Duty::ReadUsage, Action::UsageRead).await?;
        let own = caller.actor.organization;
        let of = of.unwrap_or(own);
        if of != own && !duty::has(caller.actor.role, Duty::AdministerRegion) {
            let refused = Err(Error::new(Reason::RoleNotAllowed));
            return self.record_refusal_about(caller, Action::UsageRead, of.0, refused).await;
        }
        let found = self
            .store
            .read(move |conn| {
                Box::pin(async move {
                    let organization = identity::organization(conn, of).await?;
                    let organization = organization.ok_or_else(|| Error::new(Reason::NotFound))?;
                    Ok::<_, Error>((organization, usage::usage(conn, of, within).await?))
                })
            })
            .await?;
        let (stamp, act) = (self.stamp_of(caller), Act::of_region(caller.subject(), Action::UsageRead, of.0));
        // nobody who writes waits while it is counted; that it was asked is on record before the numbers leave
        self.store
            .write(move |tx| Box::pin(async move { append_concerning(tx, stamp, &act, None, [of]).await }))
            .await?;
        Ok(found)
    }
}
