//! What an event says of the sealed content that its act stored, beside what is stored.
//!
//! The columns beside the sealed body say when an entry was posted, where it stands and whose it is; only the author and
//! the category are bound to the body. So those that the event has too are compared with it, and the event of a post
//! names the entry's files: none can be taken away from it, put elsewhere, or added.

use std::collections::BTreeMap;

use renkei_audit_log::Hash;
use renkei_domain::audit::Action;
use renkei_domain::{Error, Result};
use renkei_store::audit_log::{self, Content};
use renkei_store::{Store, StoreError};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::verify::Verified;

/// What the event of a post says: SHA-256 of the sealed body; of an entry with files that of lp("renkei entry"), of
/// lp(body) and of lp(manifest) of each file in its order. lp(x) = length of x as u32 big-endian ‖ x.
pub(crate) fn entry_hash(body: &[u8], manifests: &[Vec<u8>]) -> Hash {
    if manifests.is_empty() {
        return Sha256::digest(body).into();
    }
    let mut hash = Sha256::new();
    for part in [b"renkei entry", body].into_iter().chain(manifests.iter().map(Vec::as_slice)) {
        // a body and a manifest have some kilobytes
        hash.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

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
            let at = content.leaf_index;
            if content.action == Action::AttachmentUpload.as_str() {
                // a file that no entry names is removed after a day; one that an entry names is missed there
                if let Some(manifest) = &content.manifest
                    && Sha256::digest(manifest)[..] != content.content_hash[..]
                {
                    verified.find(format!("place {at}: the attachment is not the one that was stored"));
                }
                continue;
            }
            let Some(body) = &content.body else {
                verified.find(format!("place {at}: the entry that was stored is missing"));
                continue;
            };
            if content.is_as_logged == 0 {
                let what = "the entry's place, time or author is not the one that was logged";
                verified.find(format!("place {at}: {what}"));
            }
            // the files of a patient whose keys were destroyed are removed; nobody can open the body either
            if entry_hash(body, &content.files)[..] != content.content_hash[..]
                && !self.is_shredded(store, content.patient_id).await?
            {
                verified.find(format!("place {at}: the entry or its files are not those that were stored"));
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
