//! SQLite: one writer connection with group commit, readers apart.
//!
//! All writers that wait share one commit and so one fsync: each runs in a savepoint of its own, then
//! one COMMIT, and only then all are answered. A writer that fails rolls back to its savepoint alone.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, SqliteConnection, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::{Conn, Inner, Tx, migrate as migrations};
use crate::StoreError;

/// Below it SQLite has a defect that can corrupt a database in WAL mode.
const MINIMUM_VERSION: (u32, u32, u32) = (3, 51, 3);
/// How many writers may share a commit.
const GROUP: usize = 256;
/// How many writers may wait.
const QUEUE: usize = 1024;

#[derive(Clone)]
pub(super) struct SqliteEngine {
    jobs: mpsc::Sender<Box<dyn Job>>,
    readers: SqlitePool,
}

impl SqliteEngine {
    pub(super) async fn open(path: &Path, max_readers: u32) -> Result<Self, StoreError> {
        let mut writer = options(path, false).connect().await?;
        verify(&mut writer).await?;
        migrations::verify(&migrations::SQLITE, &mut writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(max_readers)
            .acquire_timeout(Duration::from_secs(10))
            .test_before_acquire(false)
            .connect_with(options(path, false).read_only(true))
            .await?;
        let (jobs, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write_in_groups(writer, waiting));
        Ok(Self { jobs, readers })
    }

    pub(super) async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.readers.begin().await?)
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = WriteJob { work: Some(work), result: None, reply };
        self.jobs.send(Box::new(job)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    pub(super) async fn checks(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut conn = self.readers.acquire().await?;
        let mut checks = Vec::new();
        let (version,): (String,) = sqlx::query_as("SELECT sqlite_version()").fetch_one(&mut *conn).await?;
        checks.push(("sqlite version".to_owned(), version));
        let (mode,): (String,) = sqlx::query_as("PRAGMA journal_mode").fetch_one(&mut *conn).await?;
        checks.push(("journal_mode".to_owned(), mode));
        let (result,): (String,) = sqlx::query_as("PRAGMA quick_check(1)").fetch_one(&mut *conn).await?;
        checks.push(("quick_check".to_owned(), result));
        Ok(checks)
    }
}

pub(super) async fn migrate(path: &Path) -> Result<Vec<String>, StoreError> {
    let mut conn = options(path, true).connect().await?;
    let applied = migrations::apply(&migrations::SQLITE, &mut conn).await?;
    conn.close().await?;
    Ok(applied)
}

fn options(path: &Path, create: bool) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(create)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        // patient data that was overwritten must not linger in free pages
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

/// The pragmas are requests: SQLite does not say when it declines one.
async fn verify(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    let (version,): (String,) = sqlx::query_as("SELECT sqlite_version()").fetch_one(&mut *conn).await?;
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    if (next(), next(), next()) < MINIMUM_VERSION {
        return Err(StoreError::Refused(format!("SQLite {version} is older than 3.51.3")));
    }
    let (journal,): (String,) = sqlx::query_as("PRAGMA journal_mode").fetch_one(&mut *conn).await?;
    let (synchronous,): (i64,) = sqlx::query_as("PRAGMA synchronous").fetch_one(&mut *conn).await?;
    let (foreign_keys,): (i64,) = sqlx::query_as("PRAGMA foreign_keys").fetch_one(&mut *conn).await?;
    if journal != "wal" || synchronous != 2 || foreign_keys != 1 {
        return Err(StoreError::Refused(format!(
            "SQLite did not take its settings: journal_mode {journal}, synchronous {synchronous}, foreign_keys {foreign_keys}"
        )));
    }
    Ok(())
}

fn gone() -> StoreError {
    StoreError::Unavailable("the database writer has stopped".into())
}

/// A write that waits for its turn, with its types erased.
trait Job: Send {
    /// Does the work and says whether it is to be kept.
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, bool>;
    /// Answers whoever waits. `lost` says why what was done could not be kept.
    fn finish(self: Box<Self>, lost: Option<StoreError>);
}

struct WriteJob<T, E, F> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for WriteJob<T, E, F>
where
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, E>> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            // a defect in one write must not take the writer, and so everybody, down
            self.result = AssertUnwindSafe(work(tx)).catch_unwind().await.ok();
            matches!(self.result, Some(Ok(_)))
        })
    }

    fn finish(self: Box<Self>, lost: Option<StoreError>) {
        let answer = match (self.result, lost) {
            (Some(Ok(_)), Some(error)) => Err(error.into()),
            (Some(result), _) => result,
            (None, lost) => Err(lost.unwrap_or(StoreError::Other("a write panicked".into())).into()),
        };
        // whoever waited may have gone away; what was written stays written
        let _ = self.reply.send(answer);
    }
}

async fn write_in_groups(writer: SqliteConnection, mut waiting: mpsc::Receiver<Box<dyn Job>>) {
    let mut tx = Tx { conn: Conn { inner: Inner::SqliteWriter(Box::new(writer)) } };
    while let Some(first) = waiting.recv().await {
        let mut group = Vec::with_capacity(8);
        let outcome = run_group(&mut tx, first, &mut waiting, &mut group).await;
        let lost = match outcome {
            Ok(()) => None,
            Err(error) => {
                // fails when SQLite has rolled back by itself, which is what is wanted
                let _ = command(&mut tx, "ROLLBACK").await;
                Some(error)
            }
        };
        for job in group {
            job.finish(lost.as_ref().map(again));
        }
    }
}

async fn run_group(
    tx: &mut Tx,
    first: Box<dyn Job>,
    waiting: &mut mpsc::Receiver<Box<dyn Job>>,
    group: &mut Vec<Box<dyn Job>>,
) -> Result<(), StoreError> {
    let mut next = Some(first);
    let begun = command(tx, "BEGIN IMMEDIATE").await;
    while let Some(mut job) = next {
        if begun.is_ok() {
            let done = run_job(tx, job.as_mut()).await;
            group.push(job);
            done?;
        } else {
            group.push(job);
        }
        next = if group.len() < GROUP { waiting.try_recv().ok() } else { None };
    }
    begun?;
    command(tx, "COMMIT").await
}

async fn run_job(tx: &mut Tx, job: &mut dyn Job) -> Result<(), StoreError> {
    command(tx, "SAVEPOINT job").await?;
    if !job.run(tx).await {
        // fails if SQLite rolled everything back (disk full, I/O error): then the whole group is lost
        command(tx, "ROLLBACK TO job").await?;
    }
    command(tx, "RELEASE job").await
}

async fn command(tx: &mut Tx, sql: &'static str) -> Result<(), StoreError> {
    match &mut tx.conn.inner {
        Inner::SqliteWriter(conn) => {
            sqlx::query(sql).execute(&mut **conn).await?;
            Ok(())
        }
        Inner::SqliteReader(_) | Inner::Postgres(_) => Err(StoreError::Other("not the writer".into())),
    }
}

/// The same failure for every member of the group.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Full => StoreError::Full,
        other => StoreError::Unavailable(other.to_string().into()),
    }
}
