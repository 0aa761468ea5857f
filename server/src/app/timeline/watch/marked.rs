//! What was done to entries, as a stream tells it: that it was done, and how the entry stands since. Nothing of the
//! content goes out with it, and not who acknowledged: so it is no disclosure, and stands in no audit log.

use std::collections::HashMap;

use renkei_domain::access::Read;
use renkei_domain::id::{EntryId, PatientId};
use renkei_domain::timeline::{Entry, Mark, Status};
use renkei_domain::{Permit, Result, Timestamp};
use renkei_store::timeline::PlacedMark;
use renkei_store::{Conn, timeline};

use super::watcher::BATCH;
use crate::app::App;

/// That something was done to an entry.
#[derive(Clone)]
pub(crate) struct Marked {
    /// Of the mark that says it, among the patient's marks.
    pub(crate) place: i64,
    /// Whether the mark says nothing more. Until then the client does not hold it.
    pub(crate) is_last: bool,
    pub(crate) patient: PatientId,
    pub(crate) entry: EntryId,
    pub(crate) seq: i64,
    pub(crate) mark: Mark,
    pub(crate) marked_at: Timestamp,
    pub(crate) status: Status,
    pub(crate) amended_by: Option<EntryId>,
    pub(crate) finalized_at: Option<Timestamp>,
    /// Of a question.
    pub(crate) is_open: Option<bool>,
    pub(crate) acknowledged: bool,
    pub(crate) read: bool,
}

impl Marked {
    fn new(entry: &Entry, place: i64, mark: Mark, marked_at: Timestamp) -> Self {
        Self {
            place,
            is_last: false,
            patient: entry.patient,
            entry: entry.id,
            seq: entry.seq,
            mark,
            marked_at,
            status: entry.status(),
            amended_by: entry.afterwards.amended.map(|(_, by)| by),
            finalized_at: entry.afterwards.finalized_at,
            is_open: entry.is_open_question(),
            acknowledged: entry.afterwards.acknowledged,
            read: entry.read,
        }
    }
}

impl App {
    /// What was done, behind this place, to entries that the permit reaches; and up to which place this is all of it, if
    /// there is more.
    pub(super) async fn marked(
        &self,
        conn: &mut Conn,
        permit: &Permit<Read>,
        after: i64,
    ) -> Result<(Vec<Marked>, Option<i64>)> {
        let placed = timeline::marked_after(conn, permit, after, BATCH).await?;
        let more = placed.last().filter(|_| placed.len() as i64 == BATCH).map(|last| last.place);
        let mut seen = HashMap::new();
        let mut marked = Vec::with_capacity(placed.len());
        for PlacedMark { place, mark, marked_at, entry } in placed {
            let first = marked.len();
            if mark.amends() {
                // an answer that does not stand any longer leaves its question open, which no mark of its own says
                for question in timeline::answered_by(conn, permit, entry).await? {
                    let question = self.marked_entry(conn, permit, question, &mut seen).await?;
                    let opened = question.filter(|question| question.is_open_question() == Some(true));
                    marked.extend(
                        opened.map(|question| Marked::new(question, place, Mark::Answered, marked_at)),
                    );
                }
            }
            // who sees the question alone hears nothing of the answer
            let entry = self.marked_entry(conn, permit, entry, &mut seen).await?;
            marked.extend(entry.map(|entry| Marked::new(entry, place, mark, marked_at)));
            if let Some(last) = marked[first..].last_mut() {
                last.is_last = true;
            }
        }
        Ok((marked, more))
    }

    async fn marked_entry<'a>(
        &self,
        conn: &mut Conn,
        permit: &Permit<Read>,
        id: EntryId,
        seen: &'a mut HashMap<EntryId, Entry>,
    ) -> Result<Option<&'a Entry>> {
        if !seen.contains_key(&id)
            && let Some(stored) = timeline::by_id(conn, permit, id).await?
        {
            let opened = self.open_entries(conn, permit, vec![stored]).await?;
            seen.extend(opened.into_iter().map(|entry| (id, entry)));
        }
        Ok(seen.get(&id))
    }
}
