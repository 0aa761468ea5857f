//! Uploading a file: begun or gone on with, received, looked into, and visible only when all of it is accepted.

use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use renkei_crypto::blob::{Manifest, PART_SIZE, sealed_len};
use renkei_crypto::key::Key;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AttachmentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::{Attachment, File};
use renkei_domain::{Error, Reason, Result};
use renkei_store::attachment::{self, Preview, StoredAttachment};
use renkei_store::upload::StoredPart;
use renkei_store::{PartName, StoreError, audit, patient, upload};
use sha2::{Digest as _, Sha256};

use super::accept::Accepted;
use super::attempt::Attempt;
use super::begin::{Begin, Begun, is_of};
use super::sealer::{FileSealer, PartEnd};
use super::stored::{StoredFile, entry_of};
use crate::app::App;
use crate::app::sealing::manifest_aad;

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
        let _slot = self.uploads.take(caller.whose_places())?;
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
            && let Ok(UploadState { attachment: Some(attachment), .. }) =
                self.get_upload(caller, new.patient, new.id).await
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
                    let hash = Sha256::digest(&stored.manifest).into();
                    let act = Act::permitted(&permit, Action::AttachmentUpload);
                    let act = act.about(stored.id.0).storing(None, hash);
                    audit::append(tx, stamp, &act).await?;
                    Ok(())
                })
            })
            .await
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
