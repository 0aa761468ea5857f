//! A server certificate that the operator brought: of the association's CA, of the company's, or a public one.
//!
//! It is for everybody else. Devices go on trusting the region's root and nothing more: whoever could get a
//! certificate for the host's name from any of many CAs could otherwise stand between. So the issuing CA vouches for
//! the key of the certificate that was brought, with a certificate of its own, which TLS sends behind the chain;
//! a device takes the server for ours if it proves that it has that key. It is made anew whenever the files are read,
//! and nothing of it is stored. `docs/adr/031-certificates.md` says more.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use rcgen::SubjectPublicKeyInfo;
use renkei_domain::Timestamp;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::{Authority, Certificate, Shown, issue};
use crate::files;

/// Where it lies.
#[derive(Clone, Debug)]
pub(crate) struct BroughtFiles {
    /// The chain in PEM, the server's own certificate first.
    pub(crate) certificate: PathBuf,
    /// The key in PEM.
    pub(crate) key: PathBuf,
}

impl BroughtFiles {
    /// Reads and checks it for a server that clients reach under `names`.
    ///
    /// # Errors
    /// If it cannot be read, is not for servers, does not count at `now`, is for none of `names`, or if the key is
    /// another's or readable by others.
    pub(super) fn read(
        &self,
        names: &[String],
        authority: &Authority,
        now: Timestamp,
    ) -> anyhow::Result<Shown> {
        let chain = Certificate::all_from_file(&self.certificate)?;
        let uncovered = check(&chain, names, now).with_context(|| self.certificate.display().to_string())?;
        let key = read_key(&self.key)?;
        let vouching = vouch(&chain[0], names, authority, now)?;
        let expires_at = chain[0].expires_at;
        let names = chain[0].names.clone();
        let above = authority.chain_above(&vouching).context("the issuing CA did not sign")?;
        let chain: Vec<_> = chain.into_iter().chain([vouching]).map(|one| one.der).chain(above).collect();
        CertifiedKey::from_der(chain.clone(), key.clone_key(), &aws_lc_rs::default_provider())
            .with_context(|| format!("{} with {}", self.key.display(), self.certificate.display()))?;
        Ok(Shown { chain, key, expires_at, names, uncovered })
    }
}

/// Those of `names` that the first certificate of `chain` is not for.
fn check(chain: &[Certificate], names: &[String], now: Timestamp) -> anyhow::Result<Vec<String>> {
    let own = &chain[0];
    ensure!(own.ca.is_none(), "the first certificate is a CA's; the server's own must come first");
    ensure!(own.is_for_servers, "the first certificate is not for TLS servers");
    let is_chain = chain.windows(2).all(|pair| pair[0].issuer == pair[1].subject);
    ensure!(is_chain, "behind each certificate must stand that of the CA which signed it");
    if now < own.begins_at {
        bail!("it counts only from {}", own.begins_at);
    }
    ensure!(now < own.expires_at, "it ended {}", own.expires_at);
    ensure!(!own.names.is_empty(), "it names no host");
    let is_covered = |name: &&String| own.names.iter().any(|pattern| covers(pattern, name));
    let (covered, uncovered): (Vec<_>, Vec<_>) = names.iter().partition(is_covered);
    let is_ours = names.is_empty() || !covered.is_empty();
    ensure!(is_ours, "it is for {}, and for none of host_names", own.names.join(", "));
    Ok(uncovered.into_iter().cloned().collect())
}

/// Whether a certificate for `pattern` is one for `name`; `*` stands for one label (RFC 6125, 6.4.3).
fn covers(pattern: &str, name: &str) -> bool {
    if let (Ok(one), Ok(other)) = (pattern.parse::<IpAddr>(), name.parse::<IpAddr>()) {
        return one == other;
    }
    let rest = |name: &str| name.split_once('.').map(|(_, rest)| rest.to_ascii_lowercase());
    match pattern.strip_prefix("*.") {
        Some(domain) => rest(name) == Some(domain.to_ascii_lowercase()),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

fn read_key(path: &Path) -> anyhow::Result<PrivateKeyDer<'static>> {
    let shown = path.display();
    let (mode, private) = files::mode(path).with_context(|| shown.to_string())?;
    ensure!(private, "{shown} has mode {mode:04o}: others may read the key; chmod 600 it");
    let pem = Zeroizing::new(std::fs::read(path).with_context(|| shown.to_string())?);
    PrivateKeyDer::from_pem_slice(&pem).with_context(|| shown.to_string())
}

/// The issuing CA's certificate for the same key: for the same hosts, and for those of `names` that a CA elsewhere does
/// not sign, such as addresses.
fn vouch(
    own: &Certificate,
    names: &[String],
    authority: &Authority,
    now: Timestamp,
) -> anyhow::Result<Certificate> {
    let mut all = own.names.clone();
    all.extend(names.iter().filter(|name| !own.names.contains(name)).cloned());
    let key = SubjectPublicKeyInfo::from_der(&own.public_key_info)?;
    let expires_at = own.expires_at.min(authority.signer().expires_at);
    let vouching = issue::server(&all, &key, authority.issuer(), expires_at, now)?;
    let vouching = Certificate::from_der(vouching.into())?;
    ensure!(vouching.public_key_info == own.public_key_info, "a kind of key that cannot be vouched for");
    Ok(vouching)
}

#[cfg(test)]
#[path = "brought_tests.rs"]
mod tests;
