//! Streams to a client: fed by a task, one item ahead, and ended when the client stops reading.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures::Stream;
use futures::stream::{self, StreamExt as _};
use renkei_domain::{Error, Reason, Result};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

use super::slots::Slot;

/// A client that takes nothing for this long is let go.
const PATIENCE: Duration = Duration::from_secs(60);

/// Items, then the error that ended them, if one did.
pub(crate) type Outgoing<T> = Pin<Box<dyn Stream<Item = Result<T>> + Send>>;

/// Why the feeding stops early.
pub(super) enum Stop {
    /// The client has gone away: there is nobody to tell.
    ClientGone,
    /// The client is told.
    Error(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// Where the task puts its items.
pub(super) struct Outlet<T> {
    items: mpsc::Sender<T>,
}

impl<T> Outlet<T> {
    /// Hands an item over.
    ///
    /// # Errors
    /// [`Stop::ClientGone`], or [`Reason::ReaderTooSlow`] for the client.
    pub(super) async fn send(&self, item: T) -> Result<(), Stop> {
        match self.items.send_timeout(item, PATIENCE).await {
            Ok(()) => Ok(()),
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(Stop::ClientGone),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => {
                Err(Error::new(Reason::ReaderTooSlow).retry_after(Duration::from_secs(1)).into())
            }
        }
    }

    /// Waits until the client has gone away.
    pub(super) async fn closed(&self) {
        self.items.closed().await;
    }
}

/// The stream that `feed` fills. It keeps its place until it is dropped, not only until the feeding ends: what
/// a client does not take is held for it as long.
pub(super) fn outgoing<T, F, Fut>(place: Slot, feed: F) -> Outgoing<T>
where
    T: Send + 'static,
    F: FnOnce(Outlet<T>) -> Fut,
    Fut: Future<Output = Result<(), Stop>> + Send + 'static,
{
    let (items, receiver) = mpsc::channel(1);
    let (end, ended) = oneshot::channel();
    let feeding = feed(Outlet { items });
    tokio::spawn(async move {
        if let Err(Stop::Error(error)) = feeding.await {
            // fails if the client has gone away
            let _ = end.send(error);
        }
    });
    let last = stream::once(ended).filter_map(|error| async { error.ok().map(Err) });
    Box::pin(ReceiverStream::new(receiver).map(Ok).chain(last).inspect(move |_| {
        let _held = &place;
    }))
}
