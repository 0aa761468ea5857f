//! Bare SQLite: the library that the server has built in, its durability, prepared statements, nothing else.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use renkei_tests::server::Server;
use rusqlite::{Connection, OpenFlags, params};

use crate::load::{self, Round};

/// How many rows share a commit where many writers wait.
pub(crate) const GROUP: usize = 64;

/// SQLite folds its WAL into the database at about this size, and begins it anew.
const WAL_BYTES: usize = 4 << 20;

/// A database with one table of rows, written by one connection.
pub(crate) struct Writer {
    connection: Connection,
    row: Vec<u8>,
}

impl Writer {
    /// Makes a database in `folder` for rows of this many bytes, or opens the one that is there. Its WAL has
    /// the size then that it keeps: SQLite writes over it from now on, as in a server that has run for a while.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub(crate) fn create(folder: &Path, row_bytes: usize) -> Result<Self> {
        let connection = Connection::open(folder.join("limit.sqlite"))?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS row (row_id INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT;",
        )?;
        let mut writer = Self { connection, row: vec![0xa5; row_bytes] };
        for _ in 0..2 * WAL_BYTES / (GROUP * row_bytes) {
            writer.commit(GROUP)?;
        }
        Ok(writer)
    }

    /// Writes for `time`, `group` rows a commit. An operation is a row; a latency is that of a commit with
    /// its rows.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub(crate) fn round(&mut self, group: usize, time: Duration) -> Result<Round> {
        let round = load::alone(time, || self.commit(group))?;
        Ok(Round { operations: round.operations * group as u64, ..round })
    }

    fn commit(&mut self, rows: usize) -> Result<()> {
        let transaction = self.connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached("INSERT INTO row (content) VALUES (?1)")?;
            for _ in 0..rows {
                insert.execute(params![self.row])?;
            }
        }
        Ok(transaction.commit()?)
    }
}

/// The database of a server that runs or has stopped, to be looked at.
pub(crate) struct Looker {
    connection: Connection,
    folder: PathBuf,
}

impl Looker {
    /// Opens it.
    ///
    /// # Errors
    /// If the server's database is not SQLite.
    pub(crate) fn open(server: &Server) -> Result<Self> {
        let path = server.data_dir().join("renkei.sqlite");
        let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .with_context(|| format!("{}", path.display()))?;
        Ok(Self { connection, folder: server.folder().to_owned() })
    }

    /// How many bytes the row of a visit note has, all its columns together, on average.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn bytes_of_note(&self) -> Result<usize> {
        let bytes: f64 = self.connection.query_row(
            // Numbers as eight bytes, which is what a row has at most.
            "SELECT AVG(LENGTH(patient_id) + LENGTH(entry_id) + LENGTH(author_person_id)
                 + LENGTH(author_organization_id) + LENGTH(category) + LENGTH(author_role)
                 + LENGTH(sensitivity) + LENGTH(body) + 5 * 8)
             FROM entry WHERE category = 'VISIT_NOTE'",
            [],
            |row| row.get(0),
        )?;
        Ok(bytes.round() as usize)
    }

    /// How many entries there are.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub(crate) fn entries(&self) -> Result<u64> {
        let count: i64 = self.connection.query_row("SELECT COUNT(*) FROM entry", [], |row| row.get(0))?;
        Ok(u64::try_from(count)?)
    }

    /// How many bytes a compacted copy of the whole database has.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub(crate) fn compacted_bytes(&self) -> Result<u64> {
        let copy = self.compacted()?;
        let bytes = fs::metadata(&copy)?.len();
        fs::remove_file(&copy)?;
        Ok(bytes)
    }

    /// Makes a compacted copy of the whole database in the server's folder. There is one at a time.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub(crate) fn compacted(&self) -> Result<PathBuf> {
        let copy = self.folder.join("compacted.sqlite");
        self.connection.execute("VACUUM INTO ?1", [copy.to_str().context("a folder's name")?])?;
        Ok(copy)
    }
}
