//! Wake-ups between nodes on one PostgreSQL: LISTEN/NOTIFY, coalesced, outside every transaction that
//! posts (a NOTIFY inside would serialise all commits). A wake-up is a hint; the tables are the truth.

use std::collections::HashSet;

use renkei_domain::id::PatientId;
use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::StoreError;

const CHANNEL: &str = "renkei_wake";

/// The two ends of the wake-ups of this node.
pub struct Wakeups {
    outgoing: mpsc::UnboundedSender<PatientId>,
    incoming: PgListener,
}

impl Wakeups {
    pub(crate) async fn start(pool: &PgPool) -> Result<Self, StoreError> {
        let mut incoming = PgListener::connect_with(pool).await?;
        incoming.listen(CHANNEL).await?;
        let (outgoing, queue) = mpsc::unbounded_channel();
        tokio::spawn(send_coalesced(pool.clone(), queue));
        Ok(Self { outgoing, incoming })
    }

    /// Where to tell the other nodes that a patient's timeline or access changed.
    pub fn sender(&self) -> mpsc::UnboundedSender<PatientId> {
        self.outgoing.clone()
    }

    /// The next patient that some node, this one too, told about. `None` when hints may have been lost
    /// because the connection broke: look at everything.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; calling again connects again.
    pub async fn next(&mut self) -> Result<Option<PatientId>, StoreError> {
        loop {
            match self.incoming.try_recv().await? {
                None => return Ok(None),
                Some(notification) => {
                    if let Ok(id) = Uuid::parse_str(notification.payload()) {
                        return Ok(Some(PatientId(id)));
                    }
                }
            }
        }
    }
}

async fn send_coalesced(pool: PgPool, mut queue: mpsc::UnboundedReceiver<PatientId>) {
    while let Some(first) = queue.recv().await {
        let mut patients = HashSet::from([first]);
        while let Ok(patient) = queue.try_recv() {
            patients.insert(patient);
        }
        let ids: Vec<String> = patients.iter().map(ToString::to_string).collect();
        let sent = sqlx::query("SELECT pg_notify($1, id) FROM unnest($2::text[]) AS id")
            .bind(CHANNEL)
            .bind(&ids)
            .execute(&pool)
            .await;
        if sent.is_err() {
            // the sweep of the other nodes finds it
            tracing::warn!(count = ids.len(), "wake-ups could not be sent to other nodes");
        }
    }
}
