//! The two engines behind one [`Store`].

mod batch;
mod migrate;
mod postgres;
mod sqlite;
mod url;

use std::ops::{Deref, DerefMut};

use std::sync::Arc;

use futures::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};
use tokio::sync::Notify;

pub(crate) use self::batch::{Kind, sizes};
pub use self::url::DatabaseUrl;
use self::{batch::Queue, postgres::PostgresEngine, sqlite::SqliteEngine};
use crate::audit::Disclosure;
use crate::post::Post;
use crate::{StoreError, Wakeups};

/// Room for every statement of this crate on each connection.
const STATEMENT_CACHE: usize = 256;

/// Where the database is and how many connections it may take.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where.
    pub url: DatabaseUrl,
    /// Connections for reading (SQLite) or altogether (PostgreSQL).
    pub max_connections: u32,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    posts: Queue<Post>,
    disclosures: Queue<Disclosure>,
    events: Arc<Notify>,
}

#[derive(Clone)]
enum Engine {
    Sqlite(SqliteEngine),
    Postgres(PostgresEngine),
}

impl Store {
    /// Opens the database.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if the schema is older or newer than this program, or if the engine would
    /// not keep what it acknowledged.
    pub async fn open(options: Options) -> Result<Self, StoreError> {
        let events = Arc::new(Notify::new());
        let (told, max) = (Arc::clone(&events), options.max_connections);
        let engine = match &options.url {
            DatabaseUrl::Sqlite(path) => Engine::Sqlite(SqliteEngine::open(path, max, told).await?),
            DatabaseUrl::Postgres(connect) => {
                Engine::Postgres(PostgresEngine::open(connect, max, told).await?)
            }
        };
        Ok(Self { engine, posts: Queue::default(), disclosures: Queue::default(), events })
    }

    /// Creates the database file if there is none, applies the migrations that are missing, and names them.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if the schema is newer than this program or was changed by hand.
    pub async fn migrate(options: &Options) -> Result<Vec<String>, StoreError> {
        match &options.url {
            DatabaseUrl::Sqlite(path) => sqlite::migrate(path).await,
            DatabaseUrl::Postgres(connect) => postgres::migrate(connect).await,
        }
    }

    /// Runs `work` on a snapshot: all its queries see the same state. Nothing can be written.
    ///
    /// # Errors
    /// What `work` returns, and [`StoreError::Unavailable`].
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'a> FnOnce(&'a mut Conn) -> BoxFuture<'a, Result<T, E>> + Send,
        E: From<StoreError>,
    {
        let mut conn = match &self.engine {
            Engine::Sqlite(engine) => Conn::new(Inner::SqliteReader(engine.snapshot().await?)),
            Engine::Postgres(engine) => Conn::new(Inner::Postgres(engine.snapshot().await?)),
        };
        work(&mut conn).await
    }

    /// Runs `work` without a snapshot: each of its queries sees the state of its own time. For single queries, and
    /// for what goes out only if it is found unchanged later.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn look<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'a> FnOnce(&'a mut Conn) -> BoxFuture<'a, Result<T, E>> + Send,
        E: From<StoreError>,
    {
        let mut conn = match &self.engine {
            Engine::Sqlite(engine) => Conn::new(Inner::SqliteLook(engine.reader().await?)),
            Engine::Postgres(engine) => Conn::new(Inner::PostgresLook(engine.connection().await?)),
        };
        work(&mut conn).await
    }

    /// Runs `work` in a transaction and returns when it is durable, or rolled back because `work` failed.
    /// It runs to its end on its own task, even if the caller goes away. `work` must do nothing but
    /// queries: on SQLite it holds the only writer.
    ///
    /// After a statement has failed (a constraint, a full disk) nothing of the transaction can be kept:
    /// `work` must fail too.
    ///
    /// # Errors
    /// What `work` returns, and what beginning and committing can fail with.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => engine.write(work).await,
            Engine::Postgres(engine) => engine.write(work).await,
        }
    }

    /// Writes a post, and returns when it is durable: on SQLite together with others.
    pub(crate) async fn write_post(&self, post: Post) -> Result<Option<i64>, StoreError> {
        self.write_with(&self.posts, post).await
    }

    /// The same for a disclosure.
    pub(crate) async fn write_disclosure(&self, disclosure: Disclosure) -> Result<Option<()>, StoreError> {
        self.write_with(&self.disclosures, disclosure).await
    }

    async fn write_with<K>(&self, queue: &Queue<K>, item: K) -> Result<Option<K::Answer>, StoreError>
    where
        K: Kind + Sync,
        K::Answer: Sync,
    {
        match &self.engine {
            Engine::Sqlite(engine) => engine.write_with(queue, item).await,
            Engine::Postgres(engine) => {
                engine
                    .write(move |tx| {
                        Box::pin(async move { Ok(K::write(tx, &[item]).await?.pop().flatten()) })
                    })
                    .await
            }
        }
    }

    /// Returns when a transaction with an audit event was committed here since this was asked last. It may return
    /// without one; events of other nodes it does not tell of. One waits at a time.
    pub async fn events(&self) {
        self.events.notified().await;
    }

    /// Ends the connections when nothing is at work any longer. On SQLite everything is in the one file then.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(engine) => engine.close().await,
            Engine::Postgres(engine) => engine.close().await,
        }
    }

    /// What `doctor` shows: name and value of everything that durability depends on.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn checks(&self) -> Result<Vec<(String, String)>, StoreError> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.checks().await,
            Engine::Postgres(engine) => engine.checks().await,
        }
    }

    /// Wake-ups from and to other nodes on the same database. SQLite has one node only.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn wakeups(&self) -> Result<Option<Wakeups>, StoreError> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(None),
            Engine::Postgres(engine) => Wakeups::start(&engine.connect_options()).await.map(Some),
        }
    }
}

