//! The server of calls that do nothing, in a process of its own: the same TLS, certificates and HTTP/2
//! settings as the real one, but no layer, no session and no database behind it.

use std::{
    future::ready,
    io::{self, Read as _},
    path::PathBuf,
    pin::Pin,
    sync::Arc,
};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use futures::{Stream, TryStreamExt as _, stream};
use hyper::{body::Incoming, server::conn::http2};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{NoServerSessionStorage, WebPkiClientVerifier},
    version::TLS13,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tonic::{Request, Response, Status, Streaming, body::Body, service::Routes};
use tower::ServiceExt as _;

use super::proto::{
    FetchRequest, Payload, PourRequest, Swallowed,
    limit_service_server::{LimitService, LimitServiceServer},
};

/// What is sent, cut to the size that is asked for.
const LARGEST: usize = 4_000_000;

/// Arguments of `renkei-bench limit-server`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The real server's data folder: its certificates are shown and asked for here too.
    #[arg(long)]
    data_dir: PathBuf,
}

/// Serves on a free port of loopback, says which, and ends with standard input.
///
/// # Errors
/// If the certificates can not be used, or no port is free.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let tls = TlsAcceptor::from(Arc::new(tls(arguments)?));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let service = Routes::new(LimitServiceServer::new(Idle::new())).prepare();
    let serve = async {
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(connection(stream, tls.clone(), service.clone()));
        }
    };
    tokio::select! {
        ended = serve => ended,
        ended = tokio::task::spawn_blocking(|| io::stdin().read(&mut [0])) => Ok(ended?.map(drop)?),
    }
}

/// As the real server: TLS 1.3, a client certificate of the region's issuing CA, no session is resumed.
fn tls(arguments: &Arguments) -> Result<ServerConfig> {
    let path = |name: &str| arguments.data_dir.join(name);
    let root = CertificateDer::from_pem_file(path("ca.pem")).context("ca.pem")?;
    let issuing = CertificateDer::from_pem_file(path("issuing.pem")).context("issuing.pem")?;
    let certificate = CertificateDer::from_pem_file(path("server.pem")).context("server.pem")?;
    let key = PrivateKeyDer::from_pem_file(path("server.key")).context("server.key")?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(issuing.clone())?;
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
        .allow_unauthenticated()
        .build()?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate, issuing, root], key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// Serves one connection with the real server's windows and buffers. Whatever breaks it, breaks it alone:
/// the client says what it missed.
async fn connection(stream: TcpStream, tls: TlsAcceptor, service: Routes) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = tls.accept(stream).await else { return };
    let service = service.map_request(|request: hyper::Request<Incoming>| request.map(Body::new));
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(8192)
        .initial_stream_window_size(512 * 1024)
        .initial_connection_window_size(1024 * 1024)
        .max_send_buf_size(64 * 1024);
    let _ = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).await;
}

/// Does nothing with what it gets.
struct Idle {
    bytes: Bytes,
}

impl Idle {
    fn new() -> Self {
        Self { bytes: (0..LARGEST).map(|number| number as u8).collect() }
    }

    fn slice(&self, size: u64) -> Result<Bytes, Status> {
        let fits = usize::try_from(size).ok().filter(|&size| size <= LARGEST);
        Ok(self.bytes.slice(..fits.ok_or_else(|| Status::invalid_argument("too large"))?))
    }
}

type Answered<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl LimitService for Idle {
    async fn echo(&self, request: Request<Payload>) -> Answered<Payload> {
        Ok(Response::new(request.into_inner()))
    }

    async fn fetch(&self, request: Request<FetchRequest>) -> Answered<Payload> {
        Ok(Response::new(Payload { data: self.slice(request.into_inner().size.into())? }))
    }

    async fn swallow(&self, request: Request<Streaming<Payload>>) -> Answered<Swallowed> {
        let sizes = request.into_inner().map_ok(|payload| payload.data.len() as u64);
        let size = sizes.try_fold(0, |sum, size| ready(Ok(sum + size))).await?;
        Ok(Response::new(Swallowed { size }))
    }

    type PourStream = Pin<Box<dyn Stream<Item = Result<Payload, Status>> + Send>>;

    async fn pour(&self, request: Request<PourRequest>) -> Answered<Self::PourStream> {
        let PourRequest { size, frame } = request.into_inner();
        let whole = self.slice(frame.into())?;
        if whole.is_empty() {
            return Err(Status::invalid_argument("frames without content"));
        }
        let frames = stream::unfold(size, move |left| {
            let data = whole.slice(..whole.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
            let rest = left - data.len() as u64;
            ready((!data.is_empty()).then_some((Ok(Payload { data }), rest)))
        });
        Ok(Response::new(Box::pin(frames)))
    }
}
