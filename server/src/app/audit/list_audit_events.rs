//! Listing a patient's audit events.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action, AuditEvent};
use renkei_domain::id::{AuditEventId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Result};
use uuid::Uuid;

use crate::app::disclose::disclosure;
use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

impl App {
    /// A page of a patient's audit events, newest first. Reading them is an event itself.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::NotFound`], [`renkei_domain::Reason::CustodianOnly`],
    /// [`renkei_domain::Reason::RoleNotAllowed`], [`renkei_domain::Reason::PageTokenInvalid`].
    pub(crate) async fn list_audit_events(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        page: PageRequest,
    ) -> Result<Page<AuditEvent>> {
        let listing = Listing { method: "ListAuditEvents", parameters: patient.as_bytes() };
        let before = self.open_page::<Uuid>(caller, listing, &page)?.unwrap_or(Uuid::max());
        let result = self
            .recorded(caller, || {
                let (app, caller) = (Arc::clone(self), Arc::clone(caller));
                self.store.read(move |conn| {
                    Box::pin(async move {
                        let access = app.access(conn, &caller, patient).await?;
                        let permit = access.read_audit()?;
                        let before = AuditEventId(before);
                        let events = renkei_store::audit::before(conn, &permit, before, page.size).await?;
                        let act = Act::permitted(&permit, Action::AuditRead);
                        Ok::<_, Error>((events, vec![disclosure(&access, act, patient)]))
                    })
                })
            })
            .await;
        let items = self.record_refusal(caller, Action::AuditRead, patient, result).await?;
        let next_token = match items.last() {
            Some(last) if items.len() as i64 == page.size => self.page_token(caller, listing, &last.id.0)?,
            _ => String::new(),
        };
        Ok(Page { items, next_token })
    }
}
