//! What a post stores, stored by bare SQLite: the same rows with the same keys and indexes, in groups, and nothing else
//! (no access, no sealing, no foreign keys, no caller).

use std::time::Duration;

use anyhow::Result;
use rusqlite::{Connection, params};

use super::sqlite::{GROUP, Looker};
use crate::{
    load::{self, Round},
    world::new_id,
};

const ENTRY: &str = "INSERT INTO entry (patient_id, seq, entry_id, revision, category, author_person_id, \
    author_organization_id, author_role, urgent, key_version, body, posted_at, sensitivity, kind, occurred_at) \
    VALUES (?1, ?2, randomblob(16), 1, 'VISIT_NOTE', randomblob(16), randomblob(16), 'NURSE', 0, 1, ?3, ?2, 'NORMAL', \
    'VISIT_NOTE', ?2)";
const EVENT: &str = "INSERT INTO audit_event (patient_id, event_id, happened_at, person_id, organization_id, role, \
    session_id, action, decision, epoch, object_id, seqs, consents, purpose) \
    VALUES (?1, randomblob(16), ?2, randomblob(16), randomblob(16), 'NURSE', randomblob(16), 'ENTRY_POST', 'PERMIT', \
    1, randomblob(16), CAST(?2 AS TEXT), hex(randomblob(18)), 'TREATMENT')";
/// The event's id is not kept, so what waits has another one.
const PENDING: &str =
    "INSERT INTO audit_pending (event_id, patient_id) VALUES (randomblob(16), ?1) RETURNING event_id";
const LEAF: &str = "INSERT INTO audit_leaf (leaf_index, event_id, patient_id, leaf_hash) \
    VALUES (?1, ?2, ?3, randomblob(32))";
const DEQUEUE: &str = "DELETE FROM audit_pending WHERE event_id IN \
    (SELECT event_id FROM audit_leaf WHERE leaf_index >= ?1)";
const REQUEST: &str = "INSERT INTO request (person_id, request_id, fingerprint, object_id, created_at) \
    VALUES (?1, randomblob(16), randomblob(32), randomblob(16), ?2)";
const HEAD: &str = "UPDATE patient SET head_seq = head_seq + 1 WHERE patient_id = ?1 RETURNING head_seq";

/// A copy of a server's database, written by one connection.
pub(crate) struct Posts {
    connection: Connection,
    patients: Vec<Vec<u8>>,
    body: Vec<u8>,
    turn: usize,
    audited: bool,
    leaves: i64,
}

impl Posts {
    /// Copies the server's database. Its WAL has the size that it keeps when this returns. `audited`: with the audit
    /// event of each post and its place in the log.
    ///
    /// # Errors
    /// If SQLite refuses, or there is no visit note yet.
    pub(crate) fn beside(looker: &Looker, audited: bool) -> Result<Self> {
        let copy = looker.compacted()?;
        let own = copy.with_file_name(format!("posts-{}.sqlite", new_id()));
        std::fs::rename(&copy, &own)?;
        let connection = Connection::open(own)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;
             PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000;",
        )?;
        let body = connection.query_row(
            "SELECT body FROM entry WHERE category = 'VISIT_NOTE' ORDER BY posted_at DESC LIMIT 1",
            [],
            |row| row.get(0),
        )?;
        let patients = connection
            .prepare("SELECT patient_id FROM patient")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let leaves = connection.query_row("SELECT COUNT(*) FROM audit_leaf", [], |row| row.get(0))?;
        let mut posts = Self { connection, patients, body, turn: 0, audited, leaves };
        for _ in 0..200 {
            posts.commit()?;
        }
        Ok(posts)
    }

    /// Stores for `time`, 64 posts a commit. An operation is a post.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub(crate) fn round(&mut self, time: Duration) -> Result<Round> {
        let round = load::alone(time, || self.commit())?;
        Ok(Round { operations: round.operations * GROUP as u64, ..round })
    }

    fn commit(&mut self) -> Result<()> {
        let transaction = self.connection.transaction()?;
        {
            let mut head = transaction.prepare_cached(HEAD)?;
            let mut entry = transaction.prepare_cached(ENTRY)?;
            let mut event = transaction.prepare_cached(EVENT)?;
            let mut pending = transaction.prepare_cached(PENDING)?;
            let mut leaf = transaction.prepare_cached(LEAF)?;
            let first = self.leaves;
            let mut request = transaction.prepare_cached(REQUEST)?;
            for _ in 0..GROUP {
                let patient = &self.patients[self.turn % self.patients.len()];
                self.turn += 1;
                let seq: i64 = head.query_row(params![patient], |row| row.get(0))?;
                entry.execute(params![patient, seq, self.body])?;
                request.execute(params![patient, seq])?;
                if self.audited {
                    event.execute(params![patient, seq])?;
                    let id: Vec<u8> = pending.query_row(params![patient], |row| row.get(0))?;
                    leaf.execute(params![self.leaves, id, patient])?;
                    self.leaves += 1;
                }
            }
            if self.audited {
                transaction.prepare_cached(DEQUEUE)?.execute(params![first])?;
            }
        }
        Ok(transaction.commit()?)
    }
}
