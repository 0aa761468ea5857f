//! The sealed bytes of attachments. Nothing else ever reaches the object store.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use renkei_domain::id::{AttachmentId, PatientId};
use uuid::Uuid;

use crate::StoreError;

/// Where sealed parts are kept. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

/// One sealed part of one try to upload an attachment.
#[derive(Clone, Copy)]
pub struct PartName {
    /// The patient.
    pub patient: PatientId,
    /// The attachment.
    pub attachment: AttachmentId,
    /// The try: two of them never share an object.
    pub upload: Uuid,
    /// Number of the part, from 0.
    pub part: u32,
}

impl PartName {
    fn path(&self) -> ObjectPath {
        ObjectPath::from(format!("{}/{}/{}/{:05}", self.patient, self.attachment, self.upload, self.part))
    }
}

impl Blobs {
    /// A folder on this machine; files and folders are synced before a write returns.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if the folder is not there.
    pub fn local(folder: &Path) -> Result<Self, StoreError> {
        let store = LocalFileSystem::new_with_prefix(folder)
            .map_err(|error| StoreError::Refused(format!("the attachment folder cannot be used: {error}")))?
            .with_fsync(true)
            .with_automatic_cleanup(true);
        Ok(Self { store: Arc::new(store) })
    }

    /// Stores a sealed part durably. Returns its memory, empty, for the next part: that of a large one costs
    /// time to get from the system and to give back.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`]; nothing of the part is kept then.
    pub async fn put(&self, name: PartName, sealed: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        let sealed = Bytes::from(sealed);
        self.store.put(&name.path(), PutPayload::from(sealed.clone())).await?;
        // a store that still holds it keeps it
        let mut memory = sealed.try_into_mut().unwrap_or_default();
        memory.clear();
        Ok(memory.into())
    }

    /// Bytes `range` of a sealed part.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the part is not there or too short, [`StoreError::Unavailable`].
    pub async fn get(&self, name: PartName, range: std::ops::Range<u64>) -> Result<Bytes, StoreError> {
        let wanted = range.end - range.start;
        let bytes = match self.store.get_range(&name.path(), range.clone()).await {
            Ok(bytes) => bytes,
            // what is asked for beyond the end is an error without a name of its own
            Err(_) if self.store.head(&name.path()).await?.size < range.end => {
                return Err(StoreError::Corrupt("attachment part"));
            }
            Err(error) => return Err(error.into()),
        };
        if bytes.len() as u64 == wanted { Ok(bytes) } else { Err(StoreError::Corrupt("attachment part")) }
    }

    /// Removes the parts `0..parts` of a try that failed. Parts that are not there are passed over.
    pub async fn remove(&self, first: PartName, parts: u32) {
        for part in 0..parts {
            if let Err(error) = self.store.delete(&PartName { part, ..first }.path()).await
                && !matches!(error, object_store::Error::NotFound { .. })
            {
                // the sealed bytes are useless without their key, which was never stored
                tracing::warn!(upload = %first.upload, part, "a part of a failed upload could not be removed");
            }
        }
    }
}

impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> Self {
        if let object_store::Error::NotFound { .. } = error {
            return Self::Corrupt("attachment part");
        }
        let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(inner) = source {
            if let Some(io) = inner.downcast_ref::<std::io::Error>()
                && matches!(
                    io.kind(),
                    std::io::ErrorKind::StorageFull
                        | std::io::ErrorKind::QuotaExceeded
                        | std::io::ErrorKind::FileTooLarge
                )
            {
                return Self::Full;
            }
            source = inner.source();
        }
        Self::Unavailable(error.into())
    }
}

#[cfg(test)]
#[path = "blobs_tests.rs"]
mod tests;
