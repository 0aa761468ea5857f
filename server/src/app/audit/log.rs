//! The log over the audit events, as the server knows it: its name and what signs its checkpoints.

use renkei_audit_log::tree::{leaf_hash, runs};
use renkei_audit_log::{Checkpoint, Event, Hash, Nodes, SigningKey, VerifyingKey, session_hash};
use renkei_crypto::key::Key;
use renkei_domain::{Error, Reason, Result};
use renkei_store::audit_log::{self, LoggedEvent, StoredCheckpoint};
use renkei_store::{Conn, Store, StoreError};
use uuid::Uuid;

/// Version of the key that signs.
pub(super) const KEY_VERSION: i64 = 1;

/// What signs the log's checkpoints.
pub(crate) struct Log {
    pub(super) signing: SigningKey,
}

impl Log {
    /// Names the log if it has no name yet.
    pub(crate) async fn open(store: &Store, key: &Key, fresh: Uuid) -> Result<Self> {
        let name = store.look(|conn| Box::pin(async move { audit_log::log(conn).await })).await;
        let name = match name.map_err(|error: StoreError| Error::from(error))?.0 {
            Some(name) => name,
            None => store
                .write(move |tx| Box::pin(async move { audit_log::name(tx, fresh).await }))
                .await
                .map_err(|error: StoreError| Error::from(error))?,
        };
        let signing = SigningKey::new(&format!("renkei-audit/{name}"), key.expose());
        let signing =
            signing.ok_or_else(|| Error::internal("the key that signs the audit log is of no use"))?;
        Ok(Self { signing })
    }

    /// What checks its signatures: for whoever keeps a checkpoint.
    pub(crate) fn verifying(&self) -> &VerifyingKey {
        self.signing.verifying()
    }

    /// A stored checkpoint, as it was signed. `None`: what is stored cannot have been.
    pub(super) fn checkpoint(&self, stored: &StoredCheckpoint) -> Option<Checkpoint> {
        Some(Checkpoint {
            origin: self.verifying().origin().to_owned(),
            size: stored.size.try_into().ok()?,
            root: stored.root_hash.as_slice().try_into().ok()?,
            time: stored.signed_at,
            previous: stored.previous_size.try_into().ok()?,
        })
    }

    /// The text of a stored checkpoint.
    ///
    /// # Errors
    /// [`Reason::StoredDataDamaged`] if it is not what was signed.
    pub(super) fn note(&self, stored: &StoredCheckpoint) -> Result<String> {
        let checkpoint = self.checkpoint(stored);
        let checkpoint =
            checkpoint.filter(|checkpoint| self.verifying().verifies(checkpoint, &stored.signature));
        let checkpoint = checkpoint.ok_or_else(|| Error::new(Reason::StoredDataDamaged))?;
        Ok(self.verifying().note(&checkpoint, &stored.signature))
    }
}

/// An event as its leaf has it. `None`: what is stored as a hash is none.
pub(super) fn event_of(row: &LoggedEvent) -> Option<Event<'_>> {
    Some(Event {
        patient: row.patient_id,
        id: row.event_id,
        time: row.happened_at,
        person: row.person_id,
        organization: row.organization_id,
        role: row.role.as_deref(),
        session: row.session_id.map(session_hash),
        action: &row.action,
        decision: &row.decision,
        reason: row.reason.as_deref(),
        epoch: row.epoch,
        object: row.object_id,
        seqs: &row.seqs,
        consents: &row.consents,
        purpose: &row.purpose,
        break_glass: row.break_glass_id,
        revision: row.revision,
        content: row.content_hash.as_deref().map(TryInto::try_into).transpose().ok()?,
        operator: row.operator.as_deref(),
        service: row.service_account_id,
    })
}

/// The hash of an event's leaf.
pub(super) fn hash_of(row: &LoggedEvent) -> Option<Hash> {
    event_of(row).map(|event| leaf_hash(&event.encode()))
}

/// The kept nodes that proofs about these leaves or sizes need, in the tree of `size` leaves. What is missing there is
/// missing here.
///
/// # Errors
/// As every query; [`StoreError::Corrupt`] for a hash that is none.
pub(super) async fn kept_nodes(conn: &mut Conn, points: &[u64], size: u64) -> Result<Nodes, StoreError> {
    let mut nodes = Nodes::default();
    for run in runs(points, size) {
        let number = |place: u64| i64::try_from(place).map_err(|_| StoreError::Corrupt("audit_log.size"));
        let (first, end) = (number(run.first)?, number(run.end)?);
        for (index, hash) in audit_log::nodes(conn, i64::from(run.level), first, end).await? {
            let hash = hash.try_into().map_err(|_| StoreError::Corrupt("audit_node.node_hash"))?;
            nodes.insert(run.level, index.cast_unsigned(), hash);
        }
    }
    Ok(nodes)
}
