//! Reading certificates and keys back from their files.

use std::path::Path;

use anyhow::{Context as _, ensure};
use data_encoding::BASE64;
use renkei_domain::Timestamp;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer as _;

/// What the server needs to know of a certificate.
#[derive(Clone, Debug)]
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
    /// The whole public key (`SubjectPublicKeyInfo`, DER).
    pub(super) public_key_info: Vec<u8>,
    /// By which certificates below name the key.
    pub(super) key_id: Option<Vec<u8>>,
    /// The subject's name, DER.
    pub(super) subject: Vec<u8>,
    /// The name of who signed it, DER.
    pub(super) issuer: Vec<u8>,
    /// The organisation in the subject: the region, in the certificates of CAs.
    pub(super) organization: Option<String>,
    /// Whether it is a CA's, and how many CAs may stand below.
    pub(super) ca: Option<u32>,
    /// Whether TLS servers may show it.
    pub(super) is_for_servers: bool,
}

impl Certificate {
    /// The first certificate of a PEM file.
    pub(crate) fn from_file(path: &Path) -> anyhow::Result<Self> {
        let der = CertificateDer::from_pem_file(path).with_context(|| format!("{}", path.display()))?;
        Self::from_der(der).with_context(|| format!("{}", path.display()))
    }

    /// All certificates of a PEM file, in its order.
    ///
    /// # Errors
    /// If one cannot be read, or if there is none.
    pub(crate) fn all_from_file(path: &Path) -> anyhow::Result<Vec<Self>> {
        let pem = std::fs::read(path).with_context(|| format!("{}", path.display()))?;
        Self::all_from_pem(&pem).with_context(|| format!("{}", path.display()))
    }

    pub(super) fn all_from_pem(pem: &[u8]) -> anyhow::Result<Vec<Self>> {
        let all = CertificateDer::pem_slice_iter(pem).map(|der| Self::from_der(der?));
        let all = all.collect::<anyhow::Result<Vec<_>>>()?;
        ensure!(!all.is_empty(), "no certificate");
        Ok(all)
    }

    pub(super) fn from_der(der: CertificateDer<'static>) -> anyhow::Result<Self> {
        let (rest, certificate) = X509Certificate::from_der(&der).context("not a certificate")?;
        ensure!(rest.is_empty(), "bytes after the certificate");
        let names = certificate.subject_alternative_name().ok().flatten();
        let constraints = certificate.basic_constraints().ok().flatten();
        let constraints = constraints.filter(|constraints| constraints.value.ca);
        let key_id = certificate.iter_extensions().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
            _ => None,
        });
        let usage = certificate.extended_key_usage().ok().flatten();
        let organization = certificate.subject().iter_organization().next();
        let names = names.map(|names| names.value.general_names.iter().filter_map(name).collect());
        Ok(Self {
            begins_at: Timestamp(certificate.validity().not_before.timestamp() * 1_000_000),
            expires_at: Timestamp(certificate.validity().not_after.timestamp() * 1_000_000),
            names: names.unwrap_or_default(),
            public_key: certificate.public_key().subject_public_key.data.to_vec(),
            public_key_info: certificate.public_key().raw.to_vec(),
            key_id,
            subject: certificate.subject().as_raw().to_vec(),
            issuer: certificate.issuer().as_raw().to_vec(),
            organization: organization.and_then(|name| name.as_str().ok()).map(str::to_owned),
            ca: constraints.map(|ca| ca.value.path_len_constraint.unwrap_or(u32::MAX)),
            is_for_servers: usage.is_none_or(|usage| usage.value.server_auth || usage.value.any),
            der,
        })
    }

    /// As it stands in a file.
    pub(super) fn pem(&self) -> String {
        let text = BASE64.encode(&self.der);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// Whether it has the same key and name as `other`: to whoever trusts one, the other is no news.
    pub(super) fn is_same_authority(&self, other: &Self) -> bool {
        self.public_key_info == other.public_key_info && self.subject == other.subject
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
