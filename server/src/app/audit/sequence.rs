//! The sequencer: gives events their places in the log, and signs what the log is then.
//!
//! One at a time over all servers of a database, by a lease. Whoever has committed an event wakes its own server's
//! sequencer, which gathers for a moment, takes the lease, gives a place to everything that waits, whoever wrote it,
//! and gives the lease back. Nothing is asked while nothing is written, but for a look now and then: events of a
//! server that went down before it came to them.
//!
//! A lease is a courtesy, not what keeps the log straight: each batch is added by a transaction that fails if somebody
//! else added one since ([`renkei_store::audit_log::add`]). After a crash nothing is half done, and who still has the
//! lease is waited for as long as a lease lasts.

use std::sync::Arc;
use std::time::Duration;

use renkei_audit_log::{Checkpoint, Frontier};
use renkei_crypto::{Entropy, random};
use renkei_domain::id::{AuditEventId, uuid_v7};
use renkei_domain::{Clock, Error, Reason, Result, Timestamp};
use renkei_store::audit_log::{self, Batch, LoggedEvent, NewLeaf, StoredCheckpoint};
use renkei_store::{Conn, Store, StoreError};
use uuid::Uuid;

use super::log::{KEY_VERSION, Log, hash_of, kept_nodes};
use crate::app::App;

/// For how long events are gathered after one was written: each batch is signed, and kept for good.
const GATHER: Duration = Duration::from_millis(500);
/// How soon somebody who holds the lease is asked after.
const AGAIN: Duration = Duration::from_millis(200);
/// How long a lease lasts. A batch takes a hundredth of it.
const LEASE: Duration = Duration::from_secs(3);
/// No lease lasts so long: a clock was wrong when it was taken.
const UNLIKELY: Duration = Duration::from_secs(30);
/// Nothing waits so long while somebody gives places: whoever says to do so does not.
const OVERDUE: Duration = Duration::from_secs(60);
/// How often is looked whether something waits of which nobody was told.
const SWEEP: Duration = Duration::from_secs(10);
/// Events in one transaction: on SQLite nobody else writes meanwhile, for some milliseconds.
const BATCH: i64 = 512;

/// What became of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Everything that waited has its place: so many were given.
    Done(usize),
    /// Somebody else gives places.
    Taken,
}

/// What is needed to go on with the log.
struct Edge {
    frontier: Frontier,
    /// Size of the newest checkpoint.
    signed: i64,
    waiting: Vec<LoggedEvent>,
}

impl App {
    /// Gives events their places for as long as the server runs.
    pub(crate) async fn keep_sequenced(self: Arc<Self>) {
        let mut shutdown = self.live.shutdown_signal();
        let mut told = String::new();
        let mut exported = None;
        loop {
            let turn = self.sequence().await;
            let wait = match &turn {
                Ok(Turn::Done(_)) => None,
                Ok(Turn::Taken) => Some(AGAIN),
                Err(_) => Some(Duration::from_secs(1)),
            };
            let trouble = turn.map(|_| ()).and(self.export_checkpoint(&mut exported).await);
            let trouble =
                trouble.err().map(|error| error.internal_text().unwrap_or_else(|| error.to_string()));
            let trouble = trouble.unwrap_or_default();
            if trouble != told {
                if !trouble.is_empty() {
                    tracing::error!(trouble, "the audit log needs attention");
                }
                told = trouble;
            }
            let next = async {
                match wait {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => {
                        if tokio::time::timeout(SWEEP, self.store.events()).await.is_ok() {
                            tokio::time::sleep(GATHER).await;
                        }
                    }
                }
            };
            tokio::select! {
                () = next => {}
                _ = shutdown.wait_for(|down| *down) => return,
            }
        }
    }

    /// Gives a place to every event that waits.
    ///
    /// # Errors
    /// As [`Sequencer::turn`].
    pub(crate) async fn sequence(&self) -> Result<Turn> {
        let sequencer = Sequencer {
            store: &self.store,
            log: &self.log,
            clock: self.clock.as_ref(),
            entropy: self.entropy.as_ref(),
        };
        sequencer.turn().await
    }
}

/// Who gives events their places.
pub(super) struct Sequencer<'a> {
    pub(super) store: &'a Store,
    pub(super) log: &'a Log,
    pub(super) clock: &'a dyn Clock,
    pub(super) entropy: &'a dyn Entropy,
}

