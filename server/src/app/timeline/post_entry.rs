//! Posting an entry.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AttachmentId, EntryId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::{Content, Entry};
use renkei_domain::{Category, Error, Reason, Result, Sensitivity};
use renkei_store::timeline::{self, NewEntry};
use renkei_store::{Wakeup, attachment, audit, patient};

use crate::app::once::{conflict, in_tx};
use crate::app::sealing::EntryLabel;
use crate::app::{App, RequestKey};

/// What is to be posted.
pub(crate) struct PostEntry {
    pub(crate) patient: PatientId,
    pub(crate) id: EntryId,
    pub(crate) content: Content,
    pub(crate) category: Option<Category>,
    pub(crate) sensitivity: Option<Sensitivity>,
    pub(crate) reply_to: Option<EntryId>,
    pub(crate) urgent: bool,
    pub(crate) attachments: Vec<AttachmentId>,
}

impl App {
    /// Posts an entry. When this returns it is durable, and its readers are being told.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::CategoryNotConsented`],
    /// [`Reason::AttachmentNotUsable`], [`Reason::IdTaken`], [`Reason::RequestIdReused`].
    pub(crate) async fn post_entry(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        command: PostEntry,
    ) -> Result<Entry> {
        let (id, entry) = (command.patient, command.id);
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        let work = in_tx(move |tx| {
            Box::pin(async move { app.post(tx, &by, command).await.map(|posted| (posted.id.0, posted)) })
        });
        let result = self.once(caller, key, work, |_| self.get_entry(caller, id, entry)).await;
        let posted = self.record_refusal(caller, Action::EntryPost, id, result).await?;
        self.live.wake(Wakeup::Posted(id));
        Ok(posted)
    }

    async fn post(&self, tx: &mut renkei_store::Tx, caller: &Caller, command: PostEntry) -> Result<Entry> {
        let PostEntry { patient: id, id: entry, content, reply_to, urgent, attachments, .. } = command;
        let not_found = || Error::new(Reason::NotFound);
        let seq = patient::next_seq(tx, id).await?.ok_or_else(not_found)?;
        let access = self.access(tx, caller, id).await?;
        let read = access.read()?;
        // a reply stands where what it answers stands: else it would tell of a hidden entry
        let (category, sensitivity) = match reply_to {
            None => (
                command.category.unwrap_or_else(|| content.usual_category()),
                command.sensitivity.unwrap_or(Sensitivity::Normal),
            ),
            Some(parent) => {
                let parent = timeline::by_id(tx, &read, parent).await?.ok_or_else(not_found)?;
                let same = "must be that of the answered entry, or left out";
                // a notice is answered where everybody who sees it can read the answer
                let category =
                    if parent.category.is_consentable() { parent.category } else { Category::Message };
                if command.category.is_some_and(|wanted| wanted != category) {
                    return Err(Error::invalid_field("category", same));
                }
                if command.sensitivity.is_some_and(|wanted| wanted != parent.sensitivity) {
                    return Err(Error::invalid_field("sensitivity", same));
                }
                (category, parent.sensitivity)
            }
        };
        let permit = access.post(category, sensitivity)?;

        let version = patient::key_version(tx, &permit).await?;
        let patient_key = self.keys.patient_key(tx, id, version).await?;
        let label = EntryLabel { entry, category, sensitivity, author: caller.actor.person };
        let body = self.seal_content(&patient_key, &label, &content)?;
        let now = self.now();
        let new = NewEntry { id: entry, seq, category, sensitivity, reply_to, urgent, body };
        timeline::insert(tx, &permit, &new, now).await.map_err(conflict(Reason::IdTaken))?;
        for (place, attachment) in attachments.iter().enumerate() {
            if !attachment::claim_for_entry(tx, &permit, *attachment, seq, place as i64).await? {
                return Err(Error::new(Reason::AttachmentNotUsable));
            }
        }
        let act = Act::permitted(&permit, Action::EntryPost).about(entry.0).with_seqs([seq]);
        audit::append(tx, self.stamp_of(caller), &act).await?;

        let mut files = Vec::with_capacity(attachments.len());
        if !attachments.is_empty() {
            for stored in attachment::of_entries(tx, &read, seq, seq).await? {
                files.push(self.open_attachment(tx, id, &stored).await?);
            }
        }
        Ok(Entry {
            id: entry,
            patient: id,
            seq,
            category,
            sensitivity,
            author: caller.actor.clone(),
            posted_at: now,
            reply_to,
            urgent,
            content: Some(content),
            attachments: files,
            read: true,
        })
    }
}
