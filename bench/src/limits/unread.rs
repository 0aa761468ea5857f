//! What is unread, found by one bare statement over all patients: no consent, no opening, no record.

use std::{hint::black_box, path::Path, time::Duration};

use anyhow::{Result, ensure};
use rusqlite::{Connection, OpenFlags, params};
use uuid::Uuid;

use super::timeline::{Stored, decode};
use crate::load::{self, Round};

/// From each patient's mark on, in the order of an inbox. The order of the joins is that of the words.
const UNREAD: &str = "
    SELECT e.seq, e.entry_id, e.category, e.sensitivity, e.author_person_id, e.author_organization_id,
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
            let found = black_box(statement.query_map(asker, decode)?.collect::<Result<Vec<Stored>, _>>()?);
            let ids = found.iter().map(|found| Uuid::from_bytes(found.entry));
            ensure!(ids.eq(expected.iter().copied()), "bare SQL found other entries");
            Ok(())
        })
    }
}
