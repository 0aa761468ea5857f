//! Watching timelines: entries as they are posted, each only if it is permitted at that moment.

mod together;
mod watcher;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use renkei_domain::audit::Action;
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::timeline::Entry;
use renkei_domain::{Result, Timestamp};

use self::watcher::Watcher;
use crate::app::App;
use crate::app::outgoing::{Outgoing, outgoing};

/// What is to be watched.
pub(crate) struct WatchCommand {
    /// These patients; empty: all whom the caller may see.
    pub(crate) patients: HashSet<PatientId>,
    /// Where the client stands. Patients without a position are watched from now on.
    pub(crate) positions: HashMap<PatientId, i64>,
}

/// What happened.
pub(crate) enum WatchEvent {
    /// A new entry, and the position with it.
    Entry(Box<Entry>),
    /// The patient may be seen, from this position on.
    AccessStarted(PatientId, i64),
    /// The patient may not be seen any longer.
    AccessEnded(PatientId),
    /// Nothing for a while; with all positions when it is the last.
    Heartbeat(Timestamp, Vec<(PatientId, i64)>),
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
