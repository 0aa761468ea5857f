//! An id for every call, by which a person's report, the answer and the log find each other.
//!
//! The server makes it. One that a client sends is dropped: it could name another's call, or hold anything.

use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue, Request, Response};
use renkei_crypto::OsEntropy;
use renkei_domain::{Clock as _, time::SystemClock};
use tonic::body::Body;
use tower::{Layer, Service};
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The call's id; an extension of the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestId(pub(crate) Uuid);

/// Gives every call an id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestIdLayer;

impl<S> Layer<S> for RequestIdLayer {
    type Service = RequestIds<S>;
    fn layer(&self, inner: S) -> Self::Service {
        RequestIds { inner }
    }
}

#[derive(Clone)]
pub(crate) struct RequestIds<S> {
    inner: S,
}

impl<S> Service<Request<Body>> for RequestIds<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let now = SystemClock.now();
        let id = renkei_domain::id::uuid_v7(now, renkei_crypto::random(&OsEntropy));
        request.headers_mut().remove(HEADER);
        request.extensions_mut().insert(RequestId(id));
        let answer = self.inner.call(request);
        Box::pin(async move {
            let mut response = answer.await?;
            if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
                response.headers_mut().insert(HEADER, value);
            }
            Ok(response)
        })
    }
}
