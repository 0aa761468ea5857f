//! Argon2id takes 64 MiB and tens of milliseconds: a few at once, a bounded queue, then BUSY. Those who wait work in the
//! memory of those who are done, so that there is never more of it than for a few; with the last it is given back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use renkei_crypto::password::{self, Memory};
use renkei_domain::{Error, Result};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::attempt::{Attempt, Right};
use crate::app::App;
use crate::app::slots::{Slot, Slots};

/// How many may wait for each one that runs.
const QUEUE_FACTOR: usize = 4;
/// How many one device, or one enrolment code, may have in the queue: nobody shuts the others out.
const EACH: usize = 2;

/// The only way to password work.
pub(crate) struct PasswordGate {
    at_once: usize,
    running: Arc<Semaphore>,
    queue: Slots,
    /// Of those who show no device: they may be anybody, and shut out nobody who shows one.
    strangers: Slots,
    spare: Arc<Mutex<Vec<Memory>>>,
}

impl PasswordGate {
    pub(crate) fn new(at_once: usize) -> Self {
        let at_once = at_once.max(1);
        let queue = Slots::new(at_once * (1 + QUEUE_FACTOR), EACH);
        let strangers = Slots::new(at_once, EACH);
        Self { at_once, running: Arc::new(Semaphore::new(at_once)), queue, strangers, spare: Arc::default() }
    }

    /// A place in the queue for `asker`. To be taken before a try is counted: who is turned away has tried nothing.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::Busy`] if the queue is full, or full of the same asker.
    pub(super) fn place(&self, asker: Uuid) -> Result<Slot> {
        self.queue.take(asker)
    }

    /// The same for somebody who shows no device.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::Busy`]
    pub(super) fn place_of_stranger(&self, asker: Uuid) -> Result<Slot> {
        self.strangers.take(asker)
    }

    /// Runs `work` on a thread that may block, when the turn of `place` comes. Work that has begun goes on when nobody
    /// waits for it any longer, and keeps turn and place until its end: who hangs up and asks again gets no more memory.
    ///
    /// # Errors
    /// If `work` panics.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        place: Slot,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T> {
        let permit = Arc::clone(&self.running).acquire_owned().await.map_err(Error::internal)?;
        let (spare, running, at_once) = (Arc::clone(&self.spare), Arc::clone(&self.running), self.at_once);
        let work = move || {
            let mut memory = lock(&spare).pop().unwrap_or_default();
            let outcome = work(&mut memory);
            // before the turn ends: whoever has the next one finds it
            lock(&spare).push(memory);
            drop(permit);
            if running.available_permits() == at_once {
                lock(&spare).clear();
            }
            drop(place);
            outcome
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

fn lock(spare: &Mutex<Vec<Memory>>) -> MutexGuard<'_, Vec<Memory>> {
    spare.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// Whether the password is the one that was hashed. Takes the same time whether there is a hash or not. Guessing
    /// is not slowed down here: that is what [`App::password_attempt`] is for.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::Busy`].
    pub(crate) async fn password_matches(
        self: &Arc<Self>,
        asker: Uuid,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool> {
        self.matches_in(self.passwords.place(asker)?, password, hash).await
    }

    /// The same as a try that is counted.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::LoginDelayed`], [`renkei_domain::Reason::Busy`]; neither counts.
    pub(crate) async fn password_attempt(
        self: &Arc<Self>,
        attempt: Attempt,
        asker: Uuid,
        password: &str,
        hash: Option<String>,
    ) -> Result<Option<Right>> {
        let place = self.passwords.place(asker)?;
        let right = self
            .attempt(attempt, async { Ok(self.matches_in(place, password, hash).await?.then_some(())) })
            .await?;
        Ok(right.map(|((), right)| right))
    }

    /// The same in a place that was taken.
    ///
    /// # Errors
    /// If the work panics.
    pub(super) async fn matches_in(
        self: &Arc<Self>,
        place: Slot,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool> {
        let (app, password) = (Arc::clone(self), password.to_owned());
        self.passwords
            .run(place, move |memory| match hash {
                Some(hash) => password::verify(&password, &app.keys.pepper, &hash, memory),
                None => password::verify_nobody(&password, &app.keys.pepper, memory),
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use renkei_domain::Reason;

    use super::*;

    #[tokio::test]
    async fn one_asker_cannot_fill_the_queue() {
        let gate = Arc::new(PasswordGate::new(2));
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let (begun, started) = std::sync::mpsc::channel::<()>();
        let wait = Arc::new(std::sync::Mutex::new(wait));
        let spawn = || {
            let (gate, wait, begun) = (Arc::clone(&gate), Arc::clone(&wait), begun.clone());
            tokio::spawn(async move {
                let place = gate.place(one).unwrap();
                gate.run(place, move |_| {
                    begun.send(()).unwrap();
                    wait.lock().unwrap().recv().unwrap();
                })
                .await
            })
        };
        let (first, second) = (spawn(), spawn());
        tokio::task::spawn_blocking(move || (started.recv().unwrap(), started.recv().unwrap()))
            .await
            .unwrap();
        assert_eq!(gate.place(one).err().unwrap().reason(), Reason::Busy);
        let waiting = gate.run(gate.place(other).unwrap(), |_| "in");
        release.send(()).unwrap();
        release.send(()).unwrap();
        assert_eq!(waiting.await.unwrap(), "in");
        first.await.unwrap().unwrap();
        second.await.unwrap().unwrap();
        assert!(gate.place(one).is_ok(), "the places are free again");
    }

    #[test]
    fn strangers_shut_out_nobody_who_shows_a_device() {
        let gate = PasswordGate::new(2);
        let held: Vec<_> =
            (0..9).filter_map(|asker| gate.place_of_stranger(Uuid::from_u128(asker)).ok()).collect();
        assert_eq!(held.len(), 2);
        assert!(gate.place(Uuid::from_u128(1)).is_ok());
    }

    #[tokio::test]
    async fn work_keeps_its_turn_when_nobody_waits_for_it() {
        let gate = Arc::new(PasswordGate::new(1));
        let asker = Uuid::from_u128(1);
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let (begun, started) = tokio::sync::oneshot::channel();
        let abandoned = tokio::spawn({
            let (gate, place) = (Arc::clone(&gate), gate.place(asker).unwrap());
            async move {
                let work = move |_: &mut Memory| {
                    begun.send(()).unwrap();
                    wait.recv().unwrap();
                };
                gate.run(place, work).await
            }
        });
        started.await.unwrap();
        abandoned.abort();
        assert!(abandoned.await.unwrap_err().is_cancelled());
        assert_eq!(gate.running.available_permits(), 0, "it is still at work");
        let place = gate.place(asker).unwrap();
        assert!(gate.place(asker).is_err(), "its place is taken too");
        let next = gate.run(place, |_| "next");
        release.send(()).unwrap();
        assert_eq!(next.await.unwrap(), "next");
        assert!(lock(&gate.spare).is_empty(), "the memory is given back");
    }
}
