//! What can go wrong in the store, in terms that the use cases can act on.

use renkei_domain::{Error, Reason};
use sqlx::error::ErrorKind;
use sqlx::sqlite::SqliteError;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with this key is there already.
    #[error("a unique constraint is violated")]
    Unique,
    /// A row that is referred to does not exist.
    #[error("a foreign key constraint is violated")]
    ForeignKey,
    /// The access to the patient, or the standing of the person who asks, changed between the read and the record
    /// of it: read again.
    #[error("an epoch has changed")]
    EpochChanged,
    /// Worth another try: lock not obtained, connection lost, pool exhausted.
    #[error("the storage is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The disk is full.
    #[error("the storage is full")]
    Full,
    /// Stored values that cannot be: a defect or tampering.
    #[error("stored data is corrupt: {0}")]
    Corrupt(&'static str),
    /// Settings, schema or engine that the store refuses to work with.
    #[error("{0}")]
    Refused(String),
    /// Anything else: a defect.
    #[error("the storage failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// The same failure for another who is hit by it.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Unique => Self::Unique,
            Self::ForeignKey => Self::ForeignKey,
            Self::EpochChanged => Self::EpochChanged,
            Self::Unavailable(source) => Self::Unavailable(source.to_string().into()),
            Self::Full => Self::Full,
            Self::Corrupt(what) => Self::Corrupt(what),
            Self::Refused(text) => Self::Refused(text.clone()),
            Self::Other(source) => Self::Other(source.to_string().into()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Database(database) => match database.kind() {
                ErrorKind::UniqueViolation => Self::Unique,
                ErrorKind::ForeignKeyViolation => Self::ForeignKey,
                _ => {
                    let code = database.code().unwrap_or_default().into_owned();
                    if database.try_downcast_ref::<SqliteError>().is_some() {
                        sqlite(code.parse().unwrap_or_default(), error)
                    } else {
                        postgres(&code, error)
                    }
                }
            },
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
                Self::Unavailable(error.into())
            }
            _ => Self::Other(error.into()),
        }
    }
}

/// By SQLite's result codes (<https://sqlite.org/rescode.html>); the lowest byte of an extended code is the
/// primary one.
fn sqlite(code: u32, error: sqlx::Error) -> StoreError {
    match code & 0xff {
        // BUSY, LOCKED, NOMEM, INTERRUPT, IOERR, CANTOPEN, PROTOCOL
        5 | 6 | 7 | 9 | 10 | 14 | 15 => StoreError::Unavailable(error.into()),
        // CORRUPT, NOTADB
        11 | 26 => StoreError::Corrupt("database file"),
        13 => StoreError::Full,
        _ => StoreError::Other(error.into()),
    }
}

/// By PostgreSQL's SQLSTATE (manual, appendix A).
fn postgres(code: &str, error: sqlx::Error) -> StoreError {
    match code {
        "53100" => StoreError::Full,
        "XX001" | "XX002" => StoreError::Corrupt("database"),
        // read_only_sql_transaction: connected to a standby, as during a failover; lock_not_available
        "25006" | "55P03" => StoreError::Unavailable(error.into()),
        // connection, transaction rollback, resources, operator intervention, system
        _ => match code.get(..2) {
            Some("08" | "40" | "53" | "57" | "58") => StoreError::Unavailable(error.into()),
            _ => StoreError::Other(error.into()),
        },
    }
}

impl From<renkei_domain::error::UnknownText> for StoreError {
    fn from(error: renkei_domain::error::UnknownText) -> Self {
        Self::Corrupt(error.0)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let reason = match &error {
            StoreError::Unavailable(_) | StoreError::EpochChanged => Reason::StorageUnavailable,
            StoreError::Full => Reason::StorageFull,
            StoreError::Corrupt(_) => Reason::StoredDataDamaged,
            StoreError::Unique | StoreError::ForeignKey | StoreError::Refused(_) | StoreError::Other(_) => {
                Reason::Internal
            }
        };
        let wait = matches!(reason, Reason::StorageUnavailable | Reason::StorageFull);
        let error = Self::new(reason).because(error);
        if wait { error.retry_after(std::time::Duration::from_secs(1)) } else { error }
    }
}
