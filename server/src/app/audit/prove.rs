//! Checkpoints of the log, and proofs about them.

use std::sync::Arc;

use renkei_audit_log::{Hash, proof};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AuditEventId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{Conn, StoreError, audit_log};

use super::log::{event_of, kept_nodes};
use crate::app::App;
use crate::app::disclose::disclosure;

/// That an event is in the log.
pub(crate) struct Included {
    pub(crate) event: AuditEventId,
    /// Its place.
    pub(crate) index: i64,
    pub(crate) leaf: Vec<u8>,
    /// The hashes beside its path.
    pub(crate) path: Vec<Hash>,
}

impl App {
    /// The text of the newest checkpoint; none while nothing is in the log.
    ///
    /// # Errors
    /// [`Reason::StoredDataDamaged`] if it is not what was signed.
    pub(crate) async fn checkpoint(&self) -> Result<Option<String>> {
        let newest = self.store.look(|conn| Box::pin(async move { audit_log::last_checkpoint(conn).await }));
        let newest = newest.await.map_err(|error: StoreError| Error::from(error))?;
        newest.map(|newest| self.log.note(&newest)).transpose()
    }

    /// That the log of `to` leaves begins with that of `from`, which is not more.
    ///
    /// # Errors
    /// [`Reason::RequestInvalid`] if the log has not so many; [`Reason::StoredDataDamaged`].
    pub(crate) async fn consistency_proof(&self, from: u64, to: u64) -> Result<Vec<Hash>> {
        self.store
            .read(move |conn| {
                Box::pin(async move {
                    check_size(conn, "to_size", to).await?;
                    if from == 0 || from == to {
                        return Ok(Vec::new());
                    }
                    let nodes = kept_nodes(conn, &[from], to).await?;
                    proof::consistency(&nodes, from, to).ok_or_else(|| Error::new(Reason::StoredDataDamaged))
                })
            })
            .await
    }

    /// That events of a patient are in the log of `size` leaves; of those that are. Reading them is an event itself.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::CustodianOnly`], [`Reason::RoleNotAllowed`], [`Reason::RequestInvalid`] if the
    /// log has not so many leaves; [`Reason::StoredDataDamaged`].
    pub(crate) async fn inclusion_proofs(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        events: Vec<AuditEventId>,
        size: u64,
    ) -> Result<Vec<Included>> {
        let events = Arc::new(events);
        let result = self
            .recorded(caller, || {
                let (app, caller, events) = (Arc::clone(self), Arc::clone(caller), Arc::clone(&events));
                self.store.read(move |conn| {
                    Box::pin(async move {
                        let access = app.access(conn, &caller, patient).await?;
                        let permit = access.read_audit()?;
                        check_size(conn, "size", size).await?;
                        let mut places = Vec::with_capacity(events.len());
                        for event in events.iter() {
                            let place = audit_log::of_patient(conn, &permit, event.0).await?;
                            places.extend(place.filter(|place| place.leaf_index.cast_unsigned() < size));
                        }
                        let points: Vec<u64> =
                            places.iter().map(|place| place.leaf_index.cast_unsigned()).collect();
                        let nodes = kept_nodes(conn, &points, size).await?;
                        let included = places.iter().zip(points).map(|(place, point)| {
                            let leaf = event_of(&place.event)?.encode();
                            let path = proof::inclusion(&nodes, point, size)?;
                            let event = AuditEventId(place.event.event_id);
                            Some(Included { event, index: place.leaf_index, leaf, path })
                        });
                        let included: Option<Vec<_>> = included.collect();
                        let included = included.ok_or_else(|| Error::new(Reason::StoredDataDamaged))?;
                        let act = Act::permitted(&permit, Action::AuditRead);
                        Ok::<_, Error>((included, vec![disclosure(&access, act, patient)]))
                    })
                })
            })
            .await;
        self.record_refusal(caller, Action::AuditRead, patient, result).await
    }
}

async fn check_size(conn: &mut Conn, field: &'static str, size: u64) -> Result<()> {
    let (_, has) = audit_log::log(conn).await?;
    if u64::try_from(has).is_ok_and(|has| size <= has) {
        return Ok(());
    }
    Err(Error::invalid_field(field, "must not be more than the log has"))
}
