//! Many small writes of one kind in few statements: what came while the writer was busy is written together.
//!
//! Between the writer and SQLite's own thread every statement is a change of threads, which costs more than the
//! statement. Each item stands and falls alone all the same: if one of them makes a statement fail, all of them are
//! undone, and each is written again by itself.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::oneshot;

use super::Tx;
use super::sqlite::{Job, of_the_group};
use crate::StoreError;

/// Items in one statement, the greater the rarer.
const SIZES: [usize; 6] = [32, 16, 8, 4, 2, 1];

/// A kind of write.
pub(crate) trait Kind: Send + 'static {
    /// What it came to.
    type Answer: Send + 'static;

    /// Writes items, as many as one of [`sizes`]. For each what it came to, or nothing if it was not to be written.
    fn write<'a>(
        tx: &'a mut Tx,
        items: &'a [Self],
    ) -> BoxFuture<'a, Result<Vec<Option<Self::Answer>>, StoreError>>
    where
        Self: Sized;
}

/// The parts of `count` items that are written by one statement each.
pub(crate) fn sizes(count: usize) -> impl Iterator<Item = usize> {
    let mut left = count;
    SIZES.into_iter().flat_map(move |size| {
        let times = left / size;
        left %= size;
        std::iter::repeat_n(size, times)
    })
}

/// What became of an item.
pub(super) enum Outcome<K: Kind> {
    Written(Option<K::Answer>),
    /// One of the batch failed: it is to be written alone.
    Again(K),
    Lost(StoreError),
}

/// Items that wait for the writer.
pub(crate) struct Queue<K: Kind> {
    waiting: Arc<Mutex<Vec<Waiting<K>>>>,
}

struct Waiting<K: Kind> {
    item: K,
    reply: oneshot::Sender<Outcome<K>>,
}

impl<K: Kind> Clone for Queue<K> {
    fn clone(&self) -> Self {
        Self { waiting: Arc::clone(&self.waiting) }
    }
}

impl<K: Kind> Default for Queue<K> {
    fn default() -> Self {
        Self { waiting: Arc::default() }
    }
}

impl<K: Kind> Queue<K> {
    /// Lets an item wait; with a job for the writer if none is on its way that will take it along.
    pub(super) fn push(&self, item: K) -> (oneshot::Receiver<Outcome<K>>, Option<Box<dyn Job>>)
    where
        K: Sync,
        K::Answer: Sync,
    {
        let (reply, answer) = oneshot::channel();
        let mut waiting = self.lock();
        waiting.push(Waiting { item, reply });
        let is_first = waiting.len() == 1;
        let job = is_first.then(|| -> Box<dyn Job> {
            Box::new(Batch {
                queue: self.clone(),
                taken: false,
                items: vec![],
                replies: vec![],
                result: None,
            })
        });
        (answer, job)
    }

    fn take(&self) -> (Vec<K>, Vec<oneshot::Sender<Outcome<K>>>) {
        let waiting = std::mem::take(&mut *self.lock());
        waiting.into_iter().map(|Waiting { item, reply }| (item, reply)).unzip()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waiting<K>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that waits when its turn comes.
struct Batch<K: Kind> {
    queue: Queue<K>,
    /// Its turn has come: what waits from then on is another's.
    taken: bool,
    items: Vec<K>,
    replies: Vec<oneshot::Sender<Outcome<K>>>,
    result: Option<Vec<Option<K::Answer>>>,
}

impl<K: Kind + Sync> Job for Batch<K>
where
    K::Answer: Sync,
{
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, bool> {
        self.taken = true;
        (self.items, self.replies) = self.queue.take();
        Box::pin(async move {
            // a defect in one kind of write must not take the writer, and so everybody, down
            let written = AssertUnwindSafe(write_all(tx, &self.items)).catch_unwind().await;
            self.result = written.ok().and_then(Result::ok);
            self.result.is_some()
        })
    }

    fn finish(mut self: Box<Self>, lost: Option<StoreError>) {
        if !self.taken {
            self.taken = true;
            (self.items, self.replies) = self.queue.take();
        }
        let items = std::mem::take(&mut self.items);
        let outcomes: Vec<Outcome<K>> = match (self.result.take(), lost) {
            (_, Some(error)) => items.iter().map(|_| Outcome::Lost(of_the_group(&error))).collect(),
            (Some(answers), None) => answers.into_iter().map(Outcome::Written).collect(),
            (None, None) => items.into_iter().map(Outcome::Again).collect(),
        };
        for (reply, outcome) in std::mem::take(&mut self.replies).into_iter().zip(outcomes) {
            // whoever waited may have gone away; what was written stays written
            let _ = reply.send(outcome);
        }
    }
}

impl<K: Kind> Drop for Batch<K> {
    fn drop(&mut self) {
        if !self.taken {
            // the writer has stopped: nobody may wait for it
            drop(self.queue.take());
        }
    }
}

async fn write_all<K: Kind>(tx: &mut Tx, items: &[K]) -> Result<Vec<Option<K::Answer>>, StoreError> {
    let mut answers = Vec::with_capacity(items.len());
    for size in sizes(items.len()) {
        answers.extend(K::write(tx, &items[answers.len()..][..size]).await?);
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::sizes;

    #[test]
    fn any_number_is_made_of_sizes() {
        for count in 0..200 {
            assert_eq!(sizes(count).sum::<usize>(), count);
        }
        assert_eq!(sizes(71).collect::<Vec<_>>(), [32, 32, 4, 2, 1]);
    }
}
