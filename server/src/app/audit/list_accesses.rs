//! Who has looked at a patient's record, when and as what, in plain terms.

use std::collections::BTreeMap;
use std::sync::Arc;

use renkei_domain::access::Audit;
use renkei_domain::accesses::{Access as Row, Accesses, Kind};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AttachmentId, AuditEventId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::{Access, Category, Permit, Result};
use renkei_store::accesses::{self, Wanted};
use renkei_store::{Conn, attachment, timeline};
use uuid::Uuid;

use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

/// Events that are read for a page.
const EVENTS: i64 = 1000;

/// What somebody did in one go.
#[derive(Debug)]
pub(crate) struct Found {
    /// Who, when and as what.
    pub(crate) row: Row,
    /// How many entries of each category.
    pub(crate) items: Vec<(Category, i64)>,
}

impl App {
    /// A page of who did what with a patient's record; of these kinds, or of all where none is named. Reading it is an
    /// event itself.
    ///
    /// # Errors
    /// [`renkei_domain::Reason`]`::{NotFound, CustodianOnly, RoleNotAllowed, PageTokenInvalid}`.
    pub(crate) async fn list_accesses(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        wanted: Wanted,
        kinds: Vec<Kind>,
        page: PageRequest,
    ) -> Result<Page<Found>> {
        let parameters = format!("{patient} {wanted:?} {kinds:?}");
        let listing = Listing { method: "ListAccesses", parameters: parameters.as_bytes() };
        let behind = self.open_page::<Uuid>(caller, listing, &page)?.map(AuditEventId);
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let (items, next) = self
            .disclose_under(Access::read_audit, caller, patient, Action::AuditRead, move |_, conn, permit| {
                let mut rows = Accesses::new(size, kinds.clone());
                Box::pin(async move {
                    let events = accesses::page(conn, &permit, &wanted, behind, EVENTS).await?;
                    let (mut next, mut is_full) = (None, events.len() as i64 == EVENTS);
                    for event in events {
                        let id = event.id;
                        if !rows.take(event) {
                            is_full = true;
                            break;
                        }
                        next = Some(id.0);
                    }
                    let mut items = Vec::new();
                    for row in rows.into_rows() {
                        items.push(Found { items: shown(conn, &permit, &row).await?, row });
                    }
                    let next = next.filter(|_| is_full);
                    Ok(((items, next), Act::permitted(&permit, Action::AuditRead)))
                })
            })
            .await?;
        let next_token = match next {
            Some(next) => self.page_token(caller, listing, &next)?,
            None => String::new(),
        };
        Ok(Page { items, next_token })
    }
}

/// How many entries of each category the row is about.
async fn shown(conn: &mut Conn, permit: &Permit<Audit>, row: &Row) -> Result<Vec<(Category, i64)>> {
    let mut items = BTreeMap::new();
    if row.actions == [Action::AttachmentRead] {
        let Some(file) = row.object else { return Ok(Vec::new()) };
        if let Some((_, category, _)) = attachment::entry_of(conn, permit, AttachmentId(file)).await? {
            items.insert(category, 1);
        }
    } else if !row.seqs.0.is_empty() {
        for (_, category, _) in timeline::kinds(conn, permit, &row.seqs).await? {
            *items.entry(category).or_insert(0_i64) += 1;
        }
    }
    Ok(items.into_iter().collect())
}
