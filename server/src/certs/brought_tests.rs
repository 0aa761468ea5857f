use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use super::*;
use crate::certs::{DeviceCa, ServerCertificate};

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

/// A CA elsewhere.
struct Elsewhere {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Elsewhere {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, "Association CA");
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A server certificate from 2020 to 2040, but for what `change` says.
    fn sign(&self, key: &KeyPair, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> String {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        (params.not_before, params.not_after) =
            (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2040, 1, 1));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        change(&mut params);
        params.signed_by(key, &self.issuer).unwrap().pem()
    }
}

struct Server {
    folder: TempDir,
    ca: DeviceCa,
    certificate: ServerCertificate,
}

fn server(names: &[&str]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let ca = DeviceCa::create(folder.path(), "Tsurumi", NOW).unwrap();
    let path = |name| folder.path().join(name);
    let brought = BroughtFiles { certificate: path("brought.pem"), key: path("brought.key") };
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let certificate = ServerCertificate { folder: folder.path().to_owned(), names, brought: Some(brought) };
    Server { folder, ca, certificate }
}

impl Server {
    fn bring(&self, chain: &str, key: &KeyPair) {
        for (name, text) in [("brought.pem", chain), ("brought.key", &key.serialize_pem())] {
            files::replace(&self.folder.path().join(name), text.as_bytes()).unwrap();
        }
    }

    fn read(&self) -> anyhow::Result<Shown> {
        self.certificate.read(&self.ca.authority(), NOW)
    }

    fn refusal(&self) -> String {
        format!("{:#}", self.read().err().unwrap())
    }
}

#[test]
fn what_was_brought_is_shown_and_vouched_for() {
    let (server, elsewhere) = (server(&["renkei.example", "192.0.2.1"]), Elsewhere::new());
    for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_RSA_SHA256]
    {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let own = elsewhere.sign(&key, &["*.example"], |_| {});
        server.bring(&format!("{own}{}", elsewhere.pem), &key);
        let shown = server.read().unwrap();
        assert_eq!(shown.uncovered, ["192.0.2.1"]);
        let chain: Vec<_> = shown.chain.into_iter().map(|der| Certificate::from_der(der).unwrap()).collect();
        let [own, above, vouching, issuing, root] = &chain[..] else { panic!("five certificates") };
        assert!(own.is_signed_by(above));
        assert!(vouching.is_signed_by(issuing) && issuing.is_signed_by(root));
        assert_eq!(vouching.public_key_info, own.public_key_info);
        assert_eq!(vouching.names, ["*.example", "renkei.example", "192.0.2.1"]);
        assert_eq!(vouching.expires_at, issuing.expires_at, "it does not outlive its CA");
        assert_eq!(root.der, server.ca.authority().root().der);
    }
    let stored = std::fs::read_dir(server.folder.path()).unwrap().map(|file| file.unwrap().file_name());
    assert!(
        stored.into_iter().all(|name| !name.to_string_lossy().starts_with("server.")),
        "nothing is stored"
    );
}

#[test]
fn what_cannot_be_shown_is_told() {
    let (server, elsewhere) = (server(&["renkei.example"]), Elsewhere::new());
    let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let names = ["renkei.example"];
    let good = elsewhere.sign(&key, &names, |_| {});
    assert!(server.refusal().contains("brought.pem"));
    server.bring(&good, &key);
    server.read().unwrap();
    let year = |year| rcgen::date_time_ymd(year, 1, 1);
    for (chain, told) in [
        (String::new(), "no certificate"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(), "not a certificate"),
        (format!("{}{good}", elsewhere.pem), "must come first"),
        (format!("{good}{}", Elsewhere::new().sign(&other, &names, |_| {})), "the CA which signed it"),
        (elsewhere.sign(&key, &names, |params| params.not_before = year(2030)), "it counts only from 2030"),
        (elsewhere.sign(&key, &names, |params| params.not_after = year(2021)), "it ended 2021"),
        (elsewhere.sign(&key, &["other.example"], |_| {}), "none of host_names"),
        (elsewhere.sign(&key, &[], |_| {}), "it names no host"),
        (
            elsewhere.sign(&key, &names, |params| {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            }),
            "not for TLS servers",
        ),
    ] {
        server.bring(&chain, &key);
        assert!(server.refusal().contains(told), "{told}: {}", server.refusal());
    }
    server.bring(&good, &other);
    let refusal = server.refusal();
    assert!(refusal.contains("brought.key") && refusal.contains("brought.pem"), "{refusal}");

    use std::os::unix::fs::PermissionsExt as _;
    server.bring(&good, &key);
    let open = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(server.folder.path().join("brought.key"), open).unwrap();
    assert!(server.refusal().contains("chmod 600"));
}

#[test]
fn a_star_stands_for_one_label() {
    for (pattern, name) in [
        ("renkei.example", "Renkei.Example"),
        ("*.example", "renkei.example"),
        ("*.a.example", "b.A.example"),
        ("0:0:0:0:0:0:0:1", "::1"),
    ] {
        assert!(covers(pattern, name), "{pattern} {name}");
    }
    for (pattern, name) in [
        ("renkei.example", "a.renkei.example"),
        ("*.example", "a.b.example"),
        ("*.example", "example"),
        ("*.0.2.1", "192.0.2.2"),
        ("192.0.2.1", "192.0.2.2"),
    ] {
        assert!(!covers(pattern, name), "{pattern} {name}");
    }
}
