//! What keeps attachments in order: the sweep, the doctor and the making of previews look for what they need here. It is
//! for the server itself, and nobody sees anything by it.

use renkei_domain::Timestamp;
use renkei_domain::id::{AttachmentId, PatientId};
use uuid::Uuid;

use crate::attachment::{AttachmentRow, MADE, StoredAttachment, attachments};
use crate::sql::{run, statements};
use crate::upload::{self, StoredPart};
use crate::{Conn, PartName, StoreError, Tx};

statements! {
    BY_ID = attachments!("LEFT JOIN", "a.attachment_id = $2");
    ALL_AFTER = "SELECT patient_id, attachment_id FROM attachment WHERE (patient_id, attachment_id) > ($1, $2) \
        ORDER BY patient_id, attachment_id LIMIT $3";
    WAITING = attachments!("LEFT JOIN", "a.attachment_id = $2 AND a.preview = 'PENDING'");
    ALL_WAITING = "SELECT patient_id, attachment_id FROM attachment WHERE preview = 'PENDING' \
        ORDER BY uploaded_at LIMIT $1";
    UNCLAIMED = "SELECT patient_id, attachment_id FROM attachment WHERE entry_seq IS NULL AND consent_id IS NULL \
        AND uploaded_at < $1 ORDER BY uploaded_at LIMIT $2";
    OF_SHREDDED = "SELECT a.patient_id, a.attachment_id FROM patient p JOIN attachment a ON a.patient_id = p.patient_id \
        WHERE p.shredded_at IS NOT NULL LIMIT $1";
    REMOVE_SHREDDED = "DELETE FROM attachment WHERE patient_id = $1 AND attachment_id = $2 \
        AND EXISTS (SELECT 1 FROM patient WHERE patient_id = $1 AND shredded_at IS NOT NULL)";
    FORGET_KEPT = "DELETE FROM entry_kept_file WHERE patient_id = $1 AND attachment_id = $2";
    REMOVE_UNCLAIMED = "DELETE FROM attachment WHERE patient_id = $1 AND attachment_id = $2 \
        AND entry_seq IS NULL AND consent_id IS NULL";
    OBJECTS = "SELECT a.upload_id, a.preview_upload_id FROM attachment a \
        WHERE a.patient_id = $1 AND a.attachment_id = $2";
    SET_PREVIEW = "UPDATE attachment SET preview = $3, preview_upload_id = $4, preview_manifest = $5 \
        WHERE patient_id = $1 AND attachment_id = $2 AND preview = 'PENDING'";
}

/// The attachment if its preview is still to be made. For that only: nobody sees it by this.
///
/// # Errors
/// As every query.
pub async fn waiting_for_preview(
    conn: &mut Conn,
    patient: PatientId,
    id: AttachmentId,
) -> Result<Option<StoredAttachment>, StoreError> {
    run!(conn, optional AttachmentRow: WAITING, patient.0, id.0)?.map(AttachmentRow::into_stored).transpose()
}

/// Attachments whose preview is still to be made, the oldest first, at most `limit`.
///
/// # Errors
/// As every query.
pub async fn all_waiting_for_preview(
    conn: &mut Conn,
    limit: i64,
) -> Result<Vec<(PatientId, AttachmentId)>, StoreError> {
    Ok(ids(run!(conn, all (Uuid, Uuid): ALL_WAITING, limit)?))
}

/// Notes the preview that was made, or that none could be. `false`: the attachment is gone, or was not waiting.
///
/// # Errors
/// As every query.
pub async fn set_preview(
    tx: &mut Tx,
    patient: PatientId,
    id: AttachmentId,
    preview: Option<(Uuid, Vec<u8>)>,
) -> Result<bool, StoreError> {
    let (state, upload, manifest) = match preview {
        Some((upload, manifest)) => (MADE, Some(upload), Some(manifest)),
        None => ("NONE", None, None),
    };
    Ok(run!(tx, SET_PREVIEW, patient.0, id.0, state, upload, manifest)? == 1)
}

