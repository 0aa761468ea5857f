//! Dangerous acts want the password to have been given a moment ago: whoever finds a session open, or steals its token,
//! lets nobody else in with it.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::{account, audit, identity};

use super::Attempt;
use crate::app::App;

/// The dangerous acts: those that let somebody in, or give patients' records away. They are named by what goes on
/// record of them. An emergency access is not among them: it takes the password itself, whenever it was given.
const DANGEROUS: &[Action] = &[
    Action::AffiliationCreate,
    Action::EnrollmentCodeCreate,
    Action::PersonReinstate,
    // a successor gets the patients
    Action::PersonOffboard,
    Action::PasswordReset,
    // of somebody else's device
    Action::DeviceRevoke,
    Action::OrganizationUpdate,
    Action::CustodianOffer,
    Action::CustodianAnswer,
];

impl App {
    /// Whether the password was given lately, if `action` is a dangerous one. To be asked when it is known that the
    /// caller may do it: nobody gives a password in vain.
    ///
    /// # Errors
    /// [`Reason::StepUpRequired`].
    pub(in crate::app) fn require_step_up(&self, caller: &Caller, action: Action) -> Result<()> {
        let now = self.now();
        // a moment that is still to come was noted before the clock was set back
        let is_fresh =
            caller.stepped_up_at.is_some_and(|at| at <= now && now < at.after(self.settings.step_up));
        if is_fresh || !DANGEROUS.contains(&action) {
            return Ok(());
        }
        Err(Error::new(Reason::StepUpRequired))
    }

    /// Takes the password again; says until when dangerous acts do not want it.
    ///
    /// # Errors
    /// [`Reason::StepUpFailed`], [`Reason::LoginDelayed`], [`Reason::SessionRequired`], [`Reason::Busy`].
    pub(crate) async fn step_up(self: &Arc<Self>, caller: &Arc<Caller>, password: &str) -> Result<Timestamp> {
        let object = caller.session.0;
        let act = Act::of_region(caller.subject(), Action::StepUp, object);
        let delayed = Act { refused: Some(Reason::LoginDelayed), ..act.clone() };
        if let Err(error) = self.own_password_matches(caller, password, delayed).await {
            if error.reason() == Reason::StepUpFailed {
                self.refuse_in_region(caller, Action::StepUp, object, Reason::StepUpFailed).await?;
            }
            return Err(error);
        }
        let (session, stamp, now) = (caller.session, self.stamp_of(caller), self.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    if !account::step_up(tx, session, now).await? {
                        return Err(Error::new(Reason::SessionRequired));
                    }
                    audit::append(tx, stamp, &act).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(now.after(self.settings.step_up))
    }

    /// Whether this is the caller's own password, as a try that is counted on the device; its hash. `delayed` goes on
    /// record where the try is refused.
    ///
    /// # Errors
    /// [`Reason::StepUpFailed`], [`Reason::LoginDelayed`], [`Reason::Busy`].
    pub(in crate::app) async fn own_password_matches(
        self: &Arc<Self>,
        caller: &Caller,
        password: &str,
        delayed: Act,
    ) -> Result<String> {
        let person = caller.actor.person;
        let credentials = self
            .store
            .read(move |conn| Box::pin(async move { identity::credentials_of(conn, person).await }))
            .await
            .map_err(Error::from)?;
        let hash = credentials.and_then(|(_, hash)| hash);
        let attempt = Attempt { counters: vec![Self::by_device(caller.device)], refusal: Some(delayed) };
        let right = self.password_attempt(attempt, caller.device.0, password, hash.clone()).await?;
        self.take_back(right.ok_or_else(|| Error::new(Reason::StepUpFailed))?).await?;
        hash.ok_or_else(|| Error::new(Reason::StepUpFailed))
    }
}
