//! Creating an organisation.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::OrganizationId;
use renkei_domain::identity::{Caller, Organization, OrganizationKind};
use renkei_domain::{Error, Reason, Result};
use renkei_store::{audit, identity};

use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// What is to be created.
pub(crate) struct NewOrganization {
    pub(crate) kind: OrganizationKind,
    pub(crate) name: String,
}

impl App {
    /// Creates an organisation.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::RequestIdReused`].
    pub(crate) async fn create_organization(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        new: NewOrganization,
    ) -> Result<Organization> {
        self.require_duty(caller, Duty::AdministerRegion, Action::OrganizationCreate).await?;
        let organization = Organization {
            id: OrganizationId(self.new_uuid()),
            kind: new.kind,
            name: new.name,
            created_at: self.now(),
        };
        let stamp = self.stamp_of(caller);
        let act = Act::of_region(caller.subject(), Action::OrganizationCreate, organization.id.0);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                identity::insert_organization(tx, &organization).await?;
                audit::append(tx, stamp, &act).await?;
                Ok((organization.id.0, organization))
            })
        });
        self.once(caller, key, work, |id| self.organization(OrganizationId(id))).await
    }

    async fn organization(&self, id: OrganizationId) -> Result<Organization> {
        self.store
            .read(move |conn| Box::pin(async move { identity::organization(conn, id).await }))
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::new(Reason::NotFound))
    }
}
