//! Attachments: sealed manifests and wrapped keys. The sealed bytes are in [`crate::Blobs`].

use renkei_domain::access::{Audit, Read, Write};
use renkei_domain::id::{AttachmentId, ConsentId, OrganizationId, PersonId};
use renkei_domain::timeline::Position;
use renkei_domain::{Category, Permit, Timestamp};
use uuid::Uuid;

use crate::row::{Sealed, sealed};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

pub(crate) const PENDING: &str = "PENDING";
pub(crate) const MADE: &str = "MADE";

/// Columns of every query that returns attachments, each with an entry `e` that shows it, if one does.
macro_rules! shown {
    ($seq:literal, $place:literal, $joins:expr, $which:literal) => {
        concat!(
            "SELECT a.attachment_id, a.upload_id, a.uploaded_by_person_id, a.key_version, a.blob_key, a.manifest, \
             a.announced, a.position, a.preview, a.preview_upload_id, a.preview_manifest, a.consent_id, ",
            $seq,
            " AS entry_seq, ",
            $place,
            " AS entry_place, e.category, e.sensitivity, e.author_person_id FROM attachment a ",
            $joins,
            " WHERE a.patient_id = $1 AND ",
            $which
        )
    };
}

/// With the entry that it was posted with.
macro_rules! attachments {
    ($join:literal, $which:literal) => {
        $crate::attachment::shown!(
            "a.entry_seq",
            "a.entry_place",
            concat!($join, " entry e ON e.patient_id = a.patient_id AND e.seq = a.entry_seq"),
            $which
        )
    };
}

/// With each correction that keeps it.
macro_rules! kept {
    ($which:literal) => {
        $crate::attachment::shown!(
            "k.seq",
            "k.place",
            "JOIN entry_kept_file k ON k.patient_id = a.patient_id AND k.attachment_id = a.attachment_id \
             JOIN entry e ON e.patient_id = k.patient_id AND e.seq = k.seq",
            $which
        )
    };
}

pub(crate) use {attachments, shown};

statements! {
    INSERT = "INSERT INTO attachment (patient_id, attachment_id, upload_id, uploaded_by_person_id, organization_id, \
        key_version, blob_key, manifest, size, announced, position, preview, uploaded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    BY_ID = concat!(attachments!("LEFT JOIN", "a.attachment_id = $2"), " UNION ALL ", kept!("a.attachment_id = $2"),
        " ORDER BY entry_seq");
    OF_ENTRIES = concat!(attachments!("JOIN", "a.entry_seq >= $2 AND a.entry_seq <= $3"), " UNION ALL ",
        kept!("k.patient_id = $1 AND k.seq >= $2 AND k.seq <= $3"), " ORDER BY entry_seq, entry_place");
    ENTRY_OF = "SELECT e.seq, e.category, e.author_organization_id FROM attachment a \
        JOIN entry e ON e.patient_id = a.patient_id AND e.seq = a.entry_seq \
        WHERE a.patient_id = $1 AND a.attachment_id = $2";
    EXISTS = "SELECT COUNT(*) FROM attachment WHERE patient_id = $1 AND attachment_id = $2";
    CLAIM_FOR_ENTRY = "UPDATE attachment SET entry_seq = $4, entry_place = $5 WHERE patient_id = $1 \
        AND attachment_id = $2 AND uploaded_by_person_id = $3 AND entry_seq IS NULL AND consent_id IS NULL";
    KEEP_FOR_ENTRY = "INSERT INTO entry_kept_file (patient_id, seq, place, attachment_id) \
        SELECT a.patient_id, $4, $5, a.attachment_id FROM attachment a WHERE a.patient_id = $1 AND a.attachment_id = $2 \
        AND (a.entry_seq = $3 OR EXISTS (SELECT 1 FROM entry_kept_file k \
        WHERE k.patient_id = $1 AND k.attachment_id = $2 AND k.seq = $3))";
    CLAIM_FOR_CONSENT = "UPDATE attachment SET consent_id = $4 WHERE patient_id = $1 \
        AND attachment_id = $2 AND uploaded_by_person_id = $3 AND entry_seq IS NULL AND consent_id IS NULL";
}

