//! Writing a file as the server stores it, and nothing else: in parts, each durable before the next.

use std::{fs::File, io::Write as _, path::Path};

use anyhow::Result;
use renkei_crypto::blob::PART_SIZE;

/// Writes so many bytes into `folder`, and removes them again.
///
/// # Errors
/// If the system refuses.
pub(super) fn write(folder: &Path, bytes: usize) -> Result<()> {
    let content = vec![0xa5; PART_SIZE];
    let parts = tempfile::tempdir_in(folder)?;
    for (number, at) in (0..bytes).step_by(PART_SIZE).enumerate() {
        let mut part = File::create_new(parts.path().join(number.to_string()))?;
        part.write_all(&content[..PART_SIZE.min(bytes - at)])?;
        part.sync_all()?;
        File::open(parts.path())?.sync_all()?;
    }
    Ok(parts.close()?)
}
