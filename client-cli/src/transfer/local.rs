//! A file of this computer, as it is announced and recognised.

use std::{
    fs::{File, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

use crate::{
    error::{Error, Exit, Result},
    text::msg,
    transfer::name::{content_type, safe_name},
};

/// A file of this computer as it is announced.
#[derive(Clone, Debug)]
pub(crate) struct LocalFile {
    pub(crate) path: PathBuf,
    pub(crate) file_name: String,
    pub(crate) content_type: String,
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) stamp: Stamp,
}

/// What tells without reading that nobody wrote to a file. Another stamp does not tell that its content is
/// another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    pub(crate) size: u64,
    /// Nanoseconds since 1970.
    modified: u64,
    /// The inode; 0 where there are none.
    file: u64,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self {
            size: metadata.len(),
            modified: modified.and_then(|time| u64::try_from(time.as_nanos()).ok()).unwrap_or_default(),
            #[cfg(unix)]
            file: std::os::unix::fs::MetadataExt::ino(metadata),
            #[cfg(not(unix))]
            file: 0,
        }
    }
}

/// Reads and hashes files, in the order given.
pub(crate) async fn inspect_all(paths: Vec<PathBuf>) -> Result<Vec<LocalFile>> {
    let task = spawn_blocking(move || paths.iter().map(|path| inspect(path)).collect());
    task.await.unwrap_or_else(|_| Err(Error::interrupted()))
}

/// Reads and hashes a file. Blocks the thread.
pub(crate) fn inspect(path: &Path) -> Result<LocalFile> {
    let failed = |error| Error::file(path, &error);
    let path = path.canonicalize().map_err(failed)?;
    let mut file = File::open(&path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(Error::new(Exit::LocalFile, msg!("error-not-a-file", path = path.display())));
    }
    let mut hash = Sha256::new();
    let size = hash_into(&mut hash, &mut file).map_err(failed)?;
    if size == 0 {
        return Err(Error::usage(msg!("error-file-empty", path = path.display())));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let content_type = content_type(&name).to_owned();
    Ok(LocalFile {
        file_name: safe_name(&name, "file"),
        content_type,
        size,
        sha256: hash.finalize().into(),
        stamp: Stamp::of(&metadata),
        path,
    })
}

/// Hashes what is left of a reader; says how many bytes that were.
pub(crate) fn hash_into(hash: &mut Sha256, content: &mut impl Read) -> io::Result<u64> {
    io::copy(content, &mut HashWriter(hash))
}

struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
