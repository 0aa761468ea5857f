//! The certificate that the server shows: made anew in time, and whenever its names change.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use rcgen::{Issuer, KeyPair, SigningKey};
use renkei_domain::Timestamp;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
use zeroize::Zeroizing;

use super::{Authority, Certificate, issue};
use crate::files;

/// Below this rest of life a new certificate is issued.
const RENEWAL: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The certificate that is shown.
pub(super) const CERTIFICATE: &str = "server.pem";
/// Its key.
pub(super) const KEY: &str = "server.key";
/// Names for a server that was given none.
const USUAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// What [`ensure_server_certificate`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ensured {
    /// The certificate is good for a while.
    Kept,
    /// A new one was issued, because …
    Issued(&'static str),
}

/// Sees to it that `server.pem` and `server.key` in `folder` are there, belong together, are signed by a CA of
/// `authority`, carry `names` and last another 30 days. Without `names` it keeps those that it has.
///
/// # Errors
/// If a certificate of another CA stands there: it is somebody's, and not to be overwritten.
pub(crate) fn ensure_server_certificate(
    folder: &Path,
    authority: &Authority,
    names: &[String],
    now: Timestamp,
) -> anyhow::Result<Ensured> {
    let path = folder.join(CERTIFICATE);
    let present = path.exists().then(|| Certificate::from_file(&path)).transpose()?;
    if let Some(present) = &present
        && authority.chain_above(present).is_none()
    {
        bail!(
            "server.pem was not issued by this region; remove server.pem and server.key to have them made anew, or \
             name it as tls.certificate if it is to be shown"
        );
    }
    let names = wanted_names(names, present.as_ref());
    let Some(reason) = reason_to_issue(folder, present.as_ref(), &names, now) else {
        return Ok(Ensured::Kept);
    };
    issue_server_certificate(folder, &names, authority.issuer(), authority.signer().expires_at, now)?;
    Ok(Ensured::Issued(reason))
}

/// Writes a new `server.pem` and `server.key` for `names`, signed by `issuer`, whose own certificate lasts until
/// `issuer_expires_at`.
pub(super) fn issue_server_certificate(
    folder: &Path,
    names: &[String],
    issuer: &Issuer<'_, impl SigningKey>,
    issuer_expires_at: Timestamp,
    now: Timestamp,
) -> anyhow::Result<()> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let expires_at = now.after(issue::SERVER_LIFE).min(issuer_expires_at);
    let certificate = issue::server(names, &key, issuer, expires_at, now)?;
    // A crash between the two leaves a pair that does not match, and that is a reason to issue.
    let key_pem = Zeroizing::new(key.serialize_pem());
    files::replace(&folder.join(KEY), key_pem.as_bytes()).context(KEY)?;
    files::replace(&folder.join(CERTIFICATE), certificate.pem().as_bytes()).context(CERTIFICATE)
}

fn wanted_names(names: &[String], present: Option<&Certificate>) -> Vec<String> {
    match present {
        _ if !names.is_empty() => names.to_vec(),
        Some(present) => present.names.clone(),
        None => USUAL_NAMES.map(str::to_owned).to_vec(),
    }
}

fn reason_to_issue(
    folder: &Path,
    present: Option<&Certificate>,
    names: &[String],
    now: Timestamp,
) -> Option<&'static str> {
    let Some(present) = present else { return Some("there was none") };
    if ServerIdentity::read(folder).is_err() {
        return Some("its key was missing or another's");
    }
    if comparable(&present.names) != comparable(names) {
        return Some("the host names changed");
    }
    (!present.is_valid_at(now.after(RENEWAL)) || !present.is_valid_at(now))
        .then_some("it had less than 30 days left")
}

/// Names as they compare: case and spelling of an address do not matter.
fn comparable(names: &[String]) -> BTreeSet<String> {
    let same = |name: &String| match name.parse::<std::net::IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => name.to_ascii_lowercase(),
    };
    names.iter().map(same).collect()
}

/// The server's certificate with its key, as read for TLS.
pub(crate) struct ServerIdentity {
    /// What clients are shown.
    pub(crate) certificate: Certificate,
    /// Its key.
    pub(crate) key: PrivateKeyDer<'static>,
}

