//! From what is stored of a file to what opens it.

use renkei_crypto::blob::Manifest;
use renkei_crypto::key::{self, Key};
use renkei_domain::id::PatientId;
use renkei_domain::timeline::{Attachment, File};
use renkei_domain::{Error, Reason, Result};
use renkei_store::Conn;
use renkei_store::attachment::{Preview, StoredAttachment};
use renkei_store::upload::{self, StoredPart};
use uuid::Uuid;

use super::stored::StoredFile;
use crate::app::App;
use crate::app::sealing::preview_aad;

/// The preview is sealed as a file under a key of its own.
pub(super) fn preview_key(key: &Key) -> Key {
    key::derive(key, "blob preview")
}

/// The parts of a file whose parts are all of one try.
pub(super) fn parts_of(manifest: &Manifest, upload: Uuid) -> Vec<StoredPart> {
    let part = |(part, entry): (u32, &renkei_crypto::blob::PartEntry)| StoredPart {
        part,
        upload,
        plain_len: entry.plain_len,
        sealed_sha256: entry.sealed_sha256,
        nonce_prefix: entry.nonce_prefix,
    };
    (0..).zip(&manifest.parts).map(part).collect()
}

impl App {
    /// What the attachment is, and what reads its bytes, or those of its preview.
    ///
    /// # Errors
    /// [`Reason::StoredDataDamaged`]; [`Reason::NotFound`] if there is no preview.
    pub(super) async fn open_file(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        stored: &StoredAttachment,
        preview: bool,
    ) -> Result<(Attachment, StoredFile)> {
        let damaged = || Error::new(Reason::StoredDataDamaged);
        let (key, manifest) = self.open_manifest(conn, patient, stored).await?.ok_or_else(damaged)?;
        let place = (patient, stored.id);
        let (key, manifest, parts) = if preview {
            let Preview::Made { upload, manifest } = &stored.preview else {
                return Err(Error::new(Reason::NotFound));
            };
            let key = preview_key(&key);
            let manifest = Manifest::open(&key, &preview_aad(patient, stored.id), manifest);
            let manifest = manifest.map_err(|_| damaged())?;
            let parts = parts_of(&manifest, *upload);
            (key, manifest, parts)
        } else {
            let parts = self.parts(conn, patient, stored, &manifest).await?;
            (key, manifest, parts)
        };
        let described = Attachment {
            id: stored.id,
            patient,
            file: Some(file_of(manifest)),
            position: stored.position,
            has_preview: matches!(stored.preview, Preview::Made { .. }),
        };
        Ok((described, self.stored_file(&key, place, parts)))
    }

    /// Where the parts are that the manifest lists.
    pub(super) async fn parts(
        &self,
        conn: &mut Conn,
        patient: PatientId,
        stored: &StoredAttachment,
        manifest: &Manifest,
    ) -> Result<Vec<StoredPart>> {
        let mut parts = parts_of(manifest, stored.upload);
        // which try stored a part only says where it is: the manifest, which is sealed, says what it is
        for noted in upload::parts(conn, patient, stored.id).await? {
            if let Some(part) = parts.get_mut(noted.part as usize) {
                part.upload = noted.upload;
            }
        }
        Ok(parts)
    }
}

/// What the manifest says of the file.
pub(in crate::app) fn file_of(manifest: Manifest) -> File {
    File {
        name: manifest.file_name,
        content_type: manifest.content_type,
        size: manifest.total_len,
        sha256: manifest.sha256,
    }
}
