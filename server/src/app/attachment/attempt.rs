//! What one try to upload a file stores: all of it, or what comes between two breaks.

use std::mem;
use std::sync::Arc;

use renkei_crypto::key::Key;
use renkei_domain::id::{AttachmentId, PatientId};
use renkei_domain::{Error, Result};
use renkei_store::upload::StoredPart;
use renkei_store::{PartName, PartWriter, StoreError};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::sealer::{PartEnd, Sealed};
use super::upload::is_uncertain;
use crate::app::App;

/// One try. It has objects of its own, so that nothing that is noted is ever overwritten; what it stored and
/// nobody noted is removed when it is dropped, also when the client goes away.
///
/// A piece is written while the caller receives and seals the next one, and a part is synced and noted while the
/// next one is written.
pub(super) struct Attempt {
    app: Arc<App>,
    patient: PatientId,
    attachment: AttachmentId,
    id: Uuid,
    key: Key,
    writer: Option<PartWriter>,
    writing: Option<JoinHandle<Result<PartWriter, StoreError>>>,
    finishing: Option<JoinHandle<Finished>>,
    /// In the store, or on the way there, and certainly noted nowhere.
    loose: Vec<PartName>,
    /// Noted, and loose as soon as what took their place is.
    superseded: Vec<PartName>,
    /// All parts of the file so far, in order.
    parts: Vec<StoredPart>,
}

/// A part that was ended.
struct Finished {
    name: PartName,
    /// Whose place it took.
    replaced: Option<PartName>,
    /// Whether it was noted, if it is stored.
    noted: Result<bool>,
}

impl Attempt {
    /// The try `id` of an upload under `key`, after earlier ones stored `parts`.
    pub(super) fn new(
        app: &Arc<App>,
        (patient, attachment): (PatientId, AttachmentId),
        id: Uuid,
        key: &Key,
        parts: Vec<StoredPart>,
    ) -> Self {
        Self {
            app: Arc::clone(app),
            patient,
            attachment,
            id,
            key: key.clone(),
            writer: None,
            writing: None,
            finishing: None,
            loose: Vec::new(),
            superseded: Vec::new(),
            parts,
        }
    }

    /// The try's id.
    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    /// All parts of the file so far, in order; they are stored after [`Self::settled`].
    pub(super) fn parts(&self) -> &[StoredPart] {
        &self.parts
    }

    /// Those that earlier tries stored.
    pub(super) fn earlier_parts(&self) -> Vec<StoredPart> {
        self.parts.iter().filter(|part| part.upload != self.id).cloned().collect()
    }

