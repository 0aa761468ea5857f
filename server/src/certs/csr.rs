//! Certificate signing requests (RFC 2986): hostile bytes until they prove otherwise.

use rcgen::SubjectPublicKeyInfo;
use sha2::{Digest as _, Sha256};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ECDSA_WITH_SHA256, OID_SIG_ED25519,
};
use x509_parser::prelude::FromDer as _;

/// A request with a P-256 key and a subject takes about 250 bytes.
const MAX_LEN: usize = 8 * 1024;

/// Why no certificate is issued for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CsrInvalid {
    /// Not one PKCS #10 request in DER, or too long.
    #[error("the signing request cannot be read")]
    Unreadable,
    /// Neither ECDSA P-256 with SHA-256 nor Ed25519.
    #[error("the signing request's key must be ECDSA P-256 or Ed25519")]
    KeyKind,
    /// The sender does not hold the key.
    #[error("the signing request's signature does not verify")]
    Signature,
    /// The CA could not sign; its certificate may have ended.
    #[error("the certificate could not be issued")]
    NotIssued,
}

/// The key of a request: the only thing in it that counts. Subject and extensions are the sender's wishes
/// and are not looked at.
#[derive(Debug)]
pub(super) struct RequestedKey {
    pub(super) key: SubjectPublicKeyInfo,
    pub(super) sha256: [u8; 32],
}

/// SHA-256 of the public key (its `SubjectPublicKeyInfo`) in a request whose signature verifies.
///
/// # Errors
/// [`CsrInvalid`]
pub(crate) fn public_key_sha256(csr_der: &[u8]) -> Result<[u8; 32], CsrInvalid> {
    requested_key(csr_der).map(|requested| requested.sha256)
}

/// Reads a request and checks that its sender holds the key.
pub(super) fn requested_key(csr_der: &[u8]) -> Result<RequestedKey, CsrInvalid> {
    if csr_der.len() > MAX_LEN {
        return Err(CsrInvalid::Unreadable);
    }
    let (rest, csr) = X509CertificationRequest::from_der(csr_der).map_err(|_| CsrInvalid::Unreadable)?;
    if !rest.is_empty() {
        return Err(CsrInvalid::Unreadable);
    }
    let key = &csr.certification_request_info.subject_pki;
    let signature = &csr.signature_algorithm.algorithm;
    let is_p256 = key.algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY
        && key.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok()) == Some(OID_EC_P256)
        && *signature == OID_SIG_ECDSA_WITH_SHA256;
    let is_ed25519 = key.algorithm.algorithm == OID_SIG_ED25519 && *signature == OID_SIG_ED25519;
    if !is_p256 && !is_ed25519 {
        return Err(CsrInvalid::KeyKind);
    }
    csr.verify_signature().map_err(|_| CsrInvalid::Signature)?;
    let sha256 = Sha256::digest(key.raw).into();
    let key = SubjectPublicKeyInfo::from_der(key.raw).map_err(|_| CsrInvalid::KeyKind)?;
    Ok(RequestedKey { key, sha256 })
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn csr(algorithm: &'static rcgen::SignatureAlgorithm) -> Vec<u8> {
        let key = KeyPair::generate_for(algorithm).unwrap();
        CertificateParams::default().serialize_request(&key).unwrap().der().to_vec()
    }

    #[test]
    fn p256_and_ed25519_are_taken_and_nothing_else() {
        assert!(requested_key(&csr(&rcgen::PKCS_ECDSA_P256_SHA256)).is_ok());
        assert!(requested_key(&csr(&rcgen::PKCS_ED25519)).is_ok());
        assert_eq!(requested_key(&csr(&rcgen::PKCS_ECDSA_P384_SHA384)).unwrap_err(), CsrInvalid::KeyKind);
    }

    /// Behind the signed part a few bits mean nothing and may differ, such as the count of unused bits; what
    /// is signed may not.
    #[test]
    fn a_request_that_was_changed_gives_no_other_key() {
        let good = csr(&rcgen::PKCS_ECDSA_P256_SHA256);
        let key = public_key_sha256(&good).unwrap();
        let (_, read) = X509CertificationRequest::from_der(&good).unwrap();
        let behind = good.len() - read.signature_value.data.len();
        let mut passed = 0;
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 1;
            if let Ok(other) = public_key_sha256(&changed) {
                assert_eq!(other, key, "byte {at}");
                assert!((behind - 16..behind).contains(&at), "byte {at}");
                passed += 1;
            }
        }
        assert!(passed <= 2);
    }

    #[test]
    fn cut_long_and_padded_requests_are_refused() {
        let good = csr(&rcgen::PKCS_ED25519);
        for len in 0..good.len() {
            assert!(requested_key(&good[..len]).is_err());
        }
        assert_eq!(requested_key(&[good, vec![0]].concat()).unwrap_err(), CsrInvalid::Unreadable);
        assert_eq!(requested_key(&vec![0x30; MAX_LEN + 1]).unwrap_err(), CsrInvalid::Unreadable);
    }

    #[test]
    fn the_hash_is_the_keys_and_not_the_requests() {
        let key = KeyPair::generate().unwrap();
        let named = CertificateParams::new(["a.example".to_owned()]).unwrap();
        let one = named.serialize_request(&key).unwrap();
        let two = CertificateParams::default().serialize_request(&key).unwrap();
        assert_eq!(public_key_sha256(one.der()), public_key_sha256(two.der()));
        assert_ne!(public_key_sha256(one.der()), public_key_sha256(&csr(&rcgen::PKCS_ED25519)));
    }
}
