//! Argon2id takes 64 MiB and tens of milliseconds: a few at once, a bounded queue, then BUSY.

use renkei_domain::{Error, Result};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::app::slots::Slots;

/// How many may wait for each one that runs.
const QUEUE_FACTOR: usize = 4;
/// How many one device, or one enrolment code, may have in the queue: nobody shuts the others out.
const EACH: usize = 2;

/// The only way to password work.
pub(crate) struct PasswordGate {
    running: Semaphore,
    queue: Slots,
}

impl PasswordGate {
    pub(crate) fn new(at_once: usize) -> Self {
        let at_once = at_once.max(1);
        Self { running: Semaphore::new(at_once), queue: Slots::new(at_once * (1 + QUEUE_FACTOR), EACH) }
    }

    /// Runs `work` on a thread that may block, when the turn of `asker` comes.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::Busy`] if the queue is full, or full of the same asker.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        asker: Uuid,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _place = self.queue.take(asker)?;
        let _turn = self.running.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

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
                gate.run(one, move || {
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
        assert_eq!(gate.run(one, || ()).await.unwrap_err().reason(), Reason::Busy);
        let waiting = gate.run(other, || "in");
        release.send(()).unwrap();
        release.send(()).unwrap();
        assert_eq!(waiting.await.unwrap(), "in");
        first.await.unwrap().unwrap();
        second.await.unwrap().unwrap();
        assert!(gate.run(one, || ()).await.is_ok(), "the places are free again");
    }
}
