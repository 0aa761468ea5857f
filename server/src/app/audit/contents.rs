//! What an event says of the content that its act stored, beside what is stored.
//!
//! The hash of a post is over the sealed body, the files, and all that stands beside them in clear, whom the entry is
//! addressed to and what it did to others with it. What the event has itself is compared with it: when the entry was
//! posted, where it stands and whose it is.

use std::collections::BTreeMap;

use renkei_audit_log::Hash;
use renkei_audit_log::content::{Addressee, Entry, acknowledgement_hash, finalization_hash};
use renkei_domain::timeline::{Mark, Wanted};
use renkei_domain::{Error, Result};
use renkei_store::audit_log::{self, Content, Kept, Posted, PostedAddressee};
use renkei_store::{Store, StoreError};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::verify::Verified;

/// What differs from its event, or is missing.
pub(super) struct Difference {
    /// The event's place.
    at: i64,
    what: &'static str,
    /// Not told of this patient once the keys were destroyed: then the files are removed, and nobody can open the body
    /// either.
    unless_shredded: Option<Uuid>,
}

/// Compares a content with its event.
pub(super) fn differences(content: &Content) -> Vec<Difference> {
    let (at, logged) = (content.leaf_index, content.content_hash.as_slice());
    let differs = |what| Difference { at, what, unless_shredded: None };
    let is_logged = |hash: Option<Hash>| hash.is_some_and(|hash| hash[..] == *logged);
    let unless = |is_good: bool, what| if is_good { vec![] } else { vec![differs(what)] };
    match &content.kept {
        // a file that no entry names is removed after a day; one that an entry names is missed there
        Kept::File(manifest) => unless(
            manifest.as_ref().is_none_or(|it| is_logged(Some(Sha256::digest(it).into()))),
            "the attachment is not the one that was stored",
        ),
        Kept::Entry(None) => vec![differs("the entry that was stored is missing")],
        Kept::Entry(Some(posted)) => {
            let what = "the entry's place, time or author is not the one that was logged";
            let mut found = unless(posted.is_as_logged, what);
            if !is_as_stored(posted, logged) {
                let what = "the entry, its files or what stands beside it are not those that were stored";
                found.push(Difference { unless_shredded: Some(content.patient_id), ..differs(what) });
            }
            found
        }
        Kept::Finalization(answers) => unless(
            is_logged(answers.map(finalization_hash)),
            "the entry is not the one that was finalised, or no longer says so",
        ),
        Kept::Acknowledgement(word) => unless(
            is_logged(word.as_ref().map(|(version, word)| acknowledgement_hash(*version, word))),
            "the acknowledgement is missing, or not the one that was stored",
        ),
    }
}

/// Tells differences.
#[derive(Default)]
pub(super) struct Contents {
    /// Whether the keys of a patient were destroyed, of whom it was asked.
    shredded: BTreeMap<Uuid, bool>,
}

impl Contents {
    /// Tells them, but those that a patient's destroyed keys explain.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub(super) async fn tell(
        &mut self,
        store: &Store,
        verified: &mut Verified,
        differences: &[Difference],
    ) -> Result<()> {
        for Difference { at, what, unless_shredded } in differences {
            let is_explained = match unless_shredded {
                Some(patient) => self.is_shredded(store, *patient).await?,
                None => false,
            };
            if !is_explained {
                verified.find(format!("place {at}: {what}"));
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
