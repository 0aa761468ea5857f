//! Where the database is.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::StoreError;

/// `sqlite:PATH` or `postgres://…`. It never prints a password.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(Box<PgConnectOptions>),
}

impl DatabaseUrl {
    /// Reads it from configuration.
    ///
    /// # Errors
    /// [`StoreError::Refused`], without repeating the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.contains(":memory:") {
                return Err(StoreError::Refused("a sqlite: URL needs the path of a file".into()));
            }
            return Ok(Self::Sqlite(path.into()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(text)
                .map_err(|_| StoreError::Refused("the postgres:// URL cannot be read".into()))?;
            return Ok(Self::Postgres(Box::new(options.application_name("renkei-server"))));
        }
        Err(StoreError::Refused("the database URL must begin with sqlite: or postgres://".into()))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(options) => write!(
                f,
                "postgres://{}@{}:{}/{}",
                options.get_username(),
                options.get_host(),
                options.get_port(),
                options.get_database().unwrap_or_default()
            ),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::DatabaseUrl;

    #[test]
    fn a_password_is_never_printed() {
        let url = DatabaseUrl::parse("postgres://renkei:hunter2secret@db.invalid:5433/renkei").unwrap();
        assert_eq!(format!("{url} {url:?}").matches("hunter2secret").count(), 0);
        let error = DatabaseUrl::parse("mysql://renkei:hunter2secret@db.invalid/").unwrap_err();
        assert!(!error.to_string().contains("hunter2secret"));
    }

    #[test]
    fn memory_is_refused() {
        assert!(DatabaseUrl::parse("sqlite::memory:").is_err());
    }
}
