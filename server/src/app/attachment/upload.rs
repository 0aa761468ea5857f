//! Uploading a file: begun or gone on with, received, looked into, and visible only when all of it is accepted.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use renkei_crypto::blob::{Manifest, PART_SIZE, sealed_len};
use renkei_crypto::fingerprint;
use renkei_crypto::key::{self, Key};
use renkei_crypto::seal::{Aad, open, seal};
use renkei_domain::access::Write;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AttachmentId, OrganizationId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::{Attachment, File};
use renkei_domain::{Error, Permit, Reason, Result};
use renkei_store::attachment::{self, Preview, StoredAttachment};
use renkei_store::upload::{NewUpload, StoredPart, StoredUpload};
use renkei_store::{Conn, PartName, Sealed, StoreError, Tx, audit, organization, patient, upload};
use uuid::Uuid;

use super::accept::Accepted;
use super::attempt::Attempt;
use super::sealer::{FileSealer, PartEnd};
use super::stored::{StoredFile, entry_of};
use crate::app::App;
use crate::app::keys::blob_context;
use crate::app::sealing::manifest_aad;

/// A person has at most so many uploads that are not complete.
const MOST_UNDER_WAY: i64 = 64;

/// What will be uploaded.
#[derive(Clone)]
pub(crate) struct NewAttachment {
    pub(crate) patient: PatientId,
    pub(crate) id: AttachmentId,
    /// As it is announced.
    pub(crate) file: File,
    /// Where the bytes that come begin.
    pub(crate) offset: u64,
}

/// How far an upload is.
pub(crate) struct UploadState {
    /// Bytes that are stored.
    pub(crate) stored: u64,
    /// The file, when it was accepted.
    pub(crate) attachment: Option<Attachment>,
}

/// An upload that this call goes on with.
struct Begun {
    attempt: Uuid,
    key: Key,
    blob_key: Sealed,
    stored: u64,
    hash_state: Vec<u8>,
    parts: Vec<StoredPart>,
    /// Of an upload that began anew.
    former: Vec<PartName>,
}

enum Begin {
    Before(Attachment),
    Now(Begun),
}

impl App {
    /// Stores a file that nothing names yet, or the rest of one. The same header after success gives the first
    /// result.
    ///
    /// # Errors
    /// As the proto says. After a break, and when what comes ends too early, what came is kept; of what is refused
    /// for what it is, nothing.
    pub(crate) async fn upload_attachment(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        new: NewAttachment,
        data: impl Stream<Item = Result<Bytes>> + Send + Unpin,
    ) -> Result<Attachment> {
        let _slot = self.uploads.take(caller.actor.person.0)?;
        let begun = match self.begin_upload(caller, &new).await {
            // two that began at once: the other one is there now
            Err(error) if error.reason() == Reason::UploadTakenOver => self.begin_upload(caller, &new).await,
            begun => begun,
        };
        let begun = match self.record_refusal(caller, Action::AttachmentUpload, new.patient, begun).await? {
            Begin::Before(attachment) => return Ok(attachment),
            Begin::Now(begun) => begun,
        };
        let place = (new.patient, new.id);
        let mut attempt = Attempt::new(self, place, begun.attempt, &begun.key, begun.parts.clone());
        self.blobs.remove(begun.former.clone()).await;
        let accepted = self.receive_and_accept(caller, &new, &begun, &mut attempt, data).await;
        let accepted = match accepted {
            Ok(accepted) => accepted,
            Err(error) => return self.not_uploaded(caller, &new, error).await,
        };
        match self.commit_upload(caller, &new, &begun, &accepted, attempt.parts().to_vec()).await {
            Ok(()) => attempt.accept(),
            Err(error) => {
                // when it is not certain that nothing was committed, the parts stay: better waste than loss
                if is_uncertain(error.reason()) {
                    attempt.leave();
                }
                return self.not_uploaded(caller, &new, error).await;
            }
        }
        if accepted.can_preview {
            self.preview_later(new.patient, new.id);
        }
        Ok(Attachment {
            id: new.id,
            patient: new.patient,
            file: Some(accepted.file),
            position: Some(accepted.position),
            has_preview: false,
        })
    }

