//! Beginning an upload, or going on with one: who may, where it stands, and that nobody else goes on meanwhile.

use std::sync::Arc;
use std::time::Duration;

use renkei_crypto::fingerprint;
use renkei_crypto::key::{self, Key};
use renkei_crypto::seal::{Aad, open, seal};
use renkei_domain::access::Write;
use renkei_domain::id::{AttachmentId, OrganizationId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::{Attachment, File};
use renkei_domain::{Error, Permit, Reason, Result};
use renkei_store::attachment::{self, StoredAttachment};
use renkei_store::upload::{self, NewUpload, StoredPart, StoredUpload};
use renkei_store::{Conn, PartName, Sealed, StoreError, Tx, organization, patient};
use uuid::Uuid;

use super::sealer::FileSealer;
use super::upload::{NewAttachment, mismatch};
use crate::app::App;
use crate::app::keys::blob_context;

/// A person has at most so many uploads that are not complete.
const MOST_UNDER_WAY: i64 = 64;

/// An upload that this call goes on with.
pub(super) struct Begun {
    pub(super) attempt: Uuid,
    pub(super) key: Key,
    pub(super) blob_key: Sealed,
    pub(super) stored: u64,
    pub(super) hash_state: Vec<u8>,
    pub(super) parts: Vec<StoredPart>,
    /// Of an upload that began anew.
    pub(super) former: Vec<PartName>,
}

pub(super) enum Begin {
    Before(Attachment),
    Now(Begun),
}

impl App {
    /// Lets this call go on with the upload, and no other.
    pub(super) async fn begin_upload(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        new: &NewAttachment,
    ) -> Result<Begin> {
        let (app, by, new) = (Arc::clone(self), Arc::clone(caller), new.clone());
        let attempt = self.new_uuid();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    // so that it does not become a file between the questions
                    patient::lock(tx, new.patient)
                        .await?
                        .then_some(())
                        .ok_or_else(|| Error::new(Reason::NotFound))?;
                    let access = app.access(tx, &by, new.patient).await?;
                    let permit = access.upload()?;
                    let announced = app.announced(&new);
                    if let Some(stored) = attachment::by_id(tx, &access.read_entries()?, new.id).await? {
                        return app.uploaded_before(tx, &by, &new, &stored, &announced).await;
                    }
                    // what the caller does not see must not be touched either
                    if attachment::exists(tx, &permit, new.id).await? {
                        return Err(Error::new(Reason::IdTaken));
                    }
                    let begun = match upload::find(tx, &permit, new.id).await? {
                        Some(found) => app.go_on(tx, &by, &permit, &new, found, &announced, attempt).await,
                        None => app.begin(tx, &by, &permit, &new, announced, attempt).await,
                    };
                    Ok(Begin::Now(begun?))
                })
            })
            .await
    }

    /// What the client said of the file: whoever goes on must say the same.
    pub(super) fn announced(&self, new: &NewAttachment) -> Vec<u8> {
        let File { name, content_type, size, sha256 } = &new.file;
        let aad = |bytes: &[u8]| [&(bytes.len() as u64).to_be_bytes()[..], bytes].concat();
        let body = [&aad(name.as_bytes())[..], &aad(content_type.as_bytes()), &size.to_be_bytes(), sha256];
        fingerprint::request(&self.keys.request, "upload", &body.concat()).to_vec()
    }

    async fn uploaded_before(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        new: &NewAttachment,
        stored: &StoredAttachment,
        announced: &[u8],
    ) -> Result<Begin> {
        let opened = self.open_attachment(conn, new.patient, stored).await?;
        let is_same = match &stored.announced {
            Some(before) => before == announced,
            None => opened.file.as_ref() == Some(&new.file),
        };
        if is_same && stored.uploaded_by == caller.actor.person {
            Ok(Begin::Before(opened))
        } else {
            Err(Error::new(Reason::IdTaken))
        }
    }

    /// What an organisation has announced and what it has stored must stay within its quota.
    async fn check_quota(&self, conn: &mut Conn, organization: OrganizationId, size: u64) -> Result<()> {
        let own = organization::policy(conn, organization).await?.and_then(|policy| policy.quota_bytes);
        let quota = own.unwrap_or(self.settings.organization_quota_bytes).unsigned_abs();
        let used = organization::attachment_usage(conn, organization).await?.unsigned_abs();
        if used.saturating_add(size) <= quota { Ok(()) } else { Err(Error::new(Reason::QuotaExceeded)) }
    }

    async fn begin(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        permit: &Permit<Write>,
        new: &NewAttachment,
        announced: Vec<u8>,
        attempt: Uuid,
    ) -> Result<Begun> {
        if new.offset != 0 {
            return Err(Error::new(Reason::UploadOffsetMismatch));
        }
        if new.file.size > self.settings.attachment_max_bytes {
            return Err(Error::new(Reason::AttachmentTooLarge));
        }
        organization::hold(tx, permit.subject().organization).await?;
        self.check_quota(tx, permit.subject().organization, new.file.size).await?;
        if upload::of_person(tx, caller.actor.person).await? >= MOST_UNDER_WAY {
            return Err(Error::new(Reason::Busy).retry_after(Duration::from_secs(60)));
        }
        let version = patient::key_version(tx, permit).await?;
        let patient_key = self.keys.patient_key(tx, new.patient, version).await?;
        let key = Key::random(self.entropy.as_ref());
        let context = blob_context(&new.patient, version, &new.id);
        let wrapped = key::wrap(&patient_key.key, &key, &context, self.entropy.as_ref());
        let blob_key = Sealed { key_version: version, bytes: wrapped };
        let hash_state = FileSealer::fresh_hash_state();
        let begun = NewUpload {
            id: new.id,
            device: caller.device,
            announced,
            size: new.file.size as i64,
            blob_key: blob_key.clone(),
            hash_state: self.seal_hash_state(&key, (new.patient, new.id), &hash_state),
        };
        upload::insert(tx, permit, attempt, &begun, self.now()).await.map_err(|error| match error {
            StoreError::Unique => Error::new(Reason::UploadTakenOver),
            error => error.into(),
        })?;
        Ok(Begun { attempt, key, blob_key, stored: 0, hash_state, parts: Vec::new(), former: Vec::new() })
    }

    #[expect(clippy::too_many_arguments, reason = "each is another thing")]
    async fn go_on(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        permit: &Permit<Write>,
        new: &NewAttachment,
        found: StoredUpload,
        announced: &[u8],
        attempt: Uuid,
    ) -> Result<Begun> {
        if !is_of(&found, caller) {
            return Err(Error::new(Reason::IdTaken));
        }
        if found.announced != announced {
            return Err(mismatch());
        }
        if new.offset == 0 {
            if !upload::end(tx, (new.patient, new.id), None).await? {
                return Err(Error::new(Reason::UploadTakenOver));
            }
            let former = upload::parts(tx, new.patient, new.id).await?;
            let former = former.iter().map(|part| part.name(new.patient, new.id)).collect();
            upload::delete_parts(tx, new.patient, new.id).await?;
            let begun = self.begin(tx, caller, permit, new, announced.to_vec(), attempt).await?;
            return Ok(Begun { former, ..begun });
        }
        // from here on no other call notes anything of it
        if !upload::take(tx, permit, new.id, attempt, self.now()).await? {
            return Err(Error::new(Reason::UploadTakenOver));
        }
        let found = upload::find(tx, permit, new.id).await?;
        let found = found.ok_or_else(|| Error::new(Reason::UploadTakenOver))?;
        let parts = upload::parts(tx, new.patient, new.id).await?;
        let stored = found.stored_size.unsigned_abs();
        if new.offset != stored {
            return Err(Error::new(Reason::UploadOffsetMismatch));
        }
        let damaged = || Error::new(Reason::StoredDataDamaged);
        let version = found.blob_key.key_version;
        let parent = self.keys.patient_key(tx, new.patient, version).await?;
        let context = blob_context(&new.patient, version, &new.id);
        let key = key::unwrap(&parent.key, &found.blob_key.bytes, &context).map_err(|_| damaged())?;
        let aad = hash_state_aad(new.patient, new.id);
        let hash_state = open(&upload_key(&key), &aad, &found.hash_state).map_err(|_| damaged())?;
        if parts.iter().map(|part| u64::from(part.plain_len)).sum::<u64>() != stored {
            return Err(damaged());
        }
        Ok(Begun { attempt, key, blob_key: found.blob_key, stored, hash_state, parts, former: Vec::new() })
    }

    /// SHA-256 of what came so far tells of the file.
    pub(super) fn seal_hash_state(
        &self,
        key: &Key,
        (patient, id): (PatientId, AttachmentId),
        state: &[u8],
    ) -> Vec<u8> {
        seal(&upload_key(key), &hash_state_aad(patient, id), state, self.entropy.as_ref())
    }
}

/// Seals what is kept of an upload that is under way.
fn upload_key(key: &Key) -> Key {
    key::derive(key, "blob upload")
}

fn hash_state_aad(patient: PatientId, id: AttachmentId) -> Aad {
    Aad::new("upload").with(patient.as_bytes()).with(id.as_bytes())
}

/// Whether the caller may go on with it.
pub(super) fn is_of(upload: &StoredUpload, caller: &Caller) -> bool {
    upload.person == caller.actor.person
        && upload.device == caller.device
        && upload.organization == caller.actor.organization
}
