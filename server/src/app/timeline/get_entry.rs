//! Reading one entry.

use std::sync::Arc;

use renkei_domain::access::Access;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{EntryId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::Entry;
use renkei_domain::{Error, Reason, Result};
use renkei_store::timeline;

use crate::app::App;

impl App {
    /// One entry.
    ///
    /// # Errors
    /// [`Reason::NotFound`].
    pub(crate) async fn get_entry(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        id: EntryId,
    ) -> Result<Entry> {
        self.disclose_under(
            Access::read_entries,
            caller,
            patient,
            Action::EntryRead,
            move |app, conn, permit| {
                Box::pin(async move {
                    let not_found = || Error::new(Reason::NotFound);
                    let stored = timeline::by_id(conn, &permit, id).await?.ok_or_else(not_found)?;
                    let act = Act::permitted(&permit, Action::EntryRead).about(id.0).with_seqs([stored.seq]);
                    let entry =
                        app.open_entries(conn, &permit, vec![stored]).await?.pop().ok_or_else(not_found)?;
                    Ok((entry, act))
                })
            },
        )
        .await
    }
}
