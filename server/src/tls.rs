//! TLS as Renkei wants it: version 1.3 only, post-quantum hybrid key exchange first, HTTP/2 only, and a
//! client certificate that may be missing but is never taken unchecked.
//!
//! A certificate that is shown must be signed by a CA of the region, for a client, and in date; whose device
//! it is and whether it is still welcome is asked per call, by `authn`. Sessions are not resumed: every
//! connection shows its certificate anew.

use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context as _;
use renkei_domain::Timestamp;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{
    DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme, version::TLS13,
};

use crate::certs::{Authority, Shown};

/// HTTP/2, as ALPN names it.
pub(crate) const ALPN: &[u8] = b"h2";

/// The server's side of TLS, with certificates that can change while it runs.
#[derive(Clone)]
pub(crate) struct Tls {
    current: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Tls {
    /// Shows `shown`, and lets in devices of `authority` as it is at `now`.
    ///
    /// # Errors
    /// If a certificate or key cannot be used.
    pub(crate) fn new(authority: &Authority, shown: Shown, now: Timestamp) -> anyhow::Result<Self> {
        let config = Arc::new(config(authority, shown, now)?);
        Ok(Self { current: Arc::new(RwLock::new(config)) })
    }

    /// For the next connection.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows and lets in others from the next connection on; those that are open keep what they have.
    ///
    /// # Errors
    /// As [`Tls::new`]; then all stays as it was.
    pub(crate) fn change(&self, authority: &Authority, shown: Shown, now: Timestamp) -> anyhow::Result<()> {
        let config = Arc::new(config(authority, shown, now)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }
}

fn config(authority: &Authority, shown: Shown, now: Timestamp) -> anyhow::Result<ServerConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(Arc::new(Devices::new(authority, provider, now)?))
        .with_single_cert(shown.chain, shown.key)
        .context("the server's certificate and key")?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// Devices show one certificate, which one of the CAs that the server knows must have signed. CAs that they show
/// beside it count for nothing: one that was taken out of `issuing.pem` does not come back that way.
#[derive(Debug)]
struct Devices(Arc<dyn ClientCertVerifier>);

impl Devices {
    fn new(authority: &Authority, provider: Arc<CryptoProvider>, now: Timestamp) -> anyhow::Result<Self> {
        let mut anchors = RootCertStore::empty();
        for anchor in authority.device_anchors(now) {
            anchors.add(anchor).context("a CA's certificate")?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(anchors.into(), provider)
            .allow_unauthenticated()
            .build()
            .context("every issuing CA has ended: make a new one with `renkei-server ca issue`")?;
        Ok(Self(verifier))
    }
}

impl ClientCertVerifier for Devices {
    fn offer_client_auth(&self) -> bool {
        self.0.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.0.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.0.verify_client_cert(end_entity, &[], now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
