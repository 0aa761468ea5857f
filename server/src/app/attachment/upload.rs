//! Uploading a file: sealed part by part as it arrives, visible only when all of it is stored.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use renkei_crypto::blob::{CHUNK_SIZE, Manifest, PART_SIZE, PartContext, PartEntry, PartSealer};
use renkei_crypto::key::{self, Key};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AttachmentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::{Attachment, File};
use renkei_domain::{Error, Reason, Result};
use renkei_store::attachment::{self, StoredAttachment};
use renkei_store::{Blobs, PartName, Sealed, StoreError, audit, patient};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::app::App;
use crate::app::keys::{PatientKey, blob_context};
use crate::app::sealing::manifest_aad;

/// A client that sends nothing for this long is let go.
const PATIENCE: Duration = Duration::from_secs(60);
/// A part of 8 MiB is held in memory until it is complete: not longer than this, so 14 KB/s at least.
const PART_TIME: Duration = Duration::from_secs(600);

/// What will be uploaded.
#[derive(Clone)]
pub(crate) struct NewAttachment {
    pub(crate) patient: PatientId,
    pub(crate) id: AttachmentId,
    pub(crate) file: File,
}

impl App {
    /// Stores a file that nothing names yet. The same header after success gives the first result.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RoleNotAllowed`], [`Reason::IdTaken`], [`Reason::UploadMismatch`],
    /// [`Reason::AttachmentTooLarge`], [`Reason::StorageFull`]; nothing is kept then.
    pub(crate) async fn upload_attachment(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        new: NewAttachment,
        data: impl Stream<Item = Result<Bytes>> + Send + Unpin,
    ) -> Result<Attachment> {
        let _slot = self.uploads.take(caller.actor.person.0)?;
        let begun = self.begin_upload(caller, &new).await;
        let begun = self.record_refusal(caller, Action::AttachmentUpload, new.patient, begun).await?;
        let patient_key = match begun {
            Begun::Before(attachment) => return Ok(attachment),
            Begun::Now(patient_key) => patient_key,
        };
        if new.file.size > self.settings.attachment_max_bytes {
            return Err(Error::new(Reason::AttachmentTooLarge));
        }
        let blob_key = Key::random(self.entropy.as_ref());
        let mut attempt = Attempt::new(self.blobs.clone(), &new, self.new_uuid());
        let manifest = self.store_parts(caller, &blob_key, &new, &mut attempt, data).await?;

        let context = blob_context(&new.patient, patient_key.version, &new.id);
        let wrapped = key::wrap(&patient_key.key, &blob_key, &context, self.entropy.as_ref());
        let aad = manifest_aad(new.patient, new.id);
        let stored = StoredAttachment {
            id: new.id,
            upload: attempt.first.upload,
            uploaded_by: caller.actor.person,
            blob_key: Sealed { key_version: patient_key.version, bytes: wrapped },
            manifest: manifest.seal(&blob_key, &aad, self.entropy.as_ref()).map_err(Error::internal)?,
            entry_seq: None,
        };
        attempt.kept = true;
        let committed = self.commit_upload(caller, new.patient, stored).await;
        // when it is not certain that nothing was committed, the parts stay: better waste than loss
        attempt.kept = committed.as_ref().err().is_none_or(|error| is_uncertain(error.reason()));
        if committed.as_ref().err().is_some_and(|error| error.reason() == Reason::IdTaken)
            && let Begun::Before(attachment) = self.begin_upload(caller, &new).await?
        {
            // the same upload, sent twice at once: the other one was first
            return Ok(attachment);
        }
        self.record_refusal(caller, Action::AttachmentUpload, new.patient, committed).await?;
        Ok(Attachment { id: new.id, patient: new.patient, file: Some(new.file) })
    }

    async fn begin_upload(self: &Arc<Self>, caller: &Arc<Caller>, new: &NewAttachment) -> Result<Begun> {
        let (app, by, new) = (Arc::clone(self), Arc::clone(caller), new.clone());
        self.store
            .read(move |conn| {
                Box::pin(async move {
                    let access = app.access(conn, &by, new.patient).await?;
                    let permit = access.upload()?;
                    if let Some(stored) = attachment::by_id(conn, &access.read_entries()?, new.id).await? {
                        let opened = app.open_attachment(conn, new.patient, &stored).await?;
                        let same =
                            stored.uploaded_by == by.actor.person && opened.file.as_ref() == Some(&new.file);
                        return if same {
                            Ok(Begun::Before(opened))
                        } else {
                            Err(Error::new(Reason::IdTaken))
                        };
                    }
                    let version = patient::key_version(conn, &permit).await?;
                    Ok(Begun::Now(app.keys.patient_key(conn, new.patient, version).await?))
                })
            })
            .await
    }

