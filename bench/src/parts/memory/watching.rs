//! Watch streams: idle ones that are only there, and busy ones that count what comes.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use renkei_proto::v1::{WatchRequest, WatchResponse, watch_response::Event};
use renkei_tests::wait;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tonic::Streaming;

use crate::client::Session;

/// How many streams are opened at once.
const AT_ONCE: usize = 16;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Watch streams that are read all the time. They end with this value.
pub(super) struct Watchers {
    streams: JoinSet<Result<()>>,
    /// How many entries each of them got, each entry once.
    got: Vec<Arc<AtomicUsize>>,
}

impl Watchers {
    /// Opens so many streams in each session, and waits until each stands at the patients it watches.
    ///
    /// # Errors
    /// If the server refuses one, or does not say where it stands.
    pub(super) async fn open(sessions: &[Session], each: usize, patients: &[String]) -> Result<Self> {
        let sessions = sessions.iter().flat_map(|session| std::iter::repeat_n(session, each));
        let opening = sessions.map(|session| open(session, patients));
        let opened: Vec<_> = stream::iter(opening).buffered(AT_ONCE).try_collect().await?;
        let mut watchers = Self { streams: JoinSet::new(), got: Vec::new() };
        for stream in opened {
            let got = Arc::new(AtomicUsize::new(0));
            watchers.streams.spawn(read(stream, got.clone()));
            watchers.got.push(got);
        }
        Ok(watchers)
    }

    /// How many they are.
    pub(super) fn count(&self) -> usize {
        self.got.len()
    }

    /// Waits until each has got this many entries.
    ///
    /// # Errors
    /// If a stream ends, or it takes too long.
    pub(super) async fn have(&mut self, entries: usize) -> Result<()> {
        let all = async {
            while self.got.iter().any(|got| got.load(Ordering::Relaxed) < entries) {
                ensure!(!wait::is_cancelled(), "interrupted");
                sleep(BETWEEN_LOOKS).await;
            }
            Ok(())
        };
        timeout(wait::PATIENCE, all).await.context("waited in vain for what is watched")??;
        self.check(entries)
    }

    /// Checks that all are still open, and that each got exactly this many entries.
    ///
    /// # Errors
    /// If not.
    pub(super) fn check(&mut self, entries: usize) -> Result<()> {
        if let Some(ended) = self.streams.try_join_next() {
            ended.context("a client panicked")??;
        }
        let other = self.got.iter().map(|got| got.load(Ordering::Relaxed)).find(|&got| got != entries);
        ensure!(other.is_none(), "{other:?} entries came to a watcher, not {entries}");
        Ok(())
    }
}

async fn open(session: &Session, patients: &[String]) -> Result<Streaming<WatchResponse>> {
    let request = WatchRequest { patient_ids: patients.to_vec(), positions: Vec::new() };
    let mut stream = session.timeline.clone().watch(request).await?.into_inner();
    let mut standing = HashSet::new();
    while standing.len() < patients.len() {
        match stream.message().await?.and_then(|message| message.event) {
            Some(Event::AccessStarted(position)) => standing.insert(position.patient_id),
            Some(Event::Heartbeat(_)) => continue,
            other => bail!("a stream begins with {other:?}"),
        };
    }
    Ok(stream)
}

async fn read(mut stream: Streaming<WatchResponse>, got: Arc<AtomicUsize>) -> Result<()> {
    let mut entries = HashSet::new();
    while let Some(message) = stream.message().await? {
        match message.event {
            Some(Event::Heartbeat(_)) => {}
            Some(Event::Entry(came)) => {
                let entry = came.entry.context("entry")?;
                ensure!(!entry.damaged && entry.content.is_some(), "an entry without content");
                if entries.insert(entry.entry_id) {
                    got.store(entries.len(), Ordering::Relaxed);
                }
            }
            other => bail!("to a watcher came {other:?}"),
        }
    }
    bail!("a watch stream ended")
}
