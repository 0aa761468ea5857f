//! The log over the audit events: their places, the tree's nodes, the checkpoints, and who gives places.
//!
//! An event is written with a row in `audit_pending`, in one transaction. So whatever is committed and has no place is
//! found there, however late it was committed and whatever its id; nothing has to be guessed from ids, times or
//! transactions. A place is given in one transaction with the removal of that row.

use renkei_domain::Timestamp;
use renkei_domain::id::AuditEventId;
use uuid::Uuid;

use crate::sql::{Value, run, run_values, statements, values};
use crate::{Conn, Store, StoreError, Tx};

pub use crate::audit_contents::{Content, Kept, Posted, PostedAddressee, places};
pub use crate::audit_marks::{LoggedMark, MarkKey, marks_after, posted_as, takes_place_of};
pub use crate::audit_rows::{
    Counts, LoggedEvent, Place, checkpoints_after, counts, is_shredded, nodes, of_patient, pending,
};

statements! {
    LOG = "SELECT log_id, size FROM audit_log WHERE audit_log_id = 1";
    NAME = "UPDATE audit_log SET log_id = $1 WHERE audit_log_id = 1 AND log_id IS NULL";
    HAS_PENDING = "SELECT q.event_id FROM audit_pending q LIMIT 1";
    OLDEST_PENDING = "SELECT e.happened_at FROM audit_pending q JOIN audit_event e ON e.patient_id = q.patient_id \
        AND e.event_id = q.event_id ORDER BY q.event_id LIMIT 1";
    LEASE = "UPDATE audit_log SET sequencer_id = $1, leased_until = $2 WHERE audit_log_id = 1 \
        AND (sequencer_id IS NULL OR leased_until <= $3 OR leased_until > $4)";
    RELEASE = "UPDATE audit_log SET sequencer_id = NULL WHERE audit_log_id = 1 AND sequencer_id = $1";
    ADVANCE = "UPDATE audit_log SET size = $3, leased_until = $4 \
        WHERE audit_log_id = 1 AND sequencer_id = $1 AND size = $2";
    INSERT_LEAF = "INSERT INTO audit_leaf (leaf_index, event_id, patient_id, leaf_hash) VALUES ($1, $2, $3, $4)";
    DEQUEUE = "DELETE FROM audit_pending WHERE event_id IN \
        (SELECT l.event_id FROM audit_leaf l WHERE l.leaf_index >= $1 AND l.leaf_index < $2)";
    INSERT_NODE = "INSERT INTO audit_node (level, node_index, node_hash) VALUES ($1, $2, $3)";
    INSERT_CHECKPOINT = "INSERT INTO audit_checkpoint (size, previous_size, root_hash, signed_at, key_version, signature) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    LAST_CHECKPOINT = "SELECT size, previous_size, root_hash, signed_at, key_version, signature FROM audit_checkpoint \
        ORDER BY size DESC LIMIT 1";
}

/// Leaves in one statement.
const LEAVES: usize = 64;

/// [`INSERT_LEAF`] for [`LEAVES`] of them.
static INSERT_LEAVES: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
    let (head, _) = INSERT_LEAF.text().split_once(" VALUES ").unwrap_or_default();
    let row = |n: usize| format!("(${}, ${}, ${}, ${})", n * 4 + 1, n * 4 + 2, n * 4 + 3, n * 4 + 4);
    format!("{head} VALUES {}", (0..LEAVES).map(row).collect::<Vec<_>>().join(", "))
});

/// A place that an event is given.
#[derive(Clone, Debug)]
pub struct NewLeaf {
    /// The event.
    pub event: AuditEventId,
    /// The event's patient; nil for acts of the region.
    pub patient: Uuid,
    /// The hash of its leaf.
    pub hash: [u8; 32],
}

/// A checkpoint as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredCheckpoint {
    /// How many leaves.
    pub size: i64,
    /// The size of the checkpoint before; 0: none.
    pub previous_size: i64,
    /// The root.
    pub root_hash: Vec<u8>,
    /// When it was signed, in microseconds since 1970 UTC.
    pub signed_at: i64,
    /// Version of the server's signing key.
    pub key_version: i64,
    /// Signature.
    pub signature: Vec<u8>,
}

/// The log's name and size; names it if it has none.
///
/// # Errors
/// As every query.
pub async fn name(tx: &mut Tx, fresh: Uuid) -> Result<Uuid, StoreError> {
    run!(tx, NAME, fresh)?;
    log(tx).await?.0.ok_or(StoreError::Corrupt("audit_log.log_id"))
}

