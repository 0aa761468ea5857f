//! A device's next certificate, which takes the place of the one before when it is used for the first time.

use std::sync::Arc;

use renkei_domain::access::Subject;
use renkei_domain::account::RENEWAL;
use renkei_domain::audit::{Act, Action};
use renkei_domain::identity::{Affiliation, Purpose};
use renkei_domain::{Error, Reason, Result, service};
use renkei_store::account::NextCertificate;
use renkei_store::audit::Stamp;
use renkei_store::{Conn, account, audit, device, identity};

use super::Presented;
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
        shown: &Presented,
        csr: Vec<u8>,
    ) -> Result<NextCertificate> {
        let public_key_hash = certs::public_key_sha256(&csr).map_err(|_| {
            Error::invalid_field("csr", "must be a PKCS#10 request for a P-256 or Ed25519 key")
        })?;
        let (id, holder) = (shown.id(), shown.clone());
        let (stored, issued, subject) = self
            .store
            .read(move |conn| {
                Box::pin(async move {
                    let stored = device::device(conn, id).await?;
                    let issued = account::next_certificate(conn, id).await?;
                    Ok::<_, Error>((stored, issued, who_renews(conn, &holder).await?))
                })
            })
            .await?;
        let stored = stored.ok_or_else(|| Error::new(Reason::DeviceRequired))?;
        let now = self.now();
        if let Some(issued) = issued
            && issued.public_key_hash == public_key_hash
            && now < issued.expires_at
        {
            return Ok(issued);
        }
        let (renewal, service) = match shown {
            Presented::Device(_) => (RENEWAL, None),
            Presented::Service(shown) => (service::RENEWAL, Some(shown.service.id)),
        };
        if now.after(renewal) < stored.expires_at {
            return Err(Error::new(Reason::DeviceNotDue));
        }
        let subject = subject.ok_or_else(|| Error::new(Reason::AffiliationMissing))?;
        let act = Act::of_region(subject, Action::DeviceRenew, id.0);

        let signed = match service {
            None => self.device_ca.sign(&csr, id, now),
            Some(_) => self.device_ca.sign_service(&csr, id, now),
        };
        let signed = signed.map_err(Error::internal)?;
        let hash = certs::certificate_sha256(&signed.certificate);
        let next = NextCertificate {
            public_key_hash: public_key_hash.to_vec(),
            certificate: signed.certificate,
            expires_at: signed.expires_at,
        };
        let stamp = Stamp { service, ..self.stamp(None) };
        let (certificate_hash, new) = (shown.certificate_hash(), next.clone());
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

/// As whom it goes on record: the person; for a service account whoever made the code that enrolled it. `None`: the
/// person works nowhere.
///
/// # Errors
/// [`Reason::DeviceRequired`] of somebody who is suspended.
async fn who_renews(conn: &mut Conn, holder: &Presented) -> Result<Option<Subject>> {
    let shown = match holder {
        Presented::Device(shown) => shown,
        Presented::Service(shown) => {
            return Ok(renkei_store::service::answers_for(conn, shown.id).await?);
        }
    };
    let person = identity::person(conn, shown.person).await?;
    let person = person.filter(|person| person.suspended_at.is_none());
    let person = person.ok_or_else(|| Error::new(Reason::DeviceRequired))?;
    Ok(person.affiliations.first().map(|affiliation| {
        let Affiliation { organization, role, .. } = *affiliation;
        Subject { person: person.id, organization, role, purpose: Purpose::Treatment }
    }))
}
