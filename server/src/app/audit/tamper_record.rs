//! A record with all that is done to entries, as SQL, and what its events say. Of each ten entries the
//! 1st is a note, with files once in [`FILES`] events; the 2nd a question, which the 3rd answers and the 4th corrects; the
//! 5th an answer to that which waits for its responsible person, who finalises it; the 6th a note that is acknowledged with
//! a word and retracted by the 7th; the 9th an urgent reply to the 1st that is addressed to somebody. The 8th and the 10th,
//! and every other note with files, are from before what stands beside an entry was logged.

use std::fmt::Write as _;

use renkei_audit_log::content::{Addressee, Entry, acknowledgement_hash, finalization_hash};
use renkei_crypto::{OsEntropy, random};
use uuid::Uuid;

use super::{FILES, KEPT, Place, new_id};

/// Every so many events one posts an entry.
const POSTS: usize = 3;
const WORD: &[u8] = b"sealed word";

/// What an event says.
pub(super) struct Told {
    pub(super) action: &'static str,
    pub(super) object: Uuid,
    pub(super) seq: usize,
    pub(super) hash: [u8; 32],
    pub(super) revision: &'static str,
}

/// Writes entries, one after the other.
pub(super) struct Record<'a> {
    pub(super) place: &'a Place,
    pub(super) patient: Uuid,
    pub(super) person: Uuid,
    pub(super) organization: Uuid,
    pub(super) entries: Vec<Uuid>,
    /// Files that another entry keeps: id and manifest.
    pub(super) kept: Vec<(String, Vec<u8>)>,
}

