//! Posting an entry: a new one, or one that takes the place of another.

use std::sync::Arc;
use std::time::Duration;

use renkei_audit_log::content;
use renkei_domain::access::{Access, Read, Write};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AttachmentId, EntryId, PatientId, PersonId};
use renkei_domain::identity::{Caller, Role};
use renkei_domain::timeline::{About, Afterwards, Attachment, Content, Entry, Intent, Mark, Mention, Wanted};
use renkei_domain::{Category, Error, Permit, Reason, Result, Sensitivity, Timestamp};
use renkei_store::request::RequestMark;
use renkei_store::timeline::{self, Addressee, NewEntry, Post, Posted, StoredEntry};
use renkei_store::{Conn, StoreError, Wakeup, attachment};

use crate::app::disclose::TRIES;
use crate::app::once::conflict;
use crate::app::sealing::EntryLabel;
use crate::app::{App, RequestKey};

/// What is to be posted.
pub(crate) struct PostEntry {
    pub(crate) patient: PatientId,
    pub(crate) id: EntryId,
    pub(crate) content: Content,
    pub(crate) attachments: Vec<AttachmentId>,
    pub(crate) written_at: Option<Timestamp>,
    pub(crate) posting: Posting,
}

/// As what it is posted.
pub(crate) enum Posting {
    /// For itself.
    New {
        category: Option<Category>,
        sensitivity: Option<Sensitivity>,
        reply_to: Option<EntryId>,
        urgent: bool,
        /// Who will finalise it.
        responsible: Option<PersonId>,
        mentions: Vec<Mention>,
    },
    /// In place of another, for this reason. A [`Content::Retraction`] takes it back.
    Amendment { entry: EntryId, reason: String },
}

impl PostEntry {
    fn action(&self) -> Action {
        match (&self.posting, &self.content) {
            (Posting::New { .. }, _) => Action::EntryPost,
            (Posting::Amendment { .. }, Content::Retraction(_)) => Action::EntryRetract,
            (Posting::Amendment { .. }, _) => Action::EntryCorrect,
        }
    }

    /// Whom to tell: what amends or answers another entry marks that too.
    fn wakeup(&self) -> Wakeup {
        match self.posting {
            Posting::New { reply_to: Some(_), .. } if self.content.intent() == Some(Intent::Answer) => {
                Wakeup::Marked(self.patient)
            }
            Posting::New { .. } => Wakeup::Posted(self.patient),
            Posting::Amendment { .. } => Wakeup::Marked(self.patient),
        }
    }
}

/// Where an entry is to stand, and beside what.
pub(super) struct Placed {
    pub(super) permit: Permit<Write>,
    pub(super) category: Category,
    pub(super) sensitivity: Sensitivity,
    pub(super) reply_to: Option<EntryId>,
    pub(super) urgent: bool,
    pub(super) revision: i64,
    pub(super) about: About,
    /// When what it amends was.
    pub(super) occurred_at: Option<Timestamp>,
    /// What it takes the place of, and how.
    pub(super) amends: Option<(i64, Mark)>,
    /// What it answers.
    pub(super) answers: Option<i64>,
}

/// What was decided about a post, and its content sealed.
struct Decided {
    permit: Permit<Write>,
    access: Arc<Access>,
    new: NewEntry,
    about: About,
    files: Vec<Attachment>,
    addressees: Vec<Addressee>,
    occurred_at: Option<Timestamp>,
    amends: Option<(i64, Mark)>,
    answers: Option<i64>,
    /// The sealed manifests of its files.
    manifests: Vec<Vec<u8>>,
}

impl App {
    /// Posts an entry. When this returns it is durable, and its readers are being told.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::CategoryNotConsented`],
    /// [`Reason::AttachmentNotUsable`], [`Reason::IdTaken`], [`Reason::RequestIdReused`],
    /// [`Reason::ResponsibleNotAllowed`]; of an amendment [`Reason::NotOwnEntry`], [`Reason::EntryAlreadyAmended`].
    pub(crate) async fn post_entry(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: RequestKey,
        command: PostEntry,
    ) -> Result<Entry> {
        let (patient, entry, action) = (command.patient, command.id, command.action());
        let wakeup = command.wakeup();
        let result = match self.post(caller, key.mark(caller), Arc::new(command)).await {
            Ok(posted) => Ok(posted),
            Err(error) => {
                let replay = |_| self.get_entry(caller, patient, entry);
                self.done_before(key.mark(caller), error, replay).await
            }
        };
        let posted = self.record_refusal(caller, action, patient, result).await?;
        self.live.wake(wakeup);
        Ok(posted)
    }

