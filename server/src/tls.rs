//! TLS as Renkei wants it: version 1.3 only, post-quantum hybrid key exchange first, HTTP/2 only, and a
//! client certificate that may be missing but is never taken unchecked.
//!
//! A certificate that is shown must be signed by the region's CA, for a client, and in date; whose device
//! it is and whether it is still welcome is asked per call, by `authn`. Sessions are not resumed: every
//! connection shows its certificate anew.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context as _;
use renkei_domain::Timestamp;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig, version::TLS13};

use crate::certs::ServerIdentity;

/// HTTP/2, as ALPN names it.
pub(crate) const ALPN: &[u8] = b"h2";

/// The server's side of TLS, with a certificate that can change while it runs.
#[derive(Clone)]
pub(crate) struct Tls {
    config: Arc<ServerConfig>,
    shown: Arc<Shown>,
}

impl Tls {
    /// Reads the server's certificate from `folder`; `ca` is the only one that devices' certificates may
    /// be signed by.
    ///
    /// # Errors
    /// If certificate or key cannot be used.
    pub(crate) fn new(folder: &Path, ca: CertificateDer<'static>) -> anyhow::Result<Self> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone()).context("ca.pem")?;
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
            .allow_unauthenticated()
            .build()?;
        let shown = Arc::new(Shown::read(folder, ca, provider.clone())?);
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(shown.clone());
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self { config: Arc::new(config), shown })
    }

    /// For the next connection.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }

    /// Reads the server's certificate again; connections that are open keep the old one.
    ///
    /// # Errors
    /// If certificate or key cannot be used: the old one stays.
    pub(crate) fn reload(&self) -> anyhow::Result<Timestamp> {
        self.shown.reload()
    }
}

/// The certificate that clients are shown.
#[derive(Debug)]
struct Shown {
    folder: PathBuf,
    ca: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Shown {
    fn read(
        folder: &Path,
        ca: CertificateDer<'static>,
        provider: Arc<CryptoProvider>,
    ) -> anyhow::Result<Self> {
        let (current, _) = certified_key(folder, &ca, &provider)?;
        Ok(Self { folder: folder.to_owned(), ca, provider, current: RwLock::new(Arc::new(current)) })
    }

    fn reload(&self) -> anyhow::Result<Timestamp> {
        let (key, expires_at) = certified_key(&self.folder, &self.ca, &self.provider)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
        Ok(expires_at)
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn certified_key(
    folder: &Path,
    ca: &CertificateDer<'static>,
    provider: &CryptoProvider,
) -> anyhow::Result<(CertifiedKey, Timestamp)> {
    let identity = ServerIdentity::read(folder)?;
    let chain = identity.chain(ca);
    let key = provider.key_provider.load_private_key(identity.key).context("server.key")?;
    Ok((CertifiedKey::new(chain, key), identity.certificate.expires_at))
}
