//! Listing measurements: entries are opened and looked through, a slice at a time, newest first, as a search does.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use renkei_domain::access::{Access, Read};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::observed::Observed;
use renkei_domain::{Error, Permit, Reason, Result, Timestamp};
use renkei_store::timeline::{self, ObservedEntry, PASSED_OVER};

use super::measured::{Measured, measured, with_names};
use super::sees_something;
use crate::app::disclose::{Disclosure, disclosure};
use crate::app::keys::PatientKey;
use crate::app::paging::Listing;
use crate::app::timeline::begins_before;
use crate::app::{App, Page, PageRequest};

/// Entries of the first slice.
const FIRST: i64 = 128;
/// Entries of a slice.
const LARGEST: i64 = 512;
/// Bytes of sealed content that a slice should have at most; where entries are long it has fewer of them.
const BYTES: i64 = 4 * 1024 * 1024;

/// Which measurements.
#[derive(Clone, Debug)]
pub(crate) struct WantedObservations {
    /// With one of these codes; empty: all.
    pub(crate) codes: Vec<String>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
}

/// Entries with what opens them, and what they were read under.
struct Slice {
    access: Arc<Access>,
    permit: Permit<Read>,
    /// Places of the timeline that this call looks at: greater than the first, smaller than the second.
    places: (i64, i64),
    entries: Vec<ObservedEntry>,
    keys: HashMap<u32, PatientKey>,
}

/// The measurements, and before which entry the next page begins.
type Found = (Vec<Observed>, Option<i64>);

impl App {
    /// A page of the measurements in the entries that the caller may see.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::PageTokenInvalid`], [`Reason::Busy`].
    pub(crate) async fn list_observations(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        wanted: WantedObservations,
        page: PageRequest,
    ) -> Result<Page<Observed>> {
        let _slot = self.search_slots.take(caller.whose_places())?;
        let parameters = format!("{patient} {wanted:?}");
        let listing = Listing { method: "ListObservations", parameters: parameters.as_bytes() };
        let before = self.open_page::<i64>(caller, listing, &page)?;
        let result =
            self.recorded(caller, || self.observe(caller, patient, &wanted, before, page.size)).await;
        let (items, next) = self.record_refusal(caller, Action::EntryRead, patient, result).await?;
        let next_token = match next {
            Some(next) => self.page_token(caller, listing, &next)?,
            None => String::new(),
        };
        Ok(Page { items, next_token })
    }

    /// Looks through slices until the page is full, the timeline ends, or [`PASSED_OVER`] of its places were looked at,
    /// whatever stands there. All
    /// of them are read under the same decision; what that still is worth is found out when it goes on record.
    async fn observe(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        wanted: &WantedObservations,
        before: Option<i64>,
        size: i64,
    ) -> Result<(Found, Vec<Disclosure>)> {
        let (mut page, mut limit) = (Vec::<Measured>::new(), FIRST);
        let mut places = before.map(window);
        let mut decided: Option<(Arc<Access>, Permit<Read>)> = None;
        let next = loop {
            let Ok(_turn) = self.searches.acquire().await else {
                return Err(Error::new(Reason::ShuttingDown));
            };
            let slice =
                self.observed_slice(caller, patient, (wanted.from, wanted.until), places, limit).await?;
            let (_, permit) =
                decided.get_or_insert_with(|| (Arc::clone(&slice.access), slice.permit.clone()));
            if (permit.epoch(), permit.person_epoch()) != (slice.permit.epoch(), slice.permit.person_epoch())
            {
                // access changed meanwhile: this cannot go on record any longer, and is begun again
                break None;
            }
            let (after, _) = slice.places;
            let Some(last) = slice.entries.last() else { break Some(after + 1) };
            places = Some((after, last.entry.seq));
            let read = slice.entries.len() as i64;
            let bytes: usize = slice.entries.iter().map(|found| found.entry.body.bytes.len()).sum();
            let found = measured(slice.entries, slice.keys, wanted.codes.clone()).await?;
            if fill(&mut page, found, size) {
                break page.last().map(|(found, _)| found.entry.seq);
            }
            if read < limit {
                break Some(after + 1);
            }
            let fitting = BYTES * read / (bytes as i64).max(1);
            limit = (limit * 2).min(fitting).clamp(1, LARGEST);
        };
        let Some((access, permit)) = decided else {
            return Err(Error::new(Reason::Busy).retry_after(Duration::from_secs(1)));
        };
        let act = Act::permitted(&permit, Action::EntryRead)
            .with_seqs(page.iter().map(|(found, _)| found.entry.seq));
        let observed =
            self.store.look(move |conn| Box::pin(async move { with_names(conn, page).await })).await?;
        Ok(((observed, next.filter(|next| *next > 1)), vec![disclosure(&access, act, patient)]))
    }

    /// The entries at these places that the caller may see now; without any, where a listing begins.
    async fn observed_slice(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        period: (Option<Timestamp>, Option<Timestamp>),
        places: Option<(i64, i64)>,
        limit: i64,
    ) -> Result<Slice> {
        self.read_under(caller, patient, move |app, conn, access| {
            Box::pin(async move {
                let permit = access.read_entries()?;
                sees_something(conn, &permit).await?;
                let places = match places {
                    Some(places) => places,
                    None => window(begins_before(conn, &permit).await?),
                };
                let entries = timeline::observed_before(conn, &permit, period, places, limit).await?;
                let versions = entries.iter().map(|found| found.entry.body.key_version);
                let keys = app.keys_of(conn, permit.patient(), versions).await?;
                Ok(Slice { access, permit, places, entries, keys })
            })
        })
        .await
    }
}

/// The places that a call looks at which begins before `before`.
fn window(before: i64) -> (i64, i64) {
    ((before - PASSED_OVER - 1).max(0), before)
}

/// Adds what fits to the page, an entry whole or not at all; says whether the page is full. It has one in any case.
fn fill(page: &mut Vec<Measured>, found: Vec<Measured>, size: i64) -> bool {
    let mut count: usize = page.iter().map(|(_, values)| values.len()).sum();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    for (entry, values) in found {
        if count > 0 && count + values.len() > size {
            return true;
        }
        count += values.len();
        page.push((entry, values));
    }
    count >= size
}
