//! Which certificate the server shows, and what it shows with it.

use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::Context as _;
use renkei_domain::Timestamp;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::authority::{ISSUING, ISSUING_KEY, ROOT};
use super::server::{CERTIFICATE, KEY, ensure_server_certificate};
use super::{Authority, BroughtFiles, Certificate, Ensured, ServerIdentity};

/// Where the server's certificate comes from.
#[derive(Clone, Debug)]
pub(crate) struct ServerCertificate {
    /// The data folder.
    pub(crate) folder: PathBuf,
    /// Names and addresses under which clients reach the server; none: those that the certificate has.
    pub(crate) names: Vec<String>,
    /// The one that the operator brought, which is shown instead of our own.
    pub(crate) brought: Option<BroughtFiles>,
}

/// What TLS shows.
pub(crate) struct Shown {
    /// The server's certificate first.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// The key of the first.
    pub(crate) key: PrivateKeyDer<'static>,
    /// When the first ends.
    pub(crate) expires_at: Timestamp,
    /// The names that it is for.
    pub(crate) names: Vec<String>,
    /// Names of the server that it is not for: only devices reach the server by them.
    pub(crate) uncovered: Vec<String>,
}

/// When the files were changed last.
pub(crate) type Stamp = Vec<Option<SystemTime>>;

impl ServerCertificate {
    /// Sees to it that there is one: the region's own is made anew in time. One that was brought is only ever read.
    ///
    /// # Errors
    /// If a certificate of another CA stands in its place.
    pub(crate) fn ensure(&self, authority: &Authority, now: Timestamp) -> anyhow::Result<Ensured> {
        if self.brought.is_some() {
            return Ok(Ensured::Kept);
        }
        ensure_server_certificate(&self.folder, authority, &self.names, now)
    }

    /// Reads it, to be shown at `now`.
    ///
    /// # Errors
    /// If it cannot be shown.
    pub(crate) fn read(&self, authority: &Authority, now: Timestamp) -> anyhow::Result<Shown> {
        if let Some(brought) = &self.brought {
            return brought.read(&self.names, authority, now);
        }
        let ServerIdentity { certificate, key } = ServerIdentity::read(&self.folder)?;
        let above =
            authority.chain_above(&certificate).context("server.pem was not issued by this region")?;
        let Certificate { der, expires_at, names, .. } = certificate;
        let chain = std::iter::once(der).chain(above).collect();
        Ok(Shown { chain, key, expires_at, names, uncovered: Vec::new() })
    }

    /// Changes whenever one of the files does.
    pub(crate) fn stamp(&self) -> Stamp {
        let own = [ROOT, ISSUING, ISSUING_KEY, CERTIFICATE, KEY].map(|name| self.folder.join(name));
        let brought = self.brought.iter().flat_map(|files| [&files.certificate, &files.key]);
        own.iter()
            .chain(brought)
            .map(|path| std::fs::metadata(path).and_then(|file| file.modified()).ok())
            .collect()
    }
}
