//! Reading a timeline, newest first.

use std::sync::Arc;

use renkei_domain::access::Access;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::timeline::Entry;
use renkei_domain::{Error, Reason, Result};
use renkei_store::timeline::{self, Filter};

use super::{PAGE_BYTES, within};
use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

impl App {
    /// A page of the entries that the caller may see, and that the filter lets through; with the filter comes what tells
    /// it from others. Page two asks the same access rule as page one.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::NotFound`], [`renkei_domain::Reason::PageTokenInvalid`].
    pub(crate) async fn list_entries(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        wanted: Option<(Filter, Vec<u8>)>,
        page: PageRequest,
    ) -> Result<Page<Entry>> {
        let (filter, fingerprint) = wanted.unzip();
        let parameters = [patient.as_bytes().as_slice(), &fingerprint.unwrap_or_default()].concat();
        let listing = Listing { method: "ListEntries", parameters: &parameters };
        let before = self.open_page::<i64>(caller, listing, &page)?.unwrap_or(i64::MAX);
        let is_first = page.token.is_empty();
        let (items, more) = self
            .disclose_under(
                Access::read_entries,
                caller,
                patient,
                Action::EntryRead,
                move |app, conn, permit| {
                    let filter = filter.clone();
                    Box::pin(async move {
                        let stored = match &filter {
                            None => timeline::before(conn, &permit, before, page.size).await?,
                            Some(filter) => {
                                timeline::filtered_before(conn, &permit, filter, before, page.size).await?
                            }
                        };
                        if is_first && stored.is_empty() && permit.sight().is_empty() {
                            return Err(Error::new(Reason::NotFound));
                        }
                        let full = stored.len() as i64 == page.size;
                        let (stored, cut) = within(PAGE_BYTES, stored);
                        let act = Act::permitted(&permit, Action::EntryRead)
                            .with_seqs(stored.iter().map(|entry| entry.seq));
                        Ok(((app.open_entries(conn, &permit, stored).await?, cut || full), act))
                    })
                },
            )
            .await?;
        let next_token = match items.last() {
            Some(last) if more && last.seq > 1 => self.page_token(caller, listing, &last.seq)?,
            _ => String::new(),
        };
        Ok(Page { items, next_token })
    }
}
