//! Accepting or declining an invitation.

use std::sync::Arc;

use renkei_domain::access::{Answer, Permit};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::patient::{CareTeamMember, Participant, StaffAccess};
use renkei_domain::timeline::NoticeKind;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{Wakeup, audit, care_team};

use crate::app::notice::notice_of_member;
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// The answer.
pub(crate) struct AnswerInvitation {
    pub(crate) accept: bool,
    /// To the caller's own invitation, not that of the organisation.
    pub(crate) personal: bool,
    pub(crate) staff: StaffAccess,
}

impl App {
    /// Answers the invitation of the caller or of the caller's organisation.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::InvitationAnswered`],
    /// [`Reason::RequestIdReused`].
    pub(crate) async fn answer_invitation(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: PatientId,
        answer: AnswerInvitation,
    ) -> Result<CareTeamMember> {
        let (app, by, now) = (Arc::clone(self), Arc::clone(caller), self.now());
        let AnswerInvitation { accept, personal, staff } = answer;
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let not_found = || Error::new(Reason::NotFound);
                let permit = app.access_to_change(tx, &by, id).await?.answer(personal)?;
                if !care_team::answer(tx, &permit, personal, accept, staff, now).await? {
                    return Err(Error::new(Reason::InvitationAnswered));
                }
                if accept && staff == StaffAccess::Assigned {
                    care_team::set_staff(tx, &permit, staff, &[by.actor.person]).await?;
                }
                let who = own_participant(&permit, personal);
                audit::append(
                    tx,
                    app.stamp_of(&by),
                    &Act::permitted(&permit, Action::CareTeamAnswer).about(who.id()),
                )
                .await?;
                let member = care_team::own_membership(tx, id, who).await?.ok_or_else(not_found)?;
                let kind = if accept { NoticeKind::MemberJoined } else { NoticeKind::MemberDeclined };
                app.tell(tx, &permit, notice_of_member(kind, &member, String::new())).await?;
                Ok((id.0, member))
            })
        });
        let result = self.once(caller, key, work, |_| self.own_membership(caller, id, personal)).await;
        let member = self.record_refusal(caller, Action::CareTeamAnswer, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(member)
    }

    pub(super) async fn own_membership(
        &self,
        caller: &Arc<Caller>,
        id: PatientId,
        personal: bool,
    ) -> Result<CareTeamMember> {
        let who = if personal {
            Participant::Person(caller.actor.person)
        } else {
            Participant::Organization(caller.actor.organization)
        };
        self.store
            .read(move |conn| Box::pin(async move { care_team::own_membership(conn, id, who).await }))
            .await
            .map_err(Error::from)?
            .ok_or_else(|| Error::new(Reason::NotFound))
    }
}

/// The caller, or the caller's organisation, as a member.
pub(super) fn own_participant(permit: &Permit<Answer>, personal: bool) -> Participant {
    let subject = permit.subject();
    if personal {
        Participant::Person(subject.person)
    } else {
        Participant::Organization(subject.organization)
    }
}
