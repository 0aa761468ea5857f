//! Taking a password away that is forgotten, or that somebody else knows.

use std::sync::Arc;

use renkei_crypto::enrollment;
use renkei_domain::account::CodeKind;
use renkei_domain::administration;
use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::{EnrollmentId, PersonId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{account, device, session};

use super::create_enrollment_code::IssuedCode;
use super::{account_to_hold, append_concerning};
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

impl App {
    /// Takes a person's password away, ends all sessions of the person, and makes a one-time code with which the person
    /// sets another one on an enrolled device. Codes of before are good for nothing: without a password, an enrolment
    /// sets one.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::NotOwnOrganization`], [`Reason::PersonElsewhere`],
    /// [`Reason::RoleReserved`], [`Reason::NotFound`], [`Reason::StepUpRequired`], [`Reason::RequestIdReused`].
    pub(crate) async fn reset_password(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        person: PersonId,
    ) -> Result<IssuedCode> {
        self.require_duty(caller, Duty::AdministerOrganization, Action::PasswordReset).await?;
        let (app, by, now) = (Arc::clone(self), Arc::clone(caller), self.now());
        let subject = caller.subject();
        let new = self.new_enrollment(person, administration::reach(&subject)?);
        let act = Act::of_region(subject, Action::PasswordReset, person.0);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let account = account_to_hold(tx, person).await?;
                administration::may_manage(&subject, &account)?;
                if !account::forget_password(tx, person).await? {
                    return Err(Error::new(Reason::NotFound));
                }
                let ended = session::end_of_person(tx, person, now).await?;
                let code = enrollment::code(&app.keys.enrollment, new.id.as_bytes());
                device::insert_enrollment(tx, &new, CodeKind::Password, code.hash(), now).await?;
                append_concerning(tx, app.stamp_of(&by), &act, Some(person), account.organizations()).await?;
                Ok((new.id.0, (app.issued(new.id, new.expires_at), ended)))
            })
        });
        let replay = |id| async move { Ok((self.issued_before(EnrollmentId(id)).await?, Vec::new())) };
        let result = self.once(caller, key, work, replay).await;
        let (code, ended) =
            self.record_refusal_about(caller, Action::PasswordReset, person.0, result).await?;
        self.say_ended(&ended);
        Ok(code)
    }
}
