//! What tests do beside the store, on a connection of their own.

use std::time::Duration;

use renkei_domain::id::PatientId;
use renkei_store::DatabaseUrl;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

use crate::database::Database;

impl Database {
    /// Returns when `number` of the database's transactions wait for a lock. SQLite: at once, since whoever
    /// waits there waits in our own queue.
    pub(crate) async fn wait_for_waiters(&self, number: i64) {
        let DatabaseUrl::Postgres(connect) = &self.options.url else { return };
        let mut conn = connect.connect().await.unwrap();
        let waiting = "SELECT COUNT(*) FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        for _ in 0..5000 {
            let (waiters,): (i64,) = sqlx::query_as(waiting).fetch_one(&mut conn).await.unwrap();
            if waiters >= number {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("{number} should wait for a lock, and do not");
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
    /// Makes `entries` entries, with their receipts, out of the first one of a patient.
    pub(crate) async fn multiply(&self, patient: PatientId, entries: i64) {
        let numbers =
            "WITH RECURSIVE number (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM number WHERE n < $2)";
        let random = match self.options.url {
            DatabaseUrl::Sqlite(_) => "randomblob(16)",
            DatabaseUrl::Postgres(_) => "gen_random_uuid()",
        };
        for sql in [
            format!(
                "{numbers} INSERT INTO entry SELECT patient_id, n, {random}, revision, category, author_person_id, \
                 author_organization_id, author_role, reply_to_entry_id, urgent, key_version, body, posted_at, \
                 sensitivity, kind, occurred_at FROM entry, number WHERE patient_id = $1 AND seq = 1"
            ),
            format!(
                "{numbers} INSERT INTO receipt SELECT patient_id, person_id, n, organization_id, role, read_at \
                 FROM receipt, number WHERE patient_id = $1 AND seq = 1"
            ),
            "UPDATE patient SET head_seq = $2 WHERE patient_id = $1".to_owned(),
        ] {
            match &self.options.url {
                DatabaseUrl::Sqlite(path) => {
                    let mut conn = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
                    let query = sqlx::query(AssertSqlSafe(sql)).bind(patient.0).bind(entries);
                    query.execute(&mut conn).await.unwrap();
                }
                DatabaseUrl::Postgres(connect) => {
                    let mut conn = connect.connect().await.unwrap();
                    let query = sqlx::query(AssertSqlSafe(sql)).bind(patient.0).bind(entries);
                    query.execute(&mut conn).await.unwrap();
                }
            }
        }
    }
}
