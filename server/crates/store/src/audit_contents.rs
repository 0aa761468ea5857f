//! What events say was stored, beside what is stored. It is part of [`crate::audit_log`], and judges nothing either.

use renkei_domain::audit::Action;
use renkei_domain::timeline::Mark;
use uuid::Uuid;

use crate::sql::{run, statements};
use crate::{Conn, StoreError};

statements! {
    CONTENTS = "SELECT l.leaf_index, e.patient_id, e.event_id, e.action, e.content_hash, a.manifest, \
        n.seq, n.kind, n.category, n.sensitivity, n.occurred_at, n.urgent, n.reply_to_entry_id, n.key_version, n.body, \
        CAST(CASE WHEN n.posted_at = e.happened_at AND n.author_person_id = e.person_id \
        AND n.author_organization_id = e.organization_id AND n.author_role = e.role AND n.revision = e.revision \
        AND CAST(n.seq AS TEXT) = e.seqs THEN 1 ELSE 0 END AS BIGINT) AS is_as_logged, \
        (SELECT COUNT(*) FROM attachment f WHERE f.patient_id = n.patient_id AND f.entry_seq = n.seq) \
        + (SELECT COUNT(*) FROM entry_kept_file h WHERE h.patient_id = n.patient_id AND h.seq = n.seq) AS files, \
        (SELECT COUNT(*) FROM entry_mark k WHERE k.patient_id = n.patient_id AND k.by_seq = n.seq AND k.by_seq > 0) \
        AS marks, (SELECT COUNT(*) FROM entry_addressee d WHERE d.patient_id = n.patient_id AND d.seq = n.seq) \
        AS addressees FROM audit_leaf l \
        JOIN audit_event e ON e.patient_id = l.patient_id AND e.event_id = l.event_id \
        LEFT JOIN entry n ON n.patient_id = e.patient_id AND n.entry_id = e.object_id \
        LEFT JOIN attachment a ON a.patient_id = e.patient_id AND a.attachment_id = e.object_id \
        WHERE l.leaf_index >= $1 AND l.leaf_index < $2 AND e.content_hash IS NOT NULL ORDER BY l.leaf_index";
    FILES = "SELECT a.manifest, a.entry_place AS place, a.attachment_id FROM attachment a \
        WHERE a.patient_id = $1 AND a.entry_seq = $2 UNION ALL \
        SELECT a.manifest, h.place, a.attachment_id FROM entry_kept_file h \
        JOIN attachment a ON a.patient_id = h.patient_id AND a.attachment_id = h.attachment_id \
        WHERE h.patient_id = $1 AND h.seq = $2 ORDER BY place, attachment_id";
    SET_BY = "SELECT k.mark, k.seq FROM entry_mark k \
        WHERE k.patient_id = $1 AND k.by_seq = $2 AND k.by_seq > 0 ORDER BY k.seq";
    ADDRESSEES = "SELECT wanted, person_id, organization_id, role FROM entry_addressee \
        WHERE patient_id = $1 AND seq = $2 ORDER BY place";
    WORD = "SELECT k.key_version, k.word FROM audit_event e JOIN entry_mark k ON k.patient_id = e.patient_id \
        WHERE e.patient_id = $1 AND e.event_id = $2 AND k.seq = $3 AND k.mark = $4 AND k.person_id = e.person_id \
        AND k.by_seq = 0 AND k.organization_id = e.organization_id AND k.role = e.role AND k.marked_at = e.happened_at";
}

/// What an event says was stored, and what is.
#[derive(Clone, Debug)]
pub struct Content {
    /// The event's place.
    pub leaf_index: i64,
    /// The event's patient.
    pub patient_id: Uuid,
    /// What it says.
    pub content_hash: Vec<u8>,
    /// What is stored.
    pub kept: Kept,
}

/// What is stored, if it is there.
#[derive(Clone, Debug)]
pub enum Kept {
    /// An attachment's manifest.
    File(Option<Vec<u8>>),
    /// An entry.
    Entry(Option<Box<Posted>>),
    /// That an entry was finalised; whether it answers what it replies to.
    Finalization(Option<bool>),
    /// That an entry was acknowledged: key version and sealed word.
    Acknowledgement(Option<(i64, Vec<u8>)>),
}

/// An entry as it stands: codes are texts here, known or not.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Whether it stands where the event says, from then, and of that author in that role.
    pub is_as_logged: bool,
    /// Its kind.
    pub kind: String,
    /// Its category.
    pub category: String,
    /// How guarded it is.
    pub sensitivity: String,
    /// When what it tells of was, in microseconds since 1970 UTC.
    pub occurred_at: i64,
    /// 至急.
    pub urgent: bool,
    /// What it replies to.
    pub reply_to: Option<Uuid>,
    /// What it did to other entries, and their places.
    pub marks: Vec<(String, i64)>,
    /// To whom it is addressed, in order.
    pub addressees: Vec<PostedAddressee>,
    /// Version of the key that its body is sealed under.
    pub key_version: i64,
    /// Its sealed body.
    pub body: Vec<u8>,
    /// The manifests of all files that it shows, in their order.
    pub files: Vec<Vec<u8>>,
}