/// An attachment as it is stored.
pub struct StoredAttachment {
    /// Its id.
    pub id: AttachmentId,
    /// Names the folder of its sealed parts.
    pub upload: Uuid,
    /// Who uploaded it.
    pub uploaded_by: PersonId,
    /// Its key, wrapped by the patient's key.
    pub blob_key: Sealed,
    /// Its manifest, sealed under its key.
    pub manifest: Vec<u8>,
    /// Fingerprint of what was announced, 32 bytes; files from before have none.
    pub announced: Option<Vec<u8>>,
    /// Whether it tells where it was taken; not known of files from before.
    pub position: Option<Position>,
    /// Its preview.
    pub preview: Preview,
    /// `seq` of the entry that shows it; of several, of one that the permit reaches.
    pub entry_seq: Option<i64>,
}

/// A small picture of an attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preview {
    /// There is none, and none will be made.
    None,
    /// It is still to be made.
    Pending,
    /// A sealed file of its own.
    Made {
        /// Names the folder of its sealed part.
        upload: Uuid,
        /// Its manifest, sealed under the preview's key.
        manifest: Vec<u8>,
    },
}

#[derive(sqlx::FromRow)]
pub(crate) struct AttachmentRow {
    attachment_id: Uuid,
    upload_id: Uuid,
    uploaded_by_person_id: Uuid,
    key_version: i64,
    blob_key: Vec<u8>,
    manifest: Vec<u8>,
    announced: Option<Vec<u8>>,
    position: Option<String>,
    preview: String,
    preview_upload_id: Option<Uuid>,
    preview_manifest: Option<Vec<u8>>,
    entry_seq: Option<i64>,
    consent_id: Option<Uuid>,
    category: Option<String>,
    sensitivity: Option<String>,
    author_person_id: Option<Uuid>,
}

impl AttachmentRow {
    /// What an entry shows is seen with it; a consent's paper by the custodian organisation, which keeps it;
    /// what nothing names by its uploader.
    fn seen_under(&self, permit: &Permit<Read>) -> Result<bool, StoreError> {
        match (&self.category, &self.sensitivity, self.author_person_id) {
            (Some(category), Some(sensitivity), Some(author)) => {
                Ok(permit.sees(category.parse()?, sensitivity.parse()?, PersonId(author)))
            }
            _ if self.consent_id.is_some() => Ok(permit.sees_papers()),
            _ => Ok(self.uploaded_by_person_id == permit.subject().person.0),
        }
    }

    pub(crate) fn into_stored(self) -> Result<StoredAttachment, StoreError> {
        let preview = match (self.preview.as_str(), self.preview_upload_id, self.preview_manifest) {
            (MADE, Some(upload), Some(manifest)) => Preview::Made { upload, manifest },
            (PENDING, ..) => Preview::Pending,
            _ => Preview::None,
        };
        Ok(StoredAttachment {
            id: AttachmentId(self.attachment_id),
            upload: self.upload_id,
            uploaded_by: PersonId(self.uploaded_by_person_id),
            blob_key: sealed(self.key_version, self.blob_key)?,
            manifest: self.manifest,
            announced: self.announced,
            position: self.position.map(|text| text.parse()).transpose()?,
            preview,
            entry_seq: self.entry_seq,
        })
    }
}

/// Stores a completely uploaded attachment of `size` bytes, which nothing names yet. It takes of the quota of the
/// organisation that the permit's person acts for. A preview can only be made later.
///
/// # Errors
/// [`StoreError::Unique`] if the patient has an attachment with this id.
pub async fn insert(
    tx: &mut Tx,
    permit: &Permit<Write>,
    attachment: &StoredAttachment,
    size: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let preview = if attachment.preview == Preview::Pending { PENDING } else { "NONE" };
    run!(
        tx,
        INSERT,
        permit.patient().0,
        attachment.id.0,
        attachment.upload,
        attachment.uploaded_by.0,
        permit.subject().organization.0,
        i64::from(attachment.blob_key.key_version),
        &attachment.blob_key.bytes,
        &attachment.manifest,
        size,
        attachment.announced.as_deref(),
        attachment.position.map(Position::as_str),
        preview,
        now.0
    )?;
    Ok(())
}

