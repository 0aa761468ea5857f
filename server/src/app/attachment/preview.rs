//! Previews: made after the upload, in a process of their own, one at a time; sealed and served like the file.

use std::sync::Arc;

use futures::{TryStreamExt as _, stream};
use renkei_crypto::blob::Manifest;
use renkei_domain::id::{AttachmentId, PatientId};
use renkei_domain::timeline::File;
use renkei_domain::{Error, Reason, Result};
use renkei_store::{PartName, upkeep};
use sha2::{Digest as _, Sha256};

use super::open::preview_key;
use super::stored::StoredFile;
use super::upload::manifest_of;
use crate::app::App;
use crate::app::sealing::preview_aad;
use crate::preview;

/// Larger files have no preview: what renders them holds them whole.
const LARGEST: u64 = 64 * 1024 * 1024;

impl App {
    /// Makes the preview of a file that was just stored. What fails now is tried again by the sweep.
    pub(super) fn preview_later(self: &Arc<Self>, patient: PatientId, id: AttachmentId) {
        let app = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = app.make_preview(patient, id).await {
                tracing::warn!(%patient, attachment = %id, reason = error.reason().as_str(), "no preview now");
            }
        });
    }

    /// Makes the preview if it is still waited for, or notes that there will be none.
    ///
    /// # Errors
    /// [`Reason::StorageUnavailable`] and the like.
    pub(super) async fn make_preview(self: &Arc<Self>, patient: PatientId, id: AttachmentId) -> Result<()> {
        let app = Arc::clone(self);
        let opened = self.store.read(move |conn| {
            Box::pin(async move {
                let Some(stored) = upkeep::waiting_for_preview(conn, patient, id).await? else {
                    return Ok(None);
                };
                match app.open_file(conn, patient, &stored, false).await {
                    Ok((described, file)) => Ok(Some(described.file.map(|described| (described, file)))),
                    Err(error) if error.reason() == Reason::StoredDataDamaged => Ok(Some(None)),
                    Err(error) => Err(error),
                }
            })
        });
        let Some(opened) = opened.await? else { return Ok(()) };
        // of what is damaged there is none
        let picture = match opened {
            Some((described, file)) if described.size <= LARGEST => {
                let (key, name) = (preview_key(&file.key), described.name);
                render(&described.content_type, file).await?.map(|picture| (key, name, picture))
            }
            _ => None,
        };
        let made = match picture {
            Some((key, file_name, picture)) => {
                let sha256 = Sha256::digest(&picture).into();
                let size = picture.len() as u64;
                let name = PartName { patient, attachment: id, upload: self.new_uuid(), part: 0 };
                let part = self.store_part(&key, name, picture).await?;
                let file = File { name: file_name, content_type: String::from("image/jpeg"), size, sha256 };
                let manifest: Manifest = manifest_of(&file, &[part]);
                let sealed = manifest.seal(&key, &preview_aad(patient, id), self.entropy.as_ref());
                Some((name, sealed.map_err(Error::internal)?))
            }
            None => None,
        };
        let name = made.as_ref().map(|(name, _)| *name);
        let made = made.map(|(name, manifest)| (name.upload, manifest));
        let noted = self
            .store
            .write(move |tx| Box::pin(async move { upkeep::set_preview(tx, patient, id, made).await }));
        if !noted.await.map_err(Error::from)? {
            // somebody else made it, or the file is gone
            self.blobs.remove(name).await;
        }
        Ok(())
    }
}

/// A small JPEG of the file of this type, if one can be made of it.
///
/// # Errors
/// Those of reading the file, but for damage, of which there is no preview.
async fn render(content_type: &str, file: StoredFile) -> Result<Option<Vec<u8>>> {
    let mut failed = None;
    let pieces = stream::try_unfold((file, 0, None), |(file, at, mut begun)| async move {
        let len = file.len();
        if at >= len {
            return Ok::<_, Error>(None);
        }
        let bytes = file.read(at, len, &mut begun).await?;
        let at = at + bytes.len() as u64;
        Ok(Some((bytes, (file, at, begun))))
    });
    let pieces = pieces.inspect_err(|error| failed = Some(error.reason()));
    let picture = preview::render(content_type, Box::pin(pieces)).await;
    match failed {
        Some(reason) if reason != Reason::StoredDataDamaged => Err(Error::new(reason)),
        _ => Ok(picture),
    }
}
