//! Reading a timeline, newest first.

use std::sync::Arc;

use renkei_domain::access::{Access, Read};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::timeline::Entry;
use renkei_domain::{Error, Permit, Reason, Result};
use renkei_store::Conn;
use renkei_store::timeline::{self, Filter, FilterPlace, StoredEntry};

use super::{PAGE_BYTES, begins_before, within};
use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

impl App {
    /// A page of the entries that the caller may see, and that the filter lets through; with the filter comes what tells
    /// it from others. Page two asks the same access rule as page one, and stays after the own last visit of page one.
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
        let from = self.open_page::<FilterPlace>(caller, listing, &page)?;
        let (items, next) = self
            .disclose_under(
                Access::read_entries,
                caller,
                patient,
                Action::EntryRead,
                move |app, conn, permit| {
                    let filter = filter.clone();
                    Box::pin(async move {
                        let (stored, next) = match &filter {
                            None => unfiltered(conn, &permit, from, page.size).await?,
                            Some(filter) => filtered(conn, &permit, filter, from, page.size).await?,
                        };
                        let (stored, cut) = within(PAGE_BYTES, stored);
                        let next = match stored.last() {
                            Some(last) if cut => FilterPlace { before: last.seq, ..next },
                            _ => next,
                        };
                        let act = Act::permitted(&permit, Action::EntryRead)
                            .with_seqs(stored.iter().map(|entry| entry.seq));
                        Ok(((app.open_entries(conn, &permit, stored).await?, next), act))
                    })
                },
            )
            .await?;
        let next_token = if next.is_end() { String::new() } else { self.page_token(caller, listing, &next)? };
        Ok(Page { items, next_token })
    }
}

/// All of a page, and where it goes on.
async fn unfiltered(
    conn: &mut Conn,
    permit: &Permit<Read>,
    from: Option<FilterPlace>,
    size: i64,
) -> Result<(Vec<StoredEntry>, FilterPlace)> {
    let before = from.map_or(i64::MAX, |from| from.before);
    let stored = timeline::before(conn, permit, before, size).await?;
    if from.is_none() && stored.is_empty() && permit.sight().is_empty() {
        return Err(Error::new(Reason::NotFound));
    }
    let is_full = stored.len() as i64 == size;
    let before = stored.last().filter(|_| is_full).map_or(0, |last| last.seq);
    Ok((stored, FilterPlace { before, last_visit: 0 }))
}

async fn filtered(
    conn: &mut Conn,
    permit: &Permit<Read>,
    filter: &Filter,
    from: Option<FilterPlace>,
    size: i64,
) -> Result<(Vec<StoredEntry>, FilterPlace)> {
    let from = match from {
        Some(from) => from,
        None => FilterPlace { before: begins_before(conn, permit).await?, last_visit: 0 },
    };
    Ok(timeline::filtered_before(conn, permit, filter, from, size).await?)
}
