//! Which certificates are shown, and which are let in.

use super::*;
use crate::certs;

/// Serves with other certificates, elsewhere.
async fn serve(server: &mut Running, tls: Tls) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    server.address = listener.local_addr().unwrap();
    server.tls = tls;
    let service = service_fn(|_: Request<Body>| async { Ok(Response::new(Body::empty())) });
    tokio::spawn(Server::new(server.tls.clone(), &limits(), server.stop.clone()).run(listener, service));
}

/// Takes up what the files of `folder` hold, with a server certificate for `names`.
fn change(tls: &Tls, ca: &DeviceCa, folder: &Path, names: &[&str], now: Timestamp) {
    let (certificate, authority) = (certificate(folder, names), ca.authority());
    certificate.ensure(&authority, now).unwrap();
    tls.change(&authority, certificate.read(&authority, now).unwrap(), now).unwrap();
}

#[tokio::test]
async fn a_device_is_known_by_its_certificate_and_others_have_none() {
    let server = start(limits()).await;
    let device = Running::device(&server.ca, SystemClock.now());
    let mut client = server.client(Some(device.clone())).await.unwrap();
    assert_eq!(server.call(&mut client, "/").await.unwrap(), device.chain[0].to_vec());
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
    assert!(!server.admits(Some(Identity { chain: vec![own.certificate.der], key: own.key })).await);
}

/// Whoever has the key of an issuing CA that the server knows no longer, or the root's, makes no devices with it.
#[tokio::test]
async fn only_issuing_cas_that_the_server_knows_make_devices() {
    let server = start(limits()).await;
    let (folder, now) = (server.folder.path(), SystemClock.now());
    let before = Running::device(&server.ca, now);
    let stolen = server.ca.authority().signer().der.clone();
    certs::issue(folder, &folder.join("ca.key"), now).unwrap();
    let take_up = || {
        server.ca.reload().unwrap();
        change(&server.tls, &server.ca, folder, &[], now);
    };
    take_up();
    assert!(server.admits(Some(before.clone())).await, "the one before still counts");
    assert!(server.admits(Some(Running::device(&server.ca, now))).await);

    let known = std::fs::read_to_string(folder.join("issuing.pem")).unwrap();
    let end = known.find("-----END CERTIFICATE-----\n").unwrap() + "-----END CERTIFICATE-----\n".len();
    std::fs::write(folder.join("issuing.pem"), &known[..end]).unwrap();
    std::fs::remove_file(folder.join("server.pem")).unwrap();
    take_up();
    assert!(!server.admits(Some(before.clone())).await);
    let with_its_ca = Identity { chain: vec![before.chain[0].clone(), stolen], ..before };
    assert!(!server.admits(Some(with_its_ca)).await, "showing the CA does not help");
    assert!(server.admits(Some(Running::device(&server.ca, now))).await);

    let key = KeyPair::from_pem(&std::fs::read_to_string(folder.join("ca.key")).unwrap()).unwrap();
    let root = rcgen::Issuer::from_ca_cert_der(&server.ca.authority().root().der, key).unwrap();
    let own = KeyPair::generate().unwrap();
    let by_root = CertificateParams::default().signed_by(&own, &root).unwrap();
    let key = PrivatePkcs8KeyDer::from(own.serialize_der()).into();
    assert!(!server.admits(Some(Identity { chain: vec![by_root.der().clone()], key })).await);
}

/// A folder of the first version before and after it got an issuing CA: the same devices, on both sides of TLS.
#[tokio::test]
async fn devices_of_the_first_version_stay_through_the_way_over() {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let ca = certs::former_installation(folder.path(), now);
    let mut server = start(limits()).await;
    serve(&mut server, tls(&ca, folder.path(), now)).await;
    let (old_root, old) = (ca.authority().root().der.clone(), Running::device(&ca, now));
    server.trusted = old_root.clone();
    assert!(server.admits(Some(old.clone())).await);

    certs::issue(folder.path(), &folder.path().join("ca.key"), now).unwrap();
    std::fs::remove_file(folder.path().join("ca.key")).unwrap();
    ca.reload().unwrap();
    let new = Running::device(&ca, now);
    // once with the server certificate that the root signed, once with one of the issuing CA
    for names in [&[][..], &["localhost", "renkei.example"]] {
        change(&server.tls, &ca, folder.path(), names, now);
        for trusted in [old_root.clone(), ca.authority().root().der.clone()] {
            server.trusted = trusted;
            assert!(server.admits(Some(old.clone())).await);
            assert!(server.admits(Some(new.clone())).await);
        }
    }
}

#[tokio::test]
async fn an_ended_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let long_ago = Timestamp(now.0 - 400 * 86_400 * 1_000_000);
    let ca = DeviceCa::create(folder.path(), "Tsurumi", long_ago).unwrap();
    let ended = Running::device(&ca, long_ago);
    let mut server = start(limits()).await;
    serve(&mut server, tls(&ca, folder.path(), now)).await;
    server.trusted = ca.authority().root().der.clone();
    server.ca = ca;
    assert!(server.admits(Some(Running::device(&server.ca, now))).await);
    assert!(!server.admits(Some(ended)).await);
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart() {
    let server = start(limits()).await;
    let shown = |stream: &TlsStream<TcpStream>| stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    let first = shown(&server.connect(None).await.unwrap());
    let certificate = certificate(server.folder.path(), &["localhost", "renkei.example"]);
    let (authority, now) = (server.ca.authority(), SystemClock.now());
    certificate.ensure(&authority, now).unwrap();
    assert_eq!(shown(&server.connect(None).await.unwrap()), first);
    server.tls.change(&authority, certificate.read(&authority, now).unwrap(), now).unwrap();
    let second = shown(&server.connect(None).await.unwrap());
    assert_ne!(second, first);

    spoil(server.folder.path());
    assert!(certificate.read(&authority, now).is_err());
    assert_eq!(shown(&server.connect(None).await.unwrap()), second);
}

fn spoil(folder: &Path) {
    std::fs::write(folder.join("server.key"), "no key").unwrap();
}
