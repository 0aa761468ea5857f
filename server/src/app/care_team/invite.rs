//! Inviting an organisation or a person to a care team.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::patient::{CareTeamMember, Participant};
use renkei_domain::timeline::NoticeKind;
use renkei_domain::{Access, Error, Reason, Result};
use renkei_store::{StoreError, Wakeup, audit, care_team, patient};

use crate::app::notice::notice_of_member;
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// More members than this in one care team are a mistake.
const MAXIMUM: i64 = 200;

/// Whom to invite, and what to tell them.
pub(crate) struct Invite {
    pub(crate) patient: PatientId,
    pub(crate) participant: Participant,
    pub(crate) message: String,
}

impl App {
    /// Invites an organisation or a person, also one that declined, left or was removed.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::CustodianOnly`], [`Reason::RoleNotAllowed`],
    /// [`Reason::CareTeamMemberExists`], [`Reason::RequestIdReused`].
    pub(crate) async fn invite_care_team_member(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        command: Invite,
    ) -> Result<CareTeamMember> {
        let Invite { patient: id, participant, message } = command;
        let (app, by, now) = (Arc::clone(self), Arc::clone(caller), self.now());
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let not_found = || Error::new(Reason::NotFound);
                let permit = app.access_to_change(tx, &by, id).await?.manage(Duty::ManageCareTeam)?;
                let is_new = care_team::member(tx, &permit, participant).await?.is_none();
                if is_new && care_team::count(tx, &permit).await? >= MAXIMUM {
                    return Err(Error::invalid_field("member", "the care team has 200 members"));
                }
                let version = patient::key_version(tx, &permit).await?;
                let patient_key = app.keys.patient_key(tx, id, version).await?;
                let message = app.seal_invitation(&patient_key, participant, &message);
                care_team::invite(tx, &permit, participant, &message, now).await.map_err(
                    |error| match error {
                        StoreError::Unique => Error::new(Reason::CareTeamMemberExists),
                        StoreError::ForeignKey => Error::invalid_field("member", "does not exist"),
                        error => error.into(),
                    },
                )?;
                let act = Act::permitted(&permit, Action::CareTeamInvite).about(participant.id());
                audit::append(tx, app.stamp_of(&by), &act).await?;
                let member = care_team::member(tx, &permit, participant).await?.ok_or_else(not_found)?;
                let notice = notice_of_member(NoticeKind::MemberInvited, &member, String::new());
                app.tell(tx, &permit, notice).await?;
                Ok((participant.id(), member))
            })
        });
        let result = self.once(caller, key, work, |_| self.care_team_member(caller, id, participant)).await;
        let member = self.record_refusal(caller, Action::CareTeamInvite, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(member)
    }

    pub(super) async fn care_team_member(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        who: Participant,
    ) -> Result<CareTeamMember> {
        let ask = |access: &Access| access.read_papers(Duty::ManageCareTeam);
        self.disclose_under(ask, caller, patient, Action::CareTeamRead, move |_, conn, permit| {
            Box::pin(async move {
                let member = care_team::member(conn, &permit, who)
                    .await?
                    .ok_or_else(|| Error::new(Reason::NotFound))?;
                Ok((member, Act::permitted(&permit, Action::CareTeamRead).about(who.id())))
            })
        })
        .await
    }
}
