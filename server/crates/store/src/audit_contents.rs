//! What events say was stored, beside what is stored. It is part of [`crate::audit_log`], and judges nothing either.

use renkei_domain::audit::Action;
use renkei_domain::timeline::Mark;
use uuid::Uuid;

use crate::audit_rows::{LoggedEvent, Place, whole_events};
use crate::sql::{run, statements};
use crate::{Conn, StoreError};

statements! {
    // one look at an event: a log has millions
    LOGGED = whole_events!(
        "l.leaf_index, l.leaf_hash, a.manifest, n.seq, n.kind, n.category, n.sensitivity, n.occurred_at, n.urgent, \
         n.reply_to_entry_id, n.key_version, n.body, \
         CAST(CASE WHEN n.posted_at = e.happened_at AND n.author_person_id = e.person_id \
         AND n.author_organization_id = e.organization_id AND n.author_role = e.role AND n.revision = e.revision \
         AND CAST(n.seq AS TEXT) = e.seqs THEN 1 ELSE 0 END AS BIGINT) AS is_as_logged, \
         (SELECT COUNT(*) FROM attachment f WHERE f.patient_id = n.patient_id AND f.entry_seq = n.seq) \
         + (SELECT COUNT(*) FROM entry_kept_file h WHERE h.patient_id = n.patient_id AND h.seq = n.seq) AS files, \
         (SELECT COUNT(*) FROM entry_mark k WHERE k.patient_id = n.patient_id AND k.by_seq = n.seq AND k.by_seq > 0) \
         AS marks, (SELECT COUNT(*) FROM entry_addressee d WHERE d.patient_id = n.patient_id AND d.seq = n.seq) \
         AS addressees, ",
        "audit_leaf l JOIN audit_event e ON e.patient_id = l.patient_id AND e.event_id = l.event_id \
         LEFT JOIN entry n ON n.patient_id = e.patient_id AND n.entry_id = CASE WHEN e.content_hash IS NOT NULL \
         AND e.action <> 'ATTACHMENT_UPLOAD' THEN e.object_id END \
         LEFT JOIN attachment a ON a.patient_id = e.patient_id AND a.attachment_id = CASE \
         WHEN e.content_hash IS NOT NULL AND e.action = 'ATTACHMENT_UPLOAD' THEN e.object_id END \
         WHERE l.leaf_index >= $1 AND l.leaf_index < $2 ORDER BY l.leaf_index"
    );
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
    #[sqlx(flatten)]
    place: Place,
    #[sqlx(flatten)]
    stored: Stored,
}

#[derive(sqlx::FromRow)]
struct Stored {
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

/// The events at the places from `first` up to before `end`, ascending, each with what it says was stored, beside what is
/// stored. A place without its event is left out.
///
/// # Errors
/// As every query.
pub async fn places(
    conn: &mut Conn,
    first: i64,
    end: i64,
) -> Result<Vec<(Place, Option<Content>)>, StoreError> {
    let mut places = Vec::new();
    for Row { place, stored } in run!(conn, all Row: LOGGED, first, end)? {
        let content = match place.event.content_hash.clone() {
            Some(content_hash) => {
                let (leaf_index, patient_id) = (place.leaf_index, place.event.patient_id);
                let kept = kept(conn, &place.event, stored).await?;
                Some(Content { leaf_index, patient_id, content_hash, kept })
            }
            None => None,
        };
        places.push((place, content));
    }
    Ok(places)
}

async fn kept(conn: &mut Conn, event: &LoggedEvent, stored: Stored) -> Result<Kept, StoreError> {
    let seq = stored.entry.seq;
    Ok(match event.action.parse()? {
        Action::AttachmentUpload => Kept::File(stored.manifest),
        Action::EntryFinalize => {
            let word = word(conn, event, seq, Mark::Finalized).await?;
            let answers = match seq.filter(|_| word.is_some() && stored.marks > 0) {
                Some(seq) => set_by(conn, event.patient_id, seq).await?,
                None => Vec::new(),
            };
            Kept::Finalization(word.map(|_| answers.iter().any(|(mark, _)| mark == Mark::Answered.as_str())))
        }
        Action::EntryAcknowledge => Kept::Acknowledgement(word(conn, event, seq, Mark::Acknowledged).await?),
        _ => Kept::Entry(match seq {
            Some(seq) => posted(conn, event.patient_id, stored, seq).await?.map(Box::new),
            None => None,
        }),
    })
}

async fn posted(
    conn: &mut Conn,
    patient: Uuid,
    stored: Stored,
    seq: i64,
) -> Result<Option<Posted>, StoreError> {
    let Stored { files, marks, addressees, is_as_logged, entry, .. } = stored;
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
async fn word(
    conn: &mut Conn,
    event: &LoggedEvent,
    seq: Option<i64>,
    mark: Mark,
) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    match seq {
        Some(seq) => {
            run!(conn, optional (i64, Vec<u8>): WORD, event.patient_id, event.event_id, seq, mark.as_str())
        }
        None => Ok(None),
    }
}
