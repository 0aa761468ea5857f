//! Recomputing the whole log from the tables: each leaf from its event, each node and each signed root from the
//! leaves, and what the events say of sealed content from that.
//!
//! What stands behind the newest checkpoint is not the log's yet. What a thief of the signing key made anew from the
//! first leaf on is in order here: only a checkpoint that was kept elsewhere tells.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use renkei_audit_log::tree::{Node, RUN};
use renkei_audit_log::{Checkpoint, Frontier, Hash};
use renkei_domain::{Error, Result};
use renkei_store::audit_log::{self, Counts, StoredCheckpoint};
use renkei_store::{Conn, Store, StoreError};

use super::contents::{Contents, Difference, differences};
use super::log::{Log, hash_of};
use super::marks;
use crate::app::keys::Progress;

/// Leaves that are read at once: a multiple of a run of nodes.
const CHUNK: i64 = 16 * RUN.cast_signed();
/// Checkpoints that are read at once.
const CHECKPOINTS: i64 = 1000;
/// So many findings are told one by one.
const TOLD: usize = 100;

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Verified {
    /// Leaves that were recomputed.
    pub(crate) leaves: i64,
    /// Checkpoints that were compared.
    pub(crate) checkpoints: usize,
    /// Contents that were compared with their events.
    pub(crate) contents: usize,
    /// Marks of entries that were compared with what tells of them.
    pub(crate) marks: usize,
    /// Events that wait for their places: nothing proves them yet.
    pub(crate) pending: i64,
    /// The newest checkpoint, if it is good.
    pub(crate) newest: Option<String>,
    /// What is wrong, and where; the first of it.
    pub(crate) findings: Vec<String>,
    /// How much is wrong.
    pub(crate) wrong: usize,
}

impl Verified {
    pub(super) fn find(&mut self, finding: String) {
        self.wrong += 1;
        if self.findings.len() < TOLD {
            self.findings.push(finding);
        }
    }
}

/// Leaves one behind the other, as they stand and as they should.
struct Chunk {
    first: i64,
    /// Hash that stands there, and the event's; none where either is missing.
    leaves: Vec<Option<(Vec<u8>, Option<Hash>)>>,
    /// Nodes of level 1 over them.
    nodes: BTreeMap<i64, Vec<u8>>,
    /// Contents that were compared with their events.
    contents: usize,
    differences: Vec<Difference>,
}

/// Verifies the log of `store`; `since` are the texts of checkpoints that were kept elsewhere.
///
/// # Errors
/// If the database cannot be read. What is wrong with what it holds is told in the result.
pub(crate) async fn verify(
    store: &Store,
    log: &Arc<Log>,
    since: &[String],
    progress: &mut dyn Progress,
) -> Result<Verified> {
    let (counts, newest) = store
        .read(|conn| {
            Box::pin(
                async move { Ok((audit_log::counts(conn).await?, audit_log::last_checkpoint(conn).await?)) },
            )
        })
        .await
        .map_err(|error: StoreError| Error::from(error))?;
    // a place behind the last is found by the count
    let size = newest.as_ref().map_or(0, |newest| newest.size.min(counts.leaves)).max(0);
    let mut verified = Verified { leaves: size, pending: counts.pending, ..Verified::default() };
    compare_counts(&mut verified, counts, newest.as_ref().map_or(0, |newest| newest.size));
    let mut stops = Stops::new(log, since, size, &mut verified);
    progress.begin("events", size.cast_unsigned());

    let (mut frontier, mut contents) = (Frontier::default(), Contents::default());
    let starts = (0..size).step_by(CHUNK as usize);
    let mut chunks = stream::iter(starts)
        .map(|first| {
            let store = store.clone();
            // on tasks of their own: as many at once as there are processors
            tokio::spawn(async move { read_chunk(&store, first, (first + CHUNK).min(size)).await })
        })
        .buffered(crate::app::timeline::cores());
    stops.pass(store, &frontier, &mut verified).await?;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(Error::internal)?.map_err(Error::from)?;
        progress.advance(chunk.leaves.len() as u64);
        verified.contents += chunk.contents;
        contents.tell(store, &mut verified, &chunk.differences).await?;
        for (index, leaf) in (chunk.first..).zip(&chunk.leaves) {
            let hash = compare_leaf(&mut verified, index, leaf.as_ref());
            let mut made = Vec::new();
            frontier.push(hash, |node| made.push(node));
            for node in made {
                compare_node(store, &mut verified, &chunk, node).await?;
            }
            stops.pass(store, &frontier, &mut verified).await?;
        }
    }
    marks::compare(store, &mut verified).await?;
    if let Some(newest) = newest.filter(|_| verified.wrong == 0) {
        verified.newest = Some(log.note(&newest)?);
    }
    Ok(verified)
}

fn compare_counts(verified: &mut Verified, counts: Counts, signed: i64) {
    let Counts { events, pending, leaves, nodes, size, astray } = counts;
    if leaves != signed || size != signed {
        verified.find(format!(
            "the newest checkpoint is of {signed} leaves; the log has {leaves}, and says that it has {size}"
        ));
    }
    if events != leaves + pending {
        verified.find(format!(
            "there are {events} events, but {leaves} places in the log, and {pending} events that wait for one"
        ));
    }
    if astray > 0 {
        verified.find(format!("{astray} events wait for a place that have one or do not exist"));
    }
    let expected: i64 = (1..8).map(|level| leaves >> (8 * level)).sum();
    if nodes != expected {
        verified.find(format!("there are {nodes} nodes of the tree, not {expected}"));
    }
}

async fn read_chunk(store: &Store, first: i64, end: i64) -> Result<Chunk, StoreError> {
    store.read(move |conn| Box::pin(async move { chunk(conn, first, end).await })).await
}

