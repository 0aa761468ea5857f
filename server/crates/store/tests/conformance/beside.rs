//! What tests do beside the store, on a connection of their own.

use std::time::Duration;

use renkei_store::DatabaseUrl;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};

use crate::database::Database;

impl Database {
    /// Returns when `number` of the database's transactions wait for a lock. SQLite: at once, since whoever
    /// waits there waits in our own queue.
    pub(crate) async fn wait_for_waiters(&self, number: i64) {
        let DatabaseUrl::Postgres(connect) = &self.options.url else { return };
        let mut conn = connect.connect().await.unwrap();
        let waiting = "SELECT COUNT(*) FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        loop {
            let (waiters,): (i64,) = sqlx::query_as(waiting).fetch_one(&mut conn).await.unwrap();
            if waiters >= number {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Runs a statement beside the store.
    pub(crate) async fn execute(&self, sql: &'static str) {
        match &self.options.url {
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
                conn.execute(sql).await.unwrap();
            }
            DatabaseUrl::Postgres(connect) => {
                connect.connect().await.unwrap().execute(sql).await.unwrap();
            }
        }
    }
}
