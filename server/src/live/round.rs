//! What is new of one patient, read once for all who are told of it.

use std::future::Future;
use std::sync::Arc;

use renkei_domain::access::Guarded;
use renkei_domain::timeline::Entry;
use tokio::sync::OnceCell;

/// New entries, each for those whose permit reaches it.
pub(crate) struct News {
    /// Behind which they were read.
    pub(crate) after: i64,
    /// `seq` of the timeline's last entry then.
    pub(crate) head_seq: i64,
    /// All of them, oldest first.
    pub(crate) entries: Vec<Guarded<Entry>>,
}

/// One wake-up. Whoever of those that it woke comes first reads for the others.
#[derive(Default)]
pub(crate) struct Round {
    news: OnceCell<Option<Arc<News>>>,
}

impl Round {
    /// The news. `None` if they cannot be read for many: then everybody reads alone.
    pub(crate) async fn news<F>(&self, read: impl FnOnce() -> F) -> Option<Arc<News>>
    where
        F: Future<Output = Option<News>>,
    {
        self.news.get_or_init(|| async { read().await.map(Arc::new) }).await.clone()
    }
}
