//! Wake-ups between nodes on one PostgreSQL: LISTEN/NOTIFY, coalesced, outside every transaction that
//! posts (a NOTIFY inside would serialise all commits). A wake-up is a hint; the tables are the truth.
//!
//! They have connections of their own, so that they neither wait for those that requests use, nor take
//! one away.

use std::collections::HashSet;
use std::fmt;

use renkei_domain::id::{PatientId, PersonId, SessionId};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::StoreError;
use crate::sql::Sql;

const CHANNEL: &str = "renkei_wake";
const NOTIFY: Sql = Sql::new("SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload");

/// The statements that only PostgreSQL understands, for the test that prepares every statement.
#[cfg(test)]
pub(crate) const POSTGRES_STATEMENTS: &[(&str, Sql)] = &[("NOTIFY", NOTIFY)];

/// Where to look again, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wakeup {
    /// An entry was posted.
    Posted(PatientId),
    /// Something was done to an entry; the entry that did it may be new.
    Marked(PatientId),
    /// Somebody's access to the patient changed.
    AccessChanged(PatientId),
    /// A session has ended.
    SessionEnded(SessionId),
    /// A person was suspended or reinstated, or an affiliation of the person began or ended.
    PersonChanged(PersonId),
}

impl fmt::Display for Wakeup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Posted(id) => write!(f, "posted {id}"),
            Self::Marked(id) => write!(f, "marked {id}"),
            Self::AccessChanged(id) => write!(f, "access {id}"),
            Self::SessionEnded(id) => write!(f, "session {id}"),
            Self::PersonChanged(id) => write!(f, "person {id}"),
        }
    }
}

impl Wakeup {
    fn parse(text: &str) -> Option<Self> {
        let (what, id) = text.split_once(' ')?;
        let id = Uuid::parse_str(id).ok()?;
        match what {
            "posted" => Some(Self::Posted(PatientId(id))),
            "marked" => Some(Self::Marked(PatientId(id))),
            "access" => Some(Self::AccessChanged(PatientId(id))),
            "session" => Some(Self::SessionEnded(SessionId(id))),
            "person" => Some(Self::PersonChanged(PersonId(id))),
            _ => None,
        }
    }
}

/// The two ends of the wake-ups of this node.
pub struct Wakeups {
    outgoing: mpsc::UnboundedSender<Wakeup>,
    pool: PgPool,
    /// None after it failed.
    incoming: Option<PgListener>,
}

impl Wakeups {
    pub(crate) async fn start(connect: &PgConnectOptions) -> Result<Self, StoreError> {
        // one to listen and one to notify
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .max_lifetime(None)
            .idle_timeout(None)
            .after_connect(|conn, _| {
                // a hint need not survive a crash of the server, so nobody waits for its disk
                Box::pin(async move {
                    sqlx::query("SET synchronous_commit = off").execute(conn).await.map(|_| ())
                })
            })
            .connect_lazy_with(connect.clone());
        let incoming = Some(listen(&pool).await?);
        let (outgoing, queue) = mpsc::unbounded_channel();
        tokio::spawn(send_coalesced(pool.clone(), queue));
        Ok(Self { outgoing, pool, incoming })
    }

    /// Where to tell the other nodes.
    pub fn sender(&self) -> mpsc::UnboundedSender<Wakeup> {
        self.outgoing.clone()
    }

    /// What some node, this one too, told next. `None` when hints may have been lost because the
    /// connection broke: look at everything.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; calling again connects again, and then returns `None`.
    pub async fn next(&mut self) -> Result<Option<Wakeup>, StoreError> {
        let Some(listener) = &mut self.incoming else {
            self.incoming = Some(listen(&self.pool).await?);
            return Ok(None);
        };
        loop {
            match listener.try_recv().await {
                Ok(None) => return Ok(None),
                Ok(Some(notification)) => {
                    if let Some(wakeup) = Wakeup::parse(notification.payload()) {
                        return Ok(Some(wakeup));
                    }
                }
                Err(error) => {
                    // it would neither give up a connection that was reset, nor tell of a later reconnection
                    self.incoming = None;
                    return Err(error.into());
                }
            }
        }
    }
}

async fn listen(pool: &PgPool) -> Result<PgListener, StoreError> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

async fn send_coalesced(pool: PgPool, mut queue: mpsc::UnboundedReceiver<Wakeup>) {
    while let Some(first) = queue.recv().await {
        let mut wakeups = HashSet::from([first]);
        while let Ok(wakeup) = queue.try_recv() {
            wakeups.insert(wakeup);
        }
        let payloads: Vec<String> = wakeups.iter().map(ToString::to_string).collect();
        let sent = sqlx::query(NOTIFY.text()).bind(CHANNEL).bind(&payloads).execute(&pool).await;
        if sent.is_err() {
            // the sweep of the other nodes finds it
            tracing::warn!(count = payloads.len(), "wake-ups could not be sent to other nodes");
        }
    }
}
