//! Handing a patient over to another custodian organisation (主管機関): offered, and accepted or declined.

use std::sync::Arc;

use renkei_domain::access::{Answer, Permit};
use renkei_domain::audit::{Act, Action};
use renkei_domain::consent::Form;
use renkei_domain::duty::Duty;
use renkei_domain::id::{ConsentId, OrganizationId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::patient::{MembershipStatus, Participant};
use renkei_domain::timeline::{Notice, NoticeKind};
use renkei_domain::{Error, Reason, Result};
use renkei_store::{Tx, Wakeup, audit, care_team, consent, identity, patient};

use crate::app::notice::notice;
use crate::app::once::{conflict, in_tx};
use crate::app::{App, RequestKey};

impl App {
    /// Asks an accepted organisation to become the custodian organisation; without one, takes that back.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::CustodianOnly`], [`Reason::RoleNotAllowed`], [`Reason::NotAMember`],
    /// [`Reason::MemberIsCustodian`], [`Reason::CustodianNotOffered`], [`Reason::StepUpRequired`],
    /// [`Reason::RequestIdReused`].
    pub(crate) async fn offer_custodian(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: PatientId,
        to: Option<OrganizationId>,
        text: String,
    ) -> Result<()> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let access = app.access_to_change(tx, &by, id).await?;
                let permit = access.manage(Duty::ManageCareTeam)?;
                app.require_step_up(&by, Action::CustodianOffer)?;
                let kind =
                    if to.is_some() { NoticeKind::CustodianOffered } else { NoticeKind::CustodianOfferEnded };
                let about = to.or(access.offered_custodian());
                let about = about.ok_or_else(|| Error::new(Reason::CustodianNotOffered))?;
                if let Some(to) = to {
                    if to == by.actor.organization {
                        return Err(Error::new(Reason::MemberIsCustodian));
                    }
                    let member = care_team::member(tx, &permit, Participant::Organization(to)).await?;
                    if member.is_none_or(|member| member.status != MembershipStatus::Accepted) {
                        return Err(Error::new(Reason::NotAMember));
                    }
                }
                patient::offer_custodian(tx, &permit, to).await?;
                let act = Act::permitted(&permit, Action::CustodianOffer).about(about.0);
                audit::append(tx, app.stamp_of(&by), &act).await?;
                let notice = about_organization(tx, kind, about, text).await?;
                app.tell(tx, &permit, notice).await?;
                Ok((id.0, ()))
            })
        });
        let result = self.once(caller, key, work, |_| std::future::ready(Ok(()))).await;
        self.record_refusal(caller, Action::CustodianOffer, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(())
    }

    /// Answers the offer for the caller's organisation. Accepting, it gets the custodian's own access; the one
    /// before sees what consent permits. `local_identifier` is its own number for the patient, or empty.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::CustodianNotOffered`],
    /// [`Reason::LocalIdentifierTaken`], [`Reason::StoredDataDamaged`], [`Reason::StepUpRequired`],
    /// [`Reason::RequestIdReused`].
    pub(crate) async fn answer_custodian_offer(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        id: PatientId,
        accept: bool,
        local_identifier: String,
    ) -> Result<()> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let permit = app.access_to_change(tx, &by, id).await?.answer_custodian_offer()?;
                app.require_step_up(&by, Action::CustodianAnswer)?;
                let kind = if accept {
                    app.take_over(tx, &permit, local_identifier).await?;
                    NoticeKind::CustodianChanged
                } else {
                    patient::decline_custodian(tx, &permit).await?;
                    NoticeKind::CustodianOfferEnded
                };
                let organization = by.actor.organization;
                let act = Act::permitted(&permit, Action::CustodianAnswer).about(organization.0);
                audit::append(tx, app.stamp_of(&by), &act).await?;
                let notice = about_organization(tx, kind, organization, String::new()).await?;
                app.tell(tx, &permit, notice).await?;
                Ok((id.0, ()))
            })
        });
        let result = self.once(caller, key, work, |_| std::future::ready(Ok(()))).await;
        self.record_refusal(caller, Action::CustodianAnswer, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(())
    }

    async fn take_over(&self, tx: &mut Tx, permit: &Permit<Answer>, local_identifier: String) -> Result<()> {
        let (id, by, now) = (permit.patient(), permit.subject(), self.now());
        let stored = patient::demographics_to_take_over(tx, permit).await?;
        let mut demographics = self
            .open_demographics(tx, id, &stored.demographics)
            .await?
            .ok_or_else(|| Error::new(Reason::StoredDataDamaged))?;
        let index = (!local_identifier.is_empty()).then(|| self.local_identifier_index(&local_identifier));
        demographics.local_identifier = local_identifier;
        let version = patient::key_version(tx, permit).await?;
        let key = self.keys.patient_key(tx, id, version).await?;
        let sealed = self.seal_demographics(&key, &demographics)?;
        patient::take_over_custodian(tx, permit, &sealed, index)
            .await
            .map_err(conflict(Reason::LocalIdentifierTaken))?;
        consent::end_custodian(tx, id, by, now).await?;
        let (own, form) = (ConsentId(self.new_uuid()), Form::custodian(by.organization, now));
        consent::insert_custodian(tx, id, own, &form, by, now).await?;
        Ok(())
    }
}

async fn about_organization(
    tx: &mut Tx,
    kind: NoticeKind,
    id: OrganizationId,
    text: String,
) -> Result<Notice> {
    let organization = identity::organization(tx, id).await?;
    Ok(Notice { organization: organization.map(|it| (it.id, it.name)), ..notice(kind, text) })
}
