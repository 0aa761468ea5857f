//! Who has read what (既読).

use std::sync::Arc;

use renkei_domain::access::{Access, Read, Subject};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AffiliationId, EntryId, PatientId};
use renkei_domain::identity::{Actor, Caller, Purpose};
use renkei_domain::timeline::{Acknowledgement, Reader};
use renkei_domain::{Error, Permit, Reason, Result};
use renkei_store::timeline::StoredEntry;
use renkei_store::{Conn, audit, care_team, patient, timeline};
use uuid::Uuid;

use crate::app::App;

/// People of a care team that are looked at in one query.
const SUBJECTS: i64 = 100;
/// People of a care team who are looked at in one call, and of them those who have not read that are told; the proto says
/// both.
const LOOKED_AT: usize = 500;
const NOT_READ: usize = 200;

/// Who knows of an entry, and who does not.
pub(crate) struct Readers {
    pub(crate) readers: Vec<Reader>,
    pub(crate) acknowledgements: Vec<Acknowledgement>,
    pub(crate) not_read: Vec<Actor>,
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

    /// Who has read an entry, first reader first; who acknowledged it; and who could read it and has not.
    ///
    /// # Errors
    /// [`Reason::NotFound`].
    pub(crate) async fn list_readers(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        entry: EntryId,
    ) -> Result<Readers> {
        self.disclose(caller, patient, Action::ReadersRead, move |app, conn, permit| {
            Box::pin(async move {
                let found = timeline::by_id(conn, &permit, entry)
                    .await?
                    .ok_or_else(|| Error::new(Reason::NotFound))?;
                let readers = timeline::readers(conn, &permit, found.seq, found.author.person).await?;
                let acknowledgements = app.acknowledgements(conn, &permit, &found).await?;
                let not_read = app.not_read(conn, &permit, &found, &readers).await?;
                let act = Act::permitted(&permit, Action::ReadersRead).about(entry.0);
                Ok((Readers { readers, acknowledgements, not_read }, act))
            })
        })
        .await
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

    /// Whom the access rule would show the entry for treatment now, and who has not read it.
    async fn not_read(
        &self,
        conn: &mut Conn,
        permit: &Permit<Read>,
        entry: &StoredEntry,
        readers: &[Reader],
    ) -> Result<Vec<Actor>> {
        let (patient, now) = (permit.patient(), self.now());
        let mut waiting: Vec<Actor> = Vec::new();
        let (mut after, mut looked_at) = (AffiliationId(Uuid::nil()), 0);
        while looked_at < LOOKED_AT && waiting.len() < NOT_READ {
            let subjects = care_team::subjects(conn, permit, after, SUBJECTS).await?;
            let Some((last, _)) = subjects.last() else { break };
            after = *last;
            looked_at += subjects.len();
            for (_, actor) in subjects {
                let Actor { person, organization, role, .. } = actor;
                let knows = person == entry.author.person
                    || readers.iter().any(|reader| reader.actor.person == person)
                    || waiting.iter().any(|other| other.person == person);
                if knows {
                    continue;
                }
                let subject = Subject { person, organization, role, purpose: Purpose::Treatment };
                let Some(standing) = patient::standing(conn, patient, &subject).await? else { continue };
                let sees = |permit: Permit<Read>| {
                    permit.sees(entry.category, entry.sensitivity, entry.author.person)
                };
                if Access::decide(subject, &standing, now).read().is_ok_and(sees) {
                    waiting.push(actor);
                }
            }
        }
        waiting.truncate(NOT_READ);
        waiting.sort_by(|one, other| one.organization_name.cmp(&other.organization_name));
        Ok(waiting)
    }
}
