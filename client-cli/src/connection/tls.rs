//! TLS as Renkei speaks it: 1.3 only, aws-lc-rs, HTTP/2, nothing of the system's trust store.
//!
//! An enrolled device trusts one certificate authority, the one it received, and shows its certificate.
//! A device that is being enrolled trusts exactly the chain whose authority hashes to the fingerprint
//! in its enrolment code, so that nobody between can pretend to be the server.

use std::sync::Arc;

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
    server::ParsedCertificate,
    version::TLS13,
};
use sha2::{Digest as _, Sha256};

use crate::{
    error::{Error, Exit, Result},
    profile::Credentials,
    text::msg,
};

/// SHA-256 of a certificate authority's certificate in DER.
pub(crate) type Fingerprint = [u8; 32];

/// For an enrolled device. Fails if key and certificate do not belong together.
pub(crate) fn enrolled(credentials: &Credentials) -> Result<ClientConfig> {
    let ca = CertificateDer::from_pem_slice(credentials.ca.as_bytes()).map_err(unusable)?;
    let certificate = CertificateDer::from_pem_slice(credentials.certificate.as_bytes()).map_err(unusable)?;
    let key = PrivateKeyDer::from_pem_slice(credentials.key.as_bytes()).map_err(unusable)?;
    let mut roots = RootCertStore::empty();
    roots.add(ca).map_err(unusable)?;
    let config = builder()?.with_root_certificates(roots).with_client_auth_cert(vec![certificate], key);
    Ok(http2(config.map_err(unusable)?))
}

/// For a device that is being enrolled: no client certificate yet.
pub(crate) fn enrolling(fingerprint: Fingerprint) -> Result<ClientConfig> {
    let verifier = FingerprintVerifier { fingerprint, provider: provider() };
    let config =
        builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
    Ok(http2(config))
}

pub(crate) fn fingerprint(ca: &[u8]) -> Fingerprint {
    Sha256::digest(ca).into()
}

/// Whether a certificate (DER) is the trusted authority's (PEM): it has the same key.
pub(crate) fn is_same_authority(trusted: &str, certificate: &[u8]) -> Result<bool> {
    let trusted = CertificateDer::from_pem_slice(trusted.as_bytes()).map_err(unusable)?;
    let trusted = ParsedCertificate::try_from(&trusted).map_err(unusable)?.subject_public_key_info();
    let certificate = CertificateDer::from(certificate);
    let other = ParsedCertificate::try_from(&certificate);
    Ok(other.is_ok_and(|other| other.subject_public_key_info() == trusted))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>> {
    ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13]).map_err(unusable)
}

fn http2(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

fn unusable(error: impl std::fmt::Display) -> Error {
    Error::new(Exit::LocalFile, msg!("error-credentials"))
        .detail(error.to_string())
        .next(msg!("next-file-damaged"))
}

/// Trusts the chain whose certificate authority has one fingerprint, and checks it like any other:
/// signature, validity and host name.
#[derive(Debug)]
struct FingerprintVerifier {
    fingerprint: Fingerprint,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for FingerprintVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let ca = intermediates
            .iter()
            .find(|certificate| fingerprint(certificate) == self.fingerprint)
            .ok_or(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone().into_owned())?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone())
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2 is not spoken".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

    use super::*;

    struct Chain {
        leaf: CertificateDer<'static>,
        ca: CertificateDer<'static>,
    }

    fn chain() -> Chain {
        let ca_key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let ca_certificate = ca.self_signed(&ca_key).unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .signed_by(&KeyPair::generate().unwrap(), &Issuer::new(ca, ca_key))
            .unwrap();
        Chain { leaf: leaf.der().clone(), ca: ca_certificate.der().clone() }
    }

    fn verify(
        fingerprint: Fingerprint,
        leaf: &CertificateDer<'_>,
        ca: &CertificateDer<'_>,
        host: &str,
    ) -> bool {
        FingerprintVerifier { fingerprint, provider: provider() }
            .verify_server_cert(
                leaf,
                std::slice::from_ref(ca),
                &host.try_into().unwrap(),
                &[],
                UnixTime::now(),
            )
            .is_ok()
    }

    #[test]
    fn enrolment_trusts_exactly_the_fingerprint_of_the_code() {
        let (ours, other) = (chain(), chain());
        assert!(verify(fingerprint(&ours.ca), &ours.leaf, &ours.ca, "localhost"));
        assert!(!verify(fingerprint(&ours.ca), &ours.leaf, &ours.ca, "elsewhere"), "the host counts too");
        assert!(!verify(fingerprint(&ours.ca), &other.leaf, &other.ca, "localhost"));
        assert!(!verify(fingerprint(&ours.ca), &other.leaf, &ours.ca, "localhost"), "not signed by it");
        assert!(
            !verify(fingerprint(&ours.leaf), &ours.leaf, &ours.ca, "localhost"),
            "only the authority counts"
        );
    }

    #[test]
    fn an_authority_is_its_key_and_not_its_certificate() {
        let key = KeyPair::generate().unwrap();
        let certificate = |key: &KeyPair, level| {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(level));
            params.self_signed(key).unwrap()
        };
        let (first, next) = (certificate(&key, 0), certificate(&key, 1));
        assert_ne!(first.der(), next.der());
        let is_same = |other: &[u8]| is_same_authority(&first.pem(), other).unwrap();
        assert!(is_same(first.der()) && is_same(next.der()));
        assert!(!is_same(certificate(&KeyPair::generate().unwrap(), 0).der()));
        assert!(!is_same(b"") && !is_same(&first.der()[..40]));
    }

    #[test]
    fn only_tls_1_3_and_http_2_are_offered() {
        let config = enrolling([0; 32]).unwrap();
        assert_eq!(config.alpn_protocols, [b"h2".to_vec()]);
        assert!(builder().is_ok());
    }
}
