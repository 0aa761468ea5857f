//! Uploading a file: sealed part by part as it arrives, visible only when all of it is stored.
//!
//! Three things are done at once: receiving a batch, sealing the one before, and writing the part before. An
//! upload holds at most two sealed parts and three batches, that is 17.5 MiB, beside what the connection holds.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use renkei_crypto::blob::{Manifest, PART_SIZE};
use renkei_crypto::key::{self, Key};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AttachmentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::{Attachment, File};
use renkei_domain::{Error, Reason, Result};
use renkei_store::attachment::{self, StoredAttachment};
use renkei_store::{Sealed, StoreError, audit, patient};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::attempt::Attempt;
use super::sealer::FileSealer;
use crate::app::App;
use crate::app::keys::{PatientKey, blob_context};
use crate::app::sealing::manifest_aad;

/// A client that sends nothing for this long is let go.
const PATIENCE: Duration = Duration::from_secs(60);
/// A part of 8 MiB is held in memory until it is complete: not longer than this, so 14 KB/s at least.
const PART_TIME: Duration = Duration::from_secs(600);
/// Sealed at once: some milliseconds of work.
const BATCH: usize = 512 * 1024;
const _: () = assert!(PART_SIZE.is_multiple_of(BATCH), "a batch is of one part");

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
        let (mut attempt, manifest) = self.store_parts(caller, &blob_key, &new, data).await?;

        let context = blob_context(&new.patient, patient_key.version, &new.id);
        let wrapped = key::wrap(&patient_key.key, &blob_key, &context, self.entropy.as_ref());
        let aad = manifest_aad(new.patient, new.id);
        let stored = StoredAttachment {
            id: new.id,
            upload: attempt.upload(),
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
        data: impl Stream<Item = Result<Bytes>> + Send + Unpin,
    ) -> Result<(Attempt, Manifest)> {
        let attempt = Attempt::new(self.blobs.clone(), new, self.new_uuid());
        let entropy = Arc::clone(&self.entropy);
        let sealer = FileSealer::new(key.clone(), new.patient, new.id, new.file.size, entropy);
        let mut incoming = Incoming { data, rest: Bytes::new() };
        let (sender, batches) = mpsc::channel(1);
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        let mut storing = tokio::spawn(app.store_batches(by, sealer, attempt, batches));
        tokio::select! {
            received = incoming.pass_on(new.file.size, sender) => received?,
            // before all is received, this can only have failed
            stored = &mut storing => {
                return Err(stored.map_err(Error::internal)?.err().unwrap_or_else(mismatch));
            }
        }
        let (attempt, sealer) = storing.await.map_err(Error::internal)??;
        let more = incoming.has_more().await?;
        let (sha256, parts) = sealer.finish();
        if more || sha256 != new.file.sha256 {
            return Err(mismatch());
        }
        let manifest = Manifest {
            total_len: new.file.size,
            sha256,
            parts,
            file_name: new.file.name.clone(),
            content_type: new.file.content_type.clone(),
        };
        Ok((attempt, manifest))
    }

    /// Seals the batches that come, and stores the parts that they make, durably. If this fails, or what it
    /// returns is dropped, what was stored is removed again.
    async fn store_batches(
        self: Arc<Self>,
        caller: Arc<Caller>,
        mut sealer: FileSealer,
        mut attempt: Attempt,
        mut batches: mpsc::Receiver<Vec<u8>>,
    ) -> Result<(Attempt, FileSealer)> {
        loop {
            let batch = tokio::select! {
                // told at once, not when the next part is complete
                Err(error) = attempt.stored() => return Err(error),
                batch = batches.recv() => batch,
            };
            let Some(batch) = batch else { break };
            let part;
            (sealer, part) = sealer.seal(batch).await.map_err(Error::internal)?;
            if let Some(part) = part {
                self.still_in_session(&caller).await?;
                sealer.reuse(attempt.put(part).await?);
            }
        }
        attempt.stored().await?;
        Ok((attempt, sealer))
    }

    /// A long upload must not outlive the session.
    async fn still_in_session(self: &Arc<Self>, caller: &Arc<Caller>) -> Result<()> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        self.store
            .look(move |conn| Box::pin(async move { app.check_live_session(conn, &by).await.map(|_| ()) }))
            .await
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

fn mismatch() -> Error {
    Error::new(Reason::UploadMismatch)
}

/// What the client sends.
struct Incoming<S> {
    data: S,
    /// Received, but not taken yet.
    rest: Bytes,
}

impl<S: Stream<Item = Result<Bytes>> + Send + Unpin> Incoming<S> {
    /// Passes on the `size` bytes of the file in batches, each of which is of one part. They are copied,
    /// because a frame can be a few bytes of a large message that is held with them.
    async fn pass_on(&mut self, size: u64, batches: mpsc::Sender<Vec<u8>>) -> Result<()> {
        let mut left = size;
        let mut deadline = Instant::now();
        while left > 0 {
            if (size - left).is_multiple_of(PART_SIZE as u64) {
                deadline = Instant::now() + PART_TIME;
            }
            let len = left.min(BATCH as u64) as usize;
            let mut batch = Vec::with_capacity(len);
            while batch.len() < len {
                if self.rest.is_empty() {
                    self.rest = self.next(deadline).await?.ok_or_else(mismatch)?;
                }
                let take = self.rest.len().min(len - batch.len());
                batch.extend_from_slice(&self.rest.split_to(take));
            }
            left -= len as u64;
            if batches.send(batch).await.is_err() {
                // the storing has failed, and says why
                break;
            }
        }
        Ok(())
    }

    async fn has_more(&mut self) -> Result<bool> {
        Ok(!self.rest.is_empty() || self.next(Instant::now() + PATIENCE).await?.is_some())
    }

    async fn next(&mut self, deadline: Instant) -> Result<Option<Bytes>> {
        match tokio::time::timeout_at(deadline.min(Instant::now() + PATIENCE), self.data.next()).await {
            Ok(frame) => frame.transpose(),
            Err(_) => Err(Error::new(Reason::DeadlineExceeded)),
        }
    }
}
