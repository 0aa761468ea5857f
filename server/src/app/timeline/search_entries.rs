//! Searching a timeline: what the caller may see is opened and looked through, a slice at a time, newest first.
//! There is no index of what entries say: it would tell who has the database what they say.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::num::NonZero;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use renkei_domain::access::Access;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{OrganizationId, PatientId, PersonId};
use renkei_domain::identity::{Actor, Caller, Role};
use renkei_domain::search::{Excerpt, Found, Query, texts};
use renkei_domain::timeline::{Attachment, Content};
use renkei_domain::{Error, Permit, Read, Reason, Result};
use renkei_store::timeline::ScannedEntry;
use renkei_store::{Conn, attachment, identity, timeline};
use tokio::task::spawn_blocking;

use crate::app::disclose::{Disclosure, disclosure};
use crate::app::keys::PatientKey;
use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

/// Entries that one call looks through; the proto says it.
const ENTRIES: i64 = 20_000;
/// Entries of the first slice, which is enough for words that stand everywhere.
const FIRST: i64 = 128;
/// Entries of a slice: long enough for what a slice costs by itself to be little, short enough for searches to take
/// turns.
const LARGEST: i64 = 512;
/// Bytes of sealed content that a slice should have at most; where entries are long it has fewer of them.
const BYTES: usize = 4 * 1024 * 1024;

/// Entries with what opens them, and what they were read under.
struct Slice {
    access: Arc<Access>,
    permit: Permit<Read>,
    entries: Vec<ScannedEntry>,
    keys: HashMap<u32, PatientKey>,
    files: HashMap<i64, Vec<Attachment>>,
}

/// An entry with the places where the words stand.
type Hit = (ScannedEntry, Vec<Excerpt>);

/// What was found, and before which entry the next page begins.
type Hits = (Vec<Found>, Option<i64>);

impl App {
    /// A page of the entries that the caller may see and that have all words of the query.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::PageTokenInvalid`], [`Reason::Busy`].
    pub(crate) async fn search_entries(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        query: Query,
        page: PageRequest,
    ) -> Result<Page<Found>> {
        let _slot = self.search_slots.take(caller.whose_places())?;
        let parameters = [patient.as_bytes().as_slice(), &query.fingerprint()].concat();
        let listing = Listing { method: "SearchEntries", parameters: &parameters };
        let before = self.open_page::<i64>(caller, listing, &page)?;
        let query = Arc::new(query);
        let result = self.recorded(caller, || self.search(caller, patient, &query, before, page.size)).await;
        let (items, next) = self.record_refusal(caller, Action::EntrySearch, patient, result).await?;
        let next_token = match next {
            Some(next) => self.page_token(caller, listing, &next)?,
            None => String::new(),
        };
        Ok(Page { items, next_token })
    }

    /// Looks through slices until the page is full, the timeline ends, or it was enough for one call. All of them are
    /// read under the same decision; what that still is worth is found out when it goes on record.
    async fn search(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        query: &Arc<Query>,
        before: Option<i64>,
        size: i64,
    ) -> Result<(Hits, Vec<Disclosure>)> {
        let (mut hits, mut scanned, mut limit) = (Vec::<Hit>::new(), 0, FIRST);
        let mut at = before.unwrap_or(i64::MAX);
        let mut decided: Option<(Arc<Access>, Permit<Read>)> = None;
        let next = loop {
            let Ok(_turn) = self.searches.acquire().await else {
                return Err(Error::new(Reason::ShuttingDown));
            };
            let slice = self.slice(caller, patient, at, limit).await?;
            let (_, permit) =
                decided.get_or_insert_with(|| (Arc::clone(&slice.access), slice.permit.clone()));
            if epochs(permit) != epochs(&slice.permit) {
                // access changed meanwhile: this cannot go on record any longer, and is begun again
                break None;
            }
            let Some(last) = slice.entries.last() else {
                if before.is_none() && scanned == 0 && permit.sight().is_empty() {
                    return Err(Error::new(Reason::NotFound));
                }
                break None;
            };
            at = last.seq;
            let (read, bytes) = (slice.entries.len() as i64, bytes(&slice.entries));
            hits.extend(look_through(slice, query).await?);
            if hits.len() as i64 >= size {
                hits.truncate(usize::try_from(size).unwrap_or_default());
                break hits.last().map(|(entry, _)| entry.seq);
            }
            scanned += read;
            if read < limit {
                break None;
            }
            if scanned >= ENTRIES {
                break Some(at);
            }
            let fitting = BYTES as i64 * read / (bytes as i64).max(1);
            limit = (limit * 2).min(fitting).clamp(1, LARGEST).min(ENTRIES - scanned);
        };
        let Some((access, permit)) = decided else {
            return Err(Error::new(Reason::Busy).retry_after(Duration::from_secs(1)));
        };
        let act =
            Act::permitted(&permit, Action::EntrySearch).with_seqs(hits.iter().map(|(entry, _)| entry.seq));
        let found = self.with_names(hits).await?;
        let next = next.filter(|next| *next > 1);
        Ok(((found, next), vec![disclosure(&access, act, patient)]))
    }

