//! Looking at every file that is stored: whether all of it is there, and as it was sealed.

use std::sync::Arc;

use renkei_crypto::blob::{Manifest, sealed_len};
use renkei_domain::id::{AttachmentId, PatientId};
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::attachment::{Preview, StoredAttachment};
use renkei_store::upload::StoredPart;
use renkei_store::{PartName, StoreError, upkeep};
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

use super::open::{parts_of, preview_key};
use super::sweep::KEPT;
use crate::app::App;
use crate::app::sealing::preview_aad;

/// How many files are looked up in one go.
const BATCH: i64 = 200;

/// Something that is not in order.
pub(crate) struct Finding {
    /// Whether it is lost, not only useless.
    pub(crate) is_loss: bool,
    /// Which file, and what is the matter with it. No patient data.
    pub(crate) text: String,
}

impl App {
    /// Reads every sealed part of every file, and looks for parts that belong to nothing. `progress` is told how many
    /// files were read, and how many bytes.
    ///
    /// # Errors
    /// [`Reason::StorageUnavailable`].
    pub(crate) async fn examine_attachments(
        self: &Arc<Self>,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Vec<Finding>> {
        let (mut findings, mut after) = (Vec::new(), None);
        let (mut files, mut bytes) = (0, 0);
        loop {
            let look = self.store.look(move |conn| Box::pin(upkeep::all_after(conn, after, BATCH)));
            let found = look.await.map_err(Error::from)?;
            let is_last = (found.len() as i64) < BATCH;
            for (patient, stored) in found {
                after = Some((patient, stored.id));
                bytes += self.examine(patient, stored, &mut findings).await?;
                files += 1;
                progress(files, bytes);
            }
            if is_last {
                break;
            }
        }
        let before = Timestamp(self.now().0 - KEPT.as_micros() as i64);
        for orphan in self.orphans(before).await?.1 {
            findings.push(Finding { is_loss: false, text: told(orphan.name, "belongs to nothing") });
        }
        Ok(findings)
    }

    /// Looks at one file, and says how many bytes it read.
    async fn examine(
        self: &Arc<Self>,
        patient: PatientId,
        stored: StoredAttachment,
        findings: &mut Vec<Finding>,
    ) -> Result<u64> {
        let id = stored.id;
        let app = Arc::clone(self);
        let parts = self.store.read(move |conn| {
            Box::pin(async move {
                let Some((key, manifest)) = app.open_manifest(conn, patient, &stored).await? else {
                    return Err(Error::new(Reason::StoredDataDamaged));
                };
                let mut parts = app.parts(conn, patient, &stored, &manifest).await?;
                if let Preview::Made { upload, manifest } = &stored.preview {
                    let aad = preview_aad(patient, stored.id);
                    let manifest = Manifest::open(&preview_key(&key), &aad, manifest)
                        .map_err(|_| Error::new(Reason::StoredDataDamaged))?;
                    parts.extend(parts_of(&manifest, *upload));
                }
                Ok(parts)
            })
        });
        let parts = match parts.await {
            Ok(parts) => parts,
            Err(error) if error.reason() == Reason::StoredDataDamaged => {
                let text = format!("patient {patient}, attachment {id}: the manifest does not open");
                findings.push(Finding { is_loss: true, text });
                return Ok(0);
            }
            Err(error) => return Err(error),
        };
        let mut bytes = 0;
        for part in parts {
            bytes += sealed_len(part.plain_len);
            if let Some(what) = self.examine_part(patient, id, &part).await? {
                findings.push(Finding { is_loss: true, text: told(part.name(patient, id), what) });
            }
        }
        Ok(bytes)
    }

    async fn examine_part(
        &self,
        patient: PatientId,
        id: AttachmentId,
        part: &StoredPart,
    ) -> Result<Option<&'static str>> {
        let (name, len) = (part.name(patient, id), sealed_len(part.plain_len));
        match self.blobs.size(name).await? {
            None => return Ok(Some("is missing")),
            Some(size) if size != len => return Ok(Some("is damaged: it has another length")),
            Some(_) => {}
        }
        let sealed = match self.blobs.get(name, 0..len).await {
            Ok(sealed) => sealed,
            Err(StoreError::Corrupt(_)) => return Ok(Some("is missing")),
            Err(error) => return Err(error.into()),
        };
        let hash = spawn_blocking(move || Sha256::digest(&sealed)).await.map_err(Error::internal)?;
        Ok((hash[..] != part.sealed_sha256).then_some("is damaged: it has other bytes"))
    }
}

fn told(name: PartName, what: &str) -> String {
    let PartName { patient, attachment, upload, part } = name;
    format!("patient {patient}, attachment {attachment}: part {part} ({upload}) {what}")
}