/// A connection with a snapshot or a transaction open on it.
pub struct Conn {
    inner: Inner,
    /// What a statement failed with. PostgreSQL refuses all that follows, and answers COMMIT by rolling
    /// back without an error; SQLite may have rolled back by itself and would keep what follows. So on
    /// both nothing follows, and nothing is kept.
    failure: Option<StoreError>,
    /// Whether an audit event was written: whoever gives events their places is told after the commit.
    has_event: bool,
}

enum Inner {
    SqliteReader(Transaction<'static, Sqlite>),
    SqliteLook(PoolConnection<Sqlite>),
    SqliteWriter(Box<SqliteConnection>),
    Postgres(Transaction<'static, Postgres>),
    PostgresLook(PoolConnection<Postgres>),
}

/// The driver's connection, for the macro that runs a statement on either.
pub(crate) enum Driver<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl Conn {
    fn new(inner: Inner) -> Self {
        Self { inner, failure: None, has_event: false }
    }

    /// # Errors
    /// [`StoreError::Other`] after a statement has failed.
    pub(crate) fn driver(&mut self) -> Result<Driver<'_>, StoreError> {
        if self.failure.is_some() {
            return Err(passed_over());
        }
        Ok(match &mut self.inner {
            Inner::SqliteReader(snapshot) => Driver::Sqlite(snapshot),
            Inner::SqliteLook(conn) => Driver::Sqlite(conn),
            Inner::SqliteWriter(conn) => Driver::Sqlite(conn),
            Inner::Postgres(tx) => Driver::Postgres(tx),
            Inner::PostgresLook(conn) => Driver::Postgres(conn),
        })
    }

    /// The result of a statement; remembers that it failed.
    pub(crate) fn checked<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        result.map_err(|error| {
            let error = StoreError::from(error);
            self.failure = Some(error.again());
            error
        })
    }

    /// What `work` returned, or an error if it passed over the failure of a statement.
    fn outcome<T, E: From<StoreError>>(&self, result: Result<T, E>) -> Result<T, E> {
        match (result, &self.failure) {
            (Ok(_), Some(_)) => Err(passed_over().into()),
            (result, _) => result,
        }
    }

    /// To be said with every audit event that is written.
    pub(crate) fn has_event(&mut self) {
        self.has_event = true;
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.inner, Inner::Postgres(_) | Inner::PostgresLook(_))
    }
}

fn passed_over() -> StoreError {
    StoreError::Other("a statement failed and the transaction went on".into())
}

/// A transaction that writes. It reads like a [`Conn`].
pub struct Tx {
    conn: Conn,
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}
