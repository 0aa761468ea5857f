//! The latest entries of a patient, read by one prepared statement: no consent, no opening, no record.

use std::{hint::black_box, path::Path, time::Duration};

use anyhow::{Result, ensure};
use rusqlite::{Connection, OpenFlags, Row, params};
use uuid::Uuid;

use crate::load::{self, Round};

const LATEST: &str = "
    SELECT seq, entry_id, category, sensitivity, author_person_id, author_organization_id, author_role,
        reply_to_entry_id, urgent, key_version, body, posted_at
    FROM entry WHERE patient_id = ?1 ORDER BY seq DESC LIMIT ?2";

/// The entries in a database that was the server's.
pub(crate) struct Timelines {
    connection: Connection,
    patients: Vec<Uuid>,
    turn: usize,
}

/// A row of the table `entry`, as it would be handed on.
#[expect(dead_code, reason = "what is measured is to have it")]
pub(super) struct Stored {
    seq: i64,
    pub(super) entry: [u8; 16],
    category: String,
    sensitivity: String,
    author: [u8; 16],
    organization: [u8; 16],
    role: String,
    reply_to: Option<[u8; 16]>,
    urgent: bool,
    key_version: i64,
    body: Vec<u8>,
    posted_at: i64,
}

impl Timelines {
    /// Of these patients (UUIDs).
    ///
    /// # Errors
    /// If there is no such database.
    pub(crate) fn open(database: &Path, patients: &[String]) -> Result<Self> {
        let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let patients = patients.iter().map(|id| Uuid::parse_str(id)).collect::<Result<_, _>>()?;
        Ok(Self { connection, patients, turn: 0 })
    }

    /// Reads the latest `count` entries of one patient after the other, for `time`. An operation is a patient.
    ///
    /// # Errors
    /// If a patient has fewer.
    pub(crate) fn round(&mut self, count: usize, time: Duration) -> Result<Round> {
        load::alone(time, || {
            let patient = self.patients[self.turn % self.patients.len()];
            self.turn += 1;
            let mut statement = self.connection.prepare_cached(LATEST)?;
            let found = statement.query_map(params![patient.as_bytes(), i64::try_from(count)?], decode)?;
            let found = black_box(found.collect::<Result<Vec<Stored>, _>>()?);
            ensure!(found.len() == count, "a patient has {} entries", found.len());
            Ok(())
        })
    }
}

/// From the columns in this order.
pub(super) fn decode(row: &Row) -> rusqlite::Result<Stored> {
    Ok(Stored {
        seq: row.get(0)?,
        entry: row.get(1)?,
        category: row.get(2)?,
        sensitivity: row.get(3)?,
        author: row.get(4)?,
        organization: row.get(5)?,
        role: row.get(6)?,
        reply_to: row.get(7)?,
        urgent: row.get(8)?,
        key_version: row.get(9)?,
        body: row.get(10)?,
        posted_at: row.get(11)?,
    })
}
