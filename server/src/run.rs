//! `renkei-server run`: opens the installation, serves it, and stops in order.
//!
//! Stopping: the first signal makes the health service say NOT_SERVING, takes no more connections, tells
//! clients to take their next calls elsewhere, and ends streams with their position; calls that are at work
//! end by themselves. After `limits.shutdown_seconds`, or at a second signal, the rest is cut.

use std::convert::Infallible;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http::{Request, Response};
use renkei_domain::{Clock as _, time::SystemClock};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::body::Body;
use tonic::service::Routes;
use tonic_health::{ServingStatus, server::HealthReporter};
use tower::{Service, ServiceBuilder};

use crate::app::App;
use crate::authn::AuthnLayer;
use crate::certs::{Ensured, ServerCertificate};
use crate::config::Config;
use crate::installation::Places;
use crate::layers::{self, AccessLogLayer, LoadLayer, RequestIdLayer, WorkLayer};
use crate::process::allow_connections;
use crate::serve::Server;
use crate::tls::Tls;
use crate::{grpc, telemetry};

/// How long closing the database may take after everything has ended.
const CLOSING: Duration = Duration::from_secs(3);
/// How often the certificates' files are looked at.
const CERTIFICATE_CHECK: Duration = Duration::from_secs(30);

/// Serves until a signal comes.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    telemetry::start(config.log.level, config.log.format);
    let mut signals = Signals::listen()?;
    let hangup = signal(SignalKind::hangup())?;
    allow_connections(config.limits.max_connections);
    let places = Places::new(&config);
    let now = SystemClock.now();
    let app = places.open(&config, now).await?;
    let certificate = places.server_certificate(&config);
    let authority = app.device_ca.authority();
    let shown = certificate.read(&authority, now).context("the server certificate")?;
    if !shown.uncovered.is_empty() {
        tracing::warn!(names = shown.uncovered.join(", "), "tls.certificate is not for all of host_names");
    }
    let tls = Tls::new(&authority, shown, now)?;
    let listener = TcpListener::bind(&config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr()?;

    let health = HealthReporter::new();
    tell_health(&health, ServingStatus::Serving).await;
    let work = TaskTracker::new();
    let service = service(&config, app.clone(), &health, work.clone())?;
    let stop = CancellationToken::new();
    let serving = tokio::spawn(Server::new(tls.clone(), &config.limits, stop.clone()).run(listener, service));
    let certificates = tokio::spawn(keep_certificates(app.clone(), certificate, tls, hangup));
    match app.owns_blobs().await {
        Ok(true) => {}
        Ok(false) => tracing::error!("the store of the attachments is another installation's"),
        Err(error) => {
            tracing::warn!(reason = error.reason().as_str(), "the store of the attachments is away")
        }
    }
    work.spawn(app.clone().keep_swept());
    work.spawn(app.clone().keep_attempts_few());
    let keys = tokio::spawn(Arc::clone(&app).follow_keys());
    let sequencer = tokio::spawn(Arc::clone(&app).keep_sequenced());
    work.spawn(Arc::clone(&app).keep_clock_watched());

    // A reader that went away must not stop the server.
    _ = writeln!(std::io::stdout(), "renkei-server ready on {address}");
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "serving");
    signals.next().await;
    tracing::info!("stopping");

    tell_health(&health, ServingStatus::NotServing).await;
    stop.cancel();
    end_health_streams(health).await;
    app.shutdown();
    certificates.abort();
    keys.abort();
    work.close();
    let ended = async {
        let serving = serving.await;
        work.wait().await;
        serving
    };
    tokio::select! {
        ended = tokio::time::timeout(config.limits.shutdown(), ended) => match ended {
            Ok(served) => served.context("serving panicked")?,
            Err(_) => tracing::warn!("calls that did not end in time were cut"),
        },
        () = signals.next() => tracing::warn!("stopped at once"),
    }
    let sequenced = async {
        _ = sequencer.await;
        app.sequence().await
    };
    match tokio::time::timeout(CLOSING, sequenced).await {
        Ok(Ok(_)) => {}
        // they are found by the next start, or by another server
        Ok(Err(_)) | Err(_) => tracing::warn!("events wait for their places in the audit log"),
    }
    if tokio::time::timeout(CLOSING, app.store.close()).await.is_err() {
        tracing::warn!("the database was not closed in time; nothing is lost");
    }
    tracing::info!("stopped");
    Ok(())
}

/// The services behind the layers, as `layers` describes them.
fn service(
    config: &Config,
    app: Arc<App>,
    health: &HealthReporter,
    work: TaskTracker,
) -> anyhow::Result<
    impl Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static,
> {
    let health = tonic_health::server::HealthService::from_health_reporter(health.clone());
    let mut routes: Routes =
        grpc::routes(app.clone()).add_service(tonic_health::pb::health_server::HealthServer::new(health));
    if config.development.reflection {
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(renkei_proto::DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()?;
        routes = routes.add_service(reflection);
    }
    Ok(ServiceBuilder::new()
        .layer(RequestIdLayer)
        .layer(AccessLogLayer)
        .layer(WorkLayer::new(config.limits.unary(), work))
        .layer(LoadLayer::new(config.limits.max_calls))
        .layer(AuthnLayer::new(app))
        .service(routes.prepare()))
}

/// Tells whoever asks how we are: altogether, and per service.
async fn tell_health(health: &HealthReporter, status: ServingStatus) {
    health.set_service_status("", status).await;
    for service in layers::services() {
        health.set_service_status(service, status).await;
    }
}

/// Whoever watches our health has read NOT_SERVING by now or reads it next; open streams would keep us.
async fn end_health_streams(mut health: HealthReporter) {
    health.clear_service_status("").await;
    for service in layers::services() {
        health.clear_service_status(service).await;
    }
}

/// Issues the server certificate anew in time, and shows clients what the files hold and lets in whom their CAs
/// signed: at SIGHUP, and when they have changed. What cannot be read changes nothing.
async fn keep_certificates(app: Arc<App>, certificate: ServerCertificate, tls: Tls, mut hangup: Signal) {
    let mut shown = certificate.stamp();
    loop {
        let asked = tokio::select! {
            _ = hangup.recv() => true,
            () = tokio::time::sleep(CERTIFICATE_CHECK) => false,
        };
        let now = SystemClock.now();
        if let Err(error) = app.device_ca.reload() {
            tracing::error!(
                error = format!("{error:#}"),
                "the CAs' files are not in order; the old ones stay"
            );
        }
        let authority = app.device_ca.authority();
        match certificate.ensure(&authority, now) {
            Ok(Ensured::Issued(reason)) => tracing::info!(reason, "a new server certificate was issued"),
            Ok(Ensured::Kept) => {}
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the server certificate is not in order")
            }
        }
        let found = certificate.stamp();
        if !asked && found == shown {
            continue;
        }
        let read = certificate.read(&authority, now).and_then(|next| {
            let expires_at = next.expires_at;
            tls.change(&authority, next, now).map(|()| expires_at)
        });
        match read {
            Ok(expires_at) => {
                shown = found;
                tracing::info!(%expires_at, "the certificates were read again");
            }
            Err(error) => tracing::error!(error = format!("{error:#}"), "the old server certificate stays"),
        }
    }
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
