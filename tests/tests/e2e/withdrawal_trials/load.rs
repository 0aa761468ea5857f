//! Somebody who never stops posting.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use renkei_proto::v1::{Category, PostEntryRequest};
use tokio::task::JoinSet;

use crate::{grpc::Session, region::posting};

/// Posts under way at any time.
const AT_ONCE: usize = 2;

/// What the texts of the posts count from.
static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The posts to one patient.
pub(super) struct Load {
    session: Session,
    patient: String,
    categories: &'static [Category],
    stop: Arc<AtomicBool>,
    /// Each returns how many posts were acknowledged, and the `seq` of the last.
    posters: JoinSet<Result<(usize, i64)>>,
    /// How many posts were acknowledged before the last stop.
    pub(super) posts: usize,
}

impl Load {
    /// A load that has not begun, turn by turn into these categories.
    pub(super) fn new(session: &Session, patient: &str, categories: &'static [Category]) -> Self {
        Self {
            session: session.clone(),
            patient: patient.to_owned(),
            categories,
            stop: Arc::default(),
            posters: JoinSet::new(),
            posts: 0,
        }
    }

    /// Posts from now on. Each text says when its post began.
    pub(super) fn go_on(&mut self) {
        self.stop.store(false, Ordering::SeqCst);
        while self.posters.len() < AT_ONCE {
            let (session, patient, stop) =
                (self.session.clone(), self.patient.clone(), Arc::clone(&self.stop));
            let categories = self.categories;
            self.posters.spawn(async move {
                let (mut posts, mut last) = (0, 0);
                for category in categories.iter().cycle() {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    last = post(&session, &patient, *category).await.context("the load")?;
                    posts += 1;
                }
                Ok((posts, last))
            });
        }
    }

    /// Stops posting, and returns the `seq` of the last post.
    pub(super) async fn stop(&mut self) -> Result<i64> {
        self.stop.store(true, Ordering::SeqCst);
        let mut last = 0;
        while let Some(poster) = self.posters.join_next().await {
            let (posts, last_of_it) = poster??;
            self.posts += posts;
            last = last.max(last_of_it);
        }
        Ok(last)
    }
}

async fn post(session: &Session, patient: &str, category: Category) -> Result<i64> {
    let text = BEGINNING.elapsed().as_micros().to_string();
    let request = PostEntryRequest { category: category.into(), ..posting(patient, &text) };
    let answer = session.timeline.clone().post_entry(request).await?.into_inner();
    Ok(answer.entry.context("entry")?.seq)
}

/// When the post with this text began. `None`: it is not of a load.
pub(super) fn began(text: &str) -> Option<Instant> {
    text.parse().ok().map(|micros| *BEGINNING + Duration::from_micros(micros))
}
