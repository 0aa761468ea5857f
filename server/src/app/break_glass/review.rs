//! Reviewing an emergency access.

use std::sync::Arc;

use renkei_domain::access::Write;
use renkei_domain::audit::{Act, Action};
use renkei_domain::break_glass::{BreakGlass, Verdict};
use renkei_domain::duty::Duty;
use renkei_domain::id::{BreakGlassId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::{Notice, NoticeKind};
use renkei_domain::{Error, Permit, Reason, Result};
use renkei_store::{Conn, Wakeup, audit, break_glass, patient};

use crate::app::notice::notice_about;
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// What was found.
pub(crate) struct ReviewBreakGlass {
    pub(crate) patient: PatientId,
    pub(crate) id: BreakGlassId,
    pub(crate) verdict: Verdict,
    pub(crate) text: String,
}

impl App {
    /// Puts the review on record and tells the care team. An access that was not justified ends at once.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::CustodianOnly`], [`Reason::RoleNotAllowed`],
    /// [`Reason::ReviewerInvolved`], [`Reason::BreakGlassReviewed`], [`Reason::RequestIdReused`].
    pub(crate) async fn review_break_glass(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        command: ReviewBreakGlass,
    ) -> Result<BreakGlass> {
        let ReviewBreakGlass { patient: id, id: which, verdict, text } = command;
        let (app, by, now) = (Arc::clone(self), Arc::clone(caller), self.now());
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let permit = app.access_to_change(tx, &by, id).await?.manage(Duty::ReviewBreakGlass)?;
                let access = app.find_break_glass(tx, &permit, which).await?;
                if access.actor.person == by.actor.person {
                    return Err(Error::new(Reason::ReviewerInvolved));
                }
                let sealed = if text.is_empty() {
                    None
                } else {
                    let version = patient::key_version(tx, &permit).await?;
                    let patient_key = app.keys.patient_key(tx, id, version).await?;
                    Some(app.seal_break_glass(&patient_key, which, "review", &text))
                };
                if !break_glass::review(tx, &permit, which, verdict, sealed.as_ref(), now).await? {
                    return Err(Error::new(Reason::BreakGlassReviewed));
                }
                let act = Act::permitted(&permit, Action::BreakGlassReview).about(which.0);
                audit::append(tx, app.stamp_of(&by), &act).await?;
                let who = access.actor;
                let notice = Notice {
                    organization: Some((who.organization, who.organization_name)),
                    person: Some((who.person, who.person_name)),
                    ..notice_about(NoticeKind::BreakGlassReviewed, which.0, text)
                };
                app.tell(tx, &permit, notice).await?;
                Ok((which.0, app.find_break_glass(tx, &permit, which).await?))
            })
        });
        let result = self.once(caller, key, work, |_| self.reviewed(caller, id, which)).await;
        let reviewed = self.record_refusal(caller, Action::BreakGlassReview, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(reviewed)
    }

    async fn find_break_glass(
        &self,
        conn: &mut Conn,
        permit: &Permit<Write>,
        id: BreakGlassId,
    ) -> Result<BreakGlass> {
        let stored = break_glass::by_id(conn, permit, id).await?;
        self.open_break_glass(conn, stored.ok_or_else(|| Error::new(Reason::NotFound))?).await
    }

    async fn reviewed(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        id: BreakGlassId,
    ) -> Result<BreakGlass> {
        let ask = |access: &renkei_domain::Access| access.manage(Duty::ReviewBreakGlass);
        self.disclose_under(ask, caller, patient, Action::BreakGlassRead, move |app, conn, permit| {
            Box::pin(async move {
                let act = Act::permitted(&permit, Action::BreakGlassRead).about(id.0);
                Ok((app.find_break_glass(conn, &permit, id).await?, act))
            })
        })
        .await
    }
}
