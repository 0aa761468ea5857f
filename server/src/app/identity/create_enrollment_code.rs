//! Handing out a code with which a person enrols a device.

use std::sync::Arc;
use std::time::Duration;

use renkei_crypto::enrollment;
use renkei_domain::access::Subject;
use renkei_domain::account::CodeKind;
use renkei_domain::administration;
use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::{EnrollmentId, OrganizationId, PersonId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::audit::Stamp;
use renkei_store::device::{self, Enrollment};
use renkei_store::identity;
use renkei_store::{Tx, audit, event};

use super::account_to_hold;
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// How long a one-time code is good.
pub(in crate::app) const LIFE: Duration = Duration::from_secs(72 * 3600);

/// A code in clear: it exists only here and on the way to the person.
pub(crate) struct IssuedCode {
    pub(crate) code: String,
    pub(crate) expires_at: Timestamp,
}

impl App {
    /// Makes a one-time code for a person who has an affiliation.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::NotOwnOrganization`], [`Reason::PersonElsewhere`],
    /// [`Reason::RoleReserved`], [`Reason::RequestIdReused`], [`Reason::NotFound`], [`Reason::AffiliationMissing`],
    /// [`Reason::StepUpRequired`].
    pub(crate) async fn create_enrollment_code(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        person: PersonId,
    ) -> Result<IssuedCode> {
        self.require_duty(caller, Duty::AdministerOrganization, Action::EnrollmentCodeCreate).await?;
        let (subject, stamp) = (caller.subject(), self.stamp_of(caller));
        let enrollment = self.new_enrollment(person, administration::reach(&subject)?);
        let app = Arc::clone(self);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let account = account_to_hold(tx, person).await?;
                administration::may_manage(&subject, &account)?;
                let found =
                    identity::person(tx, person).await?.ok_or_else(|| Error::new(Reason::NotFound))?;
                if found.affiliations.is_empty() {
                    return Err(Error::new(Reason::AffiliationMissing));
                }
                app.store_enrollment(tx, &enrollment, subject, stamp).await?;
                event::concerns(tx, stamp.id, [person.0]).await?;
                event::concerns(tx, stamp.id, account.organizations().map(|id| id.0)).await?;
                Ok((enrollment.id.0, app.issued(enrollment.id, enrollment.expires_at)))
            })
        });
        let result = self.once(caller, key, work, |id| self.issued_before(EnrollmentId(id))).await;
        self.record_refusal_about(caller, Action::EnrollmentCodeCreate, person.0, result).await
    }

    pub(super) fn new_enrollment(&self, person: PersonId, made_for: Option<OrganizationId>) -> Enrollment {
        Enrollment {
            id: EnrollmentId(self.new_uuid()),
            person,
            expires_at: self.now().after(LIFE),
            device: None,
            made_for,
        }
    }

    pub(super) async fn store_enrollment(
        &self,
        tx: &mut Tx,
        enrollment: &Enrollment,
        by: Subject,
        stamp: Stamp,
    ) -> Result<()> {
        let code = enrollment::code(&self.keys.enrollment, enrollment.id.as_bytes());
        device::insert_enrollment(tx, enrollment, CodeKind::Device, code.hash(), self.now()).await?;
        let act = Act::of_region(by, Action::EnrollmentCodeCreate, enrollment.person.0);
        audit::append(tx, stamp, &act).await?;
        Ok(())
    }

    /// The code follows from its id and the server's key, so the same request can be answered again
    /// although only a hash is stored.
    pub(in crate::app) fn issued(&self, id: EnrollmentId, expires_at: Timestamp) -> IssuedCode {
        let code = enrollment::code(&self.keys.enrollment, id.as_bytes());
        IssuedCode { code: code.reveal(&self.device_ca.fingerprint()), expires_at }
    }

    pub(super) async fn issued_before(&self, id: EnrollmentId) -> Result<IssuedCode> {
        let expires_at = self
            .store
            .read(move |conn| Box::pin(async move { device::enrollment_expiry(conn, id).await }))
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::new(Reason::NotFound))?;
        Ok(self.issued(id, expires_at))
    }
}
