//! New entries for many watchers at once: read and opened once, then to each what its own permit reaches, after each
//! has its own record. Whatever is not as it was at the last look is looked at alone.

use std::sync::Arc;

use renkei_domain::access::{Guarded, Read};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::PatientId;
use renkei_domain::timeline::Entry;
use renkei_domain::{Error, Permit, Result};
use renkei_store::timeline::StoredEntry;
use renkei_store::{StoreError, audit, timeline};
use tokio::time::Instant;

use super::WatchEvent;
use super::watcher::{BATCH, BATCH_BYTES, FRESH, Watcher};
use crate::app::App;
use crate::app::outgoing::Stop;
use crate::live::{News, Round};

impl Watcher {
    /// Sends what is new of the patient. `false`: it is to be looked at alone.
    pub(super) async fn share(&mut self, patient: PatientId, round: &Round) -> Result<bool, Stop> {
        let now = self.app.now();
        let Some(timeline) = self.timelines.get(&patient) else { return Ok(false) };
        let (from, epoch, changes_at) = (timeline.scanned.seq, timeline.mark.epoch, timeline.changes_at);
        let Some(access) = self.app.decisions.get(patient, &self.caller, now) else { return Ok(false) };
        let Ok(permit) = access.read() else { return Ok(false) };
        if now >= self.good_until || access.epoch() != epoch || access.changes_at() != changes_at {
            return Ok(false);
        }
        let Some(news) = round.news(|| self.app.news(permit.clone(), from)).await else { return Ok(false) };
        if news.after > from {
            return Ok(false);
        }
        let seen = |entry: &&Entry| entry.seq > from;
        let shown: Vec<&Entry> = news.entries.iter().filter_map(|it| it.show(&permit)).filter(seen).collect();
        if !shown.is_empty() {
            let act =
                Act::permitted(&permit, Action::EntryRead).with_seqs(shown.iter().map(|entry| entry.seq));
            let stamp = self.app.stamp_of(&self.caller);
            if changes_at.is_some_and(|end| end <= stamp.time) {
                return Ok(false);
            }
            let disclosure = audit::Disclosure { person_epoch: access.person_epoch(), stamp, act };
            match audit::disclose(&self.app.store, vec![disclosure]).await {
                Ok(()) => {}
                Err(StoreError::EpochChanged) => {
                    self.app.overtaken(&self.caller, &[patient]).await?;
                    return Ok(false);
                }
                Err(error) => return Err(Error::from(error).into()),
            }
        }
        // what was recorded was found to be permitted still
        let read_at = Instant::now();
        for entry in shown {
            // as in a look: what may no longer be permitted is not sent, but read again
            let stale = read_at.elapsed() > FRESH
                || changes_at.is_some_and(|at| at <= self.app.now())
                || self.mailbox.warns_of(patient)
                || self.app.live.is_going_down();
            if stale {
                return Ok(false);
            }
            let Some(timeline) = self.timelines.get_mut(&patient) else { return Ok(false) };
            (timeline.told.seq, timeline.scanned.seq) = (entry.seq, entry.seq);
            let position = timeline.told;
            let entry = Entry { read: entry.author.person == self.caller.actor.person, ..entry.clone() };
            self.events.send(WatchEvent::Entry(Box::new(entry), position)).await?;
        }
        if let Some(timeline) = self.timelines.get_mut(&patient) {
            timeline.scanned.seq = timeline.scanned.seq.max(news.head_seq);
            timeline.mark.head_seq = timeline.mark.head_seq.max(news.head_seq);
        }
        Ok(true)
    }
}

impl App {
    /// Reads what is new for all who watch the patient, if it can be read for all: few and small entries without files.
    async fn news(self: &Arc<Self>, permit: Permit<Read>, after: i64) -> Option<News> {
        let app = Arc::clone(self);
        let news: Result<Option<News>> = self
            .store
            .read(move |conn| {
                Box::pin(async move {
                    let head_seq = timeline::head(conn, &permit).await?;
                    let stored = timeline::for_many(conn, &permit, after, BATCH).await?;
                    if stored.len() as i64 == BATCH {
                        return Ok(None);
                    }
                    let key = app.keys.newest(conn, &permit).await?;
                    let mut bytes = 0;
                    let open = |entry: Guarded<StoredEntry>| {
                        entry.try_map(|stored| {
                            bytes += stored.body.bytes.len();
                            if bytes > BATCH_BYTES { None } else { app.open_entry_with(&key, stored) }
                        })
                    };
                    let entries = stored.into_iter().map(open).collect::<Option<Vec<_>>>();
                    Ok(entries.map(|entries| News { after, head_seq, entries }))
                })
            })
            .await;
        // whoever reads alone meets the same error, and tells it
        news.ok().flatten()
    }
}
