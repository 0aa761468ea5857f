//! Who is watching: wake-ups from whoever changes something to the streams that show it.
//!
//! A wake-up is a hint that hastens; what may be sent is always read again from the tables, and a sweep
//! catches hints that were lost.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use renkei_domain::id::{PatientId, PersonId, SessionId};
use renkei_store::{Wakeup, Wakeups};
use tokio::sync::{Notify, mpsc, watch};

/// Everybody who watches on this node.
pub(crate) struct Live {
    watchers: Arc<Watchers>,
    other_nodes: Option<mpsc::UnboundedSender<Wakeup>>,
    shutdown: watch::Sender<bool>,
}

impl Live {
    /// Starts passing wake-ups on, from and to other nodes if there can be any.
    pub(crate) fn start(wakeups: Option<Wakeups>) -> Self {
        let watchers = Arc::new(Watchers::default());
        let other_nodes = wakeups.map(|wakeups| {
            let sender = wakeups.sender();
            tokio::spawn(listen(wakeups, Arc::downgrade(&watchers)));
            sender
        });
        Self { watchers, other_nodes, shutdown: watch::Sender::new(false) }
    }

    /// Tells every watcher, here and on other nodes. To be called after the commit.
    pub(crate) fn wake(&self, wakeup: Wakeup) {
        self.watchers.tell(Some(wakeup));
        if let Some(other_nodes) = &self.other_nodes {
            // fails only when the server is going down
            let _ = other_nodes.send(wakeup);
        }
    }

    /// Ends all streams with their positions.
    pub(crate) fn shutdown(&self) {
        self.shutdown.send_replace(true);
    }

    /// Becomes true when the server goes down.
    pub(crate) fn shutdown_signal(&self) -> watch::Receiver<bool> {
        self.shutdown.subscribe()
    }

    /// Whether the server goes down.
    pub(crate) fn is_going_down(&self) -> bool {
        *self.shutdown.borrow()
    }

    /// A mailbox for a new watcher: of this session of this person. It is forgotten when the watcher drops it.
    pub(crate) fn subscribe(&self, session: SessionId, person: PersonId) -> Arc<Mailbox> {
        let mailbox = Arc::new(Mailbox { session, person, hints: Mutex::default(), ready: Notify::new() });
        self.watchers.lock().push(Arc::downgrade(&mailbox));
        mailbox
    }
}

/// What a watcher has been told and not looked at yet.
pub(crate) struct Mailbox {
    session: SessionId,
    person: PersonId,
    hints: Mutex<Hints>,
    ready: Notify,
}

/// Where to look again.
#[derive(Default)]
pub(crate) struct Hints {
    /// These patients have new entries.
    pub(crate) posted: HashSet<PatientId>,
    /// Somebody's access to these patients changed.
    pub(crate) access: HashSet<PatientId>,
    /// Look at everything: the session, the list of patients, every patient.
    pub(crate) all: bool,
    /// `all` came after the last look began.
    alarm: bool,
}

impl Mailbox {
    /// Waits for hints and takes them.
    pub(crate) async fn take(&self) -> Hints {
        self.ready.notified().await;
        std::mem::take(&mut *self.lock())
    }

    /// A look at this patient begins: it will see whatever was told of it until now.
    pub(crate) fn looking_at(&self, patient: PatientId) {
        let mut hints = self.lock();
        hints.access.remove(&patient);
        hints.alarm = false;
    }

    /// Whether access to this patient, or everything, may have changed since the last look began.
    pub(crate) fn warns_of(&self, patient: PatientId) -> bool {
        let hints = self.lock();
        hints.alarm || hints.access.contains(&patient)
    }

    fn lock(&self) -> MutexGuard<'_, Hints> {
        self.hints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Watchers {
    mailboxes: Mutex<Vec<Weak<Mailbox>>>,
}

impl Watchers {
    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Mailbox>>> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None`: hints may have been lost.
    fn tell(&self, wakeup: Option<Wakeup>) {
        self.lock().retain(|mailbox| {
            let Some(mailbox) = mailbox.upgrade() else { return false };
            let mut hints = mailbox.lock();
            match wakeup {
                Some(Wakeup::Posted(patient)) => {
                    hints.posted.insert(patient);
                }
                Some(Wakeup::AccessChanged(patient)) => {
                    hints.access.insert(patient);
                }
                Some(Wakeup::SessionEnded(session)) if session != mailbox.session => return true,
                Some(Wakeup::PersonChanged(person)) if person != mailbox.person => return true,
                Some(Wakeup::SessionEnded(_) | Wakeup::PersonChanged(_)) | None => {
                    (hints.all, hints.alarm) = (true, true)
                }
            }
            drop(hints);
            mailbox.ready.notify_one();
            true
        });
    }
}

async fn listen(mut wakeups: Wakeups, watchers: Weak<Watchers>) {
    loop {
        let told = wakeups.next().await;
        let Some(watchers) = watchers.upgrade() else { return };
        match told {
            Ok(wakeup) => watchers.tell(wakeup),
            Err(error) => {
                tracing::warn!(%error, "wake-ups from other nodes are interrupted");
                watchers.tell(None);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_look_answers_its_warning_and_no_other() {
        let live = Live::start(None);
        let session = SessionId(Uuid::from_u128(1));
        let (one, other) = (PatientId(Uuid::from_u128(2)), PatientId(Uuid::from_u128(3)));
        let person = PersonId(Uuid::from_u128(4));
        let mailbox = live.subscribe(session, person);
        for wakeup in [Wakeup::AccessChanged(one), Wakeup::AccessChanged(other)] {
            live.wake(wakeup);
        }
        mailbox.looking_at(one);
        assert!(!mailbox.warns_of(one), "the look that follows would begin again for ever");
        assert!(mailbox.warns_of(other));

        for all in [Wakeup::SessionEnded(session), Wakeup::PersonChanged(person)] {
            live.wake(all);
            assert!(mailbox.warns_of(one), "{all}");
            mailbox.looking_at(one);
            assert!(!mailbox.warns_of(one), "{all}");
            assert!(std::mem::take(&mut mailbox.lock().all), "everything is still to be looked at");
        }
        live.wake(Wakeup::PersonChanged(PersonId(Uuid::from_u128(5))));
        assert!(!mailbox.warns_of(one), "somebody else's");
    }
}
