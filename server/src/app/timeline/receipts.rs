//! Who has read what (既読).

use std::sync::Arc;

use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{EntryId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::Reader;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{audit, patient, timeline};

use crate::app::App;

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

    /// Who has read an entry, first reader first.
    ///
    /// # Errors
    /// [`Reason::NotFound`].
    pub(crate) async fn list_readers(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        entry: EntryId,
    ) -> Result<Vec<Reader>> {
        self.disclose(caller, patient, Action::ReadersRead, move |_, conn, permit| {
            Box::pin(async move {
                let found = timeline::by_id(conn, &permit, entry)
                    .await?
                    .ok_or_else(|| Error::new(Reason::NotFound))?;
                let readers = timeline::readers(conn, &permit, found.seq, found.author.person).await?;
                Ok((readers, Act::permitted(&permit, Action::ReadersRead).about(entry.0)))
            })
        })
        .await
    }
}