/// To whom an entry is addressed, as it stands.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PostedAddressee {
    /// What is wanted.
    pub wanted: String,
    /// A person.
    pub person_id: Option<Uuid>,
    /// An organisation.
    pub organization_id: Option<Uuid>,
    /// A role.
    pub role: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    leaf_index: i64,
    patient_id: Uuid,
    event_id: Uuid,
    action: String,
    content_hash: Vec<u8>,
    manifest: Option<Vec<u8>>,
    is_as_logged: i64,
    files: i64,
    marks: i64,
    addressees: i64,
    #[sqlx(flatten)]
    entry: EntryRow,
}

/// All or none are there.
#[derive(sqlx::FromRow)]
struct EntryRow {
    seq: Option<i64>,
    kind: Option<String>,
    category: Option<String>,
    sensitivity: Option<String>,
    occurred_at: Option<i64>,
    urgent: Option<i64>,
    reply_to_entry_id: Option<Uuid>,
    key_version: Option<i64>,
    body: Option<Vec<u8>>,
}

/// What the events at the places from `first` up to before `end` say was stored, beside what is stored.
///
/// # Errors
/// As every query.
pub async fn contents(conn: &mut Conn, first: i64, end: i64) -> Result<Vec<Content>, StoreError> {
    let mut contents = Vec::new();
    for row in run!(conn, all Row: CONTENTS, first, end)? {
        let (leaf_index, patient_id) = (row.leaf_index, row.patient_id);
        let content_hash = row.content_hash.clone();
        let kept = kept(conn, row).await?;
        contents.push(Content { leaf_index, patient_id, content_hash, kept });
    }
    Ok(contents)
}

async fn kept(conn: &mut Conn, row: Row) -> Result<Kept, StoreError> {
    let seq = row.entry.seq;
    Ok(match row.action.parse()? {
        Action::AttachmentUpload => Kept::File(row.manifest),
        Action::EntryFinalize => {
            let word = word(conn, &row, Mark::Finalized).await?;
            let answers = match seq.filter(|_| word.is_some() && row.marks > 0) {
                Some(seq) => set_by(conn, row.patient_id, seq).await?,
                None => Vec::new(),
            };
            Kept::Finalization(word.map(|_| answers.iter().any(|(mark, _)| mark == Mark::Answered.as_str())))
        }
        Action::EntryAcknowledge => Kept::Acknowledgement(word(conn, &row, Mark::Acknowledged).await?),
        _ => Kept::Entry(match seq {
            Some(seq) => posted(conn, row, seq).await?.map(Box::new),
            None => None,
        }),
    })
}

async fn posted(conn: &mut Conn, row: Row, seq: i64) -> Result<Option<Posted>, StoreError> {
    let Row { patient_id: patient, files, marks, addressees, is_as_logged, entry, .. } = row;
    let EntryRow {
        kind,
        category,
        sensitivity,
        occurred_at,
        urgent,
        reply_to_entry_id,
        key_version,
        body,
        ..
    } = entry;
    let (Some(kind), Some(category), Some(sensitivity)) = (kind, category, sensitivity) else {
        return Ok(None);
    };
    let (Some(occurred_at), Some(urgent)) = (occurred_at, urgent) else { return Ok(None) };
    let (Some(key_version), Some(body)) = (key_version, body) else { return Ok(None) };
    // most entries have none of them
    let files = if files == 0 {
        Vec::new()
    } else {
        run!(conn, all (Vec<u8>, Option<i64>, Uuid): FILES, patient, seq)?
    };
    let marks = if marks == 0 { Vec::new() } else { set_by(conn, patient, seq).await? };
    let addressees =
        if addressees == 0 { Vec::new() } else { run!(conn, all PostedAddressee: ADDRESSEES, patient, seq)? };
    Ok(Some(Posted {
        is_as_logged: is_as_logged != 0,
        kind,
        category,
        sensitivity,
        occurred_at,
        urgent: urgent != 0,
        reply_to: reply_to_entry_id,
        marks,
        addressees,
        key_version,
        body,
        files: files.into_iter().map(|(manifest, ..)| manifest).collect(),
    }))
}

async fn set_by(conn: &mut Conn, patient: Uuid, seq: i64) -> Result<Vec<(String, i64)>, StoreError> {
    run!(conn, all (String, i64): SET_BY, patient, seq)
}

/// Key version and word of the mark that the event tells of, if it is there as the event says.
async fn word(conn: &mut Conn, row: &Row, mark: Mark) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    match row.entry.seq {
        Some(seq) => {
            run!(conn, optional (i64, Vec<u8>): WORD, row.patient_id, row.event_id, seq, mark.as_str())
        }
        None => Ok(None),
    }
}
