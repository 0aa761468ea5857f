//! Service accounts: an organisation's programs, which act for people who have allowed it.
//!
//! What keeps an administrator from reading patients' records through one: the administrator makes the account and its
//! code, and only a person can allow it to act for the person. What keeps the account from more than the person meant:
//! `authn` lets its sessions call the few methods that `policy` lists, none of which changes who may see what.

mod accounts;
mod allow;
mod begin;
mod code;
mod enroll;
mod quota;

use renkei_domain::audit::Action;
use renkei_domain::identity::Caller;
use renkei_domain::service::Service;
use renkei_domain::{Error, Reason, Result};

pub(crate) use self::accounts::NewServiceAccount;
pub(crate) use self::begin::BeginServiceSession;
pub(crate) use self::quota::Quotas;
use super::App;

impl App {
    /// Counts a call of a service account.
    ///
    /// # Errors
    /// [`Reason::ServiceQuotaExceeded`], with how long to wait.
    pub(crate) fn take_call(&self, service: &Service) -> Result<()> {
        let wait = self.service_quotas.take(service, std::time::Instant::now()).err();
        wait.map_or(Ok(()), |wait| Err(Error::new(Reason::ServiceQuotaExceeded).retry_after(wait)))
    }

    /// Puts on record that a service account called what none may call, and refuses that.
    pub(crate) async fn refuse_service(&self, caller: &Caller) -> Error {
        let reason = Reason::ServiceMethodNotAllowed;
        let recorded = self.refuse_in_region(caller, Action::ServiceSession, caller.session.0, reason).await;
        recorded.err().unwrap_or_else(|| Error::new(reason))
    }
}
