//! Who has read what (既読).

use std::collections::HashSet;
use std::sync::Arc;

use renkei_domain::access::{Access, Read, Subject};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{EntryId, PatientId, PersonId};
use renkei_domain::identity::{Actor, Caller, Purpose};
use renkei_domain::timeline::{Acknowledgement, Reader};
use renkei_domain::{Error, Permit, Reason, Result};
use renkei_store::timeline::StoredEntry;
use renkei_store::{Conn, audit, patient, timeline};
use uuid::Uuid;

use crate::app::paging::Listing;
use crate::app::{App, Page, PageRequest};

/// People of a care team who are looked at in one call, in each of their roles; the proto says it.
const LOOKED_AT: i64 = 500;

/// Who knows of an entry, and who does not.
pub(crate) struct Readers {
    pub(crate) readers: Vec<Reader>,
    pub(crate) acknowledgements: Vec<Acknowledgement>,
    pub(crate) not_read: Page<Actor>,
}

impl App {
    /// Marks entries as read by the caller. Those that the caller may not see, wrote, or has read already
    /// are passed over, so doing it twice changes nothing.
    ///
    /// # Errors
    /// [`Reason::NotFound`] for the patient.
    pub(crate) async fn mark_read(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        id: PatientId,
        entries: Vec<EntryId>,
    ) -> Result<()> {
        let (app, by, stamp, now) = (Arc::clone(self), Arc::clone(caller), self.stamp_of(caller), self.now());
        let result = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let not_found = || Error::new(Reason::NotFound);
                    patient::lock(tx, id).await?.then_some(()).ok_or_else(not_found)?;
                    let permit = app.access(tx, &by, id).await?.read()?;
                    let mut marked = Vec::new();
                    for entry in entries {
                        let Some(found) = timeline::by_id(tx, &permit, entry).await? else { continue };
                        if !found.read && timeline::mark_read(tx, &permit, found.seq, now).await? {
                            marked.push(found.seq);
                        }
                    }
                    if !marked.is_empty() {
                        let act = Act::permitted(&permit, Action::EntryMarkRead).with_seqs(marked);
                        audit::append(tx, stamp, &act).await?;
                    }
                    Ok(())
                })
            })
            .await;
        self.record_refusal(caller, Action::EntryMarkRead, id, result).await
    }

    /// Who has read an entry, first reader first, and who acknowledged it: both on the first page; and a page of those who
    /// could read it and have not.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::PageTokenInvalid`].
    pub(crate) async fn list_readers(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        entry: EntryId,
        page: PageRequest,
    ) -> Result<Readers> {
        let parameters = [patient.as_bytes().as_slice(), entry.as_bytes()].concat();
        let listing = Listing { method: "ListReaders", parameters: &parameters };
        let after = self.open_page::<PersonId>(caller, listing, &page)?;
        let (mut told, next) = self
            .disclose(caller, patient, Action::ReadersRead, move |app, conn, permit| {
                Box::pin(async move {
                    let found = timeline::by_id(conn, &permit, entry)
                        .await?
                        .ok_or_else(|| Error::new(Reason::NotFound))?;
                    let mut readers =
                        timeline::readers(conn, &permit, found.seq, found.author.person).await?;
                    let (items, next) =
                        app.not_read(conn, &permit, &found, &readers, after, page.size).await?;
                    let mut acknowledgements = Vec::new();
                    if after.is_none() {
                        acknowledgements = app.acknowledgements(conn, &permit, &found).await?;
                    } else {
                        readers.clear();
                    }
                    let not_read = Page { items, next_token: String::new() };
                    let act = Act::permitted(&permit, Action::ReadersRead).about(entry.0);
                    Ok(((Readers { readers, acknowledgements, not_read }, next), act))
                })
            })
            .await?;
        if let Some(next) = next {
            told.not_read.next_token = self.page_token(caller, listing, &next)?;
        }
        Ok(told)
    }

    async fn acknowledgements(
        &self,
        conn: &mut Conn,
        permit: &Permit<Read>,
        entry: &StoredEntry,
    ) -> Result<Vec<Acknowledgement>> {
        let mut opened = Vec::new();
        for stored in timeline::acknowledgements(conn, permit, entry.seq).await? {
            let word = if stored.word.bytes.is_empty() {
                String::new()
            } else {
                self.open_word(conn, permit.patient(), entry.id, &stored).await?
            };
            let acknowledged_at = stored.acknowledged_at;
            opened.push(Acknowledgement { actor: stored.actor, acknowledged_at, word });
        }
        Ok(opened)
    }

    /// Whom the access rule would show the entry for treatment now, and who has not read it: people after `after`, and after
    /// whom it goes on.
    async fn not_read(
        &self,
        conn: &mut Conn,
        permit: &Permit<Read>,
        entry: &StoredEntry,
        readers: &[Reader],
        after: Option<PersonId>,
        size: i64,
    ) -> Result<(Vec<Actor>, Option<PersonId>)> {
        let (patient, now) = (permit.patient(), self.now());
        let readers: HashSet<PersonId> = readers.iter().map(|reader| reader.actor.person).collect();
        let after = after.unwrap_or(PersonId(Uuid::nil()));
        let (team, mut next) = patient::standings_among(conn, patient, after, LOOKED_AT).await?;
        let mut waiting: Vec<Actor> = Vec::new();
        for (actor, standing) in team {
            let Actor { person, organization, role, .. } = actor;
            let is_told = waiting.last().is_some_and(|other| other.person == person);
            if is_told || person == entry.author.person || readers.contains(&person) {
                continue;
            }
            let subject = Subject { person, organization, role, purpose: Purpose::Treatment };
            let sees =
                |permit: Permit<Read>| permit.sees(entry.category, entry.sensitivity, entry.author.person);
            if !Access::decide(subject, &standing, now).read().is_ok_and(sees) {
                continue;
            }
            if waiting.len() as i64 == size {
                next = waiting.last().map(|last| last.person);
                break;
            }
            waiting.push(actor);
        }
        waiting.sort_by(|one, other| one.organization_name.cmp(&other.organization_name));
        Ok((waiting, next))
    }
}