    /// A call that another one took the upload from has its result, if there is one by now.
    async fn not_uploaded(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        new: &NewAttachment,
        error: Error,
    ) -> Result<Attachment> {
        if error.reason() == Reason::UploadTakenOver
            && let UploadState { attachment: Some(attachment), .. } =
                self.get_upload(caller, new.patient, new.id).await?
        {
            return Ok(attachment);
        }
        self.record_refusal(caller, Action::AttachmentUpload, new.patient, Err(error)).await
    }

    /// How far an upload of the caller's is, on this device.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::StoredDataDamaged`].
    pub(crate) async fn get_upload(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        id: AttachmentId,
    ) -> Result<UploadState> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        let found = self.store.read(move |conn| {
            Box::pin(async move {
                let access = app.access(conn, &by, patient).await?;
                let permit = access.upload()?;
                if let Some(stored) = attachment::by_id(conn, &access.read_entries()?, id).await?
                    && stored.uploaded_by == by.actor.person
                {
                    let opened = app.open_attachment(conn, patient, &stored).await?;
                    let file = opened.file.as_ref().ok_or_else(|| Error::new(Reason::StoredDataDamaged))?;
                    return Ok(UploadState { stored: file.size, attachment: Some(opened) });
                }
                upload::find(conn, &permit, id)
                    .await?
                    .filter(|found| is_of(found, &by))
                    .map(|found| UploadState { stored: found.stored_size.unsigned_abs(), attachment: None })
                    .ok_or_else(|| Error::new(Reason::NotFound))
            })
        });
        self.record_refusal(caller, Action::AttachmentUpload, patient, found.await).await
    }

    /// Lets this call go on with the upload, and no other.
    async fn begin_upload(self: &Arc<Self>, caller: &Arc<Caller>, new: &NewAttachment) -> Result<Begin> {
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
    fn announced(&self, new: &NewAttachment) -> Vec<u8> {
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

    async fn receive_and_accept(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        new: &NewAttachment,
        begun: &Begun,
        attempt: &mut Attempt,
        data: impl Stream<Item = Result<Bytes>> + Send + Unpin,
    ) -> Result<Accepted> {
        let place = (new.patient, new.id);
        let size = new.file.size;
        let entropy = Arc::clone(&self.entropy);
        let mut sealer =
            FileSealer::new(begun.key.clone(), place, size, begun.stored, &begun.hash_state, entropy)
                .ok_or_else(|| Error::new(Reason::StoredDataDamaged))?;
        if !begun.stored.is_multiple_of(PART_SIZE as u64) && begun.stored < size {
            let stored = self.stored_file(&begun.key, place, begun.parts.clone());
            let last = (begun.stored / PART_SIZE as u64) as u32;
            if let Err(error) = self.take_up(&mut sealer, attempt, &stored, last).await {
                if is_final(error.reason()) {
                    self.give_up(place, attempt).await?;
                }
                return Err(error);
            }
        }
        let accepted = match self.receive(caller, sealer, attempt, size, data).await? {
            Some(sha256) if sha256 == new.file.sha256 => {
                match self.check_parts(place, attempt.earlier_parts()).await {
                    Ok(()) => self.accept(caller, new, &begun.key, attempt).await,
                    Err(error) => Err(error),
                }
            }
            _ => Err(mismatch()),
        };
        if accepted.as_ref().is_err_and(|error| is_final(error.reason())) {
            self.give_up(place, attempt).await?;
        }
        accepted
    }

    /// What earlier tries noted must be there: when they noted it, the answer may have been lost.
    async fn check_parts(
        &self,
        (patient, id): (PatientId, AttachmentId),
        parts: Vec<StoredPart>,
    ) -> Result<()> {
        for part in parts {
            if self.blobs.size(part.name(patient, id)).await? != Some(sealed_len(part.plain_len)) {
                return Err(Error::new(Reason::StoredDataDamaged));
            }
        }
        Ok(())
    }

    /// A file of which these parts are stored.
    pub(super) fn stored_file(
        &self,
        key: &Key,
        (patient, id): (PatientId, AttachmentId),
        parts: Vec<StoredPart>,
    ) -> StoredFile {
        StoredFile { blobs: self.blobs.clone(), key: key.clone(), patient, id, parts }
    }

    /// Notes a part that is stored durably.
    pub(super) async fn note_part(
        &self,
        key: &Key,
        name: PartName,
        part: StoredPart,
        end: PartEnd,
    ) -> Result<()> {
        let place = (name.patient, name.attachment);
        let hash_state = self.seal_hash_state(key, place, &end.hash_state);
        let (attempt, stored, now) = ((place.0, place.1, name.upload), end.stored as i64, self.now());
        let noted = self.store.write(move |tx| {
            Box::pin(async move { upload::advance(tx, attempt, &part, stored, &hash_state, now).await })
        });
        if noted.await.map_err(Error::from)? { Ok(()) } else { Err(Error::new(Reason::UploadTakenOver)) }
    }

    /// Of what is refused for what it is, nothing stays.
    async fn give_up(&self, place: (PatientId, AttachmentId), attempt: &mut Attempt) -> Result<()> {
        let id = attempt.id();
        let ended = self.store.write(move |tx| {
            Box::pin(async move {
                let ended = upload::end(tx, place, Some(id)).await?;
                if ended {
                    upload::delete_parts(tx, place.0, place.1).await?;
                }
                Ok::<_, StoreError>(ended)
            })
        });
        if ended.await.map_err(Error::from)? {
            attempt.discard();
        }
        Ok(())
    }

    async fn commit_upload(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        new: &NewAttachment,
        begun: &Begun,
        accepted: &Accepted,
        parts: Vec<StoredPart>,
    ) -> Result<()> {
        let (id, attempt) = (new.patient, begun.attempt);
        let manifest = manifest_of(&accepted.file, &parts);
        let aad = manifest_aad(id, new.id);
        let stored = StoredAttachment {
            id: new.id,
            upload: attempt,
            uploaded_by: caller.actor.person,
            blob_key: begun.blob_key.clone(),
            manifest: manifest.seal(&begun.key, &aad, self.entropy.as_ref()).map_err(Error::internal)?,
            announced: Some(self.announced(new)),
            position: Some(accepted.position),
            preview: if accepted.can_preview { Preview::Pending } else { Preview::None },
            entry_seq: None,
        };
        let size = accepted.file.size as i64;
        let (app, by, stamp, now) = (Arc::clone(self), Arc::clone(caller), self.stamp_of(caller), self.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    patient::lock(tx, id).await?.then_some(()).ok_or_else(|| Error::new(Reason::NotFound))?;
                    app.check_live_session(tx, &by).await?;
                    let permit = app.access(tx, &by, id).await?.upload()?;
                    if !upload::end(tx, (id, stored.id), Some(attempt)).await? {
                        return Err(Error::new(Reason::UploadTakenOver));
                    }
                    for part in &parts {
                        upload::put_part(tx, id, stored.id, part).await?;
                    }
                    attachment::insert(tx, &permit, &stored, size, now).await?;
                    let act = Act::permitted(&permit, Action::AttachmentUpload).about(stored.id.0);
                    audit::append(tx, stamp, &act).await?;
                    Ok(())
                })
            })
            .await
    }

    fn seal_hash_state(&self, key: &Key, (patient, id): (PatientId, AttachmentId), state: &[u8]) -> Vec<u8> {
        seal(&upload_key(key), &hash_state_aad(patient, id), state, self.entropy.as_ref())
    }
}

