//! The work of a call runs on its own task to its end: whoever gives up waiting (the client, or the server
//! at the deadline) stops nothing halfway, and a repeat with the same `request_id` finds the result.
//!
//! What the work waits for from the client must come in time. A panic in the work is an answer like any
//! other: INTERNAL.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use renkei_domain::{Error, Reason};
use tokio::time::{Sleep, sleep, timeout};
use tokio_util::task::TaskTracker;
use tonic::{Status, body::Body};
use tower::{Layer, Service};
use tracing::Instrument as _;

use super::methods::{self, Kind};
use super::refusal;

/// Runs calls on tasks of `tasks`, and answers those that are no streams after `limit` at the latest.
#[derive(Clone, Debug)]
pub(crate) struct WorkLayer {
    limit: Duration,
    tasks: TaskTracker,
}

impl WorkLayer {
    /// Calls that are no streams have `limit`; whoever stops the server waits for `tasks`.
    pub(crate) fn new(limit: Duration, tasks: TaskTracker) -> Self {
        Self { limit, tasks }
    }
}

impl<S> Layer<S> for WorkLayer {
    type Service = Work<S>;
    fn layer(&self, inner: S) -> Self::Service {
        Work { inner, layer: self.clone() }
    }
}

#[derive(Clone)]
pub(crate) struct Work<S> {
    inner: S,
    layer: WorkLayer,
}

impl<S> Service<Request<Body>> for Work<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let kind = methods::method(request.uri().path()).map(|(_, kind)| kind);
        let limit = (kind == Some(Kind::Unary)).then_some(self.layer.limit);
        let request = request.map(|body| match kind {
            Some(kind) => Body::new(InTime::new(body, self.layer.limit, kind)),
            None => body,
        });
        let work = self.layer.tasks.spawn(self.inner.call(request).in_current_span());
        Box::pin(async move {
            let ended = match limit {
                Some(limit) => match timeout(limit, work).await {
                    Ok(ended) => ended,
                    Err(_) => return Ok(refusal(Error::new(Reason::DeadlineExceeded))),
                },
                None => work.await,
            };
            Ok(match ended {
                Ok(Ok(response)) => response,
                Err(_) => refusal(Error::internal("the work of the call panicked")),
            })
        })
    }
}

/// A request's body that must come in time: as a whole if the call is no stream, else every next piece.
/// The work may outlive its deadline, a client that leaves its request unfinished may not keep it waiting.
struct InTime {
    body: Body,
    limit: Duration,
    kind: Kind,
    end: Option<Pin<Box<Sleep>>>,
}

impl InTime {
    fn new(body: Body, limit: Duration, kind: Kind) -> Self {
        let end = (kind == Kind::Unary).then(|| Box::pin(sleep(limit)));
        Self { body, limit, kind, end }
    }
}

impl http_body::Body for InTime {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let frame = Pin::new(&mut this.body).poll_frame(context);
        if frame.is_ready() {
            if this.kind == Kind::Streaming {
                this.end = None;
            }
            return frame;
        }
        let end = this.end.get_or_insert_with(|| Box::pin(sleep(this.limit)));
        ready!(end.as_mut().poll(context));
        let late = Error::new(Reason::DeadlineExceeded);
        Poll::Ready(Some(Err(crate::grpc::status::to_status(late))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
