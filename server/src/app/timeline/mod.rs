//! The timeline: post, amend, finalise, read, inbox, receipts, watch.

mod acknowledge_entry;
mod addressees;
mod amend_entry;
mod finalize_entry;
mod get_entry;
mod list_entries;
mod list_inbox;
mod post_entry;
mod receipts;
mod search_entries;
mod watch;

use std::collections::{BTreeSet, HashMap};

use renkei_domain::access::Read;
use renkei_domain::timeline::{Afterwards, Attachment, Entry, Mark};
use renkei_domain::{Error, Permit, Reason, Result};
use renkei_store::timeline::{StoredEntry, StoredMark};
use renkei_store::{Conn, attachment, timeline};

pub(crate) use self::post_entry::{PostEntry, Posting};
pub(crate) use self::receipts::Readers;
pub(super) use self::search_entries::actor;
pub(crate) use self::search_entries::cores;
pub(crate) use self::watch::{Given, Marked, Position, WatchCommand, WatchEvent};
use super::App;

/// Bytes of sealed content in one answer, about: an answer with its attachments stays below the 4 MiB that
/// the server sends and clients take.
pub(in crate::app) const PAGE_BYTES: usize = 1024 * 1024;

/// Entries so near to each other are looked up together, with what stands between: less than another query costs.
const NEAR: i64 = 8;

/// The first entries whose content fits into `bytes`, at least one, and whether any were left out.
pub(in crate::app) fn within(bytes: usize, mut stored: Vec<StoredEntry>) -> (Vec<StoredEntry>, bool) {
    let mut total = 0;
    let fitting = stored
        .iter()
        .take_while(|entry| {
            total += entry.body.bytes.len();
            total <= bytes
        })
        .count()
        .max(1);
    let cut = fitting < stored.len();
    stored.truncate(fitting);
    (stored, cut)
}

/// Adds to what was done to an entry. Acknowledgements are the reader's own.
fn note(afterwards: &mut Afterwards, mark: &StoredMark) {
    match mark.mark {
        Mark::Corrected | Mark::EnteredInError => afterwards.amended = mark.by.map(|by| (mark.mark, by)),
        Mark::Answered => afterwards.answered = true,
        Mark::Finalized => afterwards.finalized_at = Some(mark.marked_at),
        Mark::Acknowledged => afterwards.acknowledged = true,
    }
}

/// Before which `seq` a listing begins that tells how far it has looked: behind the timeline's last entry. Whoever sees
/// only what they wrote begins behind the newest of that: how far the timeline goes is not theirs to know. Who sees
/// nothing finds no patient.
pub(in crate::app) async fn begins_before(conn: &mut Conn, permit: &Permit<Read>) -> Result<i64> {
    if !permit.sight().is_empty() {
        return Ok(timeline::head(conn, permit).await? + 1);
    }
    let newest = timeline::before(conn, permit, i64::MAX, 1).await?;
    newest.first().map(|entry| entry.seq + 1).ok_or_else(|| Error::new(Reason::NotFound))
}

/// Where those entries stand.
fn places(stored: &[StoredEntry], which: impl Fn(&StoredEntry) -> bool) -> BTreeSet<i64> {
    stored.iter().filter(|entry| which(entry)).map(|entry| entry.seq).collect()
}

/// Parts of the timeline, first and last place of each, that hold all of these places and little else: what was selected
/// may stand far apart, and what stands between is not read.
fn runs(places: &BTreeSet<i64>) -> Vec<(i64, i64)> {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for place in places.iter().copied() {
        match runs.last_mut() {
            Some((_, last)) if place - *last <= NEAR => *last = place,
            _ => runs.push((place, place)),
        }
    }
    runs
}

impl App {
    /// Opens entries of one patient, with their attachments. What does not open is shown as damaged.
    pub(in crate::app) async fn open_entries(
        &self,
        conn: &mut Conn,
        permit: &Permit<Read>,
        stored: Vec<StoredEntry>,
    ) -> Result<Vec<Entry>> {
        let with_files = places(&stored, |entry| entry.has_files);
        let mut attachments: HashMap<i64, Vec<Attachment>> = HashMap::new();
        for (first, last) in runs(&with_files) {
            for file in attachment::of_entries(conn, permit, first, last).await? {
                let Some(seq) = file.entry_seq.filter(|seq| with_files.contains(seq)) else { continue };
                let opened = self.open_attachment(conn, permit.patient(), &file).await?;
                attachments.entry(seq).or_default().push(opened);
            }
        }
        let with_marks = places(&stored, |entry| entry.has_marks);
        let mut afterwards: HashMap<i64, Afterwards> = HashMap::new();
        for (first, last) in runs(&with_marks) {
            for mark in timeline::marks(conn, permit, first, last).await? {
                if with_marks.contains(&mark.seq) {
                    note(afterwards.entry(mark.seq).or_default(), &mark);
                }
            }
        }
        let mut entries = Vec::with_capacity(stored.len());
        for entry in stored {
            let files = attachments.remove(&entry.seq).unwrap_or_default();
            let afterwards = afterwards.remove(&entry.seq).unwrap_or_default();
            entries.push(self.open_entry(conn, permit.patient(), entry, files, afterwards).await?);
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs_of(places: impl IntoIterator<Item = i64>) -> Vec<(i64, i64)> {
        runs(&places.into_iter().collect())
    }

    #[test]
    fn what_stands_between_entries_far_apart_is_not_read() {
        assert_eq!(runs_of([]), []);
        assert_eq!(runs_of([7]), [(7, 7)]);
        assert_eq!(runs_of([5_000, 1]), [(1, 1), (5_000, 5_000)]);
        assert_eq!(runs_of(1..=100), [(1, 100)]);
        assert_eq!(runs_of([1, 1 + NEAR, 2 + 2 * NEAR]), [(1, 1 + NEAR), (2 + 2 * NEAR, 2 + 2 * NEAR)]);
    }
}
