//! What is unread, found by one bare statement over all patients: no consent, no opening, no record.

use std::{hint::black_box, path::Path, time::Duration};

use anyhow::{Result, ensure};
use rusqlite::{Connection, OpenFlags, Row, params};
use uuid::Uuid;

use crate::load::{self, Round};

/// From each patient's mark on, in the order of an inbox. The order of the joins is that of the words.
const UNREAD: &str = "
    SELECT e.patient_id, e.seq, e.entry_id, e.category, e.sensitivity, e.author_person_id, e.author_organization_id,
        e.author_role, e.reply_to_entry_id, e.urgent, e.key_version, e.body, e.posted_at
    FROM care_team_member m
    CROSS JOIN read_mark k ON k.patient_id = m.patient_id AND k.person_id = ?2
    CROSS JOIN entry e ON e.patient_id = m.patient_id AND e.seq > k.seq
    WHERE m.participant_id = ?1 AND m.status = 'ACCEPTED' AND e.author_person_id <> ?2 AND NOT EXISTS
        (SELECT 1 FROM receipt r WHERE r.patient_id = e.patient_id AND r.person_id = ?2 AND r.seq = e.seq)
    ORDER BY m.patient_id DESC, e.seq LIMIT 100";

/// A person's unread entries in the database of a server that runs.
pub(crate) struct Unread {
    connection: Connection,
    organization: Uuid,
    person: Uuid,
}

/// A row of the table `entry`, as it would be handed on.
#[expect(dead_code, reason = "what is measured is to have it")]
struct Found {
    patient: [u8; 16],
    seq: i64,
    entry: [u8; 16],
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

impl Unread {
    /// Of a person (UUID) in an organisation (UUID).
    ///
    /// # Errors
    /// If there is no such database.
    pub(crate) fn open(database: &Path, organization: &str, person: &str) -> Result<Self> {
        let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let (organization, person) = (Uuid::parse_str(organization)?, Uuid::parse_str(person)?);
        Ok(Self { connection, organization, person })
    }

    /// Looks for `time`, again and again, and finds the entries `expected` (UUIDs) every time.
    ///
    /// # Errors
    /// If it finds others.
    pub(crate) fn round(&self, expected: &[String], time: Duration) -> Result<Round> {
        let expected = expected.iter().map(|id| Ok(Uuid::parse_str(id)?)).collect::<Result<Vec<_>>>()?;
        load::alone(time, || {
            let mut statement = self.connection.prepare_cached(UNREAD)?;
            let asker = params![self.organization.as_bytes(), self.person.as_bytes()];
            let found = black_box(statement.query_map(asker, decode)?.collect::<Result<Vec<Found>, _>>()?);
            let ids = found.iter().map(|found| Uuid::from_bytes(found.entry));
            ensure!(ids.eq(expected.iter().copied()), "bare SQL found other entries");
            Ok(())
        })
    }
}

fn decode(row: &Row) -> rusqlite::Result<Found> {
    Ok(Found {
        patient: row.get(0)?,
        seq: row.get(1)?,
        entry: row.get(2)?,
        category: row.get(3)?,
        sensitivity: row.get(4)?,
        author: row.get(5)?,
        organization: row.get(6)?,
        role: row.get(7)?,
        reply_to: row.get(8)?,
        urgent: row.get(9)?,
        key_version: row.get(10)?,
        body: row.get(11)?,
        posted_at: row.get(12)?,
    })
}
