//! SQLite: one writer connection with group commit, readers apart.
//!
//! The writer's loop has a thread of its own: between two statements it would otherwise stand in the queue of the
//! runtime's tasks, behind everything that the clients of the next writes do.
//!
//! All writers that wait share one commit and so one fsync: each runs in a savepoint of its own, then one COMMIT, and only then all are answered. A writer that fails rolls back to its savepoint alone.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, SqliteConnection, Transaction};
use tokio::runtime::Builder;
use tokio::sync::{Notify, mpsc, oneshot};

use super::batch::{Kind, Outcome, Queue};
use super::{Conn, Inner, STATEMENT_CACHE, Tx, migrate as migrations};
use crate::StoreError;

/// Below it SQLite has a defect that can corrupt a database in WAL mode.
const MINIMUM_VERSION: (u32, u32, u32) = (3, 51, 3);
/// How many writers may share a commit.
const GROUP: usize = 256;
/// How many writers may wait.
const QUEUE: usize = 1024;

#[derive(Clone)]
pub(super) struct SqliteEngine {
    path: PathBuf,
    jobs: mpsc::Sender<Box<dyn Job>>,
    readers: SqlitePool,
}

impl SqliteEngine {
    pub(super) async fn open(path: &Path, max_readers: u32, events: Arc<Notify>) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Refused(format!("there is no database at {}", path.display())));
        }
        let mut writer = options(path)
            .pragma("cache_size", "-16384")
            .pragma("wal_autocheckpoint", "4000")
            .connect()
            .await?;
        verify(&mut writer).await?;
        migrations::verify(&migrations::SQLITE, &mut writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(max_readers)
            .acquire_timeout(Duration::from_secs(10))
            .test_before_acquire(false)
            .connect_with(options(path).read_only(true))
            .await?;
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let turns = Builder::new_current_thread().build().map_err(|error| StoreError::Other(error.into()))?;
        thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || turns.block_on(write_in_groups(writer, waiting, events)))
            .map_err(|error| StoreError::Other(error.into()))?;
        Ok(Self { path: path.to_owned(), jobs, readers })
    }

    /// Folds the WAL into the database file, so that whoever copies a stopped server's file has everything.
    pub(super) async fn close(&self) {
        self.readers.close().await;
        let folded = async {
            let mut conn = options(&self.path).connect().await?;
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut conn).await?;
            conn.close().await
        };
        if let Err(error) = folded.await {
            // nothing is lost: the next start reads the WAL
            tracing::warn!(%error, "the WAL could not be folded into the database file");
        }
    }

    pub(super) async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.readers.begin().await?)
    }

    pub(super) async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        Ok(self.readers.acquire().await?)
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

    /// Writes an item together with others of its kind that wait.
    pub(super) async fn write_with<K>(
        &self,
        queue: &Queue<K>,
        item: K,
    ) -> Result<Option<K::Answer>, StoreError>
    where
        K: Kind + Sync,
        K::Answer: Sync,
    {
        let (answer, job) = queue.push(item);
        if let Some(job) = job {
            self.jobs.send(job).await.map_err(|_| gone())?;
        }
        match answer.await.map_err(|_| gone())? {
            Outcome::Written(answer) => Ok(answer),
            Outcome::Lost(error) => Err(error),
            Outcome::Again(item) => {
                self.write(move |tx| {
                    Box::pin(async move { Ok(K::write(tx, &[item]).await?.pop().flatten()) })
                })
                .await
            }
        }
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
    create(path)?;
    let mut conn = options(path).connect().await?;
    let applied = migrations::apply(&migrations::SQLITE, &mut conn).await?;
    conn.close().await?;
    Ok(applied)
}

/// SQLite would let everybody read a file that it creates; its WAL gets the mode of the database.
fn create(path: &Path) -> Result<(), StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(StoreError::Refused(format!("cannot create {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// What every connection is opened with. The writer, besides, keeps up to 16 MiB of pages, because everything it
/// changes it reads first, and folds its WAL back at about 16 MiB instead of 4: what is changed again and again (the
/// ends of the indexes) is then written back once.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        // patient data that was overwritten must not linger in free pages
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        // a long read lets the WAL grow: afterwards it gives the space back
        .pragma("journal_size_limit", "16777216")
        .statement_cache_capacity(STATEMENT_CACHE)
        // a page and its end
        .row_buffer_size(128)
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
pub(super) trait Job: Send {
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
            let result = AssertUnwindSafe(async { work(tx).await }).catch_unwind().await.ok();
            self.result = result.map(|result| tx.outcome(result));
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

async fn write_in_groups(
    writer: SqliteConnection,
    mut waiting: mpsc::Receiver<Box<dyn Job>>,
    events: Arc<Notify>,
) {
    let mut tx = Tx { conn: Conn::new(Inner::SqliteWriter(Box::new(writer))) };
    while let Some(first) = waiting.recv().await {
        let mut group = Vec::with_capacity(8);
        group.push(first);
        let lost = run_group(&mut tx, &mut waiting, &mut group).await.err();
        if lost.is_some() {
            // fails where SQLite has rolled back by itself, which is what is wanted
            let _ = command(&mut tx, "ROLLBACK").await;
        }
        if std::mem::take(&mut tx.has_event) && lost.is_none() {
            events.notify_one();
        }
        for job in group {
            job.finish(lost.as_ref().map(of_the_group));
        }
    }
}

/// What the loss of a group is to each of its members, none of whom did it.
pub(super) fn of_the_group(error: &StoreError) -> StoreError {
    match error.again() {
        error @ (StoreError::Full | StoreError::Corrupt(_) | StoreError::Unavailable(_)) => error,
        StoreError::Other(source) => StoreError::Unavailable(source),
        error => StoreError::Unavailable(error.into()),
    }
}

/// Runs the one job of `group` and those that wait behind it, which are put into `group`, and commits them together.
/// If it fails, none of them is kept. What comes meanwhile is the next group's: while this one is being committed it
/// collects, so that the next one is written in few statements.
async fn run_group(
    tx: &mut Tx,
    waiting: &mut mpsc::Receiver<Box<dyn Job>>,
    group: &mut Vec<Box<dyn Job>>,
) -> Result<(), StoreError> {
    group.extend(std::iter::from_fn(|| waiting.try_recv().ok()).take(GROUP - 1));
    // alone it is undone with the transaction; a savepoint would keep a copy of every page that is changed
    let alone = group.len() == 1;
    command(tx, if alone { "BEGIN IMMEDIATE" } else { "BEGIN IMMEDIATE; SAVEPOINT job" }).await?;
    let mut jobs = group.iter_mut().peekable();
    while let Some(job) = jobs.next() {
        let kept = job.run(tx).await;
        let failure = tx.failure.take();
        if !kept {
            // fails if SQLite rolled everything back (disk full, I/O error): then the whole group is lost
            let undo = if alone { "ROLLBACK" } else { "ROLLBACK TO job" };
            command(tx, undo).await.map_err(|error| failure.unwrap_or(error))?;
            if alone {
                return Ok(());
            }
        } else if jobs.peek().is_some() {
            command(tx, "RELEASE job; SAVEPOINT job").await?;
        }
    }
    command(tx, "COMMIT").await
}

async fn command(tx: &mut Tx, sql: &'static str) -> Result<(), StoreError> {
    match &mut tx.conn.inner {
        Inner::SqliteWriter(conn) => {
            sqlx::query(sql).execute(&mut **conn).await?;
            Ok(())
        }
        _ => Err(StoreError::Other("not the writer".into())),
    }
}

#[cfg(test)]
#[path = "sqlite_tests.rs"]
mod tests;
