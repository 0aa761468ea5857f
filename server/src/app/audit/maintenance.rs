//! Maintenance by operators, in the order of time and counted by patient (R11); and putting it on record.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action, AuditEvent, Maintenance};
use renkei_domain::duty::{self, Duty};
use renkei_domain::id::{AuditEventId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Result};
use renkei_store::StoreError;
use renkei_store::maintenance::{self, Count, Wanted};
use uuid::Uuid;

use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

impl App {
    /// A page of maintenance, oldest first. Who administers the region reads all, a privacy officer that of the own
    /// organisation's patients and what concerned all. Reading it is an event itself.
    ///
    /// # Errors
    /// [`renkei_domain::Reason`]`::{RoleNotAllowed, PageTokenInvalid}`.
    pub(crate) async fn list_maintenance(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        wanted: Wanted,
        page: PageRequest,
    ) -> Result<Page<AuditEvent>> {
        let wanted = self.maintenance_for(caller, wanted).await?;
        let parameters = format!("{wanted:?}");
        let listing = Listing { method: "ListMaintenance", parameters: parameters.as_bytes() };
        let after = AuditEventId(self.open_page::<Uuid>(caller, listing, &page)?.unwrap_or(Uuid::nil()));
        let (size, stamp, act) = (page.size, self.stamp_of(caller), look(caller));
        let items = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let events = maintenance::page(tx, &wanted, after, size).await?;
                    renkei_store::audit::append(tx, stamp, &act).await?;
                    Ok::<_, Error>(events)
                })
            })
            .await?;
        let next_token = match items.last() {
            Some(last) if items.len() as i64 == page.size => self.page_token(caller, listing, &last.id.0)?,
            _ => String::new(),
        };
        Ok(Page { items, next_token })
    }

    /// The same, counted by patient: first, under the nil id, what concerned all.
    ///
    /// # Errors
    /// As [`Self::list_maintenance`].
    pub(crate) async fn count_maintenance(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        wanted: Wanted,
        page: PageRequest,
    ) -> Result<Page<Count>> {
        let wanted = self.maintenance_for(caller, wanted).await?;
        let parameters = format!("{wanted:?}");
        let listing = Listing { method: "CountMaintenance", parameters: parameters.as_bytes() };
        let after = self.open_page::<Uuid>(caller, listing, &page)?.map(PatientId);
        let (size, stamp, act) = (page.size, self.stamp_of(caller), look(caller));
        let items = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let counts = maintenance::counts(tx, &wanted, after, size).await?;
                    renkei_store::audit::append(tx, stamp, &act).await?;
                    Ok::<_, Error>(counts)
                })
            })
            .await?;
        let next_token = match items.last() {
            Some(last) if items.len() as i64 == page.size => {
                self.page_token(caller, listing, &last.patient.0)?
            }
            _ => String::new(),
        };
        Ok(Page { items, next_token })
    }

    /// What of it the caller may read.
    async fn maintenance_for(self: &Arc<Self>, caller: &Arc<Caller>, wanted: Wanted) -> Result<Wanted> {
        self.require_duty(caller, Duty::ReadEvents, Action::EventsRead).await?;
        let is_of_region = duty::has(caller.actor.role, Duty::AdministerRegion);
        Ok(Wanted { custodian: (!is_of_region).then_some(caller.actor.organization), ..wanted })
    }

    /// Puts maintenance on record by itself, before what it opens is opened.
    ///
    /// # Errors
    /// As every change of the database.
    pub(crate) async fn record_maintenance(&self, act: Maintenance) -> Result<()> {
        let stamp = self.stamp(None);
        let written =
            self.store.write(move |tx| Box::pin(async move { maintenance::append(tx, stamp, &act).await }));
        written.await.map_err(|error: StoreError| Error::from(error))
    }
}

/// That the caller looked.
fn look(caller: &Caller) -> Act {
    Act::of_region(caller.subject(), Action::EventsRead, caller.actor.organization.0)
}
