//! Real sockets, real TLS, a client made of rustls and hyper.

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
use crate::certs::{DeviceCa, ServerIdentity, ensure_server_certificate};
use crate::config::Config;

struct Running {
    folder: TempDir,
    ca: DeviceCa,
    tls: Tls,
    address: SocketAddr,
    stop: CancellationToken,
    /// Lets calls of `/wait` end.
    go: Arc<Notify>,
    /// A call of `/wait` has begun.
    waiting: Arc<Notify>,
    served: tokio::task::JoinHandle<()>,
}

async fn start(limits: Limits) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let ca = DeviceCa::create(folder.path(), "Tsurumi", now).unwrap();
    ensure_server_certificate(folder.path(), &ca, &[], now).unwrap();
    let tls = Tls::new(folder.path(), ca.certificate().der.clone()).unwrap();
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
    Running { folder, ca, tls, address, stop, go, waiting, served }
}

type Identity = (CertificateDer<'static>, PrivateKeyDer<'static>);

impl Running {
    /// A device whose certificate was issued at `now`.
    fn device(ca: &DeviceCa, now: Timestamp) -> Identity {
        let key = KeyPair::generate().unwrap();
        let csr = CertificateParams::default().serialize_request(&key).unwrap();
        let device = DeviceId(renkei_domain::id::uuid_v7(now, [1; 8]));
        let signed = ca.sign(csr.der(), device, now).unwrap();
        (signed.certificate.into(), PrivatePkcs8KeyDer::from(key.serialize_der()).into())
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
        roots.add(self.ca.certificate().der.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match identity {
            Some((certificate, key)) => config.with_client_auth_cert(vec![certificate], key).unwrap(),
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
async fn tls_is_1_3_with_post_quantum_key_exchange_and_the_ca_in_the_chain() {
    let server = start(limits()).await;
    let stream = server.connect(None).await.unwrap();
    let (_, session) = stream.get_ref();
    assert_eq!(session.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    let group = session.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, NamedGroup::X25519MLKEM768);
    let chain = session.peer_certificates().unwrap();
    assert_eq!(chain.len(), 2);
    assert_eq!(crate::certs::certificate_sha256(&chain[1]), server.ca.fingerprint());
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
async fn a_device_is_known_by_its_certificate_and_others_have_none() {
    let server = start(limits()).await;
    let device = Running::device(&server.ca, SystemClock.now());
    let mut client = server.client(Some((device.0.clone(), device.1))).await.unwrap();
    assert_eq!(server.call(&mut client, "/").await.unwrap(), device.0.to_vec());
    let mut client = server.client(None).await.unwrap();
    assert!(server.call(&mut client, "/").await.unwrap().is_empty());
}

#[tokio::test]
async fn foreign_ended_and_server_certificates_are_refused() {
    let server = start(limits()).await;
    let now = SystemClock.now();
    assert!(server.admits(Some(Running::device(&server.ca, now))).await);

    let elsewhere = tempfile::tempdir().unwrap();
    let foreign = DeviceCa::create(elsewhere.path(), "Tsurumi", now).unwrap();
    assert!(!server.admits(Some(Running::device(&foreign, now))).await);

    let own = ServerIdentity::read(server.folder.path()).unwrap();
    assert!(!server.admits(Some((own.certificate.der.clone(), own.key))).await);
}

#[tokio::test]
async fn an_ended_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let long_ago = Timestamp(now.0 - 400 * 86_400 * 1_000_000);
    let ca = DeviceCa::create(folder.path(), "Tsurumi", long_ago).unwrap();
    let ended = Running::device(&ca, long_ago);
    let mut server = start(limits()).await;
    ensure_server_certificate(folder.path(), &ca, &[], now).unwrap();
    let tls = Tls::new(folder.path(), ca.certificate().der.clone()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    server.address = listener.local_addr().unwrap();
    server.ca = ca;
    let service = service_fn(|_: Request<Body>| async { Ok(Response::new(Body::empty())) });
    tokio::spawn(Server::new(tls, &limits(), server.stop.clone()).run(listener, service));
    assert!(server.admits(Some(Running::device(&server.ca, now))).await);
    assert!(!server.admits(Some(ended)).await);
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
    let server = start(Limits { handshake_seconds: 1, max_connections: 1, ..limits() }).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    assert!(!server.admits(None).await);
    assert_eq!(silent.read(&mut [0; 16]).await.unwrap(), 0);
    while !server.admits(None).await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart() {
    let server = start(limits()).await;
    let shown = |stream: &TlsStream<TcpStream>| stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    let first = shown(&server.connect(None).await.unwrap());
    let names = ["localhost".to_owned(), "renkei.example".to_owned()];
    ensure_server_certificate(server.folder.path(), &server.ca, &names, SystemClock.now()).unwrap();
    assert_eq!(shown(&server.connect(None).await.unwrap()), first);
    server.tls.reload().unwrap();
    let second = shown(&server.connect(None).await.unwrap());
    assert_ne!(second, first);

    spoil(server.folder.path());
    assert!(server.tls.reload().is_err());
    assert_eq!(shown(&server.connect(None).await.unwrap()), second);
}

fn spoil(folder: &Path) {
    std::fs::write(folder.join("server.key"), "no key").unwrap();
}

#[tokio::test]
async fn an_old_connection_takes_no_new_calls_and_finishes_the_others() {
    let server = start(Limits { connection_age_seconds: 1, ..limits() }).await;
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
