//! Organisations, people, affiliations and enrolment codes.

mod create_affiliation;
mod create_enrollment_code;
mod create_first_administrator;
mod create_organization;
mod create_person;
mod list;
mod policy;
mod standing;

use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::{self, Duty};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};

use super::App;

pub(crate) use self::create_affiliation::NewAffiliation;
pub(crate) use self::create_first_administrator::{
    FirstAdministrator, FirstEnrollment, create_first_administrator,
};
pub(crate) use self::create_organization::NewOrganization;
pub(crate) use self::create_person::NewPerson;
pub(crate) use self::policy::NewPolicy;

impl App {
    /// Whether the caller's role has `duty`. A refusal is put on record as `action`.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`].
    pub(super) async fn require_duty(&self, caller: &Caller, duty: Duty, action: Action) -> Result<()> {
        if duty::has(caller.actor.role, duty) {
            return Ok(());
        }
        let reason = Reason::RoleNotAllowed;
        let act = Act { refused: Some(reason), ..Act::of_region(caller.subject(), action, caller.session.0) };
        let stamp = self.stamp_of(caller);
        self.store
            .write(move |tx| Box::pin(async move { renkei_store::audit::append(tx, stamp, &act).await }))
            .await
            .map_err(Error::from)?;
        Err(Error::new(reason))
    }
}
