//! Enrolling a device: a code and a password for a certificate.

use std::sync::Arc;

use renkei_crypto::enrollment::EnrollmentCode;
use renkei_crypto::password::{self, PasswordProblem};
use renkei_domain::access::Subject;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{DeviceId, PersonId};
use renkei_domain::identity::{Affiliation, Purpose};
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::device::{self, Device, Enrollment};
use renkei_store::identity;
use uuid::Uuid;

use crate::app::App;
use crate::certs;

/// What a device asks for.
pub(crate) struct EnrollDevice {
    pub(crate) code: String,
    pub(crate) csr: Vec<u8>,
    pub(crate) password: String,
    pub(crate) device_name: String,
}

/// What it gets.
pub(crate) struct EnrolledDevice {
    pub(crate) id: DeviceId,
    pub(crate) certificate: Vec<u8>,
    pub(crate) login_name: String,
    pub(crate) expires_at: Timestamp,
}

impl App {
    /// Signs the device's certificate and sets the person's first password. The same code, key and password
    /// give the same certificate again, so a lost answer loses nothing.
    ///
    /// # Errors
    /// [`Reason::EnrollmentCodeInvalid`], [`Reason::LoginFailed`] (a later device with a wrong password),
    /// [`Reason::RequestInvalid`] (the request for a certificate, or a weak first password), [`Reason::Busy`].
    pub(crate) async fn enroll_device(self: &Arc<Self>, command: EnrollDevice) -> Result<EnrolledDevice> {
        let invalid_code = || Error::new(Reason::EnrollmentCodeInvalid);
        let code = EnrollmentCode::parse(&command.code).ok_or_else(invalid_code)?;
        let public_key_hash = certs::public_key_sha256(&command.csr).map_err(|_| {
            Error::invalid_field("csr", "must be a PKCS#10 request for a P-256 or Ed25519 key")
        })?;
        let found = self.look_up(code.hash()).await?.ok_or_else(invalid_code)?;

        let asker = found.enrollment.id.0;
        let (person, affiliation) = (found.enrollment.person, found.affiliation.as_ref());
        if let Some(device) = found.device {
            if device.public_key_hash != public_key_hash {
                return Err(invalid_code());
            }
            if self.password_matches(asker, &command.password, found.password_hash).await? {
                return Ok(enrolled(device, found.login_name));
            }
            self.record_failed_password(Action::DeviceEnroll, person, asker, affiliation).await?;
            return Err(invalid_code());
        }
        if self.now() >= found.enrollment.expires_at {
            return Err(invalid_code());
        }
        let first_password = match found.password_hash {
            None => Some(self.hash_first_password(asker, command.password).await?),
            Some(hash) if self.password_matches(asker, &command.password, Some(hash.clone())).await? => None,
            Some(_) => {
                self.record_failed_password(Action::DeviceEnroll, person, asker, affiliation).await?;
                return Err(Error::new(Reason::LoginFailed));
            }
        };
        let affiliation = found.affiliation.ok_or_else(|| Error::new(Reason::AffiliationMissing))?;
        let device = self.sign(found.enrollment.person, &command.csr, public_key_hash)?;
        self.store_device(found.enrollment, &affiliation, &device, command.device_name, first_password)
            .await?;
        Ok(enrolled(device, found.login_name))
    }

    async fn look_up(&self, code_hash: [u8; 32]) -> Result<Option<Found>> {
        self.store
            .read(move |conn| {
                Box::pin(async move {
                    let Some(enrollment) = device::enrollment(conn, code_hash).await? else {
                        return Ok(None);
                    };
                    let Some((login_name, password_hash)) =
                        identity::credentials_of(conn, enrollment.person).await?
                    else {
                        return Ok(None);
                    };
                    let device = match enrollment.device {
                        Some(id) => device::device(conn, id).await?,
                        None => None,
                    };
                    let person = identity::person(conn, enrollment.person).await?;
                    let Some(person) = person.filter(|person| person.suspended_at.is_none()) else {
                        return Ok(None);
                    };
                    let affiliation = person.affiliations.into_iter().next();
                    Ok(Some(Found { enrollment, login_name, password_hash, device, affiliation }))
                })
            })
            .await
    }

    async fn hash_first_password(self: &Arc<Self>, asker: Uuid, password: String) -> Result<String> {
        password::check_strength(&password).map_err(|problem| {
            Error::invalid_field(
                "password",
                match problem {
                    PasswordProblem::TooShort => "must have at least 8 characters",
                    PasswordProblem::TooLong => "must have at most 256 characters",
                    PasswordProblem::TooSimple => "must not be one character repeated",
                },
            )
        })?;
        let app = Arc::clone(self);
        self.passwords
            .run(asker, move || password::hash(&password, &app.keys.pepper, app.entropy.as_ref()))
            .await
    }

    /// Takes the same time whether there is a hash or not.
    pub(crate) async fn password_matches(
        self: &Arc<Self>,
        asker: Uuid,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool> {
        let (app, password) = (Arc::clone(self), password.to_owned());
        self.passwords
            .run(asker, move || match hash {
                Some(hash) => password::verify(&password, &app.keys.pepper, &hash),
                None => password::verify_nobody(&password, &app.keys.pepper),
            })
            .await
    }

    fn sign(&self, person: PersonId, csr: &[u8], public_key_hash: [u8; 32]) -> Result<Device> {
        let id = DeviceId(self.new_uuid());
        let signed = self.device_ca.sign(csr, id, self.now()).map_err(Error::internal)?;
        Ok(Device {
            id,
            person,
            public_key_hash: public_key_hash.to_vec(),
            certificate: signed.certificate,
            expires_at: signed.expires_at,
            revoked_at: None,
        })
    }

    async fn store_device(
        &self,
        enrollment: Enrollment,
        affiliation: &Affiliation,
        device: &Device,
        name: String,
        first_password: Option<String>,
    ) -> Result<()> {
        let Affiliation { organization, role, .. } = *affiliation;
        let subject = Subject { person: device.person, organization, role, purpose: Purpose::Treatment };
        let act = Act::of_region(subject, Action::DeviceEnroll, device.id.0);
        let (stamp, now) = (self.stamp(None), self.now());
        let certificate_hash = certs::certificate_sha256(&device.certificate);
        let device = Device {
            certificate: device.certificate.clone(),
            public_key_hash: device.public_key_hash.clone(),
            ..*device
        };
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if !device::use_enrollment(tx, enrollment.id, device.id, now).await? {
                        return Err(Error::new(Reason::EnrollmentCodeInvalid));
                    }
                    device::insert_device(tx, &device, &name, certificate_hash, now).await?;
                    if let Some(hash) = first_password
                        && !identity::set_first_password(tx, device.person, &hash).await?
                    {
                        // another device of the same person set it a moment ago, to something unknown here
                        return Err(Error::new(Reason::LoginFailed));
                    }
                    renkei_store::audit::append(tx, stamp, &act).await?;
                    Ok(())
                })
            })
            .await
    }
}

struct Found {
    enrollment: Enrollment,
    login_name: String,
    password_hash: Option<String>,
    device: Option<Device>,
    affiliation: Option<Affiliation>,
}

fn enrolled(device: Device, login_name: String) -> EnrolledDevice {
    EnrolledDevice {
        id: device.id,
        certificate: device.certificate,
        login_name,
        expires_at: device.expires_at,
    }
}
