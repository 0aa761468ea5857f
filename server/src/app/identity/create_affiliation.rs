//! Giving a person a role at an organisation.

use std::sync::Arc;

use renkei_domain::administration::may_affiliate;
use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::{AffiliationId, OrganizationId, PersonId};
use renkei_domain::identity::{Affiliation, Caller, Role};
use renkei_domain::{Error, Reason, Result};
use renkei_store::{StoreError, identity, session};

use super::{account_to_hold, append_concerning};
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// What is to be created.
#[derive(Clone, Copy)]
pub(crate) struct NewAffiliation {
    pub(crate) person: PersonId,
    pub(crate) organization: OrganizationId,
    pub(crate) role: Role,
}

impl App {
    /// Creates an affiliation.
    ///
    /// # Errors
    /// [`Reason::RoleNotAllowed`], [`Reason::NotOwnOrganization`], [`Reason::PersonElsewhere`],
    /// [`Reason::RoleReserved`], [`Reason::RequestIdReused`], [`Reason::NotFound`], [`Reason::AffiliationExists`],
    /// [`Reason::StepUpRequired`].
    pub(crate) async fn create_affiliation(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        new: NewAffiliation,
    ) -> Result<Affiliation> {
        self.require_duty(caller, Duty::AdministerOrganization, Action::AffiliationCreate).await?;
        let (id, now, stamp) = (AffiliationId(self.new_uuid()), self.now(), self.stamp_of(caller));
        let subject = caller.subject();
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let account = account_to_hold(tx, new.person).await?;
                may_affiliate(&subject, &account, new.organization, new.role)?;
                let id = identity::insert_affiliation(tx, id, new.person, new.organization, new.role, now)
                    .await
                    .map_err(|error| match error {
                        StoreError::Unique => Error::new(Reason::AffiliationExists),
                        StoreError::ForeignKey => Error::new(Reason::NotFound),
                        error => error.into(),
                    })?;
                // it may have been there before: no session of then comes back with it
                session::end_of_affiliation(tx, id, now).await?;
                let act = Act::of_region(subject, Action::AffiliationCreate, id.0);
                append_concerning(tx, stamp, &act, Some(new.person), [new.organization]).await?;
                Ok((id.0, id))
            })
        });
        let result = self.once(caller, key, work, |id| std::future::ready(Ok(AffiliationId(id)))).await;
        let action = Action::AffiliationCreate;
        let id = self.record_refusal_about(caller, action, new.person.0, result).await?;
        self.store
            .read(move |conn| Box::pin(async move { identity::affiliations(conn, new.person).await }))
            .await
            .map_err(Error::from)?
            .into_iter()
            .find(|affiliation| affiliation.id == id)
            .ok_or_else(|| Error::new(Reason::NotFound))
    }
}
