//! Acknowledging an entry (確認).

use std::sync::Arc;

use renkei_audit_log::content::acknowledgement_hash;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{EntryId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{Sealed, Wakeup, audit, patient, timeline};

use crate::app::App;

impl App {
    /// Acknowledges an entry, perhaps with a word, and marks it as read. Doing it twice changes nothing: the first word
    /// stands.
    ///
    /// # Errors
    /// [`Reason::NotFound`].
    pub(crate) async fn acknowledge_entry(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        id: PatientId,
        entry: EntryId,
        word: String,
    ) -> Result<()> {
        let (app, by, stamp) = (Arc::clone(self), Arc::clone(caller), self.stamp_of(caller));
        let result = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let not_found = || Error::new(Reason::NotFound);
                    patient::lock(tx, id).await?.then_some(()).ok_or_else(not_found)?;
                    let permit = app.access(tx, &by, id).await?.read()?;
                    let found = timeline::by_id(tx, &permit, entry).await?.ok_or_else(not_found)?;
                    let sealed = if word.is_empty() {
                        Sealed { key_version: 0, bytes: Vec::new() }
                    } else {
                        let version = patient::key_version(tx, &permit).await?;
                        let key = app.keys.patient_key(tx, id, version).await?;
                        app.seal_word(&key, entry, by.actor.person, &word)
                    };
                    if !found.read {
                        timeline::mark_read(tx, &permit, found.seq, stamp.time).await?;
                    }
                    let is_new = timeline::acknowledge(tx, &permit, found.seq, &sealed, stamp.time).await?;
                    if is_new {
                        let act = Act::permitted(&permit, Action::EntryAcknowledge).about(entry.0);
                        let hash = acknowledgement_hash(i64::from(sealed.key_version), &sealed.bytes);
                        let act = act.with_seqs([found.seq]).storing(None, hash);
                        audit::append(tx, stamp, &act).await?;
                    }
                    Ok(is_new)
                })
            })
            .await;
        if self.record_refusal(caller, Action::EntryAcknowledge, id, result).await? {
            self.live.wake(Wakeup::Marked(id));
        }
        Ok(())
    }
}
