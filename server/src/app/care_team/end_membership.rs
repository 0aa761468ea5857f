//! Leaving a care team, and removing a member from it.

use std::sync::Arc;

use renkei_domain::access::Permit;
use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::patient::{CareTeamMember, MembershipStatus, Participant};
use renkei_domain::timeline::NoticeKind;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{Tx, Wakeup, audit, care_team};

use super::answer_invitation::own_participant;
use crate::app::notice::notice_of_member;
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

impl App {
    /// Ends the membership of the caller, or of the caller's organisation. When this returns nothing more is
    /// disclosed to it.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::MemberIsCustodian`],
    /// [`Reason::RequestIdReused`].
    pub(crate) async fn leave_care_team(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: PatientId,
        personal: bool,
        text: String,
    ) -> Result<CareTeamMember> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let permit = app.access_to_change(tx, &by, id).await?.leave(personal)?;
                let who = own_participant(&permit, personal);
                let act = Act::permitted(&permit, Action::CareTeamLeave).about(who.id());
                audit::append(tx, app.stamp_of(&by), &act).await?;
                Ok((id.0, app.end_membership(tx, &permit, who, MembershipStatus::Left, text).await?))
            })
        });
        let result = self.once(caller, key, work, |_| self.own_membership(caller, id, personal)).await;
        let member = self.record_refusal(caller, Action::CareTeamLeave, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(member)
    }

    /// Removes a member, or takes an invitation back. When this returns nothing more is disclosed to it.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::CustodianOnly`], [`Reason::RoleNotAllowed`],
    /// [`Reason::MemberIsCustodian`], [`Reason::NotAMember`], [`Reason::RequestIdReused`].
    pub(crate) async fn remove_care_team_member(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: PatientId,
        who: Participant,
        text: String,
    ) -> Result<CareTeamMember> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let permit = app.access_to_change(tx, &by, id).await?.manage(Duty::ManageCareTeam)?;
                if who == Participant::Organization(by.actor.organization) {
                    return Err(Error::new(Reason::MemberIsCustodian));
                }
                let act = Act::permitted(&permit, Action::CareTeamRemove).about(who.id());
                audit::append(tx, app.stamp_of(&by), &act).await?;
                Ok((who.id(), app.end_membership(tx, &permit, who, MembershipStatus::Removed, text).await?))
            })
        });
        let result = self.once(caller, key, work, |_| self.care_team_member(caller, id, who)).await;
        let member = self.record_refusal(caller, Action::CareTeamRemove, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(member)
    }

    async fn end_membership<A>(
        &self,
        tx: &mut Tx,
        permit: &Permit<A>,
        who: Participant,
        status: MembershipStatus,
        text: String,
    ) -> Result<CareTeamMember> {
        let not_a_member = || Error::new(Reason::NotAMember);
        if !care_team::end(tx, permit, who, status, self.now()).await? {
            return Err(not_a_member());
        }
        let member = care_team::member(tx, permit, who).await?.ok_or_else(not_a_member)?;
        let kind = match status {
            MembershipStatus::Left => NoticeKind::MemberLeft,
            _ => NoticeKind::MemberRemoved,
        };
        self.tell(tx, permit, notice_of_member(kind, &member, text)).await?;
        Ok(member)
    }
}
