//! Serves HTTP/2 connections, within the limits that the design sets for the door.
//!
//! This is tonic's services on hyper's connections, without tonic's own loop: that one never says goodbye
//! to a connection that has a grace period (it cuts it), and leaves hyper's 400 KiB of unsent bytes per
//! stream as they are.
//!
//! A connection ends in three ways: the client goes; it gets old, is told to take no more calls (GOAWAY)
//! and is cut after a grace period; or the server stops, and [`Server::run`]'s caller cuts what is left.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use renkei_crypto::OsEntropy;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::body::Body;
use tower::{Service, ServiceExt as _};

use crate::admission::{self, Gate, Pass};
use crate::config::Limits;
use crate::telemetry::Seldom;
use crate::tls::Tls;

/// Unread bytes of a request: a frame of an upload. At 50 ms to the client and back that is 5 MB/s.
const STREAM_WINDOW: u32 = 256 * 1024;
/// Unread bytes of all requests of a connection.
const CONNECTION_WINDOW: u32 = 512 * 1024;
/// Unsent bytes of a response: what a stalled reader can hold.
const SEND_BUFFER: usize = 64 * 1024;
/// Streams that the client may open and drop before it is taken for an attack (CVE-2023-44487).
const PENDING_RESETS: usize = 20;
/// Streams that the server may have to reset for the client's mistakes (CVE-2025-8671).
const LOCAL_RESETS: usize = 100;
/// On top of a call's time, before an old connection is cut.
const GRACE: Duration = Duration::from_secs(30);

/// What a connection needs.
pub(crate) struct Server {
    tls: Tls,
    gate: Arc<Gate>,
    refused: Seldom,
    http: http2::Builder<TokioExecutor>,
    handshake: Duration,
    age: Duration,
    grace: Duration,
    connections: TaskTracker,
    stop: CancellationToken,
}

impl Server {
    /// A server within `limits` that runs until `stop`.
    pub(crate) fn new(tls: Tls, limits: &Limits, stop: CancellationToken) -> Arc<Self> {
        let mut http = http2::Builder::new(TokioExecutor::new());
        http.timer(TokioTimer::new())
            .max_concurrent_streams(limits.max_streams)
            .max_header_list_size(limits.header_list_bytes)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .max_pending_accept_reset_streams(PENDING_RESETS)
            .max_local_error_reset_streams(LOCAL_RESETS)
            .keep_alive_interval(Duration::from_secs(limits.keepalive_seconds))
            .keep_alive_timeout(Duration::from_secs(limits.keepalive_timeout_seconds));
        Arc::new(Self {
            tls,
            gate: Gate::new(limits.max_connections, limits.max_connections_per_address),
            refused: Seldom::default(),
            http,
            handshake: limits.handshake(),
            age: Duration::from_secs(limits.connection_age_seconds),
            grace: limits.unary() + GRACE,
            connections: TaskTracker::new(),
            stop,
        })
    }

    /// Serves `service` on `listener` until told to stop, then waits for the last connection to end.
    pub(crate) async fn run<S>(self: Arc<Self>, listener: TcpListener, service: S)
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        loop {
            let (stream, address) = tokio::select! {
                () = self.stop.cancelled() => break,
                accepted = admission::accept(&listener) => accepted,
            };
            match self.gate.enter(address.ip()) {
                Some(pass) => {
                    let connection = self.clone().connection(stream, address, pass, service.clone());
                    self.connections.spawn(connection);
                }
                None => {
                    if let Some(count) = self.refused.count() {
                        tracing::warn!(count, "connections were closed: there are too many");
                    }
                }
            }
        }
        drop(listener);
        self.connections.close();
        self.connections.wait().await;
    }

    async fn connection<S>(self: Arc<Self>, stream: TcpStream, address: SocketAddr, pass: Pass, service: S)
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let _pass = pass;
        let admitted = tokio::select! {
            () = self.stop.cancelled() => return,
            admitted = admission::shake_hands(stream, address, &self.tls, self.handshake) => admitted,
        };
        let Some((stream, peer)) = admitted else { return };
        let service = service.map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer.clone());
            request.map(Body::new)
        });
        let service = TowerToHyperService::new(service);
        let mut connection = pin!(self.http.serve_connection(TokioIo::new(stream), service));
        let grace = tokio::select! {
            ended = connection.as_mut() => return log_end(ended),
            () = sleep(scattered(self.age)) => self.grace,
            () = self.stop.cancelled() => Duration::MAX,
        };
        connection.as_mut().graceful_shutdown();
        match timeout(grace, connection).await {
            Ok(ended) => log_end(ended),
            Err(_) => tracing::debug!("an old connection was cut"),
        }
    }
}

fn log_end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

/// Up to a tenth longer, so that clients that came together do not come back together.
fn scattered(age: Duration) -> Duration {
    let [chance] = renkei_crypto::random::<1>(&OsEntropy);
    age + age * u32::from(chance) / 2560
}

#[cfg(test)]
mod tests;
