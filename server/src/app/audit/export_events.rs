//! Exporting what was done to a record, for other systems: a stream of FHIR resources, oldest first. That it is exported
//! is on record before the first of them leaves.

use std::sync::Arc;

use renkei_domain::audit::{Act, Action, AuditEvent};
use renkei_domain::id::{AuditEventId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::{Access, Result, Timestamp};
use renkei_store::accesses::{self, Wanted};

use super::fhir::{Recorder, resource};
use crate::app::outgoing::outgoing;
use crate::app::{App, Outgoing};

/// Events in a piece: some 200 KiB.
const PIECE: i64 = 100;

impl App {
    /// What was done to the record in a period, with the maintenance that concerned all, up to now; in pieces of lines,
    /// each a resource as JSON.
    ///
    /// # Errors
    /// [`renkei_domain::Reason`]`::{NotFound, CustodianOnly, RoleNotAllowed}`, [`renkei_domain::Reason::Busy`] for a
    /// person with too many downloads. Later, if the session ends or the access does.
    pub(crate) async fn export_events(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Outgoing<String>> {
        let slot = self.downloads.take(caller.actor.person.0)?;
        // not the events of this export, nor of what happens while it runs: it has an end
        let until = until.min(self.now());
        let wanted = Wanted { organization: None, person: None, from, until, oldest_first: true };
        let first = self
            .disclose_under(
                Access::read_audit,
                caller,
                patient,
                Action::AuditExport,
                move |_, conn, permit| {
                    Box::pin(async move {
                        let events = accesses::page(conn, &permit, &wanted, None, PIECE).await?;
                        Ok((events, Act::permitted(&permit, Action::AuditExport)))
                    })
                },
            )
            .await?;
        let (app, caller) = (Arc::clone(self), Arc::clone(caller));
        let recorder =
            Recorder { log: self.log.verifying().origin().to_owned(), host: self.settings.host_name.clone() };
        Ok(outgoing(slot, |outlet| async move {
            let mut events = first;
            loop {
                let last = events.last().map(|event| event.id).filter(|_| events.len() as i64 == PIECE);
                if !events.is_empty() {
                    outlet.send(lines(&events, &recorder)).await?;
                }
                let Some(last) = last else { return Ok(()) };
                events = app.events_behind(&caller, patient, wanted, last).await?;
            }
        }))
    }

    /// The next piece, if the session and the access are still good.
    async fn events_behind(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        wanted: Wanted,
        last: AuditEventId,
    ) -> Result<Vec<AuditEvent>> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        self.store
            .read(move |conn| {
                Box::pin(async move {
                    app.check_live_session(conn, &by).await?;
                    let permit = app.access(conn, &by, patient).await?.read_audit()?;
                    Ok(accesses::page(conn, &permit, &wanted, Some(last), PIECE).await?)
                })
            })
            .await
    }
}

fn lines(events: &[AuditEvent], recorder: &Recorder) -> String {
    events.iter().map(|event| format!("{}\n", resource(event, recorder))).collect()
}
