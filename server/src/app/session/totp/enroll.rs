//! Beginning to enrol an authenticator app: with an enrolment code and the password, or in a session of one's own. The
//! seed that is shown is good for nothing until [`App::confirm_totp`].

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use renkei_crypto::enrollment::EnrollmentCode;
use renkei_crypto::token::Token;
use renkei_crypto::totp::Seed;
use renkei_domain::audit::Action;
use renkei_domain::id::{DeviceId, PersonId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::totp::{self, Ground, Offer};

use crate::app::App;
use crate::app::session::Attempt;

/// How long there is to scan the seed and type the first code.
const LIFE: Duration = Duration::from_secs(600);
/// Who issues the codes, where the region has no name.
const ISSUER: &str = "Renkei";

/// What is asked with an enrolment code.
pub(crate) struct EnrollTotp {
    pub(crate) code: String,
    pub(crate) password: String,
    pub(crate) device_name: String,
}

/// A seed and what confirms it, in clear: they exist only here and at the person.
pub(crate) struct Offered {
    pub(crate) uri: String,
    pub(crate) token: Token,
    pub(crate) expires_at: Timestamp,
}

impl App {
    /// Offers an app to whoever has an enrolment code and the person's password, or the first password; with it, the
    /// login name. The code is used up when the app is confirmed, so a lost answer loses nothing.
    ///
    /// # Errors
    /// [`Reason::TotpNotAllowed`], [`Reason::EnrollmentCodeInvalid`], [`Reason::LoginFailed`] (a wrong password),
    /// [`Reason::LoginDelayed`], [`Reason::PasswordRefused`], [`Reason::AffiliationMissing`], [`Reason::Busy`].
    pub(crate) async fn enroll_totp(
        self: &Arc<Self>,
        from: IpAddr,
        command: EnrollTotp,
    ) -> Result<(Offered, String)> {
        self.require_totp()?;
        let invalid = || Error::new(Reason::EnrollmentCodeInvalid);
        let hash = EnrollmentCode::parse(&command.code).ok_or_else(invalid)?.hash();
        let attempt = Attempt { counters: vec![self.by_address(from)], refusal: None };
        let found = self
            .attempt(attempt, async {
                Ok(self.look_up(hash).await?.filter(|found| found.is_unused(self.now())))
            })
            .await?;
        let (found, right) = found.ok_or_else(invalid)?;
        self.take_back(right).await?;

        let (asker, person) = (found.enrollment.id.0, found.person);
        let password = match found.password_hash {
            Some(hash) => {
                let (action, known) = (Action::TotpEnroll, Some(hash.clone()));
                if !self.known_password(action, asker, &person, &command.password, known).await? {
                    return Err(Error::new(Reason::LoginFailed));
                }
                hash
            }
            None => self.hash_new_password("password", asker, &person, command.password).await?,
        };
        if person.affiliations.is_empty() {
            return Err(Error::new(Reason::AffiliationMissing));
        }
        let ground = Ground::Code { enrollment: found.enrollment.id, password };
        let offered = self.offer(person.id, &person.login_name, command.device_name, ground).await?;
        Ok((offered, person.login_name))
    }

    /// Offers the caller an app of the own account.
    ///
    /// # Errors
    /// [`Reason::TotpNotAllowed`], [`Reason::StepUpRequired`].
    pub(crate) async fn add_totp(&self, caller: &Caller, device_name: String) -> Result<Offered> {
        self.require_totp()?;
        self.require_step_up(caller, Action::TotpEnroll)?;
        let ground = Ground::Session(caller.session);
        self.offer(caller.actor.person, &caller.login_name, device_name, ground).await
    }

    async fn offer(
        &self,
        person: PersonId,
        login_name: &str,
        name: String,
        ground: Ground,
    ) -> Result<Offered> {
        let (seed, token) = (Seed::random(self.entropy.as_ref()), Token::random(self.entropy.as_ref()));
        let issuer = self.settings.region.as_deref().unwrap_or(ISSUER);
        let uri = seed.uri(issuer, login_name).map_err(|error| Error::internal(error.to_string()))?;
        let device = DeviceId(self.new_uuid());
        let sealed =
            seed.seal(&self.keys.totp_seed, person.0.as_bytes(), device.0.as_bytes(), self.entropy.as_ref());
        let offer = Offer { person, device, name, seed: sealed, ground };
        let (hash, expires_at) = (token.hash(), self.now().after(LIFE));
        self.store
            .write(move |tx| Box::pin(async move { totp::keep_offer(tx, &offer, hash, expires_at).await }))
            .await
            .map_err(Error::from)?;
        Ok(Offered { uri, token, expires_at })
    }
}
