use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose};
use renkei_domain::Timestamp;
use renkei_domain::id::DeviceId;
use tempfile::TempDir;

use super::*;
use crate::certs::{Authority, DeviceCa, Ensured, ServerCertificate, certificate_sha256};

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
const DAY: i64 = 86_400 * 1_000_000;

fn after(days: i64) -> Timestamp {
    Timestamp(NOW.0 + days * DAY)
}

fn device(ca: &DeviceCa, now: Timestamp) -> Certificate {
    let key = KeyPair::generate().unwrap();
    let csr = CertificateParams::default().serialize_request(&key).unwrap();
    let device = DeviceId(renkei_domain::id::uuid_v7(now, [1; 8]));
    Certificate::from_der(ca.sign(csr.der(), device, now).unwrap().certificate.into()).unwrap()
}

/// An installation as `init` makes it, and its root's key taken away.
fn installation() -> (TempDir, TempDir, DeviceCa) {
    let (data, safe) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ca = DeviceCa::create(data.path(), "Tsurumi", NOW).unwrap();
    std::fs::rename(data.path().join("ca.key"), safe.path().join("ca.key")).unwrap();
    std::fs::copy(data.path().join("ca.pem"), safe.path().join("ca.pem")).unwrap();
    (data, safe, ca)
}

/// An installation of the first version: one CA, below which no other may stand, signs everything.
pub(crate) fn former_installation(folder: &Path, now: Timestamp) -> DeviceCa {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let seconds = u64::try_from(now.unix_seconds()).unwrap();
    params.not_before = epoch + std::time::Duration::from_secs(seconds - 300);
    params.not_after = epoch + std::time::Duration::from_secs(seconds + 3650 * 86_400);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Renkei CA");
    params.distinguished_name.push(DnType::OrganizationName, "Tsurumi");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    // some libraries find the certificate above by this, so a new one must keep it, however it is made by then
    params.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(vec![7; 20]);
    let certificate = params.self_signed(&key).unwrap();
    files::create(&folder.join("ca.key"), key.serialize_pem().as_bytes()).unwrap();
    files::create(&folder.join("ca.pem"), certificate.pem().as_bytes()).unwrap();
    DeviceCa::open(folder).unwrap()
}

fn is_known(authority: &Authority, device: &Certificate, now: Timestamp) -> bool {
    let anchors = authority.device_anchors(now).into_iter().map(|der| Certificate::from_der(der).unwrap());
    anchors.into_iter().any(|anchor| device.is_signed_by(&anchor))
}

#[test]
fn a_new_issuing_ca_signs_and_the_one_before_stays_known_until_it_ends() {
    let (data, safe, ca) = installation();
    let (early, fingerprint) = (device(&ca, NOW), ca.fingerprint());
    let installed = issue(data.path(), &safe.path().join("ca.key"), after(700)).unwrap();
    assert_eq!(installed.expires_at, after(700 + 1095));
    assert!(!installed.has_new_root);
    ca.reload().unwrap();
    let authority = ca.authority();
    assert_eq!((authority.issuing().len(), ca.fingerprint()), (2, fingerprint));
    let late = device(&ca, after(700));
    assert!(late.is_signed_by(authority.signer()) && !early.is_signed_by(authority.signer()));
    assert!(is_known(&authority, &late, after(701)) && is_known(&authority, &early, after(701)));
    assert!(!is_known(&authority, &early, after(1095)));

    issue(data.path(), &safe.path().join("ca.key"), after(1400)).unwrap();
    ca.reload().unwrap();
    assert_eq!(ca.authority().issuing().len(), 2, "the one that ended is not kept");
}

#[test]
fn only_the_roots_key_makes_an_issuing_ca() {
    let (data, _, ca) = installation();
    let (_, elsewhere, _) = installation();
    let before = std::fs::read(data.path().join("issuing.pem")).unwrap();
    assert!(issue(data.path(), &elsewhere.path().join("ca.key"), NOW).is_err());
    assert!(issue(data.path(), &data.path().join("issuing.key"), NOW).is_err());
    assert_eq!(std::fs::read(data.path().join("issuing.pem")).unwrap(), before);
    ca.reload().unwrap();
}

#[test]
fn a_request_is_signed_elsewhere_and_installed_once() {
    let (data, safe, ca) = installation();
    let root = || (safe.path().join("ca.pem"), safe.path().join("ca.key"));
    let (first, key) = request(data.path()).unwrap();
    let (again, same) = request(data.path()).unwrap();
    assert_eq!(key, same, "the key waits");
    let signed = |request: &str, now| sign(&root().0, &root().1, request.as_bytes(), now).unwrap();
    assert_eq!(signed(&again, after(1)).1, key);
    let (certificates, _) = signed(&first, after(1));

    let (other, other_safe, _) = installation();
    assert!(install(other.path(), certificates.as_bytes(), after(1)).is_err(), "nothing was requested there");
    let (foreign, _) = request(other.path()).unwrap();
    assert!(install(other.path(), certificates.as_bytes(), after(1)).is_err(), "another request");
    let by_another = (other_safe.path().join("ca.pem"), other_safe.path().join("ca.key"));
    let (by_another, _) = sign(&by_another.0, &by_another.1, first.as_bytes(), after(1)).unwrap();
    assert!(install(data.path(), by_another.as_bytes(), after(1)).is_err(), "another root");
    let (strange, _) = signed(&foreign, after(1));
    assert!(install(other.path(), strange.as_bytes(), after(1)).is_err(), "another root");
    assert!(install(data.path(), certificates.as_bytes(), after(2000)).is_err(), "it has ended");
    assert!(sign(&root().0, &other_safe.path().join("ca.key"), first.as_bytes(), NOW).is_err());
    assert!(sign(&root().0, &root().1, b"no request", NOW).is_err());

    install(data.path(), certificates.as_bytes(), after(1)).unwrap();
    ca.reload().unwrap();
    assert_eq!(ca.authority().signer().expires_at, after(1 + 1095));
    assert!(install(data.path(), certificates.as_bytes(), after(1)).is_err(), "installed already");
}

