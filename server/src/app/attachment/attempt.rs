//! What one try to upload a file has stored.

use std::mem;

use renkei_domain::{Error, Result};
use renkei_store::{Blobs, PartName, StoreError};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::NewAttachment;

/// One try: its parts are removed again unless it is kept, also when the client goes away.
///
/// One part at a time is written, while the caller goes on with the next one.
pub(super) struct Attempt {
    blobs: Blobs,
    first: PartName,
    parts: u32,
    writing: Option<JoinHandle<Result<Vec<u8>, StoreError>>>,
    /// Of a part that is stored.
    memory: Vec<u8>,
    pub(super) kept: bool,
}

impl Attempt {
    pub(super) fn new(blobs: Blobs, new: &NewAttachment, upload: Uuid) -> Self {
        let first = PartName { patient: new.patient, attachment: new.id, upload, part: 0 };
        Self { blobs, first, parts: 0, writing: None, memory: Vec::new(), kept: false }
    }

    /// The try's id.
    pub(super) fn upload(&self) -> Uuid {
        self.first.upload
    }

    /// Waits until the part before is stored, and begins to store this one. Returns memory for the next one.
    ///
    /// # Errors
    /// Those of the part before, as in [`Blobs::put`].
    pub(super) async fn put(&mut self, sealed: Vec<u8>) -> Result<Vec<u8>> {
        self.stored().await?;
        let (blobs, name) = (self.blobs.clone(), PartName { part: self.parts, ..self.first });
        self.parts += 1;
        self.writing = Some(tokio::spawn(async move { blobs.put(name, sealed).await }));
        Ok(mem::take(&mut self.memory))
    }

    /// Waits until all parts are stored durably. Nothing is lost when the waiting is given up.
    ///
    /// # Errors
    /// As in [`Blobs::put`].
    pub(super) async fn stored(&mut self) -> Result<()> {
        if let Some(writing) = &mut self.writing {
            let stored = writing.await;
            self.writing = None;
            self.memory = stored.map_err(Error::internal)??;
        }
        Ok(())
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.kept || self.parts == 0 {
            return;
        }
        let (blobs, first, parts, writing) =
            (self.blobs.clone(), self.first, self.parts, self.writing.take());
        tokio::spawn(async move {
            if let Some(writing) = writing {
                // stored after its removal, the part would stay
                let _ = writing.await;
            }
            blobs.remove(first, parts).await;
        });
    }
}