/// Whether the patient has an attachment with this id, seen by the permit's person or not.
///
/// # Errors
/// As every query.
pub async fn exists(conn: &mut Conn, permit: &Permit<Write>, id: AttachmentId) -> Result<bool, StoreError> {
    Ok(run!(conn, one (i64,): EXISTS, permit.patient().0, id.0)?.0 > 0)
}

/// One attachment, if the permit reaches it: the entry that it was posted with, or a correction that keeps it.
///
/// # Errors
/// As every query.
pub async fn by_id(
    conn: &mut Conn,
    permit: &Permit<Read>,
    id: AttachmentId,
) -> Result<Option<StoredAttachment>, StoreError> {
    for row in run!(conn, all AttachmentRow: BY_ID, permit.patient().0, id.0)? {
        if row.seen_under(permit)? {
            return row.into_stored().map(Some);
        }
    }
    Ok(None)
}

/// The attachments that the entries from `first` to `last` show, as far as the permit reaches those, in the authors'
/// order; what a correction keeps comes with each entry that shows it.
///
/// # Errors
/// As every query.
pub async fn of_entries(
    conn: &mut Conn,
    permit: &Permit<Read>,
    first: i64,
    last: i64,
) -> Result<Vec<StoredAttachment>, StoreError> {
    let mut attachments = Vec::new();
    for row in run!(conn, all AttachmentRow: OF_ENTRIES, permit.patient().0, first, last)? {
        if row.seen_under(permit)? {
            attachments.push(row.into_stored()?);
        }
    }
    Ok(attachments)
}

/// Lets the entry `seq` name an attachment of the permit's person; says whether it was free.
///
/// # Errors
/// As every query.
pub async fn claim_for_entry(
    tx: &mut Tx,
    permit: &Permit<Write>,
    id: AttachmentId,
    seq: i64,
    place: i64,
) -> Result<bool, StoreError> {
    let person = permit.subject().person.0;
    Ok(run!(tx, CLAIM_FOR_ENTRY, permit.patient().0, id.0, person, seq, place)? == 1)
}

/// Lets the entry `seq` show an attachment of the entry `of`, which it corrects, and which shows it still; says whether
/// it is one of that.
///
/// # Errors
/// As every query.
pub async fn keep_for_entry(
    tx: &mut Tx,
    permit: &Permit<Write>,
    id: AttachmentId,
    of: i64,
    (seq, place): (i64, i64),
) -> Result<bool, StoreError> {
    Ok(run!(tx, KEEP_FOR_ENTRY, permit.patient().0, id.0, of, seq, place)? == 1)
}

/// Lets a consent name an attachment of the permit's person as its paper; says whether it was free.
///
/// # Errors
/// As every query.
pub async fn claim_for_consent(
    tx: &mut Tx,
    permit: &Permit<Write>,
    id: AttachmentId,
    consent: ConsentId,
) -> Result<bool, StoreError> {
    let person = permit.subject().person.0;
    Ok(run!(tx, CLAIM_FOR_CONSENT, permit.patient().0, id.0, person, consent.0)? == 1)
}

/// Where the entry stands that the file was posted with, its category, and its author's organisation; for the record of
/// provision. `None`: no entry names it.
///
/// # Errors
/// As every query.
pub async fn entry_of(
    conn: &mut Conn,
    permit: &Permit<Audit>,
    id: AttachmentId,
) -> Result<Option<(i64, Category, OrganizationId)>, StoreError> {
    run!(conn, optional (i64, String, Uuid): ENTRY_OF, permit.patient().0, id.0)?
        .map(|(seq, category, author)| Ok((seq, category.parse()?, OrganizationId(author))))
        .transpose()
}