#[test]
fn a_root_that_would_end_first_gets_a_new_certificate_for_its_key() {
    let (data, safe, ca) = installation();
    let old = ca.authority().root().clone();
    let late = after(3650 - 1000);
    let installed = issue(data.path(), &safe.path().join("ca.key"), late).unwrap();
    assert!(installed.has_new_root);
    assert_eq!(installed.expires_at, Timestamp(late.0 + 1095 * DAY));
    ca.reload().unwrap();
    let authority = ca.authority();
    assert!(authority.root().is_same_authority(&old) && authority.root().der != old.der);
    assert!(authority.signer().is_signed_by(&old), "who trusts the old one trusts all below the new one");
    // codes that were handed out before name the old one
    assert_eq!(authority.root_named(Some(certificate_sha256(&old.der))).der, old.der);
    assert_eq!(authority.root_named(Some([0; 32])).der, authority.root().der);
    assert_eq!(authority.root_named(None).der, authority.root().der);
    // the root signs no devices, whatever certificates it had
    assert_eq!(authority.device_anchors(late), std::slice::from_ref(&authority.signer().der));
}

#[test]
fn an_installation_with_one_ca_gets_over_and_no_device_enrols_anew() {
    let folder = tempfile::tempdir().unwrap();
    let ca = former_installation(folder.path(), NOW);
    let server = ServerCertificate { folder: folder.path().to_owned(), names: Vec::new(), brought: None };
    server.ensure(&ca.authority(), NOW).unwrap();
    let (old_root, old_device) = (ca.authority().root().clone(), device(&ca, NOW));
    assert!(!ca.authority().is_divided());

    let installed = issue(folder.path(), &folder.path().join("ca.key"), after(300)).unwrap();
    assert!(installed.has_new_root);
    std::fs::remove_file(folder.path().join("ca.key")).unwrap();
    ca.reload().unwrap();
    let authority = ca.authority();
    assert!(authority.is_divided());
    assert_eq!((authority.root().ca, authority.signer().ca), (Some(1), Some(0)));
    assert_eq!(authority.root().key_id, Some(vec![7; 20]));
    let new_device = device(&ca, after(300));
    assert!(new_device.is_signed_by(authority.signer()));
    assert!(is_known(&authority, &new_device, after(301)) && is_known(&authority, &old_device, after(301)));

    // the server goes on with a certificate of the root, for those who know the old one only
    assert_eq!(server.ensure(&authority, after(301)).unwrap(), Ensured::Kept);
    let shown = server.read(&authority, after(301)).unwrap();
    assert_eq!(shown.expires_at, after(300 + 397));
    let first = Certificate::from_der(shown.chain[0].clone()).unwrap();
    assert!(first.is_signed_by(&old_root));
    assert_eq!(shown.chain[1..], [authority.root().der.clone(), old_root.der.clone()]);
    // and in the end with one of the issuing CA
    assert!(matches!(server.ensure(&authority, after(300 + 390)).unwrap(), Ensured::Issued(_)));
    let shown = server.read(&authority, after(690)).unwrap();
    assert_eq!(shown.chain[1], authority.signer().der);
}

/// Whatever the order in which files reach the disk before a crash: the server opens, and signs with what it knows.
#[test]
fn an_act_that_broke_off_leaves_what_was_good() {
    let (data, safe, ca) = installation();
    let old_key = std::fs::read(data.path().join("issuing.key")).unwrap();
    issue(data.path(), &safe.path().join("ca.key"), after(1)).unwrap();
    std::fs::write(data.path().join("issuing.key"), old_key).unwrap();
    ca.reload().unwrap();
    assert_eq!(ca.authority().signer().expires_at, after(1095));

    let folder = tempfile::tempdir().unwrap();
    let former = former_installation(folder.path(), NOW);
    issue(folder.path(), &folder.path().join("ca.key"), after(1)).unwrap();
    std::fs::remove_file(folder.path().join("issuing.pem")).unwrap();
    former.reload().unwrap();
    assert!(!former.authority().is_divided());
    issue(folder.path(), &folder.path().join("ca.key"), after(2)).unwrap();
    former.reload().unwrap();
    assert!(former.authority().is_divided());
}
