//! Who is watching: wake-ups from whoever changes something to the streams that show it.
//!
//! A wake-up is a hint that hastens; what may be sent is always read again from the tables, and a sweep
//! catches hints that were lost.

mod round;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use renkei_domain::id::{PatientId, PersonId, SessionId};
use renkei_store::{Wakeup, Wakeups};
use tokio::sync::{Notify, mpsc, watch};

pub(crate) use self::round::{News, Round};

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

    /// Lets every watcher on this node look at everything again: something changed, and nobody said what.
    pub(crate) fn look_again(&self) {
        self.watchers.tell(None);
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
        let mailbox = Arc::new(Mailbox {
            session,
            person,
            hints: Mutex::default(),
            ready: Notify::new(),
            followed: Mutex::default(),
            watchers: Arc::downgrade(&self.watchers),
        });
        let mut mailboxes = self.watchers.lock();
        if mailboxes.len() == mailboxes.capacity() {
            // before it would grow: those who left since the last time need no place
            mailboxes.retain(|left| left.strong_count() > 0);
        }
        mailboxes.push(Arc::downgrade(&mailbox));
        drop(mailboxes);
        mailbox
    }
}

/// What a watcher has been told and not looked at yet.
pub(crate) struct Mailbox {
    session: SessionId,
    person: PersonId,
    hints: Mutex<Hints>,
    ready: Notify,
    /// Whose new entries it is told of.
    followed: Mutex<HashSet<PatientId>>,
    watchers: Weak<Watchers>,
}

/// Where to look again.
#[derive(Default)]
pub(crate) struct Hints {
    /// These patients have new entries; the round is shared by all who were told.
    pub(crate) posted: HashMap<PatientId, Arc<Round>>,
    /// Something was done to entries of these patients; there may be new ones too.
    pub(crate) marked: HashSet<PatientId>,
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

    /// Wants to be told of new entries of this patient from now on.
    pub(crate) fn follow(self: &Arc<Self>, patient: PatientId) {
        if self.followed().insert(patient)
            && let Some(watchers) = self.watchers.upgrade()
        {
            watchers.followers().entry(patient).or_default().push(Arc::downgrade(self));
        }
    }

    /// Wants to be told of them no longer.
    pub(crate) fn leave(&self, patient: PatientId) {
        if self.followed().remove(&patient)
            && let Some(watchers) = self.watchers.upgrade()
        {
            watchers.forget(patient, self);
        }
    }

    fn followed(&self) -> MutexGuard<'_, HashSet<PatientId>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A look at this patient begins: it will see whatever was told of it until now.
    pub(crate) fn looking_at(&self, patient: PatientId) {
        let mut hints = self.lock();
        hints.marked.remove(&patient);
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

impl Drop for Mailbox {
    fn drop(&mut self) {
        let Some(watchers) = self.watchers.upgrade() else { return };
        for patient in std::mem::take(&mut *self.followed()) {
            watchers.forget(patient, self);
        }
    }
}

#[derive(Default)]
struct Watchers {
    mailboxes: Mutex<Vec<Weak<Mailbox>>>,
    /// Who is told of new entries, by patient: a post wakes nobody else.
    followers: Mutex<HashMap<PatientId, Vec<Weak<Mailbox>>>>,
}

impl Watchers {
    fn followers(&self) -> MutexGuard<'_, HashMap<PatientId, Vec<Weak<Mailbox>>>> {
        self.followers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, patient: PatientId, mailbox: &Mailbox) {
        let mut followers = self.followers();
        if let Some(of_patient) = followers.get_mut(&patient) {
            of_patient.retain(|follower| !std::ptr::eq(follower.as_ptr(), mailbox));
            if of_patient.is_empty() {
                followers.remove(&patient);
            }
        }
    }

    /// Tells those who follow the patient.
    fn tell_followers(&self, patient: PatientId, hint: impl Fn(&mut Hints)) {
        let followers: Vec<Arc<Mailbox>> =
            self.followers().get(&patient).into_iter().flatten().filter_map(Weak::upgrade).collect();
        for mailbox in followers {
            hint(&mut mailbox.lock());
            mailbox.ready.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Mailbox>>> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None`: hints may have been lost.
    fn tell(&self, wakeup: Option<Wakeup>) {
        match wakeup {
            Some(Wakeup::Posted(patient)) => {
                // what it is they read together
                let round = Arc::new(Round::default());
                return self.tell_followers(patient, |hints| {
                    hints.posted.insert(patient, Arc::clone(&round));
                });
            }
            Some(Wakeup::Marked(patient)) => {
                return self.tell_followers(patient, |hints| {
                    hints.marked.insert(patient);
                });
            }
            _ => {}
        }
        self.lock().retain(|mailbox| {
            let Some(mailbox) = mailbox.upgrade() else { return false };
            let mut hints = mailbox.lock();
            match wakeup {
                Some(Wakeup::AccessChanged(patient)) => {
                    hints.access.insert(patient);
                }
                Some(Wakeup::SessionEnded(session)) if session != mailbox.session => return true,
                Some(Wakeup::PersonChanged(person)) if person != mailbox.person => return true,
                _ => (hints.all, hints.alarm) = (true, true),
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

    #[tokio::test]
    async fn who_follows_a_patient_shares_a_round_and_nobody_else_is_told() {
        let live = Live::start(None);
        let (one, other) = (PatientId(Uuid::from_u128(2)), PatientId(Uuid::from_u128(3)));
        let mailbox = |n| live.subscribe(SessionId(Uuid::from_u128(n)), PersonId(Uuid::from_u128(n)));
        let (first, second, third) = (mailbox(4), mailbox(5), mailbox(6));
        for (mailbox, patient) in [(&first, one), (&second, one), (&second, one), (&third, other)] {
            mailbox.follow(patient);
        }
        live.wake(Wakeup::Posted(one));
        let (of_first, of_second) = (first.take().await.posted, second.take().await.posted);
        assert_eq!((of_first.len(), of_second.len()), (1, 1));
        assert!(Arc::ptr_eq(&of_first[&one], &of_second[&one]), "they read together");
        assert!(third.lock().posted.is_empty());

        second.leave(one);
        live.wake(Wakeup::Posted(one));
        assert!(second.lock().posted.is_empty());
        assert!(
            !Arc::ptr_eq(&first.take().await.posted[&one], &of_first[&one]),
            "a later post is another round"
        );

        live.wake(Wakeup::Marked(one));
        assert!(first.take().await.marked.contains(&one), "whoever follows is told of marks too");
        assert!([second, third].iter().all(|other| other.lock().marked.is_empty()));

        drop(first);
        assert!(live.watchers.followers().is_empty(), "nothing is kept of those who left");
    }

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