impl Sequencer<'_> {
    /// Gives a place to every event that waits.
    ///
    /// # Errors
    /// [`Reason::StoredDataDamaged`] if what is stored of the log is not what was signed: then nothing is added to it.
    /// [`Reason::Internal`] if somebody else has the lease and events wait for long: a lease that is renewed and not
    /// used would keep the log from going on for good, unseen.
    pub(super) async fn turn(&self) -> Result<Turn> {
        let waits = self.store.look(|conn| Box::pin(async move { audit_log::has_pending(conn).await }));
        if !waits.await.map_err(|error: StoreError| Error::from(error))? {
            return Ok(Turn::Done(0));
        }
        let now = self.clock.now();
        let sequencer = uuid_v7(now, random(self.entropy));
        let (until, unlikely) = (now.after(LEASE), now.after(UNLIKELY));
        let leased = self.store.write(move |tx| {
            Box::pin(async move { audit_log::lease(tx, sequencer, now, until, unlikely).await })
        });
        if !leased.await.map_err(|error: StoreError| Error::from(error))? {
            return match overdue(self.store, now).await? {
                // the same text each time: it is told once
                Some(_) => Err(Error::internal(
                    "events wait for their places for more than a minute, and the lease in audit_log is another's; \
                     see `renkei-server doctor`",
                )),
                None => Ok(Turn::Taken),
            };
        }
        let given = self.sequence_all(sequencer).await;
        let release =
            self.store.write(move |tx| Box::pin(async move { audit_log::release(tx, sequencer).await }));
        release.await.map_err(|error: StoreError| Error::from(error))?;
        given
    }

    async fn sequence_all(&self, sequencer: Uuid) -> Result<Turn> {
        let mut given = 0;
        loop {
            let edge = self.edge().await?;
            if edge.waiting.is_empty() {
                return Ok(Turn::Done(given));
            }
            let count = edge.waiting.len();
            match audit_log::add(self.store, self.batch(sequencer, edge)?).await {
                Ok(()) => given += count,
                Err(StoreError::EpochChanged) => return Ok(Turn::Taken),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Where the log ends, and what waits. What is signed goes on from there, so it is compared with what was signed.
    async fn edge(&self) -> Result<Edge> {
        let (frontier, last, waiting) = self
            .store
            .read(|conn| Box::pin(async move { read_edge(conn).await }))
            .await
            .map_err(|error: StoreError| Error::from(error))?;
        let damaged = |what: &str| {
            Err(Error::new(Reason::StoredDataDamaged)
                .because(std::io::Error::other(format!("{what}; run `renkei-server audit verify`"))))
        };
        let Some(frontier) = frontier else {
            return damaged("the audit log lacks leaves or nodes at its end");
        };
        let signed = match last {
            None if frontier.size() == 0 => 0,
            None => return damaged("the audit log has leaves and no checkpoint"),
            Some(last) => {
                let checkpoint = self.log.checkpoint(&last).filter(|checkpoint| {
                    (checkpoint.size, checkpoint.root) == (frontier.size(), frontier.root())
                        && self.log.verifying().verifies(checkpoint, &last.signature)
                });
                if checkpoint.is_none() {
                    return damaged("the end of the audit log is not what was signed");
                }
                last.size
            }
        };
        Ok(Edge { frontier, signed, waiting })
    }

    fn batch(&self, sequencer: Uuid, edge: Edge) -> Result<Batch> {
        let Edge { mut frontier, signed, waiting } = edge;
        let now = self.clock.now();
        let size = frontier.size().cast_signed();
        let (mut leaves, mut nodes) = (Vec::with_capacity(waiting.len()), Vec::new());
        for event in &waiting {
            let hash = hash_of(event).ok_or_else(|| Error::new(Reason::StoredDataDamaged))?;
            frontier.push(hash, |node| {
                nodes.push((i64::from(node.level), node.index.cast_signed(), node.hash));
            });
            leaves.push(NewLeaf { event: AuditEventId(event.event_id), patient: event.patient_id, hash });
        }
        let checkpoint = Checkpoint {
            origin: self.log.verifying().origin().to_owned(),
            size: frontier.size(),
            root: frontier.root(),
            time: now.0,
            previous: signed.cast_unsigned(),
        };
        let checkpoint = StoredCheckpoint {
            size: frontier.size().cast_signed(),
            previous_size: signed,
            root_hash: checkpoint.root.to_vec(),
            signed_at: now.0,
            key_version: KEY_VERSION,
            signature: self.log.signing.sign(&checkpoint),
        };
        Ok(Batch { sequencer, until: now.after(LEASE), size, leaves, nodes, checkpoint })
    }
}

/// Since when the event that waits for its place for longest does so, if that is longer than it should be.
///
/// # Errors
/// If the database cannot be read.
pub(crate) async fn overdue(store: &Store, now: Timestamp) -> Result<Option<Timestamp>> {
    let oldest = store.look(|conn| Box::pin(async move { audit_log::oldest_pending(conn).await }));
    let oldest = oldest.await.map_err(|error: StoreError| Error::from(error))?;
    Ok(oldest.filter(|since| since.after(OVERDUE) <= now))
}

/// One snapshot: the log's right edge, if nothing of it is missing, the newest checkpoint, and what waits.
async fn read_edge(
    conn: &mut Conn,
) -> Result<(Option<Frontier>, Option<StoredCheckpoint>, Vec<LoggedEvent>), StoreError> {
    let (_, size) = audit_log::log(conn).await?;
    let size = u64::try_from(size).map_err(|_| StoreError::Corrupt("audit_log.size"))?;
    let nodes = kept_nodes(conn, &[], size).await?;
    let last = audit_log::last_checkpoint(conn).await?;
    Ok((Frontier::load(size, &nodes), last, audit_log::pending(conn, BATCH).await?))
}