    async fn store_parts(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        key: &Key,
        new: &NewAttachment,
        attempt: &mut Attempt,
        mut data: impl Stream<Item = Result<Bytes>> + Send + Unpin,
    ) -> Result<Manifest> {
        let mismatch = || Error::new(Reason::UploadMismatch);
        let (mut hash, mut left) = (Sha256::new(), new.file.size);
        let mut rest = Bytes::new();
        let mut parts = Vec::new();
        while left > 0 {
            let number = parts.len() as u32;
            let part_len = left.min(PART_SIZE as u64);
            let context =
                PartContext { patient: new.patient.as_bytes(), attachment: new.id.as_bytes(), part: number };
            let mut sealer = PartSealer::new(key, &context, self.entropy.as_ref());
            let mut sealed = sealer.header();
            sealed.reserve(renkei_crypto::blob::sealed_len(part_len as u32) as usize);
            let mut wanted = part_len;
            let deadline = Instant::now() + PART_TIME;
            while wanted > 0 {
                if rest.is_empty() {
                    rest = next(&mut data, deadline).await?.ok_or_else(mismatch)?;
                }
                let take = (rest.len() as u64).min(wanted).min(CHUNK_SIZE as u64) as usize;
                let piece = rest.split_to(take);
                hash.update(&piece);
                sealed.extend_from_slice(&sealer.push(&piece));
                wanted -= take as u64;
            }
            sealed.extend_from_slice(&sealer.finish(&[]));
            parts.push(PartEntry {
                plain_len: part_len as u32,
                sealed_len: sealed.len() as u64,
                sealed_sha256: Sha256::digest(&sealed).into(),
            });
            self.still_in_session(caller).await?;
            attempt.put(number, sealed).await?;
            left -= part_len;
        }
        let more = !rest.is_empty() || next(&mut data, Instant::now() + PATIENCE).await?.is_some();
        let sha256: [u8; 32] = hash.finalize().into();
        if more || sha256 != new.file.sha256 {
            return Err(mismatch());
        }
        Ok(Manifest {
            total_len: new.file.size,
            sha256,
            parts,
            file_name: new.file.name.clone(),
            content_type: new.file.content_type.clone(),
        })
    }

    /// A long upload must not outlive the session.
    async fn still_in_session(self: &Arc<Self>, caller: &Arc<Caller>) -> Result<()> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        self.store.read(move |conn| Box::pin(async move { app.check_live_session(conn, &by).await })).await
    }

    async fn commit_upload(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        id: PatientId,
        stored: StoredAttachment,
    ) -> Result<()> {
        let (app, by, stamp, now) = (Arc::clone(self), Arc::clone(caller), self.stamp_of(caller), self.now());
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    patient::lock(tx, id).await?.then_some(()).ok_or_else(|| Error::new(Reason::NotFound))?;
                    app.check_live_session(tx, &by).await?;
                    let permit = app.access(tx, &by, id).await?.upload()?;
                    attachment::insert(tx, &permit, &stored, now).await.map_err(|error| match error {
                        StoreError::Unique => Error::new(Reason::IdTaken),
                        error => error.into(),
                    })?;
                    let act = Act::permitted(&permit, Action::AttachmentUpload).about(stored.id.0);
                    audit::append(tx, stamp, &act).await?;
                    Ok(())
                })
            })
            .await
    }
}

enum Begun {
    Before(Attachment),
    Now(PatientKey),
}

fn is_uncertain(reason: Reason) -> bool {
    matches!(reason, Reason::StorageUnavailable | Reason::Internal)
}

async fn next(
    data: &mut (impl Stream<Item = Result<Bytes>> + Unpin),
    deadline: Instant,
) -> Result<Option<Bytes>> {
    match tokio::time::timeout_at(deadline.min(Instant::now() + PATIENCE), data.next()).await {
        Ok(frame) => frame.transpose(),
        Err(_) => Err(Error::new(Reason::DeadlineExceeded)),
    }
}

/// One try: its parts are removed again unless it is kept, also when the client goes away.
struct Attempt {
    blobs: Blobs,
    first: PartName,
    parts: u32,
    kept: bool,
}

impl Attempt {
    fn new(blobs: Blobs, new: &NewAttachment, upload: uuid::Uuid) -> Self {
        let first = PartName { patient: new.patient, attachment: new.id, upload, part: 0 };
        Self { blobs, first, parts: 0, kept: false }
    }

    async fn put(&mut self, part: u32, sealed: Vec<u8>) -> Result<()> {
        self.parts = part + 1;
        Ok(self.blobs.put(PartName { part, ..self.first }, sealed).await?)
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.kept || self.parts == 0 {
            return;
        }
        let (blobs, first, parts) = (self.blobs.clone(), self.first, self.parts);
        tokio::spawn(async move { blobs.remove(first, parts).await });
    }
}