impl Record<'_> {
    /// What event `n` does to the record, if it does anything.
    pub(super) fn write(&mut self, n: usize, script: &mut String) -> Option<Told> {
        let turn = n / POSTS % 10;
        match (n % POSTS, turn) {
            (0, _) => Some(self.post(n, turn, script)),
            (1, 4) => {
                let (seq, correction) = (n - 1, n - 1 - POSTS);
                self.mark(script, (seq, "FINALIZED", 0), n, &[]);
                self.mark(script, (correction, "ANSWERED", seq), n, &[]);
                Some(self.told("ENTRY_FINALIZE", seq, finalization_hash(true)))
            }
            (1, 5) => {
                self.mark(script, (n - 1, "ACKNOWLEDGED", 0), n, WORD);
                Some(self.told("ENTRY_ACKNOWLEDGE", n - 1, acknowledgement_hash(1, WORD)))
            }
            _ => None,
        }
    }

    fn told(&self, action: &'static str, seq: usize, hash: [u8; 32]) -> Told {
        Told { action, object: self.entries[seq / POSTS], seq, hash, revision: "NULL" }
    }

    fn post(&mut self, n: usize, turn: usize, script: &mut String) -> Told {
        let back = |turns: usize| n - turns * POSTS;
        let to = |wanted, person, organization, role| Addressee { wanted, person, organization, role };
        let question = to("ANSWER", None, Some(self.organization), None);
        let (body, files) = (sealed(), self.files(n, turn, script));
        let id_of = |turns: usize| self.entries[self.entries.len() - turns];
        let mut entry = Entry {
            kind: if turn == 6 { "RETRACTION" } else { "MESSAGE" },
            category: "MESSAGE",
            sensitivity: "NORMAL",
            occurred_at: n as i64,
            urgent: turn == 8,
            reply_to: None,
            answers: turn == 2,
            amends: Vec::new(),
            addressees: Vec::new(),
            key_version: 1,
            body: &body,
            files: &files,
        };
        match turn {
            1 => entry.addressees.push(question),
            2 => {
                entry.reply_to = Some(id_of(1));
                self.mark(script, (back(1), "ANSWERED", n), n, &[]);
            }
            3 => {
                entry.addressees.push(question);
                entry.amends.push(("CORRECTED", back(2) as i64));
                self.mark(script, (back(2), "CORRECTED", n), n, &[]);
                self.mark(script, (n, "ANSWERED", back(1)), back(1), &[]);
            }
            4 => {
                entry.reply_to = Some(id_of(1));
                entry.addressees.push(to("FINALIZE", Some(self.person), None, None));
            }
            6 => {
                entry.amends.push(("ENTERED_IN_ERROR", back(1) as i64));
                self.mark(script, (back(1), "ENTERED_IN_ERROR", n), n, &[]);
            }
            8 => {
                entry.reply_to = Some(id_of(8));
                entry.addressees.push(to("ATTENTION", Some(self.person), None, None));
                entry.addressees.push(to("ATTENTION", None, Some(self.organization), Some("NURSE")));
            }
            _ => {}
        }
        self.insert(&entry, n, script);
        let is_earlier = turn == 7 || turn == 9 || n / FILES % 2 == 1 && turn == 0;
        let hash = if is_earlier { entry.earlier_hash().unwrap() } else { entry.hash() };
        let (action, revision) = match turn {
            3 => ("ENTRY_CORRECT", "2"),
            6 => ("ENTRY_RETRACT", "2"),
            _ => ("ENTRY_POST", "1"),
        };
        Told { revision, ..self.told(action, n, hash) }
    }

    fn files(&mut self, n: usize, turn: usize, script: &mut String) -> Vec<Vec<u8>> {
        let (patient, person) = (self.place.id(self.patient), self.place.id(self.person));
        if n == KEPT + POSTS {
            for (place, (id, _)) in self.kept.iter().enumerate() {
                _ = write!(
                    script,
                    "INSERT INTO entry_kept_file (patient_id, seq, place, attachment_id) VALUES ({patient}, {n}, {place}, {id});"
                );
            }
            return self.kept.drain(..).map(|(_, manifest)| manifest).collect();
        }
        let files: Vec<_> = (0..2).filter(|_| turn == 0).map(|_| random::<20>(&OsEntropy).to_vec()).collect();
        for (place, file) in files.iter().enumerate() {
            let (id, manifest) = (self.place.id(new_id()), self.place.bytes(file));
            _ = write!(
                script,
                "INSERT INTO attachment (patient_id, attachment_id, upload_id, uploaded_by_person_id, key_version, \
                 blob_key, manifest, entry_seq, entry_place, uploaded_at) VALUES ({patient}, {id}, {id}, {person}, 1, \
                 {manifest}, {manifest}, {n}, {place}, 1);"
            );
            if n == KEPT {
                self.kept.insert(0, (id, file.clone()));
            }
        }
        files
    }

    fn insert(&mut self, entry: &Entry<'_>, n: usize, script: &mut String) {
        let place = self.place;
        let id = |id: Option<Uuid>| id.map_or("NULL".to_owned(), |id| place.id(id));
        let [patient, person, organization] =
            [self.patient, self.person, self.organization].map(|id| place.id(id));
        let entry_id = new_id();
        self.entries.push(entry_id);
        _ = write!(
            script,
            "INSERT INTO entry (patient_id, seq, entry_id, revision, category, author_person_id, author_organization_id, \
             author_role, reply_to_entry_id, urgent, key_version, body, posted_at, sensitivity, kind, occurred_at) \
             VALUES ({patient}, {n}, {}, {}, '{}', {person}, {organization}, 'NURSE', {}, {}, 1, {}, {n}, '{}', '{}', {});",
            place.id(entry_id),
            1 + entry.amends.len(),
            entry.category,
            id(entry.reply_to),
            u8::from(entry.urgent),
            place.bytes(entry.body),
            entry.sensitivity,
            entry.kind,
            entry.occurred_at
        );
        for (at, to) in entry.addressees.iter().enumerate() {
            _ = write!(
                script,
                "INSERT INTO entry_addressee (patient_id, seq, place, wanted, person_id, organization_id, role) VALUES \
                 ({patient}, {n}, {at}, '{}', {}, {}, {});",
                to.wanted,
                id(to.person),
                id(to.organization),
                to.role.map_or("NULL".to_owned(), |role| format!("'{role}'"))
            );
        }
    }

    fn mark(&self, script: &mut String, (seq, mark, by): (usize, &str, usize), at: usize, word: &[u8]) {
        let [patient, person, organization] =
            [self.patient, self.person, self.organization].map(|id| self.place.id(id));
        let (version, word) = (u8::from(!word.is_empty()), self.place.bytes(word));
        _ = write!(
            script,
            "INSERT INTO entry_mark (patient_id, seq, mark, person_id, by_seq, organization_id, role, marked_at, key_version, \
             word) VALUES ({patient}, {seq}, '{mark}', {person}, {by}, {organization}, 'NURSE', {at}, {version}, {word});"
        );
    }
}

/// Bytes that begin as sealed ones do.
fn sealed() -> [u8; 24] {
    let mut bytes = random(&OsEntropy);
    bytes[0] = 1;
    bytes
}