/// Attachments that nothing names and that are older than `before`, the oldest first, at most `limit`.
///
/// # Errors
/// As every query.
pub async fn unclaimed(
    conn: &mut Conn,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<(PatientId, AttachmentId)>, StoreError> {
    Ok(ids(run!(conn, all (Uuid, Uuid): UNCLAIMED, before.0, limit)?))
}

/// Removes an attachment if nothing names it; says whether it did.
///
/// # Errors
/// As every query.
pub async fn remove_unclaimed(tx: &mut Tx, patient: PatientId, id: AttachmentId) -> Result<bool, StoreError> {
    Ok(run!(tx, REMOVE_UNCLAIMED, patient.0, id.0)? == 1)
}

/// Attachments of patients whose keys were destroyed, at most `limit`.
///
/// # Errors
/// As every query.
pub async fn of_shredded(conn: &mut Conn, limit: i64) -> Result<Vec<(PatientId, AttachmentId)>, StoreError> {
    Ok(ids(run!(conn, all (Uuid, Uuid): OF_SHREDDED, limit)?))
}

/// Removes an attachment of a patient whose keys were destroyed; says whether it did.
///
/// # Errors
/// As every query.
pub async fn remove_shredded(tx: &mut Tx, patient: PatientId, id: AttachmentId) -> Result<bool, StoreError> {
    let removed = run!(tx, REMOVE_SHREDDED, patient.0, id.0)? == 1;
    if removed {
        run!(tx, FORGET_KEPT, patient.0, id.0)?;
    }
    Ok(removed)
}

/// All attachments in the order of their ids, those after this one, at most `limit`. For maintenance only: nobody sees
/// them by this.
///
/// # Errors
/// As every query.
pub async fn all_after(
    conn: &mut Conn,
    after: Option<(PatientId, AttachmentId)>,
    limit: i64,
) -> Result<Vec<(PatientId, StoredAttachment)>, StoreError> {
    let (patient, id) = after.map_or((Uuid::nil(), Uuid::nil()), |(patient, id)| (patient.0, id.0));
    let mut found = Vec::new();
    for (patient, id) in run!(conn, all (Uuid, Uuid): ALL_AFTER, patient, id, limit)? {
        // it may be gone by now
        if let Some(row) = run!(conn, optional AttachmentRow: BY_ID, patient, id)? {
            found.push((PatientId(patient), row.into_stored()?));
        }
    }
    Ok(found)
}

/// The objects that belong to an attachment or to an upload that is under way.
pub struct Objects {
    /// The try that stored the file, if it is one of before parts were noted.
    whole: Option<Uuid>,
    preview: Option<Uuid>,
    parts: Vec<StoredPart>,
}

impl Objects {
    /// Whether the object, which is of this attachment, belongs to it.
    pub fn has(&self, name: &PartName) -> bool {
        let upload = Some(name.upload);
        self.whole == upload
            || self.preview == upload
            || self.parts.iter().any(|part| part.upload == name.upload && part.part == name.part)
    }
}

/// The objects of an attachment or an upload.
///
/// # Errors
/// As every query.
pub async fn objects(conn: &mut Conn, patient: PatientId, id: AttachmentId) -> Result<Objects, StoreError> {
    let parts = upload::parts(conn, patient, id).await?;
    let file = run!(conn, optional (Uuid, Option<Uuid>): OBJECTS, patient.0, id.0)?;
    let (whole, preview) = file.map_or((None, None), |(whole, preview)| (Some(whole), preview));
    Ok(Objects { whole: whole.filter(|_| parts.is_empty()), preview, parts })
}

fn ids(rows: Vec<(Uuid, Uuid)>) -> Vec<(PatientId, AttachmentId)> {
    rows.into_iter().map(|(patient, id)| (PatientId(patient), AttachmentId(id))).collect()
}
