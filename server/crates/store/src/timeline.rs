//! Entries. Bodies go in and out sealed.

use renkei_domain::access::{Audit, Guarded, Read};
use renkei_domain::audit::Seqs;
use renkei_domain::id::{EntryId, OrganizationId};
use renkei_domain::identity::Actor;
use renkei_domain::timeline::EntryKind;
use renkei_domain::{Category, Permit, Sensitivity, Sight, Timestamp};
use uuid::Uuid;

use crate::row::{ActorRow, Sealed, actor_binds, sealed};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

pub use crate::entry_addressee::{
    Addressee, Waiting, colleague, organization_of_team, person_of_team, waiting_after, waiting_spans,
};
pub use crate::entry_filter::{Filter, FilterPlace, PASSED_OVER, filtered_before};
pub use crate::entry_mark::{
    StoredAcknowledgement, StoredMark, acknowledge, acknowledgements, answer, finalize, marks,
};
pub use crate::marked::{PlacedMark, answered_by, heads, last_mark, marked_after};
pub use crate::observed::{ObservedEntry, newest, observed_before, observed_from, open_questions};
pub use crate::post::{Post, Posted, post};
pub use crate::receipt::{ReadMarks, mark_read, read_marks, readers};
pub use crate::scan::{ScannedEntry, scan_before};

/// The kind of an entry as one word: its category, with the sensitivity if it is restricted.
macro_rules! kind {
    () => {
        "e.category || CASE e.sensitivity WHEN 'NORMAL' THEN '' ELSE '/' || e.sensitivity END"
    };
}

/// The patient's entries that are seen, as [`entries`] says.
macro_rules! seen {
    () => {
        concat!(
            "e.patient_id = $1 AND ($3 LIKE '%|' || ",
            $crate::timeline::kind!(),
            " || '|%' OR (e.author_person_id = $2 AND $4 NOT LIKE '%|' || ",
            $crate::timeline::kind!(),
            " || '|%'))"
        )
    };
}

/// Columns and joins of every query that returns entries. `$2` is the one who sees, `$3` the permitted kinds as
/// `|A|B/C|`, `$4` those that not even their author sees: a list cannot be bound portably, and no kind matches
/// another. Receipts are looked up by a subquery, not joined: before PostgreSQL has statistics it would join all
/// receipts of the person to each row.
macro_rules! entries {
    ($rest:expr) => {
        concat!(
            "SELECT e.seq, e.entry_id, e.category, e.sensitivity, e.reply_to_entry_id, e.urgent, e.key_version, \
             e.body, e.posted_at, \
             e.kind, e.revision, e.occurred_at, \
             (SELECT COUNT(*) FROM entry_mark k WHERE k.patient_id = e.patient_id AND k.seq = e.seq) AS marks, \
             p.person_id, p.name AS person_name, o.organization_id, o.name AS organization_name, \
             e.author_role AS role, \
             CASE WHEN e.author_person_id = $2 THEN 1 ELSE (SELECT COUNT(*) FROM receipt r \
             WHERE r.patient_id = e.patient_id AND r.person_id = $2 AND r.seq = e.seq) END AS is_read, \
             (SELECT COUNT(*) FROM attachment a WHERE a.patient_id = e.patient_id AND a.entry_seq = e.seq) + \
             (SELECT COUNT(*) FROM entry_kept_file f WHERE f.patient_id = e.patient_id AND f.seq = e.seq) AS files \
             FROM entry e JOIN person p ON p.person_id = e.author_person_id \
             JOIN organization o ON o.organization_id = e.author_organization_id \
             WHERE ",
            $crate::timeline::seen!(),
            " ",
            $rest
        )
    };
}

pub(crate) use {entries, kind, seen};

statements! {
    INSERT = "INSERT INTO entry (patient_id, seq, entry_id, revision, category, sensitivity, author_person_id, \
        author_organization_id, author_role, reply_to_entry_id, urgent, key_version, body, posted_at, kind, occurred_at) \
        VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13)";
    BY_ID = entries!("AND e.entry_id = $5");
    BEFORE = entries!("AND e.seq < $5 ORDER BY e.seq DESC LIMIT $6");
    AFTER = entries!("AND e.seq > $5 ORDER BY e.seq LIMIT $6");
    UNREAD_AFTER = entries!("AND e.seq > $5 AND e.author_person_id <> $2 AND (SELECT COUNT(*) FROM receipt r \
        WHERE r.patient_id = e.patient_id AND r.person_id = $2 AND r.seq = e.seq) = 0 ORDER BY e.seq LIMIT $6");
    HEAD = "SELECT head_seq FROM patient WHERE patient_id = $1";
    KINDS = "SELECT seq, category, author_organization_id FROM entry \
        WHERE patient_id = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq";
}

