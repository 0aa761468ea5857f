//! What an event says of the content that its act stored, beside what is stored.
//!
//! The hash of a post is over the sealed body, the files, and all that stands beside them in clear, whom the entry is
//! addressed to and what it did to others with it. What the event has itself is compared with it: when the entry was
//! posted, where it stands and whose it is.

use std::collections::BTreeMap;

use renkei_audit_log::content::{Addressee, Entry, acknowledgement_hash, finalization_hash};
use renkei_domain::timeline::{Mark, Wanted};
use renkei_domain::{Error, Result};
use renkei_store::audit_log::{self, Content, Kept, Posted, PostedAddressee};
use renkei_store::{Store, StoreError};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::verify::Verified;

/// Compares contents with their events.
#[derive(Default)]
pub(super) struct Contents {
    /// Whether the keys of a patient were destroyed, of whom it was asked.
    shredded: BTreeMap<Uuid, bool>,
}

impl Contents {
    /// Tells what differs, or is missing.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub(super) async fn compare(
        &mut self,
        store: &Store,
        verified: &mut Verified,
        contents: &[Content],
    ) -> Result<()> {
        for content in contents {
            verified.contents += 1;
            let (at, logged) = (content.leaf_index, content.content_hash.as_slice());
            let finding = match &content.kept {
                // a file that no entry names is removed after a day; one that an entry names is missed there
                Kept::File(manifest) => {
                    (manifest.as_ref().is_some_and(|it| Sha256::digest(it)[..] != *logged))
                        .then_some("the attachment is not the one that was stored")
                }
                Kept::Entry(None) => Some("the entry that was stored is missing"),
                Kept::Entry(Some(posted)) => {
                    if !posted.is_as_logged {
                        let what = "the entry's place, time or author is not the one that was logged";
                        verified.find(format!("place {at}: {what}"));
                    }
                    // the files of a patient whose keys were destroyed are removed; nobody can open the body either
                    (!is_as_stored(posted, logged) && !self.is_shredded(store, content.patient_id).await?)
                        .then_some(
                            "the entry, its files or what stands beside it are not those that were stored",
                        )
                }
                Kept::Finalization(answers) => (answers.map(finalization_hash).as_ref().map(|it| &it[..])
                    != Some(logged))
                .then_some("the entry is not the one that was finalised, or no longer says so"),
                Kept::Acknowledgement(word) => {
                    let stands = word.as_ref().map(|(version, word)| acknowledgement_hash(*version, word));
                    (stands.as_ref().map(|it| &it[..]) != Some(logged))
                        .then_some("the acknowledgement is missing, or not the one that was stored")
                }
            };
            if let Some(finding) = finding {
                verified.find(format!("place {at}: {finding}"));
            }
        }
        Ok(())
    }

    async fn is_shredded(&mut self, store: &Store, patient: Uuid) -> Result<bool> {
        if let Some(known) = self.shredded.get(&patient) {
            return Ok(*known);
        }
        let found =
            store.look(move |conn| Box::pin(async move { audit_log::is_shredded(conn, patient).await }));
        let found = found.await.map_err(|error: StoreError| Error::from(error))?;
        self.shredded.insert(patient, found);
        Ok(found)
    }
}

fn is_as_stored(posted: &Posted, logged: &[u8]) -> bool {
    let is = |mark: &str, other: Mark| mark == other.as_str();
    // what waits for its responsible person answers when that person finalises it: the event of that says so
    let waits = posted.addressees.iter().any(|to| to.wanted == Wanted::Finalize.as_str());
    let amends = posted.marks.iter().filter(|(mark, _)| !is(mark, Mark::Answered));
    let entry = Entry {
        kind: &posted.kind,
        category: &posted.category,
        sensitivity: &posted.sensitivity,
        occurred_at: posted.occurred_at,
        urgent: posted.urgent,
        reply_to: posted.reply_to,
        answers: !waits && posted.marks.iter().any(|(mark, _)| is(mark, Mark::Answered)),
        amends: amends.map(|(mark, place)| (mark.as_str(), *place)).collect(),
        addressees: posted
            .addressees
            .iter()
            .map(|PostedAddressee { wanted, person_id, organization_id, role }| Addressee {
                wanted,
                person: *person_id,
                organization: *organization_id,
                role: role.as_deref(),
            })
            .collect(),
        key_version: posted.key_version,
        body: &posted.body,
        files: &posted.files,
    };
    entry.hash()[..] == *logged || entry.earlier_hash().is_some_and(|earlier| earlier[..] == *logged)
}
