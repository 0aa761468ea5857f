//! The operator's acts: a new issuing CA, made beside the server, or asked for there and signed on the machine that
//! has the root's key.
//!
//! Nothing that is known gets unknown by it: the issuing CAs before stay in `issuing.pem` until they end, the root's
//! certificates before in `ca.pem`. The files are written so that every state between them is a good one: what is
//! there goes on counting until the last of them is written.

use std::path::Path;

use anyhow::{Context as _, ensure};
use rcgen::{CertificateParams, KeyPair};
use renkei_domain::Timestamp;
use rustls::pki_types::{CertificateSigningRequestDer, pem::PemObject as _};
use zeroize::Zeroizing;

use super::authority::{ISSUING, ISSUING_KEY, ROOT, present_issuing, read_key};
use super::root::Root;
use super::server::{CERTIFICATE, ServerIdentity, issue_server_certificate};
use super::{Certificate, csr};
use crate::files;

/// The key of an issuing CA that was asked for.
const NEXT_KEY: &str = "issuing.key.next";

/// What was installed.
#[derive(Debug)]
pub(crate) struct Installed {
    /// Until when the new issuing CA counts.
    pub(crate) expires_at: Timestamp,
    /// Whether the root has a new certificate, and codes another fingerprint.
    pub(crate) has_new_root: bool,
}

/// Makes a new issuing CA in `folder` with the root's key from `root_key`.
///
/// Where the root itself has signed until now, `server.pem` is made anew by it once more: devices that enrolled under
/// the root's certificate before, and whose TLS takes the limit in it seriously, get to know the new one at their next
/// renewal, within that time.
///
/// # Errors
/// If it is not the root's key.
pub(crate) fn issue(folder: &Path, root_key: &Path, now: Timestamp) -> anyhow::Result<Installed> {
    let mut root = Root::open(Certificate::all_from_file(&folder.join(ROOT))?, root_key)?;
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let issuing = root.issue(&key, now)?;
    if present_issuing(folder)?.is_empty() && folder.join(CERTIFICATE).exists() {
        let ServerIdentity { certificate, .. } = ServerIdentity::read(folder)?;
        let expires_at = root.certificates()[0].expires_at;
        issue_server_certificate(folder, &certificate.names, &root.issuer()?, expires_at, now)?;
    }
    write(folder, root.certificates(), &issuing, &Zeroizing::new(key.serialize_pem()), now)
}

/// Asks for a new issuing CA: a signing request (PEM), and SHA-256 of its key. The key is made once and waits in
/// `folder` until the certificate is installed.
///
/// # Errors
/// If the folder holds no root certificate, or cannot be written.
pub(crate) fn request(folder: &Path) -> anyhow::Result<(String, [u8; 32])> {
    Certificate::all_from_file(&folder.join(ROOT))?;
    let path = folder.join(NEXT_KEY);
    if !path.exists() {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        files::create(&path, Zeroizing::new(key.serialize_pem()).as_bytes()).context(NEXT_KEY)?;
        files::sync(folder)?;
    }
    let request = CertificateParams::default().serialize_request(&read_key(&path)?)?;
    Ok((request.pem()?, csr::requested_key(request.der())?.sha256))
}

/// Signs such a request with the root's key: the certificates to install (PEM), and SHA-256 of the request's key.
///
/// # Errors
/// If the request is none, or if the key is not the root's.
pub(crate) fn sign(
    root_certificate: &Path,
    root_key: &Path,
    request: &[u8],
    now: Timestamp,
) -> anyhow::Result<(String, [u8; 32])> {
    let mut root = Root::open(Certificate::all_from_file(root_certificate)?, root_key)?;
    let request = CertificateSigningRequestDer::from_pem_slice(request).context("not a signing request")?;
    let requested = csr::requested_key(&request)?;
    let issuing = root.issue(&requested.key, now)?;
    let all = std::iter::once(&issuing).chain(root.certificates());
    Ok((all.map(Certificate::pem).collect(), requested.sha256))
}

/// Installs what [`sign`] gave for the request of this folder.
///
/// # Errors
/// If it was made for another request or by another root.
pub(crate) fn install(folder: &Path, certificates: &[u8], now: Timestamp) -> anyhow::Result<Installed> {
    let mut roots = Certificate::all_from_pem(certificates)?;
    let issuing = roots.remove(0);
    let key = read_key(&folder.join(NEXT_KEY)).context("nothing was requested here")?;
    ensure!(issuing.public_key == key.public_key_raw(), "it was made for another request");
    let present = Certificate::all_from_file(&folder.join(ROOT))?;
    ensure!(
        !roots.is_empty()
            && roots.iter().all(|root| root.ca >= Some(0) && root.is_same_authority(&present[0])),
        "it was made by another root than ca.pem"
    );
    let is_good = issuing.ca.is_some() && issuing.is_valid_at(now) && issuing.is_signed_by(&roots[0]);
    ensure!(is_good, "it is no certificate of an issuing CA that counts now");
    let installed = write(folder, &roots, &issuing, &Zeroizing::new(key.serialize_pem()), now)?;
    std::fs::remove_file(folder.join(NEXT_KEY)).context(NEXT_KEY)?;
    Ok(installed)
}

/// Puts a new issuing CA before those that are there, and likewise the root's certificates that are new.
fn write(
    folder: &Path,
    roots: &[Certificate],
    issuing: &Certificate,
    key_pem: &str,
    now: Timestamp,
) -> anyhow::Result<Installed> {
    let present = Certificate::all_from_file(&folder.join(ROOT))?;
    let new_roots: Vec<_> =
        roots.iter().filter(|root| present.iter().all(|known| known.der != root.der)).collect();
    if !new_roots.is_empty() {
        let all: String = new_roots.iter().copied().chain(&present).map(Certificate::pem).collect();
        files::replace(&folder.join(ROOT), all.as_bytes()).context(ROOT)?;
    }
    let present = present_issuing(folder)?;
    let former = present.iter().filter(|former| former.is_valid_at(now) && former.der != issuing.der);
    let all: String = std::iter::once(issuing).chain(former).map(Certificate::pem).collect();
    let certificates = || files::replace(&folder.join(ISSUING), all.as_bytes()).context(ISSUING);
    let key = || files::replace(&folder.join(ISSUING_KEY), key_pem.as_bytes()).context(ISSUING_KEY);
    if present.is_empty() {
        // the root signs until there are certificates
        key()?;
        certificates()?;
    } else {
        // the former one signs until there is another key
        certificates()?;
        key()?;
    }
    Ok(Installed { expires_at: issuing.expires_at, has_new_root: !new_roots.is_empty() })
}

#[cfg(test)]
#[path = "renew_tests.rs"]
pub(super) mod tests;