/// A new entry, sealed.
pub struct NewEntry {
    /// Its id, chosen by the client.
    pub id: EntryId,
    /// Its category.
    pub category: Category,
    /// How guarded it is.
    pub sensitivity: Sensitivity,
    /// Its kind.
    pub kind: EntryKind,
    /// 1, or one more than that of what it corrects.
    pub revision: i64,
    /// When what it tells of was.
    pub occurred_at: Timestamp,
    /// What it answers.
    pub reply_to: Option<EntryId>,
    /// 至急.
    pub urgent: bool,
    /// Content in JSON, sealed.
    pub body: Sealed,
}

/// An entry as it is stored.
pub struct StoredEntry {
    /// Its id.
    pub id: EntryId,
    /// Its place.
    pub seq: i64,
    /// Its category.
    pub category: Category,
    /// How guarded it is.
    pub sensitivity: Sensitivity,
    /// Its kind.
    pub kind: EntryKind,
    /// 1, or one more than that of what it corrects.
    pub revision: i64,
    /// When what it tells of was.
    pub occurred_at: Timestamp,
    /// Its author.
    pub author: Actor,
    /// When it was stored.
    pub posted_at: Timestamp,
    /// What it answers.
    pub reply_to: Option<EntryId>,
    /// 至急.
    pub urgent: bool,
    /// Content in JSON, sealed.
    pub body: Sealed,
    /// Whether the permit's person has read or written it.
    pub read: bool,
    /// Whether it shows files.
    pub has_files: bool,
    /// Whether anything was done to it later.
    pub has_marks: bool,
}

#[derive(sqlx::FromRow)]
pub(crate) struct EntryRow {
    seq: i64,
    entry_id: Uuid,
    category: String,
    sensitivity: String,
    reply_to_entry_id: Option<Uuid>,
    urgent: i64,
    key_version: i64,
    body: Vec<u8>,
    posted_at: i64,
    kind: String,
    revision: i64,
    occurred_at: i64,
    marks: i64,
    #[sqlx(flatten)]
    author: ActorRow,
    is_read: i64,
    files: i64,
}

impl TryFrom<EntryRow> for StoredEntry {
    type Error = StoreError;
    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: EntryId(row.entry_id),
            seq: row.seq,
            category: row.category.parse()?,
            sensitivity: row.sensitivity.parse()?,
            author: row.author.try_into()?,
            posted_at: Timestamp(row.posted_at),
            reply_to: row.reply_to_entry_id.map(EntryId),
            urgent: row.urgent != 0,
            body: sealed(row.key_version, row.body)?,
            read: row.is_read != 0,
            has_files: row.files != 0,
            kind: row.kind.parse()?,
            revision: row.revision,
            occurred_at: Timestamp(row.occurred_at),
            has_marks: row.marks != 0,
        })
    }
}

/// Stores a notice about what was done under any permit, at the place from [`crate::patient::next_seq`].
///
/// # Errors
/// [`StoreError::Unique`] if the patient has an entry with this id.
pub async fn insert_notice<A>(
    tx: &mut Tx,
    permit: &Permit<A>,
    seq: i64,
    notice: &NewEntry,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (person, organization, role) = actor_binds(permit.subject());
    run!(
        tx,
        INSERT,
        permit.patient().0,
        seq,
        notice.id.0,
        notice.category.as_str(),
        notice.sensitivity.as_str(),
        person,
        organization,
        role,
        notice.reply_to.map(|id| id.0),
        i64::from(notice.urgent),
        i64::from(notice.body.key_version),
        &notice.body.bytes,
        now.0,
        notice.kind.as_str()
    )?;
    Ok(())
}

/// One entry, if the permit reaches it.
///
/// # Errors
/// As every query.
pub async fn by_id(
    conn: &mut Conn,
    permit: &Permit<Read>,
    id: EntryId,
) -> Result<Option<StoredEntry>, StoreError> {
    let (patient, person, seen, denied) = sight(permit);
    run!(conn, optional EntryRow: BY_ID, patient, person, &seen, &denied, id.0)?
        .map(TryInto::try_into)
        .transpose()
}

