//! One line per call: method, code, duration, request id, address. Nothing else of the call gets into the log.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use http_body::{Frame, SizeHint};
use tonic::{Code, Status, body::Body};
use tower::{Layer, Service};
use tracing::{Instrument as _, Span};

use super::methods;
use super::request_id::RequestId;
use crate::admission::Peer;

/// Logs every call when it has ended, and puts a span around its work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccessLogLayer;

impl<S> Layer<S> for AccessLogLayer {
    type Service = AccessLog<S>;
    fn layer(&self, inner: S) -> Self::Service {
        AccessLog { inner }
    }
}

#[derive(Clone)]
pub(crate) struct AccessLog<S> {
    inner: S,
}

impl<S> Service<Request<Body>> for AccessLog<S>
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

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let path = request.uri().path();
        let (method, is_ours) = match methods::method(path) {
            Some((path, _)) => (path, true),
            None if path.starts_with("/grpc.health.v1.Health/") => ("/grpc.health.v1.Health", false),
            None if path.starts_with("/grpc.reflection.") => ("/grpc.reflection", false),
            None => ("unknown", true),
        };
        let id = request.extensions().get::<RequestId>().map(|id| id.0.to_string());
        let peer = request.extensions().get::<Peer>().map(|peer| peer.address.to_string());
        let span = tracing::info_span!("call", method, request_id = id, peer);
        let mut line = Line { method, id, peer, begun: Instant::now(), is_ours, written: false };
        let answer = span.in_scope(|| self.inner.call(request)).instrument(span.clone());
        Box::pin(async move {
            let response = answer.await?;
            if let Some(code) = code(response.headers()) {
                line.write(code);
                return Ok(response);
            }
            Ok(response.map(|body| Body::new(Logged { body, span, line })))
        })
    }
}

/// The line to be. If nobody writes it, the client has gone away.
struct Line {
    method: &'static str,
    id: Option<String>,
    peer: Option<String>,
    begun: Instant,
    is_ours: bool,
    written: bool,
}

impl Line {
    fn write(&mut self, code: Code) {
        if std::mem::replace(&mut self.written, true) {
            return;
        }
        let duration_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (method, request_id, peer) = (self.method, self.id.as_deref(), self.peer.as_deref());
        // outside of the span, whose fields the JSON formatter would parse anew for every line
        macro_rules! log {
            ($level:ident, $text:literal) => {
                tracing::$level!(parent: None, method, request_id, peer, code = name(code), duration_ms, $text)
            };
        }
        match code {
            Code::Internal | Code::Unknown | Code::DataLoss => log!(error, "call failed"),
            _ if self.is_ours => log!(info, "call ended"),
            _ => log!(debug, "call ended"),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.write(Code::Cancelled);
    }
}

/// A response's body that writes the line at its end.
struct Logged {
    body: Body,
    span: Span,
    line: Line,
}

impl http_body::Body for Logged {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let polled = this.span.in_scope(|| Pin::new(&mut this.body).poll_frame(context));
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(code) = frame.trailers_ref().and_then(code) {
                    this.line.write(code);
                }
            }
            Poll::Ready(Some(Err(status))) => this.line.write(status.code()),
            Poll::Ready(None) => this.line.write(Code::Unknown),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn code(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|code| Code::from_bytes(code.as_bytes()))
}

fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