/// The log's name, if it has one, and its size.
///
/// # Errors
/// As every query.
pub async fn log(conn: &mut Conn) -> Result<(Option<Uuid>, i64), StoreError> {
    run!(conn, one (Option<Uuid>, i64): LOG)
}

/// Whether events wait for their places.
///
/// # Errors
/// As every query.
pub async fn has_pending(conn: &mut Conn) -> Result<bool, StoreError> {
    Ok(run!(conn, optional (Uuid,): HAS_PENDING)?.is_some())
}

/// When the oldest of the events that wait for their places happened, if any wait.
///
/// # Errors
/// As every query.
pub async fn oldest_pending(conn: &mut Conn) -> Result<Option<Timestamp>, StoreError> {
    Ok(run!(conn, optional (i64,): OLDEST_PENDING)?.map(|(at,)| Timestamp(at)))
}

/// Makes `sequencer` the one who gives places from now up to before `until`, unless somebody is. A lease from
/// further ahead than `unlikely` is from a clock that was wrong, and not waited for.
///
/// # Errors
/// As every query.
pub async fn lease(
    tx: &mut Tx,
    sequencer: Uuid,
    now: Timestamp,
    until: Timestamp,
    unlikely: Timestamp,
) -> Result<bool, StoreError> {
    Ok(run!(tx, LEASE, sequencer, until.0, now.0, unlikely.0)? == 1)
}

/// Gives the lease back, if it still is this one's.
///
/// # Errors
/// As every query.
pub async fn release(tx: &mut Tx, sequencer: Uuid) -> Result<(), StoreError> {
    run!(tx, RELEASE, sequencer)?;
    Ok(())
}

/// What is added to the log at once.
pub struct Batch {
    /// Who holds the lease.
    pub sequencer: Uuid,
    /// Until when from now on.
    pub until: Timestamp,
    /// How many leaves there are before.
    pub size: i64,
    /// The new ones.
    pub leaves: Vec<NewLeaf>,
    /// The nodes that are complete with them: level, place, hash.
    pub nodes: Vec<(i64, i64, [u8; 32])>,
    /// What is signed at the new size.
    pub checkpoint: StoredCheckpoint,
}

/// Adds a batch, all or nothing. When this returns it is durable.
///
/// The first statement takes the log's row and compares lease and size: whoever was overtaken, by a lease that ran out
/// while it worked, changes nothing. Behind it stand two constraints, a place has one event and an event one place.
///
/// # Errors
/// [`StoreError::EpochChanged`]: somebody else gives places now.
pub async fn add(store: &Store, batch: Batch) -> Result<(), StoreError> {
    store.write(move |tx| Box::pin(async move { add_in(tx, &batch).await })).await
}

async fn add_in(tx: &mut Tx, batch: &Batch) -> Result<(), StoreError> {
    let count = i64::try_from(batch.leaves.len()).map_err(|_| StoreError::Corrupt("audit_log.size"))?;
    let end = batch.size + count;
    if run!(tx, ADVANCE, batch.sequencer, batch.size, end, batch.until.0)? != 1 {
        return Err(StoreError::EpochChanged);
    }
    let rows: Vec<[Value; 4]> = (batch.size..)
        .zip(&batch.leaves)
        .map(|(index, leaf)| {
            [index.into(), leaf.event.0.into(), leaf.patient.into(), leaf.hash.to_vec().into()]
        })
        .collect();
    let chunks = rows.chunks_exact(LEAVES);
    for row in chunks.remainder() {
        run_values(tx, INSERT_LEAF.text(), row.to_vec()).await?;
    }
    for chunk in chunks {
        run_values(tx, &INSERT_LEAVES, chunk.concat()).await?;
    }
    if run!(tx, DEQUEUE, batch.size, end)?.cast_signed() != count {
        // what waited when it was read waits no longer: somebody else has given it a place, or taken it away
        return Err(StoreError::EpochChanged);
    }
    for (level, index, hash) in &batch.nodes {
        run_values(tx, INSERT_NODE.text(), values![*level, *index, hash.to_vec()]).await?;
    }
    let StoredCheckpoint { size, previous_size, root_hash, signed_at, key_version, signature } =
        batch.checkpoint.clone();
    let checkpoint = values![size, previous_size, root_hash, signed_at, key_version, signature];
    run_values(tx, INSERT_CHECKPOINT.text(), checkpoint).await?;
    Ok(())
}

/// The newest checkpoint, if there is any.
///
/// # Errors
/// As every query.
pub async fn last_checkpoint(conn: &mut Conn) -> Result<Option<StoredCheckpoint>, StoreError> {
    run!(conn, optional StoredCheckpoint: LAST_CHECKPOINT)
}
