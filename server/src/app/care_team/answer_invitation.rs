//! Accepting or declining an invitation.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::patient::CareTeamMember;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{Wakeup, audit, care_team, patient};

use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

impl App {
    /// Answers the invitation of the caller's organisation.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::InvitationAnswered`],
    /// [`Reason::RequestIdReused`].
    pub(crate) async fn answer_invitation(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: PatientId,
        accept: bool,
    ) -> Result<CareTeamMember> {
        let (app, by, stamp, now) = (Arc::clone(self), Arc::clone(caller), self.stamp_of(caller), self.now());
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let not_found = || Error::new(Reason::NotFound);
                patient::raise_epoch(tx, id).await?.then_some(()).ok_or_else(not_found)?;
                let permit = app.access(tx, &by, id).await?.answer()?;
                if !care_team::answer(tx, &permit, accept, now).await? {
                    return Err(Error::new(Reason::InvitationAnswered));
                }
                let organization = permit.subject().organization;
                let act = Act::permitted(&permit, Action::CareTeamAnswer).about(organization.0);
                audit::append(tx, stamp, &act).await?;
                let member =
                    care_team::own_membership(tx, id, permit.subject()).await?.ok_or_else(not_found)?;
                Ok((id.0, member))
            })
        });
        let result = self.once(caller, key, work, |_| self.own_membership(caller, id)).await;
        let member = self.record_refusal(caller, Action::CareTeamAnswer, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(member)
    }

    async fn own_membership(&self, caller: &Arc<Caller>, id: PatientId) -> Result<CareTeamMember> {
        let subject = caller.subject();
        self.store
            .read(move |conn| Box::pin(async move { care_team::own_membership(conn, id, &subject).await }))
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::new(Reason::NotFound))
    }
}
