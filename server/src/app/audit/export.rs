//! Checkpoints as files and as objects of a bucket, for whoever keeps them where the operator of the server cannot reach
//! them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use renkei_domain::{Error, Result};
use renkei_store::witness::{Kept, Witness};
use renkei_store::{StoreError, audit_log};
use tokio::task::spawn_blocking;

use crate::app::App;
use crate::files;

/// Where checkpoints are written to, and how often.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checkpoints {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) bucket: Option<Witness>,
    pub(crate) every: Duration,
}

impl App {
    /// Writes the newest checkpoint into the configured folder and bucket, if any is configured, it is time to, and it is
    /// not there yet. `last` is when that was looked at; none at the start.
    ///
    /// # Errors
    /// With what is wrong with one of them, for the operator; the other has it then.
    pub(super) async fn export_checkpoint(&self, last: &mut Option<Instant>) -> Result<()> {
        let Checkpoints { folder, bucket, every } = self.settings.checkpoints.clone();
        if folder.is_none() && bucket.is_none() || last.is_some_and(|last| last.elapsed() < every) {
            return Ok(());
        }
        let newest = self.store.look(|conn| Box::pin(async move { audit_log::last_checkpoint(conn).await }));
        let Some(newest) = newest.await.map_err(|error: StoreError| Error::from(error))? else {
            return Ok(());
        };
        let (size, note) = (newest.size, self.log.note(&newest)?);
        let kept = match bucket {
            Some(bucket) => keep(&bucket, self.log.verifying().origin(), size, &note).await,
            None => Ok(()),
        };
        if let Some(folder) = folder {
            let shown = folder.display().to_string();
            let written =
                spawn_blocking(move || write(&folder, size, &note)).await.map_err(Error::internal)?;
            written.map_err(|error| Error::internal(format!("audit.checkpoint_dir {shown}: {error}")))?;
        }
        kept?;
        *last = Some(Instant::now());
        Ok(())
    }
}

/// Another checkpoint of the same size is what the bucket is there to show.
async fn keep(bucket: &Witness, log: &str, size: i64, note: &str) -> Result<()> {
    let name = format!("{log}/{}", file_name(size));
    match bucket.keep(&name, note).await {
        Ok(Kept::There) => Ok(()),
        Ok(Kept::Another) => Err(Error::internal(format!(
            "audit.checkpoint_bucket: another checkpoint than this log's is kept as {name}; run `renkei-server audit \
             verify --since` with it"
        ))),
        Err(error) => Err(Error::internal(format!("audit.checkpoint_bucket: {error}"))),
    }
}

fn file_name(size: i64) -> String {
    format!("checkpoint-{size:012}.txt")
}

/// A checkpoint never changes, so what is there stays.
fn write(folder: &Path, size: i64, note: &str) -> std::io::Result<()> {
    let file = folder.join(file_name(size));
    if file.exists() {
        return Ok(());
    }
    if !folder.is_dir() {
        files::create_folder(folder)?;
    }
    files::replace(&file, note.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn a_checkpoint_is_written_once_and_the_folder_made() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("witness");
        write(&folder, 7, "one\n").unwrap();
        write(&folder, 7, "other\n").unwrap();
        write(&folder, 8, "two\n").unwrap();
        let read = |name| std::fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(read("checkpoint-000000000007.txt"), "one\n");
        assert_eq!(read("checkpoint-000000000008.txt"), "two\n");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
    }
}
