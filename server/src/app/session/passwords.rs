//! Argon2id takes 64 MiB and tens of milliseconds: a few at once, a bounded queue, then BUSY.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use renkei_domain::{Error, Reason, Result};
use tokio::sync::Semaphore;

/// How many may wait for each one that runs.
const QUEUE_FACTOR: usize = 4;

/// The only way to password work.
pub(crate) struct PasswordGate {
    running: Semaphore,
    admitted: AtomicUsize,
    limit: usize,
}

impl PasswordGate {
    pub(crate) fn new(at_once: usize) -> Self {
        let at_once = at_once.max(1);
        Self {
            running: Semaphore::new(at_once),
            admitted: AtomicUsize::new(0),
            limit: at_once * (1 + QUEUE_FACTOR),
        }
    }

    /// Runs `work` on a thread that may block, when its turn comes.
    ///
    /// # Errors
    /// [`Reason::Busy`] if the queue is full.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _admission = self.admit()?;
        let _turn = self.running.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }

    fn admit(&self) -> Result<Admission<'_>> {
        let admission = Admission(&self.admitted);
        if self.admitted.fetch_add(1, Ordering::Relaxed) >= self.limit {
            return Err(Error::new(Reason::Busy).retry_after(Duration::from_secs(2)));
        }
        Ok(admission)
    }
}

/// Leaves the queue when it is dropped, also when its caller goes away.
struct Admission<'a>(&'a AtomicUsize);

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_full_queue_is_told_at_once_and_empties_again() {
        let gate = Arc::new(PasswordGate::new(1));
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let first = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.run(move || wait.recv()).await }
        });
        let mut waiting = Vec::new();
        while gate.admitted.load(Ordering::Relaxed) < gate.limit {
            let before = gate.admitted.load(Ordering::Relaxed);
            if before > 0 {
                let gate = Arc::clone(&gate);
                waiting.push(tokio::spawn(async move { gate.run(|| ()).await }));
            }
            while gate.admitted.load(Ordering::Relaxed) == before {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(gate.run(|| ()).await.unwrap_err().reason(), Reason::Busy);
        release.send(()).unwrap();
        first.await.unwrap().unwrap().unwrap();
        for task in waiting {
            task.await.unwrap().unwrap();
        }
        assert_eq!(gate.admitted.load(Ordering::Relaxed), 0);
    }
}
