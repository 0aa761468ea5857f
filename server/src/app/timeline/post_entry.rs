//! Posting an entry.

use std::sync::Arc;
use std::time::Duration;

use renkei_domain::access::{Access, Write};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AttachmentId, EntryId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::{Attachment, Content, Entry};
use renkei_domain::{Category, Error, Permit, Reason, Result, Sensitivity};
use renkei_store::request::RequestMark;
use renkei_store::timeline::{self, NewEntry, Post, Posted};
use renkei_store::{Conn, StoreError, Wakeup, attachment};

use crate::app::audit::entry_hash;
use crate::app::disclose::TRIES;
use crate::app::once::conflict;
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

/// What was decided about a post, and its content sealed.
struct Decided {
    permit: Permit<Write>,
    access: Arc<Access>,
    new: NewEntry,
    files: Vec<Attachment>,
    /// What its event says of what is stored.
    hash: [u8; 32],
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
        let (patient, entry, command) = (command.patient, command.id, Arc::new(command));
        let result = match self.post(caller, key.mark(caller), command).await {
            Ok(posted) => Ok(posted),
            Err(error) => {
                let replay = |_| self.get_entry(caller, patient, entry);
                self.done_before(key.mark(caller), error, replay).await
            }
        };
        let posted = self.record_refusal(caller, Action::EntryPost, patient, result).await?;
        self.live.wake(Wakeup::Posted(patient));
        Ok(posted)
    }

    /// Decides and seals on what is known, and stores it if that still holds.
    async fn post(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        mark: RequestMark,
        command: Arc<PostEntry>,
    ) -> Result<Entry> {
        let PostEntry { patient, id, .. } = *command;
        for _ in 0..TRIES {
            let (by, asked) = (Arc::clone(caller), Arc::clone(&command));
            let decided = self
                .read_under(caller, patient, move |app, conn, access| {
                    let (by, asked) = (Arc::clone(&by), Arc::clone(&asked));
                    Box::pin(async move { app.decide_post(conn, &by, &asked, access).await })
                })
                .await?;
            let Decided { permit, access, new, files, hash } = decided;
            let stamp = self.stamp_of(caller);
            if access.changes_at().is_some_and(|end| end <= stamp.time) {
                continue;
            }
            let (category, sensitivity) = (new.category, new.sensitivity);
            let act = Act::permitted(&permit, Action::EntryPost).about(id.0).storing(Some(1), hash);
            let attachments = command.attachments.clone();
            let post = Post { permit, entry: new, attachments, mark, stamp, act };
            match timeline::post(&self.store, post).await {
                Ok(Posted::At(seq)) => {
                    return Ok(Entry {
                        id,
                        patient,
                        seq,
                        category,
                        sensitivity,
                        author: caller.actor.clone(),
                        posted_at: stamp.time,
                        reply_to: command.reply_to,
                        urgent: command.urgent,
                        content: Some(command.content.clone()),
                        attachments: files,
                        read: true,
                    });
                }
                Ok(Posted::AttachmentNotUsable) => return Err(Error::new(Reason::AttachmentNotUsable)),
                Err(StoreError::EpochChanged) => {
                    self.keys.renew(patient);
                    self.overtaken(caller, &[patient]).await?;
                }
                Err(error) => return Err(conflict(Reason::IdTaken)(error)),
            }
        }
        Err(Error::new(Reason::Busy).retry_after(Duration::from_secs(1)))
    }

    async fn decide_post(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        command: &PostEntry,
        access: Arc<Access>,
    ) -> Result<Decided> {
        let not_found = || Error::new(Reason::NotFound);
        let PostEntry { id, content, reply_to, urgent, attachments, .. } = command;
        let read = access.read()?;
        // a reply stands where what it answers stands: else it would tell of a hidden entry
        let (category, sensitivity) = match reply_to {
            None => (
                command.category.unwrap_or_else(|| content.usual_category()),
                command.sensitivity.unwrap_or(Sensitivity::Normal),
            ),
            Some(parent) => {
                let parent = timeline::by_id(conn, &read, *parent).await?.ok_or_else(not_found)?;
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
        let key = self.keys.newest(conn, &permit).await?;
        let label = EntryLabel { entry: *id, category, sensitivity, author: caller.actor.person };
        let body = self.seal_content(&key, &label, content)?;
        let (reply_to, urgent) = (*reply_to, *urgent);
        let new = NewEntry { id: *id, category, sensitivity, reply_to, urgent, body };
        let (mut files, mut manifests) = (Vec::with_capacity(attachments.len()), Vec::new());
        for id in attachments {
            let stored = attachment::by_id(conn, &read, *id).await?;
            let stored = stored.ok_or_else(|| Error::new(Reason::AttachmentNotUsable))?;
            files.push(self.open_attachment(conn, command.patient, &stored).await?);
            manifests.push(stored.manifest);
        }
        let hash = entry_hash(&new.body.bytes, &manifests);
        Ok(Decided { permit, access, new, files, hash })
    }
}
