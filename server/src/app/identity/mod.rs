//! Organisations, people, affiliations and enrolment codes.

mod create_affiliation;
mod create_enrollment_code;
mod create_first_administrator;
mod create_organization;
mod create_person;
mod list;

use renkei_domain::duty::{self, Duty};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};

pub(crate) use self::create_affiliation::NewAffiliation;
pub(crate) use self::create_first_administrator::{
    FirstAdministrator, FirstEnrollment, create_first_administrator,
};
pub(crate) use self::create_organization::NewOrganization;
pub(crate) use self::create_person::NewPerson;

fn administers(caller: &Caller) -> Result<()> {
    if duty::has(caller.actor.role, Duty::AdministerRegion) {
        Ok(())
    } else {
        Err(Error::new(Reason::RoleNotAllowed))
    }
}
