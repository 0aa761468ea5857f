//! An hour of a region, as fast as it goes, in a minute at most: every second a visit note, two looks at a
//! timeline and one into an inbox, under the eyes of eight who watch.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{Entry, ListEntriesRequest, ListInboxRequest};
use tokio::task::JoinSet;

use super::watching::Watchers;
use crate::{client::Session, load::Client as _, parts::post::Poster, world::World};

const CLIENTS: usize = 16;
const WATCHERS: usize = 8;
const PAGE: usize = 50;
const LONGEST: Duration = Duration::from_secs(60);

/// Calls for each post.
const CALLS: usize = 4;

/// How many calls there are in this many seconds of the hour.
pub(super) fn calls_of(seconds: usize) -> usize {
    seconds / CLIENTS * CLIENTS * CALLS
}

/// Does what is done in this many seconds of the hour, or what of it can be done in a minute, and returns how many
/// calls that were. When this returns, nobody is connected any longer.
///
/// # Errors
/// If an answer is not what it must be, or a watcher misses a post.
pub(super) async fn pass(world: &World, seconds: usize) -> Result<usize> {
    let mut watchers = Watchers::open(&world.clients(WATCHERS).await?, 1, &world.patients).await?;
    let sessions = world.clients(CLIENTS).await?;
    let posters = Poster::of(sessions.clone(), &world.patients);
    let end = Instant::now() + LONGEST;
    let mut tasks = JoinSet::new();
    for (number, (session, poster)) in sessions.into_iter().zip(posters).enumerate() {
        let worker = Worker { session, poster, patients: world.patients.clone(), turn: number };
        tasks.spawn(worker.work(seconds / CLIENTS, end));
    }
    let mut posts = 0;
    while let Some(ended) = tasks.join_next().await {
        posts += ended.context("a client panicked")??;
    }
    watchers.have(posts).await?;
    Ok(posts * CALLS)
}

struct Worker {
    session: Session,
    poster: Poster,
    patients: Arc<[String]>,
    turn: usize,
}

impl Worker {
    /// Returns how many notes it has posted.
    async fn work(mut self, seconds: usize, end: Instant) -> Result<usize> {
        for posts in 0..seconds {
            if Instant::now() >= end {
                return Ok(posts);
            }
            self.poster.operate().await?;
            self.read().await?;
            self.inbox().await?;
            self.read().await?;
        }
        Ok(seconds)
    }

    async fn read(&mut self) -> Result<()> {
        self.turn += 1;
        let request = ListEntriesRequest {
            patient_id: self.patients[self.turn % self.patients.len()].clone(),
            page_size: i32::try_from(PAGE)?,
            ..Default::default()
        };
        let entries = self.session.timeline.list_entries(request).await?.into_inner().entries;
        check(&entries)?;
        let newest_first = entries.windows(2).all(|pair| pair[0].seq == pair[1].seq + 1);
        ensure!(newest_first, "a page with a gap");
        Ok(())
    }

    async fn inbox(&mut self) -> Result<()> {
        let request = ListInboxRequest { page_size: i32::try_from(PAGE)?, ..Default::default() };
        check(&self.session.timeline.list_inbox(request).await?.into_inner().entries)
    }
}

fn check(entries: &[Entry]) -> Result<()> {
    ensure!((1..=PAGE).contains(&entries.len()), "a page of {} entries", entries.len());
    let whole = entries.iter().all(|entry| !entry.damaged && entry.content.is_some());
    ensure!(whole, "an entry without content");
    Ok(())
}
