//! The region's CA: it makes devices known, and the server to devices.

use std::path::Path;

use anyhow::{Context as _, ensure};
use rcgen::{Issuer, KeyPair};
use renkei_domain::{Timestamp, id::DeviceId};
use zeroize::Zeroizing;

use super::{Certificate, CsrInvalid, certificate_sha256, csr, issue};
use crate::files;

/// The certificate of a device, as it goes back to it.
#[derive(Debug)]
pub(crate) struct SignedDevice {
    /// DER.
    pub(crate) certificate: Vec<u8>,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

/// The CA with its key.
pub(crate) struct DeviceCa {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl DeviceCa {
    /// Makes a CA for `region` and writes `ca.pem` and `ca.key` into `folder`.
    ///
    /// # Errors
    /// If either file exists: a CA is never overwritten, every device would have to enrol anew.
    pub(crate) fn create(folder: &Path, region: &str, now: Timestamp) -> anyhow::Result<Self> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let certificate = issue::ca(region, &key, now)?;
        let key_pem = Zeroizing::new(key.serialize_pem());
        files::create(&folder.join("ca.key"), key_pem.as_bytes()).context("ca.key")?;
        files::create(&folder.join("ca.pem"), certificate.pem().as_bytes()).context("ca.pem")?;
        files::sync(folder)?;
        Self::new(Certificate::from_der(certificate.into())?, key)
    }

    /// Reads what [`DeviceCa::create`] wrote.
    ///
    /// # Errors
    /// If certificate and key do not belong together.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let certificate = Certificate::from_file(&folder.join("ca.pem"))?;
        let key_pem = Zeroizing::new(std::fs::read_to_string(folder.join("ca.key")).context("ca.key")?);
        let key = KeyPair::from_pem(&key_pem).context("ca.key")?;
        ensure!(key.public_key_raw() == certificate.public_key, "ca.key is not the key of ca.pem");
        Self::new(certificate, key)
    }

    fn new(certificate: Certificate, key: KeyPair) -> anyhow::Result<Self> {
        let issuer = Issuer::from_ca_cert_der(&certificate.der, key)?;
        Ok(Self { certificate, issuer })
    }

    /// Issues the certificate of `device` for the key in a signing request (PKCS #10, DER).
    ///
    /// # Errors
    /// [`CsrInvalid`]
    pub(crate) fn sign(
        &self,
        csr_der: &[u8],
        device: DeviceId,
        now: Timestamp,
    ) -> Result<SignedDevice, CsrInvalid> {
        let requested = csr::requested_key(csr_der)?;
        if !self.certificate.is_valid_at(now) {
            return Err(CsrInvalid::NotIssued);
        }
        let (certificate, expires_at) =
            issue::device(device, &requested.key, &self.issuer, self.certificate.expires_at, now)
                .map_err(|_| CsrInvalid::NotIssued)?;
        Ok(SignedDevice { certificate: certificate.der().to_vec(), expires_at })
    }

    /// The CA's certificate, DER.
    pub(crate) fn certificate_der(&self) -> &[u8] {
        &self.certificate.der
    }

    /// What an enrolment code carries: SHA-256 of the certificate.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        certificate_sha256(&self.certificate.der)
    }

    /// The CA's certificate.
    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(super) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }
}

#[cfg(test)]
mod tests {
    use rcgen::CertificateParams;
    use x509_parser::prelude::{FromDer as _, X509Certificate};

    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_123_456);
    const DAY: i64 = 86_400 * 1_000_000;

    fn device() -> DeviceId {
        DeviceId(renkei_domain::id::uuid_v7(NOW, [7; 8]))
    }

    fn csr() -> Vec<u8> {
        let mut wishes = CertificateParams::new(["renkei.example".to_owned()]).unwrap();
        wishes.distinguished_name.push(rcgen::DnType::CommonName, "somebody else");
        wishes.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        wishes.serialize_request(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn a_device_gets_its_id_and_nothing_it_wished_for() {
        let folder = tempfile::tempdir().unwrap();
        let ca = DeviceCa::create(folder.path(), "Tsurumi", NOW).unwrap();
        let signed = ca.sign(&csr(), device(), NOW).unwrap();
        let (_, certificate) = X509Certificate::from_der(&signed.certificate).unwrap();
        let common_names: Vec<_> =
            certificate.subject().iter_common_name().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(common_names, [device().to_string()]);
        assert!(!certificate.is_ca());
        assert!(certificate.subject_alternative_name().unwrap().is_none());
        let usage = certificate.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.client_auth && !usage.server_auth && !usage.any);
        assert!(certificate.key_usage().unwrap().unwrap().value.digital_signature());
        assert_eq!(signed.expires_at, Timestamp((NOW.0 + 365 * DAY) / 1_000_000 * 1_000_000));
        let read = Certificate::from_der(signed.certificate.into()).unwrap();
        assert_eq!(read.expires_at, signed.expires_at);
        assert!(read.is_signed_by(ca.certificate()));
    }

    #[test]
    fn the_ca_comes_back_from_its_files_and_signs_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let made = DeviceCa::create(folder.path(), "Tsurumi", NOW).unwrap();
        let opened = DeviceCa::open(folder.path()).unwrap();
        assert_eq!(opened.fingerprint(), made.fingerprint());
        assert!(files::mode(&folder.path().join("ca.key")).unwrap().1);
        let signed = opened.sign(&csr(), device(), NOW).unwrap();
        assert!(Certificate::from_der(signed.certificate.into()).unwrap().is_signed_by(made.certificate()));
        assert!(DeviceCa::create(folder.path(), "Tsurumi", NOW).is_err());
    }

    #[test]
    fn a_certificate_never_outlives_the_ca() {
        let folder = tempfile::tempdir().unwrap();
        let ca = DeviceCa::create(folder.path(), "Tsurumi", NOW).unwrap();
        let late = Timestamp(ca.certificate().expires_at.0 - 10 * DAY);
        assert_eq!(ca.sign(&csr(), device(), late).unwrap().expires_at, ca.certificate().expires_at);
        let ended = ca.certificate().expires_at;
        assert_eq!(ca.sign(&csr(), device(), ended).unwrap_err(), CsrInvalid::NotIssued);
    }

    #[test]
    fn a_foreign_key_beside_the_certificate_is_refused() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        DeviceCa::create(one.path(), "Tsurumi", NOW).unwrap();
        DeviceCa::create(two.path(), "Tsurumi", NOW).unwrap();
        std::fs::copy(two.path().join("ca.key"), one.path().join("ca.key")).unwrap();
        assert!(DeviceCa::open(one.path()).is_err());
    }
}
