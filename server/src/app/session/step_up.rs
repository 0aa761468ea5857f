//! Dangerous acts want the password to have been given a moment ago: whoever finds a session open, or steals its token,
//! lets nobody else in with it.

use std::sync::Arc;

use renkei_domain::account::DeviceKind;
use renkei_domain::audit::{Act, Action};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::{account, audit, identity, totp};

use super::attempt::Right;
use super::totp::Used;
use super::{Attempt, Second};
use crate::app::App;

/// The dangerous acts: those that let somebody in, or give patients' records away. They are named by what goes on
/// record of them. An emergency access is not among them: it takes the password itself, whenever it was given.
const DANGEROUS: &[Action] = &[
    Action::AffiliationCreate,
    Action::EnrollmentCodeCreate,
    Action::PersonReinstate,
    // a successor gets the patients
    Action::PersonOffboard,
    // as what it prepares, and it names patients
    Action::PersonOffboardPlan,
    Action::PasswordReset,
    // of somebody else's device
    Action::DeviceRevoke,
    Action::OrganizationUpdate,
    Action::CustodianOffer,
    Action::CustodianAnswer,
    // another way in
    Action::TotpEnroll,
    Action::RecoveryCodesRenew,
    Action::ServiceAccountCreate,
    Action::ServiceCodeCreate,
    // somebody else's program sees what the person sees
    Action::ServiceAllow,
];

impl App {
    /// Whether the password was given lately, if `action` is a dangerous one. To be asked when it is known that the
    /// caller may do it: nobody gives a password in vain.
    ///
    /// # Errors
    /// [`Reason::StepUpRequired`].
    pub(in crate::app) fn require_step_up(&self, caller: &Caller, action: Action) -> Result<()> {
        if self.is_stepped_up(caller) || !DANGEROUS.contains(&action) {
            return Ok(());
        }
        Err(Error::new(Reason::StepUpRequired))
    }

    fn is_stepped_up(&self, caller: &Caller) -> bool {
        let now = self.now();
        // a moment that is still to come was noted before the clock was set back
        caller.stepped_up_at.is_some_and(|at| at <= now && now < at.after(self.settings.step_up))
    }

    /// Takes the password again, and in a session of an authenticator app a code of it that was not used yet: no
    /// certificate binds such a session. Says until when dangerous acts do not want it.
    ///
    /// # Errors
    /// [`Reason::StepUpFailed`], [`Reason::LoginDelayed`], [`Reason::SessionRequired`], [`Reason::RequestInvalid`] (no
    /// code), [`Reason::Busy`].
    pub(crate) async fn step_up(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        password: &str,
        second: Option<Second>,
    ) -> Result<Timestamp> {
        let is_totp = caller.device_kind == DeviceKind::Totp;
        if is_totp && second.is_none() {
            return Err(Error::invalid_field("totp_code", "or recovery_code is required in this session"));
        }
        let object = caller.session.0;
        let act = Act::of_region(caller.subject(), Action::StepUp, object);
        let delayed = Act { refused: Some(Reason::LoginDelayed), ..act.clone() };
        let stepped_up = async {
            let (_, right) = self.own_password(caller, password, delayed).await?;
            let used = match second.filter(|_| is_totp) {
                Some(second) => Some(self.own_second(caller, &second).await?),
                None => None,
            };
            self.keep_step_up(caller, act, right, used).await
        };
        let stepped_up = stepped_up.await;
        if let Err(error) = &stepped_up
            && error.reason() == Reason::StepUpFailed
        {
            self.refuse_in_region(caller, Action::StepUp, object, Reason::StepUpFailed).await?;
        }
        stepped_up
    }

    async fn keep_step_up(
        &self,
        caller: &Caller,
        act: Act,
        right: Right,
        used: Option<Used>,
    ) -> Result<Timestamp> {
        let (session, device, now) = (caller.session, caller.device, self.now());
        let stamp = self.stamp_of(caller);
        let recovery = matches!(used, Some(Used::Recovery(_))).then(|| {
            let act = Act::of_region(caller.subject(), Action::RecoveryCodeUse, device.0);
            (self.stamp_of(caller), act)
        });
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    right.take_back(tx, now).await?;
                    if let Some(used) = used
                        && !used.take(tx, device, now).await?
                    {
                        return Err(Error::new(Reason::StepUpFailed));
                    }
                    if !account::step_up(tx, session, now).await? {
                        return Err(Error::new(Reason::SessionRequired));
                    }
                    audit::append(tx, stamp, &act).await?;
                    if let Some((stamp, act)) = recovery {
                        audit::append(tx, stamp, &act).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(now.after(self.settings.step_up))
    }

    /// How the code is used up, if the caller's own app shows it now, or it is one of its recovery codes.
    async fn own_second(&self, caller: &Caller, second: &Second) -> Result<Used> {
        let person = caller.actor.person;
        let app = self
            .store
            .look(move |conn| Box::pin(async move { totp::authenticator(conn, person).await }))
            .await
            .map_err(Error::from)?;
        let own = app.as_ref().filter(|app| app.device == caller.device).map(|app| (person, app));
        self.second_matches(own, second).await?.ok_or_else(|| Error::new(Reason::StepUpFailed))
    }

    /// Whether this is the caller's own password, as a try that is counted on the device; its hash. `delayed` goes on
    /// record where the try is refused. In a session that no certificate binds, the code must have been given lately,
    /// too: whoever has stolen the token and knows the password has one factor.
    ///
    /// # Errors
    /// [`Reason::StepUpRequired`], [`Reason::StepUpFailed`], [`Reason::LoginDelayed`], [`Reason::Busy`].
    pub(in crate::app) async fn own_password_matches(
        self: &Arc<Self>,
        caller: &Caller,
        password: &str,
        delayed: Act,
    ) -> Result<String> {
        if caller.device_kind == DeviceKind::Totp && !self.is_stepped_up(caller) {
            return Err(Error::new(Reason::StepUpRequired));
        }
        let (hash, right) = self.own_password(caller, password, delayed).await?;
        self.take_back(right).await?;
        Ok(hash)
    }

    async fn own_password(
        self: &Arc<Self>,
        caller: &Caller,
        password: &str,
        delayed: Act,
    ) -> Result<(String, Right)> {
        let person = caller.actor.person;
        let credentials = self
            .store
            .read(move |conn| Box::pin(async move { identity::credentials_of(conn, person).await }))
            .await
            .map_err(Error::from)?;
        let hash = credentials.and_then(|(_, hash)| hash);
        let attempt = Attempt { counters: vec![Self::by_device(caller.device)], refusal: Some(delayed) };
        let right = self.password_attempt(attempt, caller.device.0, password, hash.clone()).await?;
        hash.zip(right).ok_or_else(|| Error::new(Reason::StepUpFailed))
    }
}