/// Entries with a smaller `seq` than `before`, newest first.
///
/// # Errors
/// As every query.
pub async fn before(
    conn: &mut Conn,
    permit: &Permit<Read>,
    before: i64,
    limit: i64,
) -> Result<Vec<StoredEntry>, StoreError> {
    let (patient, person, seen, denied) = sight(permit);
    entries_of(run!(conn, all EntryRow: BEFORE, patient, person, &seen, &denied, before, limit)?)
}

/// Entries with a greater `seq` than `after`, oldest first.
///
/// # Errors
/// As every query.
pub async fn after(
    conn: &mut Conn,
    permit: &Permit<Read>,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredEntry>, StoreError> {
    let (patient, person, seen, denied) = sight(permit);
    entries_of(run!(conn, all EntryRow: AFTER, patient, person, &seen, &denied, after, limit)?)
}

/// Entries with a greater `seq` than `after` that the permit's person has neither read nor written,
/// oldest first.
///
/// # Errors
/// As every query.
pub async fn unread_after(
    conn: &mut Conn,
    permit: &Permit<Read>,
    marks: &ReadMarks,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredEntry>, StoreError> {
    let (patient, person, seen, denied) = sight(permit);
    let after = after.max(marks.read_up_to(permit));
    entries_of(run!(conn, all EntryRow: UNREAD_AFTER, patient, person, &seen, &denied, after, limit)?)
}

/// All entries with a greater `seq` than `after`, oldest first, read once for all who watch the patient: each is shown
/// what its own permit reaches.
///
/// # Errors
/// As every query.
pub async fn for_many(
    conn: &mut Conn,
    permit: &Permit<Read>,
    after: i64,
    limit: i64,
) -> Result<Vec<Guarded<StoredEntry>>, StoreError> {
    let (patient, person) = (permit.patient().0, permit.subject().person.0);
    let every = list(Sight::kinds());
    let rows = run!(conn, all EntryRow: AFTER, patient, person, &every, "|", after, limit)?;
    let guard = |entry: StoredEntry| {
        let (category, sensitivity, author) = (entry.category, entry.sensitivity, entry.author.person);
        Guarded::new(permit.patient(), category, sensitivity, author, entry)
    };
    Ok(entries_of(rows)?.into_iter().map(guard).collect())
}

/// `seq` of the timeline's last entry, seen or not; 0 while it is empty.
///
/// # Errors
/// As every query.
pub async fn head(conn: &mut Conn, permit: &Permit<Read>) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): HEAD, permit.patient().0)?.0)
}

/// Patient, person, the kinds that are seen, and those of which not even one's own are.
pub(crate) fn sight(permit: &Permit<Read>) -> (Uuid, Uuid, String, String) {
    let own = permit.own();
    let denied = Sight::kinds().filter(|(category, sensitivity)| !own.contains(*category, *sensitivity));
    (permit.patient().0, permit.subject().person.0, list(permit.sight().iter()), list(denied))
}

/// `|A|B/C|`, as the statements compare it.
fn list(kinds: impl Iterator<Item = (Category, Sensitivity)>) -> String {
    let mut list = String::from("|");
    for (category, sensitivity) in kinds {
        list.push_str(category.as_str());
        if sensitivity != Sensitivity::Normal {
            list.push('/');
            list.push_str(sensitivity.as_str());
        }
        list.push('|');
    }
    list
}

pub(crate) fn entries_of(rows: Vec<EntryRow>) -> Result<Vec<StoredEntry>, StoreError> {
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Category and author's organisation of the entries `seqs`, by `seq`: what the record of provision counts.
///
/// # Errors
/// As every query.
pub async fn kinds(
    conn: &mut Conn,
    permit: &Permit<Audit>,
    seqs: &Seqs,
) -> Result<Vec<(i64, Category, OrganizationId)>, StoreError> {
    let mut kinds = Vec::new();
    for range in &seqs.0 {
        let (first, last) = (*range.start(), *range.end());
        for (seq, category, author) in
            run!(conn, all (i64, String, Uuid): KINDS, permit.patient().0, first, last)?
        {
            kinds.push((seq, category.parse()?, OrganizationId(author)));
        }
    }
    Ok(kinds)
}
