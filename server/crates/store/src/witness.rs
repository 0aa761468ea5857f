//! Checkpoints of the audit log in a bucket of an S3-compatible store. Each is written once and never over another: what
//! a bucket that keeps its objects (Object Lock) holds, nobody takes back, the operator of the server included.

use std::fmt;
use std::sync::Arc;

use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutPayload};

use crate::StoreError;
use crate::blobs::{S3Options, s3};

/// A bucket for checkpoints. Cheap to clone.
#[derive(Clone)]
pub struct Witness(Arc<dyn ObjectStore>);

/// What came of writing a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is there now, or was already.
    There,
    /// Another one is there under its name, and stays.
    Another,
}

impl Witness {
    /// A bucket. Nothing is asked of it yet.
    ///
    /// # Errors
    /// As [`crate::Blobs::s3`].
    pub fn s3(options: S3Options) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(s3::open(options)?)))
    }

    /// Writes a checkpoint where nothing is yet.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Full`]; also if something is there and may not be read.
    pub async fn keep(&self, name: &str, note: &str) -> Result<Kept, StoreError> {
        let path = ObjectPath::from(name);
        let payload = PutPayload::from(note.to_owned());
        match self.0.put_opts(&path, payload, PutMode::Create.into()).await {
            Ok(_) => Ok(Kept::There),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                let there = self.0.get(&path).await?.bytes().await?;
                Ok(if there == note.as_bytes() { Kept::There } else { Kept::Another })
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Witness")
    }
}
