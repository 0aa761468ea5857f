//! Receiving a file: sealed and stored as it comes, and noted part by part, so that after a break it goes on.
//!
//! Three things are done at once: receiving a batch, sealing the one before, and writing the one before that. An
//! upload holds at most three batches and what is sealed of two, that is 640 KiB, beside what the connection holds.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use renkei_crypto::blob::PART_SIZE;
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::attempt::Attempt;
use super::sealer::{FileSealer, Sealed};
use super::stored::StoredFile;
use super::upload::mismatch;
use crate::app::App;

/// A batch must come within so long, so 4.4 KB/s at least; a slower client is let go.
const BATCH_TIME: Duration = Duration::from_secs(30);
/// Sealed at once: less than a millisecond of work.
const BATCH: u64 = 128 * 1024;

impl App {
    /// Takes what comes of a file of `size` bytes, of which the sealer has taken the first, and returns its SHA-256
    /// when all of it is stored; only the last part is not noted then. `None`: more came. When it breaks, what came
    /// is stored and noted.
    ///
    /// # Errors
    /// [`Reason::UploadMismatch`] when too few bytes come, [`Reason::DeadlineExceeded`],
    /// [`Reason::ShuttingDown`], [`Reason::SessionRequired`], and those of [`Attempt::put`].
    pub(super) async fn receive(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        sealer: FileSealer,
        attempt: &mut Attempt,
        size: u64,
        data: impl Stream<Item = Result<Bytes>> + Send + Unpin,
    ) -> Result<Option<[u8; 32]>> {
        let mut incoming = Incoming { data, rest: Bytes::new(), batch: Vec::new(), deadline: None };
        let mut shutdown = self.live.shutdown_signal();
        let (mut left, mut part_left) = (sealer.left(), sealer.part_left());
        let mut sealing = tokio::spawn(async move { (sealer, None::<Sealed>) });
        loop {
            let received = if left == 0 {
                Ok(())
            } else {
                tokio::select! {
                    // told at once, not when the next batch has come
                    Err(error) = attempt.settled() => return Err(error),
                    received = incoming.fill(part_left.min(BATCH) as usize) => received,
                    _ = shutdown.wait_for(|down| *down) => Err(Error::new(Reason::ShuttingDown)),
                }
            };
            let (sealer, sealed) = sealing.await.map_err(Error::internal)?;
            if let Some(sealed) = sealed {
                if sealed.end.is_some() {
                    self.still_in_session(caller).await?;
                }
                let is_last = sealed.end.as_ref().is_some_and(|end| end.stored == size);
                attempt.put(sealed, !is_last).await?;
            }
            if left == 0 {
                attempt.settled().await?;
                return Ok((!incoming.has_more().await?).then(|| sealer.finish()));
            }
            let batch = mem::take(&mut incoming.batch);
            if let Err(error) = received {
                return Err(self.broken(caller, sealer, attempt, batch).await.err().unwrap_or(error));
            }
            left -= batch.len() as u64;
            part_left -= batch.len() as u64;
            if part_left == 0 {
                part_left = left.min(PART_SIZE as u64);
            }
            sealing = sealer.seal(batch, self.turn().await?);
        }
    }

    /// Stores and notes what came before the break. Of a session that has ended, nothing.
    async fn broken(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        mut sealer: FileSealer,
        attempt: &mut Attempt,
        batch: Vec<u8>,
    ) -> Result<()> {
        self.still_in_session(caller).await?;
        if !batch.is_empty() {
            let sealed;
            (sealer, sealed) = sealer.seal(batch, self.turn().await?).await.map_err(Error::internal)?;
            if let Some(sealed) = sealed {
                attempt.put(sealed, true).await?;
            }
        }
        if let Some(cut) = sealer.cut() {
            attempt.put(cut, true).await?;
        }
        attempt.settled().await
    }

    /// Seals the bytes of the last part anew that earlier tries stored of it, as the beginning of the whole part.
    pub(super) async fn take_up(
        &self,
        sealer: &mut FileSealer,
        attempt: &mut Attempt,
        stored: &StoredFile,
        last: u32,
    ) -> Result<()> {
        let plain = stored.read_part(last).await?;
        // as much as a batch at once, for the sake of memory
        for piece in plain.chunks(BATCH as usize) {
            attempt.put(sealer.again(last, piece), false).await?;
        }
        Ok(())
    }

    /// As many seal at once as there are processors: more would only hold memory on more threads.
    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.sealing).acquire_owned().await.map_err(Error::internal)
    }

    /// A long upload must not outlive the session.
    async fn still_in_session(self: &Arc<Self>, caller: &Arc<Caller>) -> Result<()> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        self.store
            .look(move |conn| Box::pin(async move { app.check_live_session(conn, &by).await.map(|_| ()) }))
            .await
    }
}

/// What the client sends.
struct Incoming<S> {
    data: S,
    /// Received, but in no batch yet.
    rest: Bytes,
    /// What is to be sealed next. Copied, because a frame can be a few bytes of a large message that is held with
    /// them.
    batch: Vec<u8>,
    /// When the batch must have come.
    deadline: Option<Instant>,
}

impl<S: Stream<Item = Result<Bytes>> + Send + Unpin> Incoming<S> {
    /// Fills the batch up to `len` bytes. What has come stays in the batch, also when the waiting is given up.
    async fn fill(&mut self, len: usize) -> Result<()> {
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + BATCH_TIME);
        self.batch.reserve_exact(len - self.batch.len());
        while self.batch.len() < len {
            if self.rest.is_empty() {
                self.rest = self.next(deadline).await?.ok_or_else(mismatch)?;
            }
            let take = self.rest.len().min(len - self.batch.len());
            self.batch.extend_from_slice(&self.rest.split_to(take));
        }
        self.deadline = None;
        Ok(())
    }

    async fn has_more(&mut self) -> Result<bool> {
        Ok(!self.rest.is_empty() || self.next(Instant::now() + BATCH_TIME).await?.is_some())
    }

    async fn next(&mut self, deadline: Instant) -> Result<Option<Bytes>> {
        match tokio::time::timeout_at(deadline, self.data.next()).await {
            Ok(frame) => frame.transpose(),
            Err(_) => Err(Error::new(Reason::DeadlineExceeded)),
        }
    }
}
