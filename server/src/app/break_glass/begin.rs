//! Opening a record in an emergency.

use std::sync::Arc;

use renkei_domain::access::Access;
use renkei_domain::audit::{Act, Action};
use renkei_domain::break_glass::{BreakGlass, BreakGlassReason, LASTS};
use renkei_domain::id::{BreakGlassId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::{Notice, NoticeKind};
use renkei_domain::{Error, Reason, Result};
use renkei_store::{Wakeup, audit, break_glass, patient};

use crate::app::notice::notice_about;
use crate::app::once::in_tx;
use crate::app::{App, RequestKey};

/// Why a record is to be opened, and the caller's password.
pub(crate) struct BreakGlassCommand {
    pub(crate) patient: PatientId,
    pub(crate) reason: BreakGlassReason,
    pub(crate) text: String,
    pub(crate) password: String,
}

impl App {
    /// Opens a record in an emergency, to read, for an hour. The care team is told in the same transaction: no
    /// event and no notice, no access.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::StepUpFailed`], [`Reason::LoginDelayed`],
    /// [`Reason::BreakGlassDenied`], [`Reason::BreakGlassNotNeeded`], [`Reason::RequestIdReused`],
    /// [`Reason::Busy`].
    pub(crate) async fn break_glass(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        command: BreakGlassCommand,
    ) -> Result<BreakGlass> {
        let BreakGlassCommand { patient: id, reason, text, password } = command;
        // whoever may not even ask is told so before any password is checked
        let allowed = self.may_break_glass(caller, id).await;
        self.record_refusal(caller, Action::BreakGlass, id, allowed).await?;
        let delayed = Act::refused(caller.subject(), Action::BreakGlass, id, Reason::LoginDelayed);
        let checked = self.own_password_matches(caller, &password, delayed).await;
        self.record_refusal(caller, Action::BreakGlass, id, checked).await?;

        let (app, by, now) = (Arc::clone(self), Arc::clone(caller), self.now());
        let new = BreakGlassId(self.new_uuid());
        let work = in_tx(move |tx| {
            Box::pin(async move {
                let permit = app.access_to_change(tx, &by, id).await?.break_glass()?;
                let version = patient::key_version(tx, &permit).await?;
                let patient_key = app.keys.patient_key(tx, id, version).await?;
                let sealed = app.seal_break_glass(&patient_key, new, "text", &text);
                break_glass::begin(tx, &permit, new, reason, &sealed, now, now.after(LASTS)).await?;
                audit::append(
                    tx,
                    app.stamp_of(&by),
                    &Act::permitted(&permit, Action::BreakGlass).about(new.0),
                )
                .await?;
                let notice = Notice {
                    organization: Some((by.actor.organization, by.actor.organization_name.clone())),
                    person: Some((by.actor.person, by.actor.person_name.clone())),
                    ..notice_about(NoticeKind::BreakGlass, new.0, text)
                };
                app.tell(tx, &permit, notice).await?;
                let begun = break_glass::by_id(tx, &permit, new).await?;
                let begun = begun.ok_or_else(|| Error::new(Reason::NotFound))?;
                Ok((new.0, app.open_break_glass(tx, begun).await?))
            })
        });
        let result =
            self.once(caller, key, work, |begun| self.own_break_glass(caller, id, BreakGlassId(begun))).await;
        let begun = self.record_refusal(caller, Action::BreakGlass, id, result).await?;
        self.live.wake(Wakeup::AccessChanged(id));
        Ok(begun)
    }

    async fn may_break_glass(self: &Arc<Self>, caller: &Arc<Caller>, id: PatientId) -> Result<()> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        let asked = self
            .store
            .read(move |conn| {
                Box::pin(async move { app.access(conn, &by, id).await?.break_glass().map(|_| ()) })
            })
            .await;
        match asked {
            // the same request, sent again: `once` answers it
            Err(error) if error.reason() == Reason::BreakGlassNotNeeded => Ok(()),
            asked => asked,
        }
    }

    async fn own_break_glass(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        id: BreakGlassId,
    ) -> Result<BreakGlass> {
        self.disclose_under(Access::ask, caller, patient, Action::BreakGlassRead, move |app, conn, permit| {
            Box::pin(async move {
                let stored = break_glass::by_id(conn, &permit, id).await?;
                let stored = stored.ok_or_else(|| Error::new(Reason::NotFound))?;
                let act = Act::permitted(&permit, Action::BreakGlassRead).about(id.0);
                Ok((app.open_break_glass(conn, stored).await?, act))
            })
        })
        .await
    }
}
