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

use std::collections::HashMap;

use renkei_domain::access::Read;
use renkei_domain::timeline::{Afterwards, Attachment, Entry, Mark};
use renkei_domain::{Permit, Result};
use renkei_store::timeline::{StoredEntry, StoredMark};
use renkei_store::{Conn, attachment, timeline};

pub(crate) use self::post_entry::{PostEntry, Posting};
pub(crate) use self::receipts::Readers;
pub(super) use self::search_entries::actor;
pub(crate) use self::search_entries::cores;
pub(crate) use self::watch::{WatchCommand, WatchEvent};
use super::App;

/// Bytes of sealed content in one answer, about: an answer with its attachments stays below the 4 MiB that
/// the server sends and clients take.
pub(in crate::app) const PAGE_BYTES: usize = 1024 * 1024;

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

impl App {
    /// Opens entries of one patient, with their attachments. What does not open is shown as damaged.
    pub(in crate::app) async fn open_entries(
        &self,
        conn: &mut Conn,
        permit: &Permit<Read>,
        stored: Vec<StoredEntry>,
    ) -> Result<Vec<Entry>> {
        let with_files = stored.iter().filter(|entry| entry.has_files).map(|entry| entry.seq);
        let mut attachments: HashMap<i64, Vec<Attachment>> = HashMap::new();
        if let (Some(first), Some(last)) = (with_files.clone().min(), with_files.max()) {
            for file in attachment::of_entries(conn, permit, first, last).await? {
                let Some(seq) = file.entry_seq else { continue };
                let opened = self.open_attachment(conn, permit.patient(), &file).await?;
                attachments.entry(seq).or_default().push(opened);
            }
        }
        let with_marks = stored.iter().filter(|entry| entry.has_marks).map(|entry| entry.seq);
        let mut afterwards: HashMap<i64, Afterwards> = HashMap::new();
        if let (Some(first), Some(last)) = (with_marks.clone().min(), with_marks.max()) {
            for mark in timeline::marks(conn, permit, first, last).await? {
                note(afterwards.entry(mark.seq).or_default(), &mark);
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
