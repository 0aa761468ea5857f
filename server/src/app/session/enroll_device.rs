//! Enrolling a device: a code and a password for a certificate.

use std::net::IpAddr;
use std::sync::Arc;

use renkei_crypto::enrollment::EnrollmentCode;
use renkei_domain::access::Subject;
use renkei_domain::account::CodeKind;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{DeviceId, PersonId};
use renkei_domain::identity::{Affiliation, Person, Purpose};
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::device::{self, Device, Enrollment};
use renkei_store::{Tx, administration, identity};
use uuid::Uuid;

use super::Attempt;
use super::login::refused_login;
use crate::app::App;
use crate::certs;

const ACTION: Action = Action::DeviceEnroll;

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
    /// [`Reason::LoginDelayed`], [`Reason::PasswordRefused`], [`Reason::RequestInvalid`] (the request for a
    /// certificate), [`Reason::Busy`].
    pub(crate) async fn enroll_device(
        self: &Arc<Self>,
        from: IpAddr,
        command: EnrollDevice,
    ) -> Result<EnrolledDevice> {
        let invalid_code = || Error::new(Reason::EnrollmentCodeInvalid);
        let code = EnrollmentCode::parse(&command.code).ok_or_else(invalid_code)?;
        let public_key_hash = certs::public_key_sha256(&command.csr).map_err(|_| {
            Error::invalid_field("csr", "must be a PKCS#10 request for a P-256 or Ed25519 key")
        })?;
        let attempt = Attempt { counters: vec![self.by_address(from)], refusal: None };
        let found = self
            .attempt(attempt, async {
                let found = self.look_up(code.hash()).await?;
                Ok(found.filter(|found| found.is_good_for(&public_key_hash, self.now())))
            })
            .await?;
        let (found, right) = found.ok_or_else(invalid_code)?;
        self.take_back(right).await?;

        let asker = found.enrollment.id.0;
        if let Some(device) = found.device {
            let hash = found.password_hash;
            return match self.known_password(ACTION, asker, &found.person, &command.password, hash).await? {
                true => Ok(enrolled(device, found.person.login_name)),
                false => Err(invalid_code()),
            };
        }
        let first_password = if found.password_hash.is_none() {
            Some(self.hash_new_password("password", asker, &found.person, command.password).await?)
        } else {
            let hash = found.password_hash;
            if !self.known_password(ACTION, asker, &found.person, &command.password, hash).await? {
                return Err(Error::new(Reason::LoginFailed));
            }
            None
        };
        let affiliation = found.person.affiliations.first();
        let affiliation = affiliation.ok_or_else(|| Error::new(Reason::AffiliationMissing))?;
        let device = self.sign(found.enrollment.person, &command.csr, public_key_hash)?;
        self.store_device(found.enrollment, affiliation, &device, command.device_name, first_password)
            .await?;
        Ok(enrolled(device, found.person.login_name))
    }

    /// Whether it is the person's password; a wrong one goes on record as `action`. It is counted under the account: whoever has
    /// the code has no device yet.
    pub(super) async fn known_password(
        self: &Arc<Self>,
        action: Action,
        asker: Uuid,
        person: &Person,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool> {
        let refused = |reason| refused_login(person, action, asker, reason);
        let attempt = Attempt {
            counters: vec![self.by_account(&person.login_name)],
            refusal: refused(Reason::LoginDelayed),
        };
        match self.password_attempt(attempt, asker, password, hash).await? {
            Some(right) => self.take_back(right).await.map(|()| true),
            None => self.record_failed_password(refused(Reason::LoginFailed)).await.map(|()| false),
        }
    }

    /// What a code leads to: a person who is not suspended.
    pub(super) async fn look_up(&self, code_hash: [u8; 32]) -> Result<Option<Found>> {
        self.store
            .read(move |conn| {
                Box::pin(async move {
                    let Some(enrollment) = device::enrollment(conn, code_hash, CodeKind::Device).await?
                    else {
                        return Ok(None);
                    };
                    let credentials = identity::credentials_of(conn, enrollment.person).await?;
                    let password_hash = credentials.and_then(|(_, hash)| hash);
                    let device = match enrollment.device {
                        Some(id) => device::device(conn, id).await?,
                        None => None,
                    };
                    let person = identity::person(conn, enrollment.person).await?;
                    let person = person.filter(|person| person.suspended_at.is_none());
                    Ok(person.map(|person| Found { enrollment, person, password_hash, device }))
                })
            })
            .await
    }

    fn sign(&self, person: PersonId, csr: &[u8], public_key_hash: [u8; 32]) -> Result<Device> {
        let id = DeviceId(self.new_uuid());
        let signed = self.device_ca.sign(csr, id, self.now()).map_err(Error::internal)?;
        Ok(Device {
            id,
            person: Some(person),
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
        let person = enrollment.person;
        let subject = Subject { person, organization, role, purpose: Purpose::Treatment };
        let act = Act::of_region(subject, ACTION, device.id.0);
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
                    if !is_still_good(tx, &enrollment).await? {
                        return Err(Error::new(Reason::EnrollmentCodeInvalid));
                    }
                    if !device::use_enrollment(tx, enrollment.id, device.id, now).await? {
                        return Err(Error::new(Reason::EnrollmentCodeInvalid));
                    }
                    device::insert_device(tx, &device, &name, certificate_hash, now).await?;
                    if let Some(hash) = first_password
                        && !identity::set_first_password(tx, person, &hash).await?
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

/// Whether the person is not suspended, and whoever made the code could make it still: since then the person may have
/// been given a role elsewhere, or one that is not the organisation's to manage, and the code must not lead there. It
/// stays so until the transaction ends.
pub(super) async fn is_still_good(tx: &mut Tx, code: &Enrollment) -> Result<bool> {
    let Some(account) = administration::account_to_hold(tx, code.person).await? else { return Ok(false) };
    let person = identity::person(tx, code.person).await?;
    let is_active = person.is_some_and(|person| person.suspended_at.is_none());
    Ok(is_active && code.made_for.is_none_or(|organization| account.is_managed_by(organization)))
}

/// What there is under a code.
pub(super) struct Found {
    pub(super) enrollment: Enrollment,
    pub(super) person: Person,
    pub(super) password_hash: Option<String>,
    device: Option<Device>,
}

impl Found {
    /// Unused and in time, or used by the device with this key.
    fn is_good_for(&self, public_key_hash: &[u8; 32], now: Timestamp) -> bool {
        match &self.device {
            Some(device) => device.public_key_hash == public_key_hash,
            None => self.is_unused(now),
        }
    }

    /// Unused and in time.
    pub(super) fn is_unused(&self, now: Timestamp) -> bool {
        self.enrollment.device.is_none() && now < self.enrollment.expires_at
    }
}

fn enrolled(device: Device, login_name: String) -> EnrolledDevice {
    EnrolledDevice {
        id: device.id,
        certificate: device.certificate,
        login_name,
        expires_at: device.expires_at,
    }
}
