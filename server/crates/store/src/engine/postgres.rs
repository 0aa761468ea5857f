//! PostgreSQL: a pool, READ COMMITTED for writing, REPEATABLE READ for snapshots.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Postgres, Transaction};
use tokio::sync::Notify;

use super::{Conn, Inner, STATEMENT_CACHE, Tx, migrate as migrations};
use crate::StoreError;

/// Every statement looks rows up by an index, and most of them stop at a limit. Before there are
/// statistics, or when one patient has far more than most, the planner would rather collect all of a
/// timeline and sort it. A plan for any values is then as good as one for these, and saves the planning.
const SETTINGS: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off; \
    SET plan_cache_mode = force_generic_plan";

#[derive(Clone)]
pub(super) struct PostgresEngine {
    pool: PgPool,
    events: Arc<Notify>,
}

impl PostgresEngine {
    pub(super) async fn open(
        connect: &PgConnectOptions,
        max: u32,
        events: Arc<Notify>,
    ) -> Result<Self, StoreError> {
        let connect = connect.clone().disable_statement_logging().statement_cache_capacity(STATEMENT_CACHE);
        let pool = PgPoolOptions::new()
            .max_connections(max)
            .acquire_timeout(Duration::from_secs(10))
            .test_before_acquire(false)
            .before_acquire(|conn, meta| Box::pin(alive(conn, meta.idle_for)))
            .after_connect(|conn, _| Box::pin(async move { conn.execute(SETTINGS).await.map(|_| ()) }))
            .connect_with(connect)
            .await?;
        let engine = Self { pool, events };
        for (name, value) in engine.checks().await? {
            if matches!(name.as_str(), "fsync" | "synchronous_commit" | "full_page_writes") && value == "off"
            {
                return Err(StoreError::Refused(format!(
                    "PostgreSQL runs with {name}=off, so it can lose what it acknowledged; switch it on"
                )));
            }
        }
        migrations::verify(&migrations::POSTGRES, &mut *engine.pool.acquire().await?).await?;
        Ok(engine)
    }

    pub(super) fn connect_options(&self) -> Arc<PgConnectOptions> {
        self.pool.connect_options()
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    pub(super) async fn connection(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        Ok(self.pool.acquire().await?)
    }

    pub(super) async fn snapshot(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        begin(&self.pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (pool, events) = (self.pool.clone(), Arc::clone(&self.events));
        // on a task of its own: a caller that goes away cannot leave half of it
        let task = tokio::spawn(async move {
            let begun = begin(&pool, "BEGIN ISOLATION LEVEL READ COMMITTED").await?;
            let mut tx = Tx { conn: Conn::new(Inner::Postgres(begun)) };
            let result = work(&mut tx).await;
            let result = tx.outcome(result);
            let has_event = tx.has_event;
            let Inner::Postgres(begun) = tx.conn.inner else {
                return Err(StoreError::Other("not a transaction".into()).into());
            };
            match result {
                Ok(value) => {
                    begun.commit().await.map_err(StoreError::from)?;
                    if has_event {
                        events.notify_one();
                    }
                    Ok(value)
                }
                Err(error) => {
                    // dropping it would roll back too, but later
                    let _ = begun.rollback().await;
                    Err(error)
                }
            }
        });
        match task.await {
            Ok(result) => result,
            Err(_) => Err(StoreError::Other("a write panicked".into()).into()),
        }
    }

    pub(super) async fn checks(&self) -> Result<Vec<(String, String)>, StoreError> {
        let (version, fsync, synchronous_commit, full_page_writes): (String, String, String, String) =
            sqlx::query_as(
                "SELECT current_setting('server_version'), current_setting('fsync'), \
                 current_setting('synchronous_commit'), current_setting('full_page_writes')",
            )
            .fetch_one(&self.pool)
            .await?;
        Ok([
            ("postgresql version", version),
            ("fsync", fsync),
            ("synchronous_commit", synchronous_commit),
            ("full_page_writes", full_page_writes),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into())
    }
}

/// Begins on a connection that lives: idle ones may have died with the server since they were used. It is
/// the first thing said on the connection, so nothing is done twice.
async fn begin(pool: &PgPool, statement: &'static str) -> Result<Transaction<'static, Postgres>, StoreError> {
    for _ in 0..pool.size() {
        match pool.begin_with(statement).await.map_err(StoreError::from) {
            Err(StoreError::Unavailable(source)) if died(source.as_ref()) => {}
            done => return done,
        }
    }
    Ok(pool.begin_with(statement).await?)
}

/// Whether a connection that was idle can be used: it may have died with the server.
async fn alive(conn: &mut PgConnection, idle_for: Duration) -> sqlx::Result<bool> {
    Ok(idle_for < Duration::from_secs(1) || conn.ping().await.is_ok())
}

fn died(error: &(dyn std::error::Error + 'static)) -> bool {
    match error.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Io(_)) => true,
        // admin_shutdown, crash_shutdown: what the server said before it closed the connection
        Some(sqlx::Error::Database(error)) => matches!(error.code().as_deref(), Some("57P01" | "57P02")),
        _ => false,
    }
}

pub(super) async fn migrate(connect: &PgConnectOptions) -> Result<Vec<String>, StoreError> {
    let mut conn = connect.clone().connect().await?;
    let applied = migrations::apply(&migrations::POSTGRES, &mut conn).await?;
    conn.close().await?;
    Ok(applied)
}