impl ServerIdentity {
    /// Reads `server.pem` and `server.key` from `folder`.
    ///
    /// # Errors
    /// If they cannot be read or do not belong together.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let certificate = Certificate::from_file(&folder.join(CERTIFICATE))?;
        let key_pem = Zeroizing::new(std::fs::read(folder.join(KEY)).context(KEY)?);
        let key = PrivateKeyDer::from_pem_slice(&key_pem).context("server.key")?;
        let pair = KeyPair::try_from(&key).context("server.key")?;
        ensure!(pair.public_key_raw() == certificate.public_key, "server.key is not the key of server.pem");
        Ok(Self { certificate, key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certs::DeviceCa;

    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
    const DAY: i64 = 86_400 * 1_000_000;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn it_is_issued_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let ca = DeviceCa::create(folder.path(), "Tsurumi", NOW).unwrap();
        let first = ensure_server_certificate(folder.path(), &ca.authority(), &[], NOW).unwrap();
        assert_eq!(first, Ensured::Issued("there was none"));
        let identity = ServerIdentity::read(folder.path()).unwrap();
        assert_eq!(identity.certificate.names, USUAL_NAMES);
        assert_eq!(identity.certificate.expires_at, Timestamp(NOW.0 + 397 * DAY));
        assert!(identity.certificate.is_signed_by(ca.authority().signer()));
        assert!(files::mode(&folder.path().join("server.key")).unwrap().1);
        let later = Timestamp(NOW.0 + 366 * DAY);
        assert_eq!(
            ensure_server_certificate(folder.path(), &ca.authority(), &[], later).unwrap(),
            Ensured::Kept
        );
    }

    #[test]
    fn it_is_issued_anew_in_time_with_the_names_it_had() {
        let folder = tempfile::tempdir().unwrap();
        let ca = DeviceCa::create(folder.path(), "Tsurumi", NOW).unwrap();
        let own = names(&["renkei.example", "2001:db8::1"]);
        ensure_server_certificate(folder.path(), &ca.authority(), &own, NOW).unwrap();
        let late = Timestamp(NOW.0 + 368 * DAY);
        let ensured = ensure_server_certificate(folder.path(), &ca.authority(), &[], late).unwrap();
        assert!(matches!(ensured, Ensured::Issued(_)));
        let renewed = ServerIdentity::read(folder.path()).unwrap().certificate;
        assert_eq!((renewed.names, renewed.expires_at), (own, Timestamp(late.0 + 397 * DAY)));
    }

    #[test]
    fn other_names_need_another_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let ca = DeviceCa::create(folder.path(), "Tsurumi", NOW).unwrap();
        ensure_server_certificate(folder.path(), &ca.authority(), &names(&["a.example", "::1"]), NOW)
            .unwrap();
        let same = names(&["0:0:0:0:0:0:0:1", "A.example"]);
        assert_eq!(
            ensure_server_certificate(folder.path(), &ca.authority(), &same, NOW).unwrap(),
            Ensured::Kept
        );
        let other = names(&["b.example"]);
        assert_eq!(
            ensure_server_certificate(folder.path(), &ca.authority(), &other, NOW).unwrap(),
            Ensured::Issued("the host names changed")
        );
    }

    #[test]
    fn a_pair_that_does_not_match_is_mended_and_a_foreign_certificate_is_left_alone() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let ca = DeviceCa::create(one.path(), "Tsurumi", NOW).unwrap();
        let foreign = DeviceCa::create(two.path(), "Elsewhere", NOW).unwrap();
        ensure_server_certificate(one.path(), &ca.authority(), &[], NOW).unwrap();
        ensure_server_certificate(two.path(), &foreign.authority(), &[], NOW).unwrap();
        std::fs::copy(two.path().join("server.key"), one.path().join("server.key")).unwrap();
        assert_eq!(
            ensure_server_certificate(one.path(), &ca.authority(), &[], NOW).unwrap(),
            Ensured::Issued("its key was missing or another's")
        );
        std::fs::copy(two.path().join("server.pem"), one.path().join("server.pem")).unwrap();
        assert!(ensure_server_certificate(one.path(), &ca.authority(), &[], NOW).is_err());
    }
}
