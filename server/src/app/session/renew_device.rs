//! A device's next certificate, which takes the place of the one before when it is used for the first time.

use std::sync::Arc;

use renkei_domain::access::Subject;
use renkei_domain::account::RENEWAL;
use renkei_domain::audit::{Act, Action};
use renkei_domain::identity::{Affiliation, Purpose};
use renkei_domain::{Error, Reason, Result};
use renkei_store::account::NextCertificate;
use renkei_store::{account, audit, device, identity};

use super::PresentedDevice;
use crate::app::App;
use crate::certs;

impl App {
    /// Issues the next certificate of a device, for its own key or a new one. The same key gets the same certificate
    /// again, so a lost answer loses nothing.
    ///
    /// # Errors
    /// [`Reason::DeviceRequired`], [`Reason::DeviceNotDue`], [`Reason::AffiliationMissing`],
    /// [`Reason::RequestInvalid`] (the request for a certificate).
    pub(crate) async fn renew_device(
        self: &Arc<Self>,
        shown: &PresentedDevice,
        csr: Vec<u8>,
    ) -> Result<NextCertificate> {
        let public_key_hash = certs::public_key_sha256(&csr).map_err(|_| {
            Error::invalid_field("csr", "must be a PKCS#10 request for a P-256 or Ed25519 key")
        })?;
        let (id, person) = (shown.id, shown.person);
        let (stored, issued, person) = self
            .store
            .read(move |conn| {
                Box::pin(async move {
                    let stored = device::device(conn, id).await?;
                    let issued = account::next_certificate(conn, id).await?;
                    Ok::<_, Error>((stored, issued, identity::person(conn, person).await?))
                })
            })
            .await?;
        let refused = || Error::new(Reason::DeviceRequired);
        let stored = stored.ok_or_else(refused)?;
        let person = person.filter(|person| person.suspended_at.is_none()).ok_or_else(refused)?;
        let now = self.now();
        if let Some(issued) = issued
            && issued.public_key_hash == public_key_hash
            && now < issued.expires_at
        {
            return Ok(issued);
        }
        if now.after(RENEWAL) < stored.expires_at {
            return Err(Error::new(Reason::DeviceNotDue));
        }
        let affiliation =
            person.affiliations.first().ok_or_else(|| Error::new(Reason::AffiliationMissing))?;
        let Affiliation { organization, role, .. } = *affiliation;
        let subject = Subject { person: person.id, organization, role, purpose: Purpose::Treatment };
        let act = Act::of_region(subject, Action::DeviceRenew, id.0);

        let signed = self.device_ca.sign(&csr, id, now).map_err(Error::internal)?;
        let hash = certs::certificate_sha256(&signed.certificate);
        let next = NextCertificate {
            public_key_hash: public_key_hash.to_vec(),
            certificate: signed.certificate,
            expires_at: signed.expires_at,
        };
        let (certificate_hash, stamp, new) = (shown.certificate_hash, self.stamp(None), next.clone());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if !account::issue_next(tx, id, certificate_hash, &new, hash).await? {
                        // revoked meanwhile, or renewed with another certificate
                        return Err(Error::new(Reason::DeviceRequired));
                    }
                    audit::append(tx, stamp, &act).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(next)
    }

    /// If the certificate with this SHA-256 is the next one of a device, it takes the place of the one before, which is
    /// good for nothing from now on. Says whether it is.
    pub(super) async fn take_up_certificate(&self, hash: [u8; 32]) -> Result<bool> {
        let found = self
            .store
            .look(move |conn| Box::pin(async move { account::device_by_next(conn, hash).await }))
            .await
            .map_err(Error::from)?;
        let Some(device) = found else { return Ok(false) };
        // another call may have done it a moment ago
        self.store
            .write(move |tx| Box::pin(async move { account::take_up_next(tx, device, hash).await }))
            .await
            .map_err(Error::from)?;
        self.remembered.forget_device(device);
        Ok(true)
    }
}
