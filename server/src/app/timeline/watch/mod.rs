//! Watching timelines: entries as they are posted, each only if it is permitted at that moment, and what is done to them.

mod marked;
mod together;
mod told;
mod watcher;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use renkei_domain::audit::Action;
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::timeline::Entry;
use renkei_domain::{Result, Timestamp};

pub(crate) use self::marked::Marked;
use self::watcher::Watcher;
use crate::app::App;
use crate::app::outgoing::{Outgoing, outgoing};

/// What is to be watched.
pub(crate) struct WatchCommand {
    /// These patients; empty: all whom the caller may see.
    pub(crate) patients: HashSet<PatientId>,
    /// Where the client stands. Patients without a position are watched from now on.
    pub(crate) positions: HashMap<PatientId, Given>,
}

/// Where a client stands on a timeline, by its own account.
#[derive(Clone, Copy)]
pub(crate) struct Given {
    pub(crate) seq: i64,
    /// `None`: what is done to entries from now on.
    pub(crate) mark: Option<i64>,
}

/// A place on a timeline.
#[derive(Clone, Copy)]
pub(crate) struct Position {
    /// `seq` of an entry.
    pub(crate) seq: i64,
    /// Place of a mark.
    pub(crate) mark: i64,
}

/// What happened.
pub(crate) enum WatchEvent {
    /// A new entry, and the position with it.
    Entry(Box<Entry>, Position),
    /// Something was done to an entry, and the position with it.
    Marked(Box<Marked>, Position),
    /// The patient may be seen, from this position on.
    AccessStarted(PatientId, Position),
    /// The patient may not be seen any longer.
    AccessEnded(PatientId),
    /// Nothing for a while; with all positions when it is the last.
    Heartbeat(Timestamp, Vec<(PatientId, Position)>),
}

impl App {
    /// Watches until the client goes away, the session ends, or the server goes down.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::NotFound`] for a named patient whom the caller may not see,
    /// [`renkei_domain::Reason::Busy`] for a session with too many streams.
    pub(crate) async fn watch(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        command: WatchCommand,
    ) -> Result<Outgoing<WatchEvent>> {
        let slot =
            self.watches.take(caller.service.as_ref().map_or(caller.session.0, |service| service.id.0))?;
        for patient in command.patients.iter().copied() {
            let (app, by) = (Arc::clone(self), Arc::clone(caller));
            let seen = self
                .store
                .read(move |conn| {
                    Box::pin(async move { app.access(conn, &by, patient).await?.read().map(|_| ()) })
                })
                .await;
            self.record_refusal(caller, Action::EntryRead, patient, seen).await?;
        }
        // subscribed before the first look, so that nothing falls between
        let mailbox = self.live.subscribe(caller.session, caller.actor.person);
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        Ok(outgoing(slot, |events| Watcher::new(app, by, command, mailbox, events).run()))
    }
}
