//! Creating service accounts, listing them, ending them.

use std::sync::Arc;

use renkei_domain::administration;
use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::{self, Duty};
use renkei_domain::id::{OrganizationId, ServiceAccountId};
use renkei_domain::identity::Caller;
use renkei_domain::service::{Service, ServiceAccount};
use renkei_domain::{Error, Reason, Result};
use renkei_store::{StoreError, service};

use crate::app::identity::append_concerning;
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// What is to be created.
pub(crate) struct NewServiceAccount {
    pub(crate) organization: OrganizationId,
    pub(crate) name: String,
    pub(crate) calls_per_minute: i64,
}

impl App {
    /// Creates a service account of an organisation.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::StepUpRequired`], [`Reason::NotOwnOrganization`], [`Reason::NotFound`],
    /// [`Reason::RequestIdReused`].
    pub(crate) async fn create_service_account(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        new: NewServiceAccount,
    ) -> Result<ServiceAccount> {
        let action = Action::ServiceAccountCreate;
        self.require_duty(caller, Duty::AdministerOrganization, action).await?;
        let (app, by, subject) = (Arc::clone(self), Arc::clone(caller), caller.subject());
        let id = ServiceAccountId(self.new_uuid());
        let NewServiceAccount { organization, name, calls_per_minute } = new;
        let account = ServiceAccount {
            service: Service { id, name, calls_per_minute },
            organization,
            created_at: self.now(),
            ended_at: None,
            certificates: Vec::new(),
        };
        let act = Act::of_region(subject, action, id.0);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                administration::may_manage_services(&subject, organization)?;
                service::insert(tx, &account).await.map_err(|error| match error {
                    StoreError::ForeignKey => Error::new(Reason::NotFound),
                    error => error.into(),
                })?;
                append_concerning(tx, app.stamp_of(&by), &act, None, [organization]).await?;
                Ok((id.0, account))
            })
        });
        let result = self.once(caller, key, work, |id| self.service_account(ServiceAccountId(id))).await;
        self.record_refusal_about(caller, action, organization.0, result).await
    }

    /// The service accounts of an organisation: for its own people, who may want to allow one, and for who administers
    /// the region. Certificates are for whoever can revoke them.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`].
    pub(crate) async fn list_service_accounts(
        &self,
        caller: &Caller,
        id: OrganizationId,
    ) -> Result<Vec<ServiceAccount>> {
        if caller.actor.organization != id && !duty::has(caller.actor.role, Duty::AdministerRegion) {
            return Err(Error::new(Reason::RoleNotAllowed));
        }
        let with_certificates = administration::may_manage_services(&caller.subject(), id).is_ok();
        let now = self.now();
        self.store
            .read(move |conn| {
                Box::pin(async move {
                    let mut accounts = service::of_organization(conn, id).await?;
                    if with_certificates {
                        for account in &mut accounts {
                            account.certificates =
                                service::certificates(conn, account.service.id, now).await?;
                        }
                    }
                    Ok::<_, StoreError>(accounts)
                })
            })
            .await
            .map_err(Error::from)
    }

    /// Ends a service account: its certificates, codes, sessions and their streams are good for nothing when this
    /// returns, and what people allowed it is gone.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::NotOwnOrganization`], [`Reason::NotFound`], [`Reason::RequestIdReused`].
    pub(crate) async fn end_service_account(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: ServiceAccountId,
    ) -> Result<ServiceAccount> {
        let action = Action::ServiceAccountEnd;
        self.require_duty(caller, Duty::AdministerOrganization, action).await?;
        let (app, by, subject, now) = (Arc::clone(self), Arc::clone(caller), caller.subject(), self.now());
        let act = Act::of_region(subject, action, id.0);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let not_found = || Error::new(Reason::NotFound);
                let account = service::account(tx, id).await?.ok_or_else(not_found)?;
                administration::may_manage_services(&subject, account.organization)?;
                let ended = service::end(tx, id, now).await?;
                append_concerning(tx, app.stamp_of(&by), &act, None, [account.organization]).await?;
                Ok((id.0, (service::account(tx, id).await?.ok_or_else(not_found)?, ended)))
            })
        });
        let replay = |id| async move { Ok((self.service_account(ServiceAccountId(id)).await?, Vec::new())) };
        let result = self.once(caller, key, work, replay).await;
        let (account, ended) = self.record_refusal_about(caller, action, id.0, result).await?;
        self.say_ended(&ended);
        Ok(account)
    }

    async fn service_account(&self, id: ServiceAccountId) -> Result<ServiceAccount> {
        self.store
            .read(move |conn| Box::pin(async move { service::account(conn, id).await }))
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::new(Reason::NotFound))
    }
}
