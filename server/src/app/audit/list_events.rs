//! Listing the events of the region and of an organisation: what concerns no patient, and refusals.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action, AuditEvent};
use renkei_domain::duty::{self, Duty};
use renkei_domain::id::AuditEventId;
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use renkei_store::audit;
use renkei_store::event::{self, Wanted};
use uuid::Uuid;

use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

impl App {
    /// A page of events, newest first. Who administers the region reads all, a privacy officer those of the own
    /// organisation. Reading them is an event itself.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::NotOwnOrganization`], [`Reason::PageTokenInvalid`].
    pub(crate) async fn list_events(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        mut wanted: Wanted,
        page: PageRequest,
    ) -> Result<Page<AuditEvent>> {
        self.require_duty(caller, Duty::ReadEvents, Action::EventsRead).await?;
        let own = caller.actor.organization;
        if !duty::has(caller.actor.role, Duty::AdministerRegion) {
            if let Some(other) = wanted.organization.filter(|id| *id != own) {
                let refused = Err(Error::new(Reason::NotOwnOrganization));
                return self.record_refusal_about(caller, Action::EventsRead, other.0, refused).await;
            }
            wanted.organization = Some(own);
        }
        let parameters = format!("{wanted:?}");
        let listing = Listing { method: "ListEvents", parameters: parameters.as_bytes() };
        let before = AuditEventId(self.open_page::<Uuid>(caller, listing, &page)?.unwrap_or(Uuid::max()));
        let (size, stamp) = (page.size, self.stamp_of(caller));
        let about = wanted.organization.unwrap_or(own);
        let act = Act::of_region(caller.subject(), Action::EventsRead, about.0);
        // nobody who writes waits while events are looked through; that they were is on record before they leave
        let items = self
            .store
            .read(move |conn| Box::pin(async move { event::of_region(conn, &wanted, before, size).await }))
            .await
            .map_err(Error::from)?;
        self.store
            .write(move |tx| Box::pin(async move { audit::append(tx, stamp, &act).await }))
            .await
            .map_err(Error::from)?;
        let next_token = match items.last() {
            Some(last) if items.len() as i64 == page.size => self.page_token(caller, listing, &last.id.0)?,
            _ => String::new(),
        };
        Ok(Page { items, next_token })
    }
}
