//! Corrections and retractions (R15): entries of their own that take the place of another, which stays as it is.

use renkei_domain::access::{Access, Read};
use renkei_domain::id::EntryId;
use renkei_domain::timeline::{About, Amendment, Content, EntryKind, Intent, Mark};
use renkei_domain::{Error, Permit, Reason, Result};
use renkei_store::Conn;
use renkei_store::timeline;

use super::post_entry::Placed;
use crate::app::App;

impl App {
    /// Where what takes the place of `entry` is to stand: where that stands, and for the same people.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::NotOwnEntry`], [`Reason::EntryAlreadyAmended`], [`Reason::RequestInvalid`], and
    /// those of a post.
    pub(super) async fn place_amendment(
        &self,
        conn: &mut Conn,
        read: &Permit<Read>,
        (entry, reason): (EntryId, &str),
        content: &Content,
        access: &Access,
    ) -> Result<Placed> {
        let not_found = || Error::new(Reason::NotFound);
        let stored = timeline::by_id(conn, read, entry).await?.ok_or_else(not_found)?;
        let (seq, urgent) = (stored.seq, stored.urgent);
        let before = self.open_entries(conn, read, vec![stored]).await?.pop().ok_or_else(not_found)?;
        let person = read.subject().person;
        let responsible = before.about.responsible.clone();
        let is_responsible = responsible.as_ref().is_some_and(|(responsible, _)| *responsible == person);
        if matches!(before.kind, EntryKind::Notice | EntryKind::Retraction)
            || !(before.author.person == person || is_responsible)
        {
            return Err(Error::new(Reason::NotOwnEntry));
        }
        if before.afterwards.amended.is_some() {
            return Err(Error::new(Reason::EntryAlreadyAmended));
        }
        // what the responsible person made final is that person's
        if before.afterwards.finalized_at.is_some() && !is_responsible {
            return Err(Error::new(Reason::NotOwnEntry));
        }
        let (category, sensitivity) = (before.category, before.sensitivity);
        let is_retraction = matches!(content, Content::Retraction(_));
        let said = before.content.as_ref();
        if !is_retraction {
            if content.kind() != said.map_or(before.kind, Content::kind) {
                return Err(Error::invalid_field("content", "must be of the same kind as what it corrects"));
            }
            let binding = |content: &Content| {
                content.intent().filter(|intent| matches!(intent, Intent::Question | Intent::Answer))
            };
            if said.is_some_and(|said| binding(said) != binding(content)) {
                return Err(Error::invalid_field("content.message.intent", "must stay what it was"));
            }
        }
        // what somebody else is responsible for waits for that person again
        let responsible = responsible.filter(|_| !is_retraction && !is_responsible);
        let permit = match &responsible {
            _ if is_retraction => access.take_back(category, sensitivity)?,
            Some((person, _)) => self.post_for(conn, read, *person, (category, sensitivity), access).await?.0,
            None => access.post(category, sensitivity)?,
        };
        let mut answers = None;
        if let Some(parent) = before.reply_to
            && content.intent() == Some(Intent::Answer)
            && responsible.is_none()
        {
            answers = timeline::by_id(conn, read, parent).await?.map(|parent| parent.seq);
        }
        let mark = if is_retraction { Mark::EnteredInError } else { Mark::Corrected };
        let mentions = if is_retraction { Vec::new() } else { before.about.mentions };
        let amends = Some(Amendment { entry, reason: reason.to_owned() });
        Ok(Placed {
            permit,
            category,
            sensitivity,
            reply_to: before.reply_to,
            urgent,
            revision: before.revision + 1,
            about: About { amends, responsible, mentions, ..About::default() },
            occurred_at: Some(before.occurred_at),
            amends: Some((seq, mark)),
            answers,
        })
    }
}
