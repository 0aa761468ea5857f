//! The sealed bytes of attachments. Nothing else ever reaches the object store.

pub(crate) mod s3;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _, PutPayload};
use renkei_domain::Timestamp;
use renkei_domain::id::{AttachmentId, PatientId};
use uuid::Uuid;

pub use self::s3::S3Options;
use crate::StoreError;

/// Says whose store it is. No part has such a name.
const OWNER: &str = "renkei-installation";

/// Where sealed parts are kept. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// Of a store on this machine, which takes a part piece by piece.
    folder: Option<Arc<Path>>,
}

/// One sealed part of one try to upload an attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

    /// The one whose [`Self::path`] this is.
    fn parse(path: &ObjectPath) -> Option<Self> {
        let mut parts = path.parts();
        let mut id = || Uuid::try_parse(parts.next()?.as_ref()).ok();
        let (patient, attachment, upload) = (PatientId(id()?), AttachmentId(id()?), id()?);
        let part = parts.next()?.as_ref().parse().ok()?;
        Some(Self { patient, attachment, upload, part }).filter(|name| name.path() == *path)
    }
}

/// A part that is in the store.
#[derive(Clone, Copy, Debug)]
pub struct FoundPart {
    /// Which.
    pub name: PartName,
    /// Its length in bytes.
    pub size: u64,
    /// When it was stored, by the store's clock.
    pub stored_at: Timestamp,
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
        Ok(Self { store: Arc::new(store), folder: Some(folder.into()) })
    }

    /// Begins to store a sealed part.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`].
    pub async fn begin(&self, name: PartName) -> Result<PartWriter, StoreError> {
        let path = name.path();
        Ok(PartWriter(if self.folder.is_some() {
            Writing::Streamed(self.store.put_multipart(&path).await?)
        } else {
            // pieces of an object must be of 5 MiB there, of a part that has no more than 8
            Writing::Gathered { store: Arc::clone(&self.store), path, pieces: Vec::new() }
        }))
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
            Err(_) if self.size(name).await?.is_none_or(|size| size < range.end) => {
                return Err(StoreError::Corrupt("attachment part"));
            }
            Err(error) => return Err(error.into()),
        };
        if bytes.len() as u64 == wanted { Ok(bytes) } else { Err(StoreError::Corrupt("attachment part")) }
    }

    /// Length of a sealed part; `None` if it is not there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn size(&self, name: PartName) -> Result<Option<u64>, StoreError> {
        match self.store.head(&name.path()).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes parts that nothing names any longer. What is not there is passed over; what cannot be removed now
    /// is found by the next sweep.
    pub async fn remove(&self, names: impl IntoIterator<Item = PartName>) {
        for name in names {
            if let Err(error) = self.store.delete(&name.path()).await
                && !matches!(error, object_store::Error::NotFound { .. })
            {
                tracing::warn!(upload = %name.upload, part = name.part, "a part could not be removed now");
            }
        }
    }

    /// Writes into an empty place whose store this is, and says whether it is `owner`'s.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`].
    pub async fn claim(&self, owner: &str) -> Result<bool, StoreError> {
        let path = ObjectPath::from(OWNER);
        match self.store.get(&path).await {
            Ok(found) => Ok(found.bytes().await? == owner.as_bytes()),
            Err(object_store::Error::NotFound { .. }) => {
                self.store.put(&path, PutPayload::from(owner.to_owned())).await?;
                Ok(true)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// All parts that are in the store. What has another name than a part is left alone, and not told.
    ///
    /// # Errors
    /// Items are [`StoreError::Unavailable`].
    pub fn list(&self) -> impl Stream<Item = Result<FoundPart, StoreError>> + Send + 'static {
        let prefix = None;
        self.store.list(prefix).filter_map(|found| async move {
            match found {
                Ok(found) => {
                    let stored_at = Timestamp(found.last_modified.timestamp_micros());
                    let name = PartName::parse(&found.location)?;
                    Some(Ok(FoundPart { name, size: found.size, stored_at }))
                }
                Err(error) => Some(Err(error.into())),
            }
        })
    }

    /// Removes what a process that was killed left of parts that it had begun, if nobody has written to it for
    /// `age`; says how many there were. Blocks the thread.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn remove_begun(&self, age: Duration) -> Result<usize, StoreError> {
        let Some(folder) = &self.folder else { return Ok(0) };
        let before = SystemTime::now() - age;
        let (mut removed, mut waiting) = (0, vec![PathBuf::from(&**folder)]);
        let failed = |error: std::io::Error| StoreError::Unavailable(error.into());
        while let Some(path) = waiting.pop() {
            let entries = match std::fs::read_dir(path) {
                // another sweep, or the end of an upload
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                entries => entries.map_err(failed)?,
            };
            for entry in entries {
                let entry = entry.map_err(failed)?;
                let Ok(meta) = entry.metadata() else { continue };
                if meta.is_dir() {
                    waiting.push(entry.path());
                } else if is_begun(&entry.file_name()) && meta.modified().is_ok_and(|at| at < before) {
                    removed += usize::from(std::fs::remove_file(entry.path()).is_ok());
                }
            }
        }
        Ok(removed)
    }
}

/// What the local store calls a part that is not complete: `00003#1`.
fn is_begun(name: &std::ffi::OsStr) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.to_str()
        .and_then(|name| name.split_once('#'))
        .is_some_and(|(part, try_)| is_number(part) && is_number(try_))
}

/// A sealed part that is being stored. Nothing of it is in the store before [`Self::finish`] has returned; dropped
/// before, nothing stays of it.
pub struct PartWriter(Writing);

enum Writing {
    Streamed(Box<dyn MultipartUpload>),
    Gathered { store: Arc<dyn ObjectStore>, path: ObjectPath, pieces: Vec<Bytes> },
}

impl PartWriter {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`].
    pub async fn write(&mut self, sealed: Vec<u8>) -> Result<(), StoreError> {
        match &mut self.0 {
            Writing::Streamed(upload) => upload.put_part(PutPayload::from(sealed)).await?,
            Writing::Gathered { pieces, .. } => pieces.push(sealed.into()),
        }
        Ok(())
    }

    /// Returns when the part is stored durably, all of it at once.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Unavailable`]; there is no such part then, but what was written may
    /// have to be [swept](Blobs::remove_begun).
    pub async fn finish(self) -> Result<(), StoreError> {
        match self.0 {
            Writing::Streamed(mut upload) => _ = upload.complete().await?,
            Writing::Gathered { store, path, pieces } => {
                _ = store.put(&path, PutPayload::from_iter(pieces)).await?;
            }
        }
        Ok(())
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
