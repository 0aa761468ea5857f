//! What can go wrong in the store, in terms that the use cases can act on.

use renkei_domain::{Error, Reason};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with this key is there already.
    #[error("a unique constraint is violated")]
    Unique,
    /// A row that is referred to does not exist.
    #[error("a foreign key constraint is violated")]
    ForeignKey,
    /// The patient's access changed between the read and the record of it: read again.
    #[error("the patient's epoch has changed")]
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

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::error::ErrorKind;
        match &error {
            sqlx::Error::Database(database) => match database.kind() {
                ErrorKind::UniqueViolation => Self::Unique,
                ErrorKind::ForeignKeyViolation => Self::ForeignKey,
                _ => match database.code().as_deref() {
                    // SQLITE_FULL; PostgreSQL disk_full
                    Some("13" | "53100") => Self::Full,
                    // PostgreSQL: transaction rollback, connection, resource and operator-intervention classes
                    Some(code) if code.len() == 5 => match &code[..2] {
                        "40" | "08" | "53" | "57" => Self::Unavailable(error.into()),
                        _ => Self::Other(error.into()),
                    },
                    // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_CANTOPEN with their extended codes
                    Some(code) => match code.parse::<u32>().map(|code| code & 0xff) {
                        Ok(5 | 6 | 10 | 14) => Self::Unavailable(error.into()),
                        _ => Self::Other(error.into()),
                    },
                    None => Self::Other(error.into()),
                },
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error.into()),
            _ => Self::Other(error.into()),
        }
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
