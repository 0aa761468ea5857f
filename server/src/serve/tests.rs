//! Real sockets, real TLS, a client made of rustls and hyper.

mod certificates;

use std::path::Path;

use http_body_util::BodyExt as _;
use hyper::client::conn::http2::SendRequest;
use rcgen::{CertificateParams, KeyPair};
use renkei_domain::{Clock as _, Timestamp, id::DeviceId, time::SystemClock};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, NamedGroup, ProtocolVersion, RootCertStore};
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::sync::Notify;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tower::service_fn;

use super::*;
use crate::admission::Peer;
use crate::certs::{DeviceCa, ServerCertificate, ServerIdentity};
use crate::config::Config;

struct Running {
    folder: TempDir,
    ca: DeviceCa,
    /// By clients.
    trusted: CertificateDer<'static>,
    tls: Tls,
    address: SocketAddr,
    stop: CancellationToken,
    /// Lets calls of `/wait` end.
    go: Arc<Notify>,
    /// A call of `/wait` has begun.
    waiting: Arc<Notify>,
    served: tokio::task::JoinHandle<()>,
}

fn certificate(folder: &Path, names: &[&str]) -> ServerCertificate {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    ServerCertificate { folder: folder.to_owned(), names, brought: None }
}

fn tls(ca: &DeviceCa, folder: &Path, now: Timestamp) -> Tls {
    let (certificate, authority) = (certificate(folder, &[]), ca.authority());
    certificate.ensure(&authority, now).unwrap();
    Tls::new(&authority, certificate.read(&authority, now).unwrap(), now).unwrap()
}

async fn start(limits: Limits) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let ca = DeviceCa::create(folder.path(), "Tsurumi", now).unwrap();
    let tls = tls(&ca, folder.path(), now);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let (go, waiting) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let service = service_fn({
        let (go, waiting) = (go.clone(), waiting.clone());
        move |request: Request<Body>| {
            let (go, waiting) = (go.clone(), waiting.clone());
            async move {
                if request.uri().path() == "/wait" {
                    waiting.notify_one();
                    go.notified().await;
                }
                let peer = request.extensions().get::<Peer>().unwrap();
                let shown = peer.certificate.as_ref().map_or(&[][..], |certificate| certificate);
                Ok(Response::new(Body::new(http_body_util::Full::from(shown.to_vec()))))
            }
        }
    });
    let served = tokio::spawn(Server::new(tls.clone(), &limits, stop.clone()).run(listener, service));
    let trusted = ca.authority().root().der.clone();
    Running { folder, ca, trusted, tls, address, stop, go, waiting, served }
}

/// What a device shows.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

impl Running {
    /// A device whose certificate was issued at `now`.
    fn device(ca: &DeviceCa, now: Timestamp) -> Identity {
        let key = KeyPair::generate().unwrap();
        let csr = CertificateParams::default().serialize_request(&key).unwrap();
        let device = DeviceId(renkei_domain::id::uuid_v7(now, [1; 8]));
        let signed = ca.sign(csr.der(), device, now).unwrap();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        Identity { chain: vec![signed.certificate.into()], key }
    }

    async fn connect(&self, identity: Option<Identity>) -> std::io::Result<TlsStream<TcpStream>> {
        self.connect_with(identity, ALPN_H2).await
    }

    async fn connect_with(
        &self,
        identity: Option<Identity>,
        alpn: &[&[u8]],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.trusted.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match identity {
            Some(device) => config.with_client_auth_cert(device.chain, device.key).unwrap(),
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    async fn client(
        &self,
        identity: Option<Identity>,
    ) -> Result<SendRequest<Body>, Box<dyn std::error::Error>> {
        let stream = TokioIo::new(self.connect(identity).await?);
        let (client, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// The certificate that the server saw.
    async fn call(
        &self,
        client: &mut SendRequest<Body>,
        path: &str,
    ) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let request = Request::builder().uri(format!("https://localhost{path}")).body(Body::empty())?;
        let response = client.send_request(request).await?;
        Ok(response.into_body().collect().await?.to_bytes().to_vec())
    }

    /// Whether a client with this certificate gets an answer. In TLS 1.3 a client learns only afterwards
    /// that its certificate was refused.
    async fn admits(&self, identity: Option<Identity>) -> bool {
        match self.client(identity).await {
            Ok(mut client) => self.call(&mut client, "/").await.is_ok(),
            Err(_) => false,
        }
    }
}

const ALPN_H2: &[&[u8]] = &[b"h2"];

fn limits() -> Limits {
    Config::default().limits
}

#[tokio::test]
async fn tls_is_1_3_with_post_quantum_key_exchange_and_the_cas_in_the_chain() {
    let server = start(limits()).await;
    let stream = server.connect(None).await.unwrap();
    let (_, session) = stream.get_ref();
    assert_eq!(session.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    let group = session.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, NamedGroup::X25519MLKEM768);
    let chain = session.peer_certificates().unwrap();
    let authority = server.ca.authority();
    assert_eq!(chain[1..], [authority.signer().der.clone(), authority.root().der.clone()]);
    assert_eq!(crate::certs::certificate_sha256(&chain[2]), server.ca.fingerprint());
}

#[tokio::test]
async fn only_http_2_is_spoken() {
    let server = start(limits()).await;
    assert!(server.connect_with(None, &[b"http/1.1"]).await.is_err());
    let mut silent = server.connect_with(None, &[]).await.unwrap();
    let mut bytes = Vec::new();
    assert!(matches!(silent.read_to_end(&mut bytes).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_no_more() {
    let server = start(Limits { max_connections_per_address: 2, ..limits() }).await;
    let mut one = server.client(None).await.unwrap();
    let mut two = server.client(None).await.unwrap();
    server.call(&mut one, "/").await.unwrap();
    server.call(&mut two, "/").await.unwrap();
    assert!(!server.admits(None).await);
    drop(one);
    while !server.admits(None).await {
        tokio::task::yield_now().await;
    }
    server.call(&mut two, "/").await.unwrap();
}

#[tokio::test]
async fn who_says_nothing_is_shown_out() {
    let server = start(Limits { handshake_seconds: 4, max_connections: 1, ..limits() }).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    assert!(!server.admits(None).await);
    assert_eq!(silent.read(&mut [0; 16]).await.unwrap(), 0);
    while !server.admits(None).await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_old_connection_takes_no_new_calls_and_finishes_the_others() {
    let server = start(Limits { connection_age_seconds: 4, ..limits() }).await;
    let mut client = server.client(None).await.unwrap();
    let mut other = client.clone();
    let (answer, ()) = tokio::join!(server.call(&mut other, "/wait"), async {
        server.waiting.notified().await;
        while server.call(&mut client, "/").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server.go.notify_one();
    });
    answer.unwrap();
    assert!(server.admits(None).await);
}

#[tokio::test]
async fn stopping_waits_for_calls_and_takes_no_new_connections() {
    let server = start(limits()).await;
    let mut client = server.client(None).await.unwrap();
    let (answer, ()) = tokio::join!(server.call(&mut client, "/wait"), async {
        server.waiting.notified().await;
        server.stop.cancel();
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        assert!(!server.served.is_finished());
        server.go.notify_one();
    });
    answer.unwrap();
    server.served.await.unwrap();
}