async fn chunk(conn: &mut Conn, first: i64, end: i64) -> Result<Chunk, StoreError> {
    let mut leaves = vec![None; usize::try_from(end - first).unwrap_or_default()];
    let (mut contents, mut found) = (0, Vec::new());
    for (place, content) in audit_log::places(conn, first, end).await? {
        let at = usize::try_from(place.leaf_index - first).ok().and_then(|at| leaves.get_mut(at));
        let computed = hash_of(&place.event);
        *at.ok_or(StoreError::Corrupt("audit_leaf.leaf_index"))? = Some((place.leaf_hash, computed));
        contents += content.iter().count();
        found.extend(content.iter().flat_map(differences));
    }
    let run = RUN.cast_signed();
    let nodes = audit_log::nodes(conn, 1, first / run, end / run).await?.into_iter().collect();
    Ok(Chunk { first, leaves, nodes, contents, differences: found })
}

/// The hash to go on with: what stands there, so that one changed event does not seem to change all that follows.
fn compare_leaf(verified: &mut Verified, index: i64, leaf: Option<&(Vec<u8>, Option<Hash>)>) -> Hash {
    let Some((stands, computed)) = leaf else {
        verified.find(format!("place {index}: the event or the place is missing"));
        return [0; 32];
    };
    match computed {
        Some(computed) if computed[..] == stands[..] => *computed,
        _ => {
            verified.find(format!("place {index}: the event is not the one that was logged"));
            stands.as_slice().try_into().unwrap_or([0; 32])
        }
    }
}

async fn compare_node(store: &Store, verified: &mut Verified, chunk: &Chunk, node: Node) -> Result<()> {
    let Node { level, index, hash } = node;
    let (level, index) = (i64::from(level), index.cast_signed());
    let found = if level == 1 {
        chunk.nodes.get(&index).cloned()
    } else {
        let found = store
            .look(move |conn| Box::pin(async move { audit_log::nodes(conn, level, index, index + 1).await }));
        found.await.map_err(|error: StoreError| Error::from(error))?.pop().map(|(_, hash)| hash)
    };
    if found.as_deref() != Some(&hash[..]) {
        verified.find(format!("node {index} of level {level}: missing, or not the one over its leaves"));
    }
    Ok(())
}

/// Checkpoints at their sizes, ascending: those of the database, and those that were kept elsewhere.
struct Stops<'a> {
    log: &'a Log,
    kept: BTreeMap<u64, Vec<Hash>>,
    stored: VecDeque<StoredCheckpoint>,
    /// Size of the last that was read; none: all were.
    read_to: Option<i64>,
    previous: i64,
    is_forked: bool,
}

impl<'a> Stops<'a> {
    fn new(log: &'a Log, since: &[String], size: i64, verified: &mut Verified) -> Self {
        let mut kept: BTreeMap<u64, Vec<Hash>> = BTreeMap::new();
        for note in since {
            match Checkpoint::open(note, log.verifying()) {
                Err(error) => verified.find(format!("a checkpoint that was kept: {error}")),
                Ok(checkpoint) if checkpoint.size > size.cast_unsigned() => verified.find(format!(
                    "a checkpoint of {} leaves was kept, and the newest here is of {size}: the end of the log was \
                     cut off, or an older database put in its place",
                    checkpoint.size
                )),
                Ok(checkpoint) => kept.entry(checkpoint.size).or_default().push(checkpoint.root),
            }
        }
        Self { log, kept, stored: VecDeque::new(), read_to: Some(i64::MIN), previous: 0, is_forked: false }
    }

    /// Compares the tree as far as it has come with the checkpoints of that size.
    async fn pass(&mut self, store: &Store, frontier: &Frontier, verified: &mut Verified) -> Result<()> {
        let size = frontier.size();
        if let Some(roots) = self.kept.remove(&size) {
            verified.checkpoints += roots.len();
            if roots.iter().any(|root| *root != frontier.root()) {
                verified.find(format!(
                    "a checkpoint of {size} leaves was kept, and this log is another one up to there"
                ));
            }
        }
        if let Some(after) = self.read_to.filter(|_| self.stored.is_empty()) {
            let next = store.look(move |conn| {
                Box::pin(async move { audit_log::checkpoints_after(conn, after, CHECKPOINTS).await })
            });
            self.stored = next.await.map_err(|error: StoreError| Error::from(error))?.into();
            self.read_to = self.stored.back().map(|last| last.size);
        }
        while let Some(stored) = self.stored.pop_front_if(|stored| stored.size <= size.cast_signed()) {
            verified.checkpoints += 1;
            self.compare(&stored, frontier, verified);
        }
        Ok(())
    }

    fn compare(&mut self, stored: &StoredCheckpoint, frontier: &Frontier, verified: &mut Verified) {
        let size = stored.size;
        let checkpoint = self.log.checkpoint(stored);
        if !checkpoint.is_some_and(|it| self.log.verifying().verifies(&it, &stored.signature)) {
            verified.find(format!("checkpoint of {size} leaves: the signature is not this server's"));
        }
        if stored.previous_size != self.previous {
            verified.find(format!(
                "checkpoint of {size} leaves: the one before was of {} leaves, and there it is of {}",
                stored.previous_size, self.previous
            ));
        }
        self.previous = size;
        // behind the first that differs all differ
        if stored.root_hash != frontier.root() && !self.is_forked {
            self.is_forked = true;
            verified.find(format!(
                "checkpoint of {size} leaves: the leaves up to there are not those that were signed"
            ));
        }
    }
}

#[cfg(test)]
#[path = "tamper_tests.rs"]
mod tests;
