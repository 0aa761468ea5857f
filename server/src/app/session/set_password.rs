//! Setting a password that was reset: a code of the administrator's and the certificate of an own device.

use std::net::IpAddr;
use std::sync::Arc;

use renkei_crypto::enrollment::EnrollmentCode;
use renkei_domain::access::Subject;
use renkei_domain::account::CodeKind;
use renkei_domain::audit::{Act, Action};
use renkei_domain::identity::{Affiliation, Purpose};
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::device::Enrollment;
use renkei_store::{audit, device, identity};

use super::enroll_device::is_still_good;
use super::{Attempt, PresentedDevice, refused_login};
use crate::app::App;

impl App {
    /// Sets the password of the device's person. The same code and password on the same device find it set, so a lost
    /// answer loses nothing.
    ///
    /// # Errors
    /// [`Reason::EnrollmentCodeInvalid`] also for somebody else's code; [`Reason::PasswordRefused`], after which the
    /// code is still good; [`Reason::LoginDelayed`], [`Reason::AffiliationMissing`], [`Reason::Busy`].
    pub(crate) async fn set_password(
        self: &Arc<Self>,
        from: IpAddr,
        shown: &PresentedDevice,
        code: &str,
        password: String,
    ) -> Result<()> {
        let invalid = || Error::new(Reason::EnrollmentCodeInvalid);
        let hash = EnrollmentCode::parse(code).ok_or_else(invalid)?.hash();
        let owner = shown.person;
        let (person, stored) = self
            .store
            .read(move |conn| {
                Box::pin(async move {
                    let person = identity::person(conn, owner).await?;
                    Ok::<_, Error>((person, identity::credentials_of(conn, owner).await?))
                })
            })
            .await?;
        let person = person.filter(|person| person.suspended_at.is_none()).ok_or_else(invalid)?;
        let asker = shown.id.0;
        let refused = |reason| refused_login(&person, Action::PasswordSet, asker, reason);

        let attempt =
            Attempt { counters: vec![self.by_address(from)], refusal: refused(Reason::LoginDelayed) };
        let found = self
            .attempt(attempt, async {
                let found = self
                    .store
                    .read(move |conn| {
                        Box::pin(async move { device::enrollment(conn, hash, CodeKind::Password).await })
                    })
                    .await
                    .map_err(Error::from)?;
                Ok(found.filter(|code| is_good_on(code, shown, self.now())))
            })
            .await?;
        let Some((code, right)) = found else {
            self.record_failed_password(refused(Reason::EnrollmentCodeInvalid)).await?;
            return Err(invalid());
        };
        self.take_back(right).await?;

        if code.device.is_some() {
            let attempt =
                Attempt { counters: vec![Self::by_device(shown.id)], refusal: refused(Reason::LoginDelayed) };
            let stored = stored.and_then(|(_, hash)| hash);
            return match self.password_attempt(attempt, asker, &password, stored).await? {
                Some(right) => self.take_back(right).await,
                None => {
                    self.record_failed_password(refused(Reason::LoginFailed)).await?;
                    Err(invalid())
                }
            };
        }
        let affiliation =
            person.affiliations.first().ok_or_else(|| Error::new(Reason::AffiliationMissing))?;
        let Affiliation { organization, role, .. } = *affiliation;
        let new = self.hash_new_password("password", asker, &person, password).await?;

        let subject = Subject { person: owner, organization, role, purpose: Purpose::Treatment };
        let act = Act::of_region(subject, Action::PasswordSet, owner.0);
        let (id, stamp, now) = (shown.id, self.stamp(None), self.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if !is_still_good(tx, &code).await? {
                        return Err(Error::new(Reason::EnrollmentCodeInvalid));
                    }
                    let is_set = device::use_enrollment(tx, code.id, id, now).await?
                        && identity::set_first_password(tx, owner, &new).await?;
                    if !is_set {
                        // used a moment ago, or the password was set in another way
                        return Err(Error::new(Reason::EnrollmentCodeInvalid));
                    }
                    audit::append(tx, stamp, &act).await?;
                    Ok(())
                })
            })
            .await
    }
}

/// Whether it is a code of the device's person: unused and in time, or used on this device.
fn is_good_on(code: &Enrollment, shown: &PresentedDevice, now: Timestamp) -> bool {
    let is_to_use = match code.device {
        Some(used_on) => used_on == shown.id,
        None => now < code.expires_at,
    };
    code.person == shown.person && is_to_use
}
