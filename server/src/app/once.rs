//! Doing a mutation once, however often a client sends it.

use std::future::Future;
use std::sync::Arc;

use futures::future::BoxFuture;
use renkei_crypto::fingerprint;
use renkei_domain::id::RequestId;
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use renkei_store::request::{self, RequestMark};
use renkei_store::{StoreError, Tx};
use uuid::Uuid;

use super::App;

/// A client's mark on a mutation: its id and a keyed hash of method and body.
#[derive(Clone, Copy)]
pub(crate) struct RequestKey {
    id: RequestId,
    fingerprint: [u8; 32],
}

impl App {
    /// The mark of a request: the same id with another method or body is another mark.
    pub(crate) fn request_key(&self, id: RequestId, method: &str, body: &[u8]) -> RequestKey {
        RequestKey { id, fingerprint: fingerprint::request(&self.keys.request, method, body) }
    }

    /// Runs `work` in a transaction, or `replay` with the id of what the same request made before.
    /// `work` returns that id with its result.
    pub(super) async fn once<T, W, R, F>(
        self: &Arc<Self>,
        caller: &Caller,
        key: RequestKey,
        work: W,
        replay: R,
    ) -> Result<T>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<(Uuid, T)>> + Send + 'static,
        R: FnOnce(Uuid) -> F,
        F: Future<Output = Result<T>>,
    {
        let mark = key.mark(caller);
        let now = self.now();
        let done = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(object) = request::find(tx, &mark).await.map_err(reused)? {
                        return Ok(Err(object));
                    }
                    let (object, result) = work(tx).await?;
                    request::insert(tx, &mark, object, now).await.map_err(reused)?;
                    Ok::<_, Error>(Ok(result))
                })
            })
            .await;
        match done {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(object)) => replay(object).await,
            // the same request may have won a race on another connection: then that one's result counts
            Err(error) => self.done_before(mark, error, replay).await,
        }
    }

    /// What could not be done: `replay` if the same request did it before, else `error`.
    pub(super) async fn done_before<T, R, F>(&self, mark: RequestMark, error: Error, replay: R) -> Result<T>
    where
        R: FnOnce(Uuid) -> F,
        F: Future<Output = Result<T>>,
    {
        let before = self
            .store
            .look(move |conn| Box::pin(async move { request::find(conn, &mark).await.map_err(reused) }))
            .await;
        match before {
            Ok(Some(object)) => replay(object).await,
            Err(reuse) if reuse.reason() == Reason::RequestIdReused => Err(reuse),
            _ => Err(error),
        }
    }
}

impl RequestKey {
    /// The mark as a request of the caller's.
    pub(super) fn mark(self, caller: &Caller) -> RequestMark {
        RequestMark { person: caller.actor.person, id: self.id, fingerprint: self.fingerprint }
    }
}

/// Gives a closure the type that [`App::once`] takes; the compiler does not infer it from a variable.
pub(super) fn in_tx<T, W>(work: W) -> W
where
    W: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<(Uuid, T)>> + Send + 'static,
{
    work
}

fn reused(error: StoreError) -> Error {
    match error {
        StoreError::Unique => Error::new(Reason::RequestIdReused),
        error => error.into(),
    }
}

/// A unique or foreign key that tells the client something: `reason`.
pub(super) fn conflict(reason: Reason) -> impl Fn(StoreError) -> Error {
    move |error| match error {
        StoreError::Unique => Error::new(reason),
        error => error.into(),
    }
}
