//! The root with its key: at hand only while an issuing CA is made.

use std::path::Path;

use anyhow::{Context as _, ensure};
use rcgen::{Issuer, KeyPair, PublicKeyData};
use renkei_domain::Timestamp;
use zeroize::Zeroizing;

use super::authority::read_key;
use super::{Certificate, issue};

/// The root.
pub(super) struct Root {
    /// The present one first.
    certificates: Vec<Certificate>,
    key: KeyPair,
}

impl Root {
    /// Makes one.
    pub(super) fn create(region: &str, now: Timestamp) -> anyhow::Result<Self> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let certificate = Certificate::from_der(issue::root(region, &key, None, now)?.into())?;
        Ok(Self { certificates: vec![certificate], key })
    }

    /// The root of `certificates` (the present one first), with its key from a file.
    ///
    /// # Errors
    /// If the file holds another key.
    pub(super) fn open(certificates: Vec<Certificate>, key_file: &Path) -> anyhow::Result<Self> {
        let key = read_key(key_file)?;
        let is_its = certificates.first().is_some_and(|first| first.public_key == key.public_key_raw());
        ensure!(is_its, "{} is not the key of ca.pem", key_file.display());
        Ok(Self { certificates, key })
    }

    /// Signs an issuing CA with `public_key`. Before that the root gets a new certificate if the present one lets no
    /// CA stand below it, as those of the first version did, or would end before the issuing CA.
    pub(super) fn issue(
        &mut self,
        public_key: &impl PublicKeyData,
        now: Timestamp,
    ) -> anyhow::Result<Certificate> {
        let present = &self.certificates[0];
        let region = present.organization.clone().context("ca.pem names no region")?;
        if present.ca < Some(1) || present.expires_at < now.after(issue::ISSUING_LIFE) {
            let next =
                Certificate::from_der(issue::root(&region, &self.key, present.key_id.clone(), now)?.into())?;
            ensure!(next.is_same_authority(present), "ca.pem was not made by renkei-server");
            self.certificates.insert(0, next);
        }
        let expires_at = self.certificates[0].expires_at;
        let issuing = issue::issuing(&region, public_key, &self.issuer()?, expires_at, now)?;
        Certificate::from_der(issuing.into())
    }

    /// To sign with.
    pub(super) fn issuer(&self) -> anyhow::Result<Issuer<'static, &KeyPair>> {
        Ok(Issuer::from_ca_cert_der(&self.certificates[0].der, &self.key)?)
    }

    /// Its certificates, the present one first.
    pub(super) fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Its key, in PEM.
    pub(super) fn key_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.key.serialize_pem())
    }
}
