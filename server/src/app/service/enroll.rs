//! Enrolling a service account: a code for a certificate.

use std::net::IpAddr;
use std::sync::Arc;

use renkei_crypto::enrollment::EnrollmentCode;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::DeviceId;
use renkei_domain::service::Service;
use renkei_domain::{Error, Reason, Result};
use renkei_store::audit::Stamp;
use renkei_store::device::Device;
use renkei_store::service::{self, ServiceCode};
use renkei_store::{audit, device};

use crate::app::App;
use crate::app::session::Attempt;
use crate::certs;

/// What a service account gets.
pub(crate) struct EnrolledService {
    pub(crate) device: Device,
    pub(crate) service: Service,
}

impl App {
    /// Signs the certificate of a service account. The same code and key give the same certificate again, so a lost
    /// answer loses nothing. On record it is the act of whoever made the code: nobody else stands behind it.
    ///
    /// # Errors
    /// [`Reason::EnrollmentCodeInvalid`], [`Reason::LoginDelayed`], [`Reason::RequestInvalid`] (the request for a
    /// certificate).
    pub(crate) async fn enroll_service(
        self: &Arc<Self>,
        from: IpAddr,
        code: &str,
        csr: &[u8],
    ) -> Result<EnrolledService> {
        let invalid = || Error::new(Reason::EnrollmentCodeInvalid);
        let hash = EnrollmentCode::parse(code).ok_or_else(invalid)?.hash();
        let public_key_hash = certs::public_key_sha256(csr).map_err(|_| {
            Error::invalid_field("csr", "must be a PKCS#10 request for a P-256 or Ed25519 key")
        })?;
        let attempt = Attempt { counters: vec![self.by_address(from)], refusal: None };
        let found = self
            .attempt(attempt, async {
                let found = self.look_up_service(hash).await?;
                Ok(found.filter(|found| match &found.device {
                    Some(device) => device.public_key_hash == public_key_hash && device.revoked_at.is_none(),
                    None => self.now() < found.code.expires_at,
                }))
            })
            .await?;
        let (Found { code, service, device }, right) = found.ok_or_else(invalid)?;
        self.take_back(right).await?;
        if let Some(device) = device {
            return Ok(EnrolledService { device, service });
        }
        let (id, now) = (DeviceId(self.new_uuid()), self.now());
        let signed = self.device_ca.sign_service(csr, id, now).map_err(Error::internal)?;
        let device = Device {
            id,
            person: None,
            public_key_hash: public_key_hash.to_vec(),
            certificate: signed.certificate,
            expires_at: signed.expires_at,
            revoked_at: None,
        };
        let act = Act::of_region(code.made_by, Action::DeviceEnroll, id.0);
        let stamp = Stamp { service: Some(service.id), ..self.stamp(None) };
        let certificate_hash = certs::certificate_sha256(&device.certificate);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if !service::enroll(tx, &code, &service.name, &device, certificate_hash, now).await? {
                        // used a moment ago, or the account has ended
                        return Err(Error::new(Reason::EnrollmentCodeInvalid));
                    }
                    audit::append(tx, stamp, &act).await?;
                    Ok(EnrolledService { device, service })
                })
            })
            .await
    }

    async fn look_up_service(&self, hash: [u8; 32]) -> Result<Option<Found>> {
        self.store
            .read(move |conn| {
                Box::pin(async move {
                    let Some(code) = service::code(conn, hash).await? else { return Ok(None) };
                    let account = service::account(conn, code.account).await?;
                    let account = account.filter(|account| account.ended_at.is_none());
                    let device = match code.device {
                        Some(id) => device::device(conn, id).await?,
                        None => None,
                    };
                    Ok(account.map(|account| Found { code, service: account.service, device }))
                })
            })
            .await
    }
}

struct Found {
    code: ServiceCode,
    service: Service,
    device: Option<Device>,
}
