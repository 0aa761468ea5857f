//! What the caller has not read yet, over all of the caller's patients.

use std::collections::HashMap;
use std::sync::Arc;

use renkei_domain::Result;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::timeline::Entry;
use renkei_store::patient;
use renkei_store::patient::Filter;
use renkei_store::timeline::{self, Waiting};
use uuid::Uuid;

use super::{PAGE_BYTES, within};
use crate::app::decisions::decide;
use crate::app::disclose::disclosure;
use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

/// How many patients a page looks through at most: the rest is the next page's.
const PATIENTS: i64 = 200;

fn parameters(waiting: Option<Waiting>) -> &'static [u8] {
    match waiting {
        None => b"",
        Some(Waiting::Mentions) => b"mentions",
        Some(Waiting::OpenQuestions) => b"open questions",
        Some(Waiting::ToFinalize) => b"to finalise",
    }
}

impl App {
    /// A page of unread entries, or of those that wait for the caller: by patient, newest registration first, and then oldest entry first.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::PageTokenInvalid`].
    pub(crate) async fn list_inbox(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        waiting: Option<Waiting>,
        page: PageRequest,
    ) -> Result<Page<Entry>> {
        let listing = Listing { method: "ListInbox", parameters: parameters(waiting) };
        // the patient that the page before stopped in, and the last `seq` it showed of that patient
        let from = self.open_page::<(Uuid, i64)>(caller, listing, &page)?;
        let (items, next) = self
            .recorded(caller, || {
                let (app, caller) = (Arc::clone(self), Arc::clone(caller));
                self.store.read(move |conn| {
                    Box::pin(async move { app.read_inbox(conn, &caller, waiting, from, page.size).await })
                })
            })
            .await?;
        let next_token = match next {
            Some(next) => self.page_token(caller, listing, &next)?,
            None => String::new(),
        };
        Ok(Page { items, next_token })
    }

    async fn read_inbox(
        &self,
        conn: &mut renkei_store::Conn,
        caller: &Caller,
        waiting: Option<Waiting>,
        from: Option<(Uuid, i64)>,
        size: i64,
    ) -> Result<((Vec<Entry>, Option<(Uuid, i64)>), Vec<crate::app::disclose::Disclosure>)> {
        let (subject, now) = (caller.subject(), self.now());
        // the patient that the page before stopped in comes first again
        let before =
            from.map_or(Uuid::max(), |(patient, _)| Uuid::from_u128(patient.as_u128().saturating_add(1)));
        let candidates =
            patient::standings_of(conn, &subject, Filter::Any, PatientId(before), PATIENTS).await?;
        let full = candidates.len() as i64 == PATIENTS;
        let last = candidates.last().map(|(standing, _)| standing.patient.0);
        let (Some((first, _)), Some((oldest, _))) = (candidates.first(), candidates.last()) else {
            return Ok(((Vec::new(), None), Vec::new()));
        };
        let marks = timeline::read_marks(conn, &subject, oldest.patient, first.patient).await?;
        // nearly nobody has something that waits: so the others are not asked one by one
        let spans = match waiting {
            None => HashMap::new(),
            Some(waiting) => {
                timeline::waiting_spans(conn, &subject, waiting, oldest.patient, first.patient).await?
            }
        };
        let (mut entries, mut disclosures) = (Vec::<Entry>::new(), Vec::new());
        let mut bytes = PAGE_BYTES;
        for (standing, head_seq) in candidates {
            let after = from.filter(|(patient, _)| *patient == standing.patient.0).map_or(0, |(_, seq)| seq);
            let access = decide(caller, &standing, now);
            let Ok(permit) = access.read() else { continue };
            // what waits for somebody may have been read
            let (after, last) = match (waiting, spans.get(&standing.patient)) {
                (None, _) => (after.max(marks.read_up_to(&permit)), head_seq),
                (Some(_), Some((first, last))) => (after.max(first - 1), *last),
                (Some(_), None) => continue,
            };
            if last <= after {
                continue;
            }
            let room = size - entries.len() as i64;
            let stored = match waiting {
                None => timeline::unread_after(conn, &permit, &marks, after, room).await?,
                Some(waiting) => timeline::waiting_after(conn, &permit, waiting, after, room).await?,
            };
            if stored.is_empty() {
                continue;
            }
            let (stored, cut) = within(bytes, stored);
            bytes = bytes.saturating_sub(stored.iter().map(|entry| entry.body.bytes.len()).sum());
            let act =
                Act::permitted(&permit, Action::EntryRead).with_seqs(stored.iter().map(|entry| entry.seq));
            disclosures.push(disclosure(&access, act, standing.patient));
            entries.extend(self.open_entries(conn, &permit, stored).await?);
            if cut || bytes == 0 || entries.len() as i64 == size {
                let next = entries.last().map(|entry| (entry.patient.0, entry.seq));
                return Ok(((entries, next), disclosures));
            }
        }
        // nothing is left of the last patient looked at, so the next page begins after it
        let next = last.filter(|_| full).map(|patient| (patient, i64::MAX));
        Ok(((entries, next), disclosures))
    }
}
