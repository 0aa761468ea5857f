//! Enrolling the authenticator app that shows the code of an offered seed.

use std::net::IpAddr;
use std::sync::Arc;

use renkei_crypto::recovery::RecoveryCode;
use renkei_crypto::token::Token;
use renkei_crypto::totp::Code;
use renkei_domain::access::Subject;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{DeviceId, SessionId};
use renkei_domain::identity::{Affiliation, Purpose};
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::totp::{self, Ground, Offer};
use renkei_store::{Tx, account, audit, device, identity, session};

use crate::app::App;
use crate::app::session::Attempt;
use crate::app::session::enroll_device::is_still_good;

impl App {
    /// Makes an offered app the person's: the one before is revoked with its sessions. Its id and its recovery codes,
    /// which are told here only.
    ///
    /// # Errors
    /// [`Reason::TotpNotAllowed`], [`Reason::TotpNotEnrolled`], [`Reason::TotpCodeWrong`], after which the offer stands,
    /// [`Reason::EnrollmentCodeInvalid`], [`Reason::LoginDelayed`].
    pub(crate) async fn confirm_totp(
        self: &Arc<Self>,
        from: IpAddr,
        token: &str,
        code: &Code,
    ) -> Result<(DeviceId, Vec<RecoveryCode>)> {
        self.require_totp()?;
        let missing = || Error::new(Reason::TotpNotEnrolled);
        let hash = Token::parse(token).ok_or_else(missing)?.hash();
        let attempt = Attempt { counters: vec![self.by_address(from)], refusal: None };
        let confirmed = self
            .attempt(attempt, async {
                let now = self.now();
                let offer = self
                    .store
                    .look(move |conn| Box::pin(async move { totp::offer(conn, hash, now).await }))
                    .await
                    .map_err(Error::from)?
                    .ok_or_else(missing)?;
                let seed = self.open_seed(offer.person, offer.device, &offer.seed)?;
                Ok(self.step_of(&seed, code).map(|step| (offer, step)))
            })
            .await?;
        let ((offer, step), right) = confirmed.ok_or_else(|| Error::new(Reason::TotpCodeWrong))?;
        self.take_back(right).await?;

        let (id, now) = (offer.device, self.now());
        let (codes, hashes) = self.new_recovery_codes(id);
        let app = Arc::clone(self);
        let ended = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let ended = app.enroll_offered(tx, &offer, hash, step, now).await?;
                    totp::replace_recovery_codes(tx, id, &hashes).await?;
                    Ok::<_, Error>(ended)
                })
            })
            .await?;
        self.say_ended(&ended);
        Ok((id, codes))
    }

    /// Enrols an app if what its offer rests on is good still; the sessions that ended.
    async fn enroll_offered(
        &self,
        tx: &mut Tx,
        offer: &Offer,
        token_hash: [u8; 32],
        step: i64,
        now: Timestamp,
    ) -> Result<Vec<SessionId>> {
        let missing = || Error::new(Reason::TotpNotEnrolled);
        let invalid = || Error::new(Reason::EnrollmentCodeInvalid);
        if let Ground::Code { enrollment, .. } = &offer.ground {
            // the administrators' lock comes before the person's
            let code = device::enrollment_by_id(tx, *enrollment).await?.ok_or_else(invalid)?;
            if !is_still_good(tx, &code).await? {
                return Err(invalid());
            }
        }
        if let Ground::Session(id) = &offer.ground {
            let session = session::by_id(tx, *id).await?.ok_or_else(missing)?;
            self.check_session(&session, now).map_err(|_| missing())?;
        }
        let ended = totp::enroll(tx, offer, token_hash, step, now).await?.ok_or_else(missing)?;
        let person = identity::person(tx, offer.person).await?;
        let person = person.filter(|person| person.suspended_at.is_none()).ok_or_else(missing)?;
        let session = match &offer.ground {
            Ground::Code { enrollment, password } => {
                if !device::use_enrollment(tx, *enrollment, offer.device, now).await? {
                    return Err(invalid());
                }
                // the password that was compared, or the first one: any other was set meanwhile
                let is_known = account::hold_password(tx, offer.person, password).await?
                    || identity::set_first_password(tx, offer.person, password).await?;
                if !is_known {
                    return Err(missing());
                }
                None
            }
            Ground::Session(id) => {
                // again, since nothing of the person changes from here on; this enrolment may have ended it itself, if
                // it began with the app before
                let session = session::by_id(tx, *id).await?.ok_or_else(missing)?;
                if session.ended && !ended.contains(id) {
                    return Err(missing());
                }
                Some(*id)
            }
        };
        let affiliation =
            person.affiliations.first().ok_or_else(|| Error::new(Reason::AffiliationMissing))?;
        let Affiliation { organization, role, .. } = *affiliation;
        let subject = Subject { person: person.id, organization, role, purpose: Purpose::Treatment };
        let act = Act::of_region(subject, Action::TotpEnroll, offer.device.0);
        audit::append(tx, self.stamp(session), &act).await?;
        Ok(ended)
    }
}
