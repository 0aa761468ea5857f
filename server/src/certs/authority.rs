//! The region's CAs as their files hold them at one moment.
//!
//! `ca.pem` has the root's certificate first, and behind it those that it had before, with the same key and name.
//! `issuing.pem` has the issuing CAs that the root signed, the newest first; the server signs with the one whose key
//! is `issuing.key`, and knows devices by all of them. An installation from before there were issuing CAs has no
//! `issuing.pem`: there the root itself signs, with `ca.key`.

use std::path::Path;

use anyhow::{Context as _, ensure};
use rcgen::{Issuer, KeyPair};
use renkei_domain::Timestamp;
use rustls::pki_types::CertificateDer;
use zeroize::Zeroizing;

use super::{Certificate, certificate_sha256};

/// The root's certificates.
pub(super) const ROOT: &str = "ca.pem";
/// The root's key, which is not needed to serve.
pub(crate) const ROOT_KEY: &str = "ca.key";
/// The issuing CAs' certificates.
pub(super) const ISSUING: &str = "issuing.pem";
/// The key of one of them.
pub(super) const ISSUING_KEY: &str = "issuing.key";

/// What the server knows of the region's CAs, and the key that it signs with.
pub(crate) struct Authority {
    /// The present one first.
    roots: Vec<Certificate>,
    /// None where the root itself signs.
    issuing: Vec<Certificate>,
    signer: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Reads them from `folder`.
    ///
    /// # Errors
    /// If a file is missing or does not belong to the others.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let roots = Certificate::all_from_file(&folder.join(ROOT))?;
        let root = &roots[0];
        let are_one = roots.iter().all(|other| other.ca.is_some() && other.is_same_authority(root));
        ensure!(are_one, "ca.pem holds more than the certificates of one CA");
        let issuing = present_issuing(folder)?;
        for certificate in &issuing {
            let is_ours = certificate.ca.is_some() && certificate.is_signed_by(root);
            ensure!(is_ours, "issuing.pem holds a certificate that is no CA's or was not signed by ca.pem");
        }
        let (key, signer) = if issuing.is_empty() {
            let key = read_key(&folder.join(ROOT_KEY))?;
            ensure!(key.public_key_raw() == root.public_key, "ca.key is not the key of ca.pem");
            (key, root.clone())
        } else {
            let key = read_key(&folder.join(ISSUING_KEY))?;
            let signer = issuing.iter().find(|certificate| certificate.public_key == key.public_key_raw());
            let signer = signer.context("issuing.key is the key of no certificate in issuing.pem")?;
            (key, signer.clone())
        };
        let issuer = Issuer::from_ca_cert_der(&signer.der, key)?;
        Ok(Self { roots, issuing, signer, issuer })
    }

    /// The root's certificate.
    pub(crate) fn root(&self) -> &Certificate {
        &self.roots[0]
    }

    /// The issuing CAs, also those that sign no longer; none where the root itself signs.
    pub(crate) fn issuing(&self) -> &[Certificate] {
        &self.issuing
    }

    /// The certificate of the CA that signs.
    pub(crate) fn signer(&self) -> &Certificate {
        &self.signer
    }

    pub(super) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    /// Whether the root signs issuing CAs only.
    pub(crate) fn is_divided(&self) -> bool {
        !self.issuing.is_empty()
    }

    /// The CAs that devices' certificates may be signed by, at `now`. The root is among them only if it signed devices
    /// itself once: then it has or had a certificate that lets no CA stand below it.
    pub(crate) fn device_anchors(&self, now: Timestamp) -> Vec<CertificateDer<'static>> {
        let root_signed = self.roots.iter().filter(|root| root.ca == Some(0)).take(1);
        let issuing = self.issuing.iter().filter(|certificate| certificate.is_valid_at(now));
        issuing.chain(root_signed).map(|ca| ca.der.clone()).collect()
    }

    /// What TLS shows behind `certificate`, up to every certificate of the root, since enrolment codes may name one
    /// that it had before. [`None`] if it is not the region's.
    pub(crate) fn chain_above(&self, certificate: &Certificate) -> Option<Vec<CertificateDer<'static>>> {
        let issuing = self.issuing.iter().find(|issuing| certificate.is_signed_by(issuing));
        if issuing.is_none() && !certificate.is_signed_by(self.root()) {
            return None;
        }
        Some(issuing.into_iter().chain(&self.roots).map(|ca| ca.der.clone()).collect())
    }

    /// The root's certificate whose SHA-256 an enrolment code names, or else the present one.
    pub(crate) fn root_named(&self, sha256: Option<[u8; 32]>) -> &Certificate {
        let named = self.roots.iter().find(|root| Some(certificate_sha256(&root.der)) == sha256);
        named.unwrap_or(self.root())
    }
}

/// The issuing CAs in `folder`; none if it has no such file.
pub(super) fn present_issuing(folder: &Path) -> anyhow::Result<Vec<Certificate>> {
    let path = folder.join(ISSUING);
    if path.exists() { Certificate::all_from_file(&path) } else { Ok(Vec::new()) }
}

/// A key in PEM.
pub(super) fn read_key(path: &Path) -> anyhow::Result<KeyPair> {
    let shown = || format!("{}", path.display());
    let pem = Zeroizing::new(std::fs::read_to_string(path).with_context(shown)?);
    KeyPair::from_pem(&pem).with_context(shown)
}