    /// Begins to write a piece when the one before is written. A part that ends is noted if `note` says so.
    ///
    /// # Errors
    /// Those of the pieces before: [`renkei_domain::Reason::StorageFull`],
    /// [`renkei_domain::Reason::StorageUnavailable`], [`renkei_domain::Reason::UploadTakenOver`].
    pub(super) async fn put(&mut self, sealed: Sealed, note: bool) -> Result<()> {
        let Sealed { part, bytes, end } = sealed;
        self.written().await?;
        let name = PartName { patient: self.patient, attachment: self.attachment, upload: self.id, part };
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None => self.app.blobs.begin(name).await?,
        };
        let writing = tokio::spawn(async move {
            writer.write(bytes).await?;
            Ok(writer)
        });
        match end {
            Some(end) => self.finish(name, writing, end, note).await,
            None => {
                self.writing = Some(writing);
                Ok(())
            }
        }
    }

    /// Ends a part when the one before it has been ended.
    async fn finish(
        &mut self,
        name: PartName,
        writing: JoinHandle<Result<PartWriter, StoreError>>,
        end: PartEnd,
        note: bool,
    ) -> Result<()> {
        self.finished().await?;
        self.loose.push(name);
        let part = StoredPart {
            part: name.part,
            upload: name.upload,
            plain_len: end.plain_len,
            sealed_sha256: end.sealed_sha256,
            nonce_prefix: Some(end.nonce_prefix),
        };
        let replaced = self.parts.pop_if(|last| last.part == part.part);
        let replaced = replaced.map(|part| part.name(self.patient, self.attachment));
        self.parts.push(part.clone());
        let (app, key) = (Arc::clone(&self.app), self.key.clone());
        self.finishing = Some(tokio::spawn(async move {
            let noted = async {
                writing.await.map_err(Error::internal)??.finish().await?;
                if note {
                    app.note_part(&key, name, part, end).await?;
                }
                Ok(note)
            };
            Finished { name, replaced, noted: noted.await }
        }));
        Ok(())
    }

    /// Waits until everything is stored. Nothing is lost when the waiting is given up.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub(super) async fn settled(&mut self) -> Result<()> {
        self.written().await?;
        self.finished().await
    }

    async fn written(&mut self) -> Result<()> {
        if let Some(writing) = &mut self.writing {
            let written = writing.await;
            self.writing = None;
            self.writer = Some(written.map_err(Error::internal)??);
        }
        Ok(())
    }

    async fn finished(&mut self) -> Result<()> {
        if let Some(finishing) = &mut self.finishing {
            let finished = finishing.await;
            self.finishing = None;
            self.take_note(finished.map_err(Error::internal)?)?;
        }
        Ok(())
    }

    fn take_note(&mut self, finished: Finished) -> Result<()> {
        let Finished { name, replaced, noted } = finished;
        match noted {
            Ok(true) => {
                self.loose.retain(|loose| *loose != name);
                self.loose.extend(replaced);
            }
            Ok(false) => self.superseded.extend(replaced),
            Err(error) => {
                if is_uncertain(error.reason()) {
                    // it may be noted: better waste than loss
                    self.loose.retain(|loose| *loose != name);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Takes this part, which is in the store, into the place of the one of its number.
    pub(super) fn replace(&mut self, part: StoredPart) {
        let (patient, attachment) = (self.patient, self.attachment);
        self.loose.push(part.name(patient, attachment));
        if let Some(known) = self.parts.iter_mut().find(|known| known.part == part.part) {
            let replaced = mem::replace(known, part);
            self.superseded.push(replaced.name(patient, attachment));
        }
    }

    /// The file is accepted: its parts are no longer loose, others are.
    pub(super) fn accept(&mut self) {
        let kept: Vec<PartName> =
            self.parts.iter().map(|part| part.name(self.patient, self.attachment)).collect();
        self.loose.append(&mut self.superseded);
        self.loose.retain(|loose| !kept.contains(loose));
    }

    /// It is not known what was noted: nothing is removed, the sweep will see.
    pub(super) fn leave(&mut self) {
        self.loose.clear();
    }

    /// Nothing of the upload is noted any longer: all of it is loose.
    pub(super) fn discard(&mut self) {
        let (patient, attachment) = (self.patient, self.attachment);
        self.loose.append(&mut self.superseded);
        self.loose.extend(self.parts.drain(..).map(|part| part.name(patient, attachment)));
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let (writing, finishing) = (self.writing.take(), self.finishing.take());
        let mut loose = mem::take(&mut self.loose);
        if loose.is_empty() && finishing.is_none() {
            return;
        }
        let blobs = self.app.blobs.clone();
        tokio::spawn(async move {
            drop(writing);
            // stored after its removal, the part would stay; noted meanwhile, it must
            if let Some(finishing) = finishing {
                match finishing.await {
                    Ok(Finished { name, replaced, noted: Ok(true) }) => {
                        loose.retain(|loose| *loose != name);
                        loose.extend(replaced);
                    }
                    Ok(Finished { name, noted: Err(error), .. }) if is_uncertain(error.reason()) => {
                        loose.retain(|loose| *loose != name);
                    }
                    Ok(_) => {}
                    Err(_) => loose.clear(),
                }
            }
            blobs.remove(loose).await;
        });
    }
}
