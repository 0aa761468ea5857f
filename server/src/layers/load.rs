//! How many calls are at work at once. More are refused at once: a queue would only make everybody late.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Response};
use renkei_domain::{Error, Reason};
use tokio::sync::Semaphore;
use tonic::body::Body;
use tower::{Layer, Service};

use super::methods::{self, Kind};
use super::refusal;

/// When a refused client should try again.
const RETRY: Duration = Duration::from_secs(1);

/// Refuses calls beyond a number. Streams are refused as well but do not count, they may be open for hours;
/// health checks neither: a busy server is not an ill one.
#[derive(Clone, Debug)]
pub(crate) struct LoadLayer {
    places: Arc<Semaphore>,
}

impl LoadLayer {
    /// At most `most` calls at work at once.
    pub(crate) fn new(most: u32) -> Self {
        Self { places: Arc::new(Semaphore::new(most as usize)) }
    }
}

impl<S> Layer<S> for LoadLayer {
    type Service = Load<S>;
    fn layer(&self, inner: S) -> Self::Service {
        Load { inner, places: self.places.clone() }
    }
}

#[derive(Clone)]
pub(crate) struct Load<S> {
    inner: S,
    places: Arc<Semaphore>,
}

impl<S> Service<Request<Body>> for Load<S>
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
        let Some((_, kind)) = methods::method(request.uri().path()) else {
            return Box::pin(self.inner.call(request));
        };
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            let busy = Error::new(Reason::Busy).retry_after(RETRY);
            return Box::pin(std::future::ready(Ok(refusal(busy))));
        };
        let answer = self.inner.call(request);
        let place = (kind == Kind::Unary).then_some(place);
        Box::pin(async move {
            let _place = place;
            answer.await
        })
    }
}