    /// The entries before `at` that the caller may see now.
    async fn slice(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        at: i64,
        limit: i64,
    ) -> Result<Slice> {
        self.read_under(caller, patient, move |app, conn, access| {
            Box::pin(async move { app.read_slice(conn, access, at, limit).await })
        })
        .await
    }

    async fn read_slice(&self, conn: &mut Conn, access: Arc<Access>, at: i64, limit: i64) -> Result<Slice> {
        let permit = access.read_entries()?;
        let patient = permit.patient();
        let entries = timeline::scan_before(conn, &permit, at, limit).await?;
        let keys = self.keys_of(conn, patient, entries.iter().map(|entry| entry.body.key_version)).await?;
        let mut files: HashMap<i64, Vec<Attachment>> = HashMap::new();
        if let (Some(last), Some(first)) = (entries.first(), entries.last()) {
            for file in attachment::of_entries(conn, &permit, first.seq, last.seq).await? {
                let Some(seq) = file.entry_seq else { continue };
                files.entry(seq).or_default().push(self.open_attachment(conn, patient, &file).await?);
            }
        }
        Ok(Slice { access, permit, entries, keys, files })
    }

    /// The keys of these versions, as far as they open: what the others sealed is passed over.
    pub(in crate::app) async fn keys_of(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        versions: impl Iterator<Item = u32>,
    ) -> Result<HashMap<u32, PatientKey>> {
        let mut keys = HashMap::new();
        for version in versions {
            if let Entry::Vacant(place) = keys.entry(version) {
                match self.keys.patient_key(conn, patient, version).await {
                    Ok(key) => drop(place.insert(key)),
                    Err(error) if error.reason() == Reason::StoredDataDamaged => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(keys)
    }

    /// The entries with their authors' names as they are now.
    async fn with_names(&self, hits: Vec<Hit>) -> Result<Vec<Found>> {
        let authors: HashSet<_> = hits.iter().map(|(entry, _)| entry.author).collect();
        let actors: HashMap<_, Actor> = self
            .store
            .look(move |conn| {
                Box::pin(async move {
                    let mut actors = HashMap::new();
                    for author in authors {
                        actors.insert(author, actor(conn, author).await?);
                    }
                    Ok::<_, Error>(actors)
                })
            })
            .await?;
        let found = |(entry, excerpts): Hit| {
            Some(Found {
                id: entry.id,
                seq: entry.seq,
                category: entry.category,
                sensitivity: entry.sensitivity,
                author: actors.get(&entry.author)?.clone(),
                posted_at: entry.posted_at,
                excerpts,
            })
        };
        Ok(hits.into_iter().filter_map(found).collect())
    }
}

/// Who entered something, with the names as they are now.
pub(in crate::app) async fn actor(
    conn: &mut Conn,
    (person, organization, role): (PersonId, OrganizationId, Role),
) -> Result<Actor> {
    // there is a foreign key to both
    let missing = || Error::internal("the author of an entry is missing");
    let person_name = identity::person(conn, person).await?.ok_or_else(missing)?.name;
    let organization_name = identity::organization(conn, organization).await?.ok_or_else(missing)?.name;
    Ok(Actor { person, person_name, organization, organization_name, role })
}

fn epochs(permit: &Permit<Read>) -> (i64, i64) {
    (permit.epoch(), permit.person_epoch())
}

fn bytes(entries: &[ScannedEntry]) -> usize {
    entries.iter().map(|entry| entry.body.bytes.len()).sum()
}

/// How many parts of a slice are looked through at once.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Opens the entries of a slice and looks for the words, on all cores.
async fn look_through(slice: Slice, query: &Arc<Query>) -> Result<Vec<Hit>> {
    let Slice { entries, keys, files, .. } = slice;
    let (keys, files) = (Arc::new(keys), Arc::new(files));
    let each = entries.len().div_ceil(cores()).max(1);
    let mut entries = entries.into_iter();
    let mut parts = Vec::new();
    while entries.len() > 0 {
        let part: Vec<ScannedEntry> = entries.by_ref().take(each).collect();
        let (keys, files, query) = (Arc::clone(&keys), Arc::clone(&files), Arc::clone(query));
        parts.push(spawn_blocking(move || look_through_part(part, &keys, &files, &query)));
    }
    let mut hits = Vec::new();
    for part in parts {
        hits.extend(part.await.map_err(Error::internal)?);
    }
    Ok(hits)
}

fn look_through_part(
    entries: Vec<ScannedEntry>,
    keys: &HashMap<u32, PatientKey>,
    files: &HashMap<i64, Vec<Attachment>>,
    query: &Query,
) -> Vec<Hit> {
    let mut buffer = String::new();
    let mut excerpts = |entry: &ScannedEntry| {
        let Some(plain) = keys.get(&entry.body.key_version).and_then(|key| App::open_scanned(key, entry))
        else {
            tracing::error!(seq = entry.seq, "an entry does not open");
            return None;
        };
        let files = files.get(&entry.seq).map_or(&[][..], Vec::as_slice);
        let json = std::str::from_utf8(&plain).ok()?;
        if files.is_empty() && !query.may_match(json, &mut buffer) {
            return None;
        }
        let content: Content = serde_json::from_str(json).ok()?;
        query.find(&texts(&content, files))
    };
    entries.into_iter().filter_map(|entry| excerpts(&entry).map(|found| (entry, found))).collect()
}
