//! Finalising a proxy entry (代行入力の確定, R14).

use std::sync::Arc;

use renkei_audit_log::content::finalization_hash;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{EntryId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::{Content, Entry, Intent};
use renkei_domain::{Error, Reason, Result};
use renkei_store::{Wakeup, audit, patient, timeline};

use crate::app::App;

impl App {
    /// Finalises what was entered for the caller, and marks it as read. Doing it twice changes nothing.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::NotOwnEntry`], [`Reason::EntryAlreadyAmended`], [`Reason::RoleNotAllowed`],
    /// [`Reason::CategoryNotConsented`].
    pub(crate) async fn finalize_entry(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        id: PatientId,
        entry: EntryId,
    ) -> Result<Entry> {
        let (app, by, stamp) = (Arc::clone(self), Arc::clone(caller), self.stamp_of(caller));
        let result = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let not_found = || Error::new(Reason::NotFound);
                    patient::lock(tx, id).await?.then_some(()).ok_or_else(not_found)?;
                    let access = app.access(tx, &by, id).await?;
                    let read = access.read()?;
                    let stored = timeline::by_id(tx, &read, entry).await?.ok_or_else(not_found)?;
                    let found =
                        app.open_entries(tx, &read, vec![stored]).await?.pop().ok_or_else(not_found)?;
                    let responsible = found.about.responsible.as_ref().map(|(person, _)| *person);
                    if responsible != Some(by.actor.person) {
                        return Err(Error::new(Reason::NotOwnEntry));
                    }
                    if found.afterwards.amended.is_some() {
                        return Err(Error::new(Reason::EntryAlreadyAmended));
                    }
                    let permit = access.post(found.category, found.sensitivity)?;
                    if !found.read {
                        timeline::mark_read(tx, &read, found.seq, stamp.time).await?;
                    }
                    let is_new = timeline::finalize(tx, &permit, found.seq, stamp.time).await?;
                    if is_new {
                        let mut answers = false;
                        let intent = found.content.as_ref().and_then(Content::intent);
                        if let Some(question) = found.reply_to
                            && intent == Some(Intent::Answer)
                            && let Some(question) = timeline::by_id(tx, &read, question).await?
                        {
                            timeline::answer(tx, &permit, (question.seq, found.seq), stamp.time).await?;
                            answers = true;
                        }
                        let act = Act::permitted(&permit, Action::EntryFinalize).about(entry.0);
                        let act = act.with_seqs([found.seq]).storing(None, finalization_hash(answers));
                        audit::append(tx, stamp, &act).await?;
                    }
                    Ok(is_new)
                })
            })
            .await;
        if self.record_refusal(caller, Action::EntryFinalize, id, result).await? {
            self.live.wake(Wakeup::Marked(id));
        }
        self.get_entry(caller, id, entry).await
    }
}
