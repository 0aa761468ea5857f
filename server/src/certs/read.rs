//! Reading certificates and keys back from their files.

use std::path::Path;

use anyhow::{Context as _, ensure};
use renkei_domain::Timestamp;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

/// What the server needs to know of a certificate.
#[derive(Debug)]
pub(crate) struct Certificate {
    /// Its bytes.
    pub(crate) der: CertificateDer<'static>,
    /// From when it counts.
    pub(crate) begins_at: Timestamp,
    /// Until when.
    pub(crate) expires_at: Timestamp,
    /// DNS names and addresses that it is for.
    pub(crate) names: Vec<String>,
    /// The public key's bits.
    pub(super) public_key: Vec<u8>,
}

impl Certificate {
    /// The first certificate of a PEM file.
    pub(crate) fn from_file(path: &Path) -> anyhow::Result<Self> {
        let der = CertificateDer::from_pem_file(path).with_context(|| format!("{}", path.display()))?;
        Self::from_der(der).with_context(|| format!("{}", path.display()))
    }

    pub(super) fn from_der(der: CertificateDer<'static>) -> anyhow::Result<Self> {
        let (rest, certificate) = X509Certificate::from_der(&der).context("not a certificate")?;
        ensure!(rest.is_empty(), "bytes after the certificate");
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.map(|names| names.value.general_names.iter().filter_map(name).collect());
        Ok(Self {
            begins_at: Timestamp(certificate.validity().not_before.timestamp() * 1_000_000),
            expires_at: Timestamp(certificate.validity().not_after.timestamp() * 1_000_000),
            names: names.unwrap_or_default(),
            public_key: certificate.public_key().subject_public_key.data.to_vec(),
            der,
        })
    }

    /// Whether `issuer`'s key signed it.
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> bool {
        let certificate = X509Certificate::from_der(&self.der);
        let issuer = X509Certificate::from_der(&issuer.der);
        match (&certificate, &issuer) {
            (Ok((_, certificate)), Ok((_, issuer))) => {
                certificate.verify_signature(Some(issuer.public_key())).is_ok()
            }
            _ => false,
        }
    }

    /// Whether it counts at `now`.
    pub(crate) fn is_valid_at(&self, now: Timestamp) -> bool {
        self.begins_at <= now && now < self.expires_at
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|octets| std::net::Ipv4Addr::from(octets).to_string()),
            16 => {
                <[u8; 16]>::try_from(*bytes).ok().map(|octets| std::net::Ipv6Addr::from(octets).to_string())
            }
            _ => None,
        },
        _ => None,
    }
}
