//! Inviting an organisation to a care team.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::duty::Duty;
use renkei_domain::id::{OrganizationId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::patient::CareTeamMember;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{StoreError, audit, care_team, patient};

use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// More organisations than this in one care team are a mistake.
const MAXIMUM: i64 = 200;

/// Whom to invite, and what to tell them.
pub(crate) struct Invite {
    pub(crate) patient: PatientId,
    pub(crate) organization: OrganizationId,
    pub(crate) message: String,
}

impl App {
    /// Invites an organisation, also one that declined before.
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
        let Invite { patient: id, organization, message } = command;
        let (app, by, stamp, now) = (Arc::clone(self), Arc::clone(caller), self.stamp_of(caller), self.now());
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let not_found = || Error::new(Reason::NotFound);
                patient::raise_epoch(tx, id).await?.then_some(()).ok_or_else(not_found)?;
                let permit = app.access(tx, &by, id).await?.manage(Duty::ManageCareTeam)?;
                if care_team::count(tx, &permit).await? >= MAXIMUM {
                    return Err(Error::invalid_field(
                        "organization_id",
                        "the care team has 200 organisations",
                    ));
                }
                let version = patient::key_version(tx, &permit).await?;
                let patient_key = app.keys.patient_key(tx, id, version).await?;
                let message = app.seal_invitation(&patient_key, organization, &message);
                care_team::invite(tx, &permit, organization, &message, now).await.map_err(
                    |error| match error {
                        StoreError::Unique => Error::new(Reason::CareTeamMemberExists),
                        StoreError::ForeignKey => {
                            Error::invalid_field("organization_id", "no such organisation")
                        }
                        error => error.into(),
                    },
                )?;
                let act = Act::permitted(&permit, Action::CareTeamInvite).about(organization.0);
                audit::append(tx, stamp, &act).await?;
                let member = care_team::member(tx, &permit, organization).await?.ok_or_else(not_found)?;
                Ok((organization.0, member))
            })
        });
        let result = self
            .once(caller, key, work, |organization| {
                self.care_team_member(caller, id, OrganizationId(organization))
            })
            .await;
        self.record_refusal(caller, Action::CareTeamInvite, id, result).await
    }

    async fn care_team_member(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        organization: OrganizationId,
    ) -> Result<CareTeamMember> {
        self.disclose(caller, patient, Action::CareTeamRead, move |_, conn, permit| {
            Box::pin(async move {
                let member = care_team::member(conn, &permit, organization)
                    .await?
                    .ok_or_else(|| Error::new(Reason::NotFound))?;
                Ok((member, Act::permitted(&permit, Action::CareTeamRead).about(organization.0)))
            })
        })
        .await
    }
}
