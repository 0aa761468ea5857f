//! Handing out a code with which a service account gets a certificate.

use std::sync::Arc;

use renkei_crypto::enrollment;
use renkei_domain::administration;
use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::{EnrollmentId, ServiceAccountId, ServiceCodeId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use renkei_store::service::{self, ServiceCode};

use crate::app::identity::{CODE_LIFE, IssuedCode, append_concerning};
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

impl App {
    /// Makes a one-time code for a service account.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::StepUpRequired`], [`Reason::NotOwnOrganization`], [`Reason::NotFound`],
    /// [`Reason::ServiceAccountEnded`], [`Reason::RequestIdReused`].
    pub(crate) async fn create_service_code(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: ServiceAccountId,
    ) -> Result<IssuedCode> {
        let action = Action::ServiceCodeCreate;
        self.require_duty(caller, Duty::AdministerOrganization, action).await?;
        let (app, by, subject, now) = (Arc::clone(self), Arc::clone(caller), caller.subject(), self.now());
        let new = ServiceCode {
            id: ServiceCodeId(self.new_uuid()),
            account: id,
            made_by: subject,
            expires_at: now.after(CODE_LIFE),
            device: None,
        };
        let act = Act::of_region(subject, action, id.0);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let account = service::account_to_hold(tx, id).await?;
                let account = account.ok_or_else(|| Error::new(Reason::NotFound))?;
                administration::may_manage_services(&subject, account.organization)?;
                if account.ended_at.is_some() {
                    return Err(Error::new(Reason::ServiceAccountEnded));
                }
                let code = enrollment::code(&app.keys.enrollment, new.id.as_bytes());
                service::insert_code(tx, &new, code.hash(), now).await?;
                append_concerning(tx, app.stamp_of(&by), &act, None, [account.organization]).await?;
                Ok((new.id.0, app.issued(EnrollmentId(new.id.0), new.expires_at)))
            })
        });
        let result = self.once(caller, key, work, |id| self.service_code_before(ServiceCodeId(id))).await;
        self.record_refusal_about(caller, action, id.0, result).await
    }

    async fn service_code_before(&self, id: ServiceCodeId) -> Result<IssuedCode> {
        let expires_at = self
            .store
            .read(move |conn| Box::pin(async move { service::code_expiry(conn, id).await }))
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::new(Reason::NotFound))?;
        Ok(self.issued(EnrollmentId(id.0), expires_at))
    }
}