/// What makes these parts the file.
pub(super) fn manifest_of(file: &File, parts: &[StoredPart]) -> Manifest {
    Manifest {
        total_len: file.size,
        sha256: file.sha256,
        parts: parts.iter().map(entry_of).collect(),
        file_name: file.name.clone(),
        content_type: file.content_type.clone(),
    }
}

/// Seals what is kept of an upload that is under way.
fn upload_key(key: &Key) -> Key {
    key::derive(key, "blob upload")
}

fn hash_state_aad(patient: PatientId, id: AttachmentId) -> Aad {
    Aad::new("upload").with(patient.as_bytes()).with(id.as_bytes())
}

fn is_of(upload: &StoredUpload, caller: &Caller) -> bool {
    upload.person == caller.actor.person
        && upload.device == caller.device
        && upload.organization == caller.actor.organization
}

/// Whether the file is refused for what it is, or what is stored of it is of no use.
fn is_final(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::UploadMismatch
            | Reason::StoredDataDamaged
            | Reason::ContentExecutable
            | Reason::ContentScript
            | Reason::ContentMacro
            | Reason::ContentArchive
            | Reason::ContentPosition
    )
}

/// Whether it may have been done all the same.
pub(super) fn is_uncertain(reason: Reason) -> bool {
    matches!(reason, Reason::StorageUnavailable | Reason::Internal)
}

pub(super) fn mismatch() -> Error {
    Error::new(Reason::UploadMismatch)
}
