//! The region's CAs at work: they make devices known to the server, and the server to devices.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use rcgen::KeyPair;
use renkei_domain::{Timestamp, id::DeviceId};
use zeroize::Zeroizing;

use super::authority::{Authority, ISSUING, ISSUING_KEY, ROOT, ROOT_KEY};
use super::root::Root;
use super::{CsrInvalid, certificate_sha256, csr, issue};
use crate::files;

/// The certificate of a device, as it goes back to it.
#[derive(Debug)]
pub(crate) struct SignedDevice {
    /// DER.
    pub(crate) certificate: Vec<u8>,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

/// The CAs of a folder, and the key of the one that signs. What the files hold can change while the server runs.
pub(crate) struct DeviceCa {
    folder: PathBuf,
    current: RwLock<Arc<Authority>>,
}

impl DeviceCa {
    /// Makes root and issuing CA for `region` and writes `ca.key`, `issuing.key`, `issuing.pem` and `ca.pem` into
    /// `folder`.
    ///
    /// # Errors
    /// If one of the files exists: a CA is never overwritten, every device would have to enrol anew.
    pub(crate) fn create(folder: &Path, region: &str, now: Timestamp) -> anyhow::Result<Self> {
        let mut root = Root::create(region, now)?;
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let issuing = root.issue(&key, now)?;
        let key_pem = Zeroizing::new(key.serialize_pem());
        let create = |name: &'static str, content: &str| {
            files::create(&folder.join(name), content.as_bytes()).context(name)
        };
        create(ROOT_KEY, &root.key_pem())?;
        create(ISSUING_KEY, &key_pem)?;
        create(ISSUING, &issuing.pem())?;
        create(ROOT, &root.certificates()[0].pem())?;
        files::sync(folder)?;
        Self::open(folder)
    }

    /// Reads the CAs of `folder`.
    ///
    /// # Errors
    /// If a file is missing or does not belong to the others.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let current = RwLock::new(Arc::new(Authority::read(folder)?));
        Ok(Self { folder: folder.to_owned(), current })
    }

    /// Reads the files again.
    ///
    /// # Errors
    /// As [`DeviceCa::open`]; then all stays as it was.
    pub(crate) fn reload(&self) -> anyhow::Result<()> {
        let read = Arc::new(Authority::read(&self.folder)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// The CAs as they are now.
    pub(crate) fn authority(&self) -> Arc<Authority> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
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
        self.sign_for(csr_der, device, now, issue::DEVICE_LIFE)
    }

    /// The same for a service account, for 90 days.
    ///
    /// # Errors
    /// [`CsrInvalid`]
    pub(crate) fn sign_service(
        &self,
        csr_der: &[u8],
        device: DeviceId,
        now: Timestamp,
    ) -> Result<SignedDevice, CsrInvalid> {
        self.sign_for(csr_der, device, now, issue::SERVICE_LIFE)
    }

    fn sign_for(
        &self,
        csr_der: &[u8],
        device: DeviceId,
        now: Timestamp,
        life: Duration,
    ) -> Result<SignedDevice, CsrInvalid> {
        let requested = csr::requested_key(csr_der)?;
        let authority = self.authority();
        let signer = authority.signer();
        if !signer.is_valid_at(now) {
            return Err(CsrInvalid::NotIssued);
        }
        let (certificate, expires_at) =
            issue::device(device, &requested.key, authority.issuer(), signer.expires_at, (now, life))
                .map_err(|_| CsrInvalid::NotIssued)?;
        Ok(SignedDevice { certificate: certificate.der().to_vec(), expires_at })
    }

    /// The root's certificate, DER.
    pub(crate) fn certificate_der(&self) -> Vec<u8> {
        self.authority().root().der.to_vec()
    }

    /// What an enrolment code carries: SHA-256 of the root's certificate.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        certificate_sha256(&self.certificate_der())
    }
}

#[cfg(test)]
mod tests {
    use rcgen::CertificateParams;
    use x509_parser::prelude::{FromDer as _, X509Certificate};

    use super::*;
    use crate::certs::Certificate;

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
        let service = ca.sign_service(&csr(), device(), NOW).unwrap();
        assert_eq!(service.expires_at, Timestamp((NOW.0 + 90 * DAY) / 1_000_000 * 1_000_000));
        let read = Certificate::from_der(signed.certificate.into()).unwrap();
        assert_eq!(read.expires_at, signed.expires_at);
        assert!(read.is_signed_by(ca.authority().signer()));
    }

    #[test]
    fn the_ca_comes_back_from_its_files_and_signs_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let made = DeviceCa::create(folder.path(), "Tsurumi", NOW).unwrap();
        let opened = DeviceCa::open(folder.path()).unwrap();
        assert_eq!(opened.fingerprint(), made.fingerprint());
        for key in [ROOT_KEY, ISSUING_KEY] {
            assert!(files::mode(&folder.path().join(key)).unwrap().1);
        }
        let signed = opened.sign(&csr(), device(), NOW).unwrap();
        assert!(
            Certificate::from_der(signed.certificate.into()).unwrap().is_signed_by(made.authority().signer())
        );
        assert!(DeviceCa::create(folder.path(), "Tsurumi", NOW).is_err());
    }

    #[test]
    fn the_root_signs_the_issuing_ca_and_that_one_the_devices() {
        let folder = tempfile::tempdir().unwrap();
        let authority = DeviceCa::create(folder.path(), "Tsurumi", NOW).unwrap().authority();
        let (root, [issuing]) = (authority.root(), authority.issuing()) else { panic!("one issuing CA") };
        assert_eq!((root.ca, issuing.ca), (Some(1), Some(0)));
        assert!(issuing.is_signed_by(root) && !root.is_signed_by(issuing));
        assert_ne!(issuing.public_key, root.public_key);
        assert_eq!(issuing.organization.as_deref(), Some("Tsurumi"));
        assert_eq!(authority.device_anchors(NOW), std::slice::from_ref(&issuing.der));
        assert!(authority.device_anchors(issuing.expires_at).is_empty());
    }

    #[test]
    fn nothing_that_is_there_needs_the_roots_key() {
        let folder = tempfile::tempdir().unwrap();
        DeviceCa::create(folder.path(), "Tsurumi", NOW).unwrap();
        std::fs::remove_file(folder.path().join(ROOT_KEY)).unwrap();
        assert!(DeviceCa::open(folder.path()).unwrap().sign(&csr(), device(), NOW).is_ok());
    }

    #[test]
    fn a_certificate_never_outlives_its_ca() {
        let folder = tempfile::tempdir().unwrap();
        let ca = DeviceCa::create(folder.path(), "Tsurumi", NOW).unwrap();
        let ended = ca.authority().signer().expires_at;
        let late = Timestamp(ended.0 - 10 * DAY);
        assert_eq!(ca.sign(&csr(), device(), late).unwrap().expires_at, ended);
        assert_eq!(ca.sign(&csr(), device(), ended).unwrap_err(), CsrInvalid::NotIssued);
    }

    #[test]
    fn files_of_different_cas_are_refused() {
        for name in [ISSUING_KEY, ISSUING, ROOT] {
            let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let ca = DeviceCa::create(one.path(), "Tsurumi", NOW).unwrap();
            DeviceCa::create(two.path(), "Tsurumi", NOW).unwrap();
            std::fs::copy(two.path().join(name), one.path().join(name)).unwrap();
            assert!(DeviceCa::open(one.path()).is_err(), "{name}");
            let before = ca.fingerprint();
            assert!(ca.reload().is_err(), "{name}");
            assert_eq!(ca.fingerprint(), before);
        }
    }
}
