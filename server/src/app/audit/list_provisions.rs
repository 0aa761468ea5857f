//! The record of provision to third parties (第三者提供の記録, R24), drawn from the audit events.

use std::collections::BTreeMap;
use std::sync::Arc;

use renkei_domain::access::Audit;
use renkei_domain::audit::{Act, Action, AuditEvent, Provision};
use renkei_domain::id::{AttachmentId, AuditEventId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::{Access, Permit, Result, Timestamp};
use renkei_store::{Conn, attachment, audit, timeline};
use uuid::Uuid;

use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

impl App {
    /// A page of what was provided to others than the custodian organisation in a period, oldest first.
    ///
    /// # Errors
    /// [`renkei_domain::Reason`]`::{NotFound, CustodianOnly, RoleNotAllowed, PageTokenInvalid}`.
    pub(crate) async fn list_provisions(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        from: Timestamp,
        until: Timestamp,
        page: PageRequest,
    ) -> Result<Page<Provision>> {
        let parameters =
            [patient.as_bytes().as_slice(), &from.0.to_be_bytes(), &until.0.to_be_bytes()].concat();
        let listing = Listing { method: "ListProvisions", parameters: &parameters };
        let after = self.open_page::<Uuid>(caller, listing, &page)?.unwrap_or(Uuid::nil());
        let custodian = caller.actor.organization;
        let (items, next) = self
            .disclose_under(
                Access::read_audit,
                caller,
                patient,
                Action::ProvisionRead,
                move |_, conn, permit| {
                    Box::pin(async move {
                        let after = AuditEventId(after);
                        let events =
                            audit::provisions(conn, &permit, after, from, until, custodian, page.size)
                                .await?;
                        let next = events
                            .last()
                            .map(|event| event.id.0)
                            .filter(|_| events.len() as i64 == page.size);
                        let mut items = Vec::new();
                        for event in events {
                            items.extend(provision(conn, &permit, event).await?);
                        }
                        Ok(((items, next), Act::permitted(&permit, Action::ProvisionRead)))
                    })
                },
            )
            .await?;
        let next_token = match next {
            Some(next) => self.page_token(caller, listing, &next)?,
            None => String::new(),
        };
        Ok(Page { items, next_token })
    }
}

/// What the event provided; `None` if it showed the recipient's organisation only what it wrote itself.
async fn provision(
    conn: &mut Conn,
    permit: &Permit<Audit>,
    mut event: AuditEvent,
) -> Result<Option<Provision>> {
    if event.action == Action::PatientRead {
        return Ok(Some(Provision { event, items: Vec::new() }));
    }
    let own = event.actor.as_ref().map(|actor| actor.organization);
    let mut items = BTreeMap::new();
    if event.action == Action::AttachmentRead {
        let Some(file) = event.object else { return Ok(None) };
        let place = attachment::entry_of(conn, permit, AttachmentId(file)).await?;
        let by_itself = place.is_some_and(|(_, _, author)| Some(author) == own);
        if let Some((seq, category, _)) = place {
            event.seqs = [seq].into_iter().collect();
            items.insert(category, 1);
        }
        let items = items.into_iter().collect();
        return Ok((!by_itself).then_some(Provision { event, items }));
    }
    let kinds = timeline::kinds(conn, permit, &event.seqs).await?;
    let foreign: Vec<_> = kinds.into_iter().filter(|(_, _, author)| Some(*author) != own).collect();
    for (_, category, _) in &foreign {
        *items.entry(*category).or_insert(0_i64) += 1;
    }
    event.seqs = foreign.iter().map(|(seq, _, _)| *seq).collect();
    let items = items.into_iter().collect();
    Ok((!foreign.is_empty()).then_some(Provision { event, items }))
}