    /// Decides and seals on what is known, and stores it if that still holds.
    async fn post(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        mark: RequestMark,
        command: Arc<PostEntry>,
    ) -> Result<Entry> {
        let patient = command.patient;
        for _ in 0..TRIES {
            let (by, asked) = (Arc::clone(caller), Arc::clone(&command));
            let decided = self
                .read_under(caller, patient, move |app, conn, access| {
                    let (by, asked) = (Arc::clone(&by), Arc::clone(&asked));
                    Box::pin(async move { app.decide_post(conn, &by, &asked, access).await })
                })
                .await?;
            let Decided {
                permit,
                access,
                mut new,
                about,
                files,
                addressees,
                occurred_at,
                amends,
                answers,
                manifests,
            } = decided;
            let stamp = self.stamp_of(caller);
            if access.changes_at().is_some_and(|end| end <= stamp.time) {
                continue;
            }
            new.occurred_at = occurred_at.unwrap_or(stamp.time);
            let hash = stored_hash(&new, &addressees, amends, answers.is_some(), &manifests);
            let act =
                Act::permitted(&permit, command.action()).about(new.id.0).storing(Some(new.revision), hash);
            let posted = Entry {
                id: new.id,
                patient,
                seq: 0,
                category: new.category,
                sensitivity: new.sensitivity,
                author: caller.actor.clone(),
                posted_at: stamp.time,
                reply_to: new.reply_to,
                urgent: new.urgent,
                kind: new.kind,
                revision: new.revision,
                occurred_at: new.occurred_at,
                content: Some(command.content.clone()),
                about,
                afterwards: Afterwards::default(),
                attachments: files,
                read: true,
            };
            let attachments = command.attachments.clone();
            let post =
                Post { permit, entry: new, attachments, addressees, amends, answers, mark, stamp, act };
            match timeline::post(&self.store, post).await {
                Ok(Posted::At(seq)) => return Ok(Entry { seq, ..posted }),
                Ok(Posted::AttachmentNotUsable) => return Err(Error::new(Reason::AttachmentNotUsable)),
                Ok(Posted::AlreadyAmended) => return Err(Error::new(Reason::EntryAlreadyAmended)),
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
        let PostEntry { id, content, attachments, written_at, .. } = command;
        let read = access.read()?;
        let mut placed = match &command.posting {
            Posting::New { .. } => self.place_new(conn, &read, command, &access).await?,
            Posting::Amendment { entry, reason } => {
                self.place_amendment(conn, &read, (*entry, reason), content, &access).await?
            }
        };
        placed.about.written_at = *written_at;
        let Placed { permit, category, sensitivity, reply_to, urgent, revision, about, .. } = placed;
        let Placed { occurred_at, amends, answers, .. } = placed;
        let key = self.keys.newest(conn, &permit).await?;
        let label = EntryLabel { entry: *id, category, sensitivity, author: caller.actor.person };
        let body = self.seal_content(&key, &label, content, &about)?;
        let new = NewEntry {
            id: *id,
            category,
            sensitivity,
            kind: content.kind(),
            revision,
            // set when it is known when it is posted
            occurred_at: Timestamp(0),
            reply_to,
            urgent,
            body,
        };
        let (mut files, mut manifests) = (Vec::with_capacity(attachments.len()), Vec::new());
        for id in attachments {
            let stored = attachment::by_id(conn, &read, *id).await?;
            let stored = stored.ok_or_else(|| Error::new(Reason::AttachmentNotUsable))?;
            files.push(self.open_attachment(conn, command.patient, &stored).await?);
            manifests.push(stored.manifest);
        }
        let occurred_at = content.occurred_at().or(occurred_at).or(*written_at);
        let addressees = addressees(content, &about);
        Ok(Decided { permit, access, new, about, files, addressees, occurred_at, amends, answers, manifests })
    }

    async fn place_new(
        &self,
        conn: &mut Conn,
        read: &Permit<Read>,
        command: &PostEntry,
        access: &Access,
    ) -> Result<Placed> {
        let Posting::New { category, sensitivity, reply_to, urgent, responsible, mentions } =
            &command.posting
        else {
            return Err(Error::internal("an amendment is not a new entry"));
        };
        let mut answers = None;
        // a reply stands where what it answers stands: else it would tell of a hidden entry
        let (category, sensitivity) = match reply_to {
            None => (
                category.unwrap_or_else(|| command.content.usual_category()),
                sensitivity.unwrap_or(Sensitivity::Normal),
            ),
            Some(parent) => {
                let parent = timeline::by_id(conn, read, *parent).await?;
                let parent = parent.ok_or_else(|| Error::new(Reason::NotFound))?;
                let place = place_of_reply(&parent, *category, *sensitivity)?;
                // what is entered for another answers when that person finalises it
                if command.content.intent() == Some(Intent::Answer) && responsible.is_none() {
                    answers = Some(parent.seq);
                }
                place
            }
        };
        let (permit, responsible) = match responsible {
            None => (access.post(category, sensitivity)?, None),
            Some(person) => {
                let (permit, name) =
                    self.post_for(conn, read, *person, (category, sensitivity), access).await?;
                (permit, Some((*person, name)))
            }
        };
        let mentions = self.named_mentions(conn, read, mentions).await?;
        let about = About { responsible, mentions, ..About::default() };
        let (reply_to, urgent) = (*reply_to, *urgent);
        Ok(Placed {
            permit,
            category,
            sensitivity,
            reply_to,
            urgent,
            revision: 1,
            about,
            occurred_at: None,
            amends: None,
            answers,
        })
    }
}

/// What the event says of what is stored.
fn stored_hash(
    new: &NewEntry,
    addressees: &[Addressee],
    amends: Option<(i64, Mark)>,
    answers: bool,
    manifests: &[Vec<u8>],
) -> [u8; 32] {
    let addressee = |to: &Addressee| content::Addressee {
        wanted: to.wanted.as_str(),
        person: to.person.map(|id| id.0),
        organization: to.organization.map(|id| id.0),
        role: to.role.map(Role::as_str),
    };
    let entry = content::Entry {
        kind: new.kind.as_str(),
        category: new.category.as_str(),
        sensitivity: new.sensitivity.as_str(),
        occurred_at: new.occurred_at.0,
        urgent: new.urgent,
        reply_to: new.reply_to.map(|id| id.0),
        answers,
        amends: amends.iter().map(|(place, mark)| (mark.as_str(), *place)).collect(),
        addressees: addressees.iter().map(addressee).collect(),
        key_version: i64::from(new.body.key_version),
        body: &new.body.bytes,
        files: manifests,
    };
    entry.hash()
}

fn place_of_reply(
    parent: &StoredEntry,
    category: Option<Category>,
    sensitivity: Option<Sensitivity>,
) -> Result<(Category, Sensitivity)> {
    let same = "must be that of the answered entry, or left out";
    // a notice is answered where everybody who sees it can read the answer
    let of_parent = if parent.category.is_consentable() { parent.category } else { Category::Message };
    if category.is_some_and(|wanted| wanted != of_parent) {
        return Err(Error::invalid_field("category", same));
    }
    if sensitivity.is_some_and(|wanted| wanted != parent.sensitivity) {
        return Err(Error::invalid_field("sensitivity", same));
    }
    Ok((of_parent, parent.sensitivity))
}

/// To whom an entry is addressed, and for what: a question to nobody in particular is for everybody.
fn addressees(content: &Content, about: &About) -> Vec<Addressee> {
    let is_question = content.intent() == Some(Intent::Question);
    let wanted = if is_question { Wanted::Answer } else { Wanted::Attention };
    let mut addressees: Vec<Addressee> = about
        .mentions
        .iter()
        .map(|Mention { person, organization, role, .. }| Addressee {
            wanted,
            person: *person,
            organization: *organization,
            role: *role,
        })
        .collect();
    if is_question && addressees.is_empty() {
        addressees.push(Addressee { wanted, person: None, organization: None, role: None });
    }
    if let Some((person, _)) = &about.responsible {
        let (person, wanted) = (Some(*person), Wanted::Finalize);
        addressees.push(Addressee { wanted, person, organization: None, role: None });
    }
    addressees
}
