//! TLS as Renkei speaks it: 1.3 only, aws-lc-rs, HTTP/2, nothing of the system's trust store.
//!
//! An enrolled device trusts one certificate authority, the one it received, and shows its certificate.
//! A device that is being enrolled trusts exactly the chain whose authority hashes to the fingerprint
//! in its enrolment code, so that nobody between can pretend to be the server. A server may show a certificate of
//! another authority, which its operator brought; that one counts for nothing here, but the server then sends beside it
//! a certificate of the region's authority for the same key.

use std::sync::Arc;

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WantsClientCert, WebPkiServerVerifier,
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
    // an authority that cannot be trusted is told now, not at the handshake
    verifier(&ca).map_err(unusable)?;
    let config = verifying(Trusted::Authority(ca))?.with_client_auth_cert(vec![certificate], key);
    Ok(http2(config.map_err(unusable)?))
}

/// For a profile without a device, whose sessions begin with an authenticator app: it trusts its authority (PEM), and
/// shows nothing.
pub(crate) fn without_device(ca: &str) -> Result<ClientConfig> {
    let ca = CertificateDer::from_pem_slice(ca.as_bytes()).map_err(unusable)?;
    verifier(&ca).map_err(unusable)?;
    Ok(http2(verifying(Trusted::Authority(ca))?.with_no_client_auth()))
}

/// For a device that is being enrolled: no client certificate yet.
pub(crate) fn enrolling(fingerprint: Fingerprint) -> Result<ClientConfig> {
    Ok(http2(verifying(Trusted::Fingerprint(fingerprint))?.with_no_client_auth()))
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

fn verifying(trusted: Trusted) -> Result<rustls::ConfigBuilder<ClientConfig, WantsClientCert>> {
    let verifier = RegionVerifier { trusted, provider: provider() };
    Ok(builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)))
}

/// Checks chains up to `ca`: signatures, validity, host name.
fn verifier(ca: &CertificateDer<'_>) -> Result<Arc<WebPkiServerVerifier>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(ca.clone().into_owned())?;
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|error| rustls::Error::General(error.to_string()))
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

/// Whom a device trusts.
#[derive(Debug)]
enum Trusted {
    Authority(CertificateDer<'static>),
    /// The authority that has it, which the server sends.
    Fingerprint(Fingerprint),
}

/// Trusts what the region's certificate authority has signed, and checks it like any other: signature, validity and
/// host name.
#[derive(Debug)]
struct RegionVerifier {
    trusted: Trusted,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for RegionVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let ca = match &self.trusted {
            Trusted::Authority(ca) => ca,
            Trusted::Fingerprint(trusted) => intermediates
                .iter()
                .find(|certificate| fingerprint(certificate) == *trusted)
                .ok_or(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))?,
        };
        let verifier = verifier(ca)?;
        let verify = |certificate: &CertificateDer<'_>| {
            verifier.verify_server_cert(certificate, intermediates, server_name, ocsp_response, now)
        };
        verify(end_entity).or_else(|error| {
            // The handshake proves that the server has the key of `end_entity`. So it does not matter whose signature
            // that one bears, if the region's authority says of the same key that it is this server's.
            let key = ParsedCertificate::try_from(end_entity)?.subject_public_key_info();
            let is_of_the_key = |certificate: &&CertificateDer<'_>| {
                ParsedCertificate::try_from(*certificate)
                    .is_ok_and(|other| other.subject_public_key_info() == key)
            };
            let mut vouching = intermediates.iter().filter(is_of_the_key);
            vouching.find_map(|certificate| verify(certificate).ok()).ok_or(error)
        })
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
        key: KeyPair,
        ca: CertificateDer<'static>,
        issuer: Issuer<'static, KeyPair>,
    }

    fn chain() -> Chain {
        let ca_key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let certificate = ca.self_signed(&ca_key).unwrap().der().clone();
        let (issuer, key) = (Issuer::new(ca, ca_key), KeyPair::generate().unwrap());
        Chain { leaf: leaf("localhost", &key, &issuer), key, ca: certificate, issuer }
    }

    fn leaf(
        name: &str,
        key: &impl rcgen::PublicKeyData,
        issuer: &Issuer<'_, KeyPair>,
    ) -> CertificateDer<'static> {
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.signed_by(key, issuer).unwrap().der().clone()
    }

    fn is_trusted(trusted: Trusted, shown: &[&CertificateDer<'static>], host: &str) -> bool {
        let behind: Vec<_> = shown[1..].iter().map(|&certificate| certificate.clone()).collect();
        RegionVerifier { trusted, provider: provider() }
            .verify_server_cert(shown[0], &behind, &host.try_into().unwrap(), &[], UnixTime::now())
            .is_ok()
    }

    #[test]
    fn enrolment_trusts_exactly_the_fingerprint_of_the_code() {
        let (ours, other) = (chain(), chain());
        let is_trusted = |of: &CertificateDer<'_>, leaf, ca, host| {
            is_trusted(Trusted::Fingerprint(fingerprint(of)), &[leaf, ca], host)
        };
        assert!(is_trusted(&ours.ca, &ours.leaf, &ours.ca, "localhost"));
        assert!(!is_trusted(&ours.ca, &ours.leaf, &ours.ca, "elsewhere"), "the host counts too");
        assert!(!is_trusted(&ours.ca, &other.leaf, &other.ca, "localhost"));
        assert!(!is_trusted(&ours.ca, &other.leaf, &ours.ca, "localhost"), "not signed by it");
        assert!(!is_trusted(&ours.leaf, &ours.leaf, &ours.ca, "localhost"), "only the authority counts");
    }

    #[test]
    fn a_foreign_certificate_counts_only_if_the_authority_vouches_for_its_key() {
        let (ours, foreign) = (chain(), chain());
        let vouching = leaf("localhost", &foreign.key, &ours.issuer);
        let elsewhere = leaf("elsewhere", &foreign.key, &ours.issuer);
        let for_another_key = leaf("localhost", &KeyPair::generate().unwrap(), &ours.issuer);
        let by_itself = leaf("localhost", &foreign.key, &foreign.issuer);
        let kinds: [fn(&CertificateDer<'static>) -> Trusted; 2] =
            [|ca| Trusted::Authority(ca.clone()), |ca| Trusted::Fingerprint(fingerprint(ca))];
        for trusted in kinds {
            let is_trusted = |behind: &[&CertificateDer<'static>]| {
                let shown = [&[&foreign.leaf, &foreign.ca], behind, &[&ours.ca]].concat();
                is_trusted(trusted(&ours.ca), &shown, "localhost")
            };
            assert!(is_trusted(&[&vouching]));
            assert!(is_trusted(&[&elsewhere, &for_another_key, &vouching]));
            for none in [&[][..], &[&elsewhere], &[&for_another_key], &[&by_itself], &[&ours.leaf]] {
                assert!(!is_trusted(none));
            }
        }
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
