//! A person's devices: which there are, and revoking one. One's own, and those of whom one may manage.

use std::sync::Arc;

use renkei_domain::account::OwnDevice;
use renkei_domain::administration;
use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::{DeviceId, PersonId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{account, service};

use crate::app::identity::{account_to_hold, append_concerning};
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

impl App {
    /// A person's devices; the caller's own if nobody is named. Looking at somebody else's is put on record.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::NotOwnOrganization`], [`Reason::PersonElsewhere`],
    /// [`Reason::RoleReserved`], [`Reason::NotFound`].
    pub(crate) async fn list_devices(
        &self,
        caller: &Caller,
        person: Option<PersonId>,
    ) -> Result<Vec<OwnDevice>> {
        let person = person.unwrap_or(caller.actor.person);
        if person == caller.actor.person {
            return self
                .store
                .read(move |conn| Box::pin(async move { account::devices(conn, person).await }))
                .await
                .map_err(Error::from);
        }
        self.require_duty(caller, Duty::AdministerOrganization, Action::DeviceRead).await?;
        let (subject, stamp) = (caller.subject(), self.stamp_of(caller));
        let act = Act::of_region(subject, Action::DeviceRead, person.0);
        let listed = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let account = account_to_hold(tx, person).await?;
                    administration::may_manage(&subject, &account)?;
                    append_concerning(tx, stamp, &act, Some(person), account.organizations()).await?;
                    Ok(account::devices(tx, person).await?)
                })
            })
            .await;
        self.record_refusal_about(caller, Action::DeviceRead, person.0, listed).await
    }

    /// Revokes a device: its sessions, their streams and its certificate are good for nothing when this returns.
    ///
    /// # Errors
    /// Of a device that is not the caller's own: [`Reason::RoleNotAllowed`], whether there is such a one or not;
    /// [`Reason::StepUpRequired`]; as [`administration::may_manage`]. [`Reason::NotFound`],
    /// [`Reason::RequestIdReused`].
    pub(crate) async fn revoke_device(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: DeviceId,
    ) -> Result<OwnDevice> {
        let whose = self
            .store
            .read(move |conn| Box::pin(async move { account::whose_device(conn, id).await }))
            .await
            .map_err(Error::from)?;
        let is_own = whose == Some(caller.actor.person);
        if !is_own {
            self.require_duty(caller, Duty::AdministerOrganization, Action::DeviceRevoke).await?;
        }
        let others = whose.filter(|_| !is_own);
        let (app, by, now, subject) = (Arc::clone(self), Arc::clone(caller), self.now(), caller.subject());
        let act = Act::of_region(subject, Action::DeviceRevoke, id.0);
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let mut organizations = Vec::new();
                if let Some(organization) = service::organization_of_device(tx, id).await? {
                    administration::may_manage_services(&subject, organization)?;
                    organizations.push(organization);
                } else if let Some(person) = others {
                    let account = account_to_hold(tx, person).await?;
                    administration::may_manage(&subject, &account)?;
                    organizations.extend(account.organizations());
                }
                let ended = account::revoke_device(tx, id, now).await?;
                let device = account::device(tx, id).await?.ok_or_else(|| Error::new(Reason::NotFound))?;
                append_concerning(tx, app.stamp_of(&by), &act, others, organizations).await?;
                Ok((id.0, (device, ended)))
            })
        });
        let replay = |id| async move { Ok((self.own_device(DeviceId(id)).await?, Vec::new())) };
        let result = self.once(caller, key, work, replay).await;
        let (device, ended) = self.record_refusal_about(caller, Action::DeviceRevoke, id.0, result).await?;
        self.say_ended(&ended);
        Ok(device)
    }

    async fn own_device(&self, id: DeviceId) -> Result<OwnDevice> {
        self.store
            .read(move |conn| Box::pin(async move { account::device(conn, id).await }))
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::new(Reason::NotFound))
    }
}
