//! Entries and receipts. Bodies go in and out sealed.

use renkei_domain::access::{Read, Write};
use renkei_domain::id::{EntryId, PersonId};
use renkei_domain::identity::Actor;
use renkei_domain::timeline::Reader;
use renkei_domain::{Category, Permit, Timestamp};
use uuid::Uuid;

use crate::row::{ActorRow, Sealed, actor_binds, sealed};
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

/// Columns and joins of every query that returns entries. `$2` is the one who sees, `$3` the permitted
/// categories as `|A|B|`: a list cannot be bound portably, and no category's name contains another's.
/// Receipts are looked up by a subquery, not joined: before PostgreSQL has statistics it would join all
/// receipts of the person to each row.
macro_rules! entries {
    ($rest:literal) => {
        concat!(
            "SELECT e.seq, e.entry_id, e.category, e.reply_to_entry_id, e.urgent, e.key_version, e.body, e.posted_at, \
             p.person_id, p.name AS person_name, o.organization_id, o.name AS organization_name, \
             e.author_role AS role, \
             CASE WHEN e.author_person_id = $2 THEN 1 ELSE (SELECT COUNT(*) FROM receipt r \
             WHERE r.patient_id = e.patient_id AND r.person_id = $2 AND r.seq = e.seq) END AS is_read \
             FROM entry e JOIN person p ON p.person_id = e.author_person_id \
             JOIN organization o ON o.organization_id = e.author_organization_id \
             WHERE e.patient_id = $1 \
             AND ($3 LIKE '%|' || e.category || '|%' OR e.author_person_id = $2) ",
            $rest
        )
    };
}

statements! {
    INSERT = "INSERT INTO entry (patient_id, seq, entry_id, revision, category, author_person_id, \
        author_organization_id, author_role, reply_to_entry_id, urgent, key_version, body, posted_at) \
        VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    BY_ID = entries!("AND e.entry_id = $4");
    BEFORE = entries!("AND e.seq < $4 ORDER BY e.seq DESC LIMIT $5");
    AFTER = entries!("AND e.seq > $4 ORDER BY e.seq LIMIT $5");
    UNREAD_AFTER = entries!("AND e.seq > $4 AND e.author_person_id <> $2 AND (SELECT COUNT(*) FROM receipt r \
        WHERE r.patient_id = e.patient_id AND r.person_id = $2 AND r.seq = e.seq) = 0 ORDER BY e.seq LIMIT $5");
    HEAD = "SELECT head_seq FROM patient WHERE patient_id = $1";
    READ_MARK = "SELECT seq FROM read_mark WHERE patient_id = $1 AND person_id = $2 AND categories = $3";
    SET_READ_MARK = "INSERT INTO read_mark (patient_id, person_id, categories, seq) \
        SELECT p.patient_id, n.person_id, $3, COALESCE((SELECT e.seq - 1 FROM entry e \
            WHERE e.patient_id = $1 AND ($3 LIKE '%|' || e.category || '|%' OR e.author_person_id = $2) \
            AND e.seq > $4 AND e.author_person_id <> $2 AND (SELECT COUNT(*) FROM receipt r \
                WHERE r.patient_id = e.patient_id AND r.person_id = $2 AND r.seq = e.seq) = 0 \
            ORDER BY e.seq LIMIT 1), p.head_seq) \
        FROM patient p JOIN person n ON n.person_id = $2 WHERE p.patient_id = $1 \
        ON CONFLICT (patient_id, person_id) DO UPDATE SET categories = excluded.categories, seq = excluded.seq";
    MARK_READ = "INSERT INTO receipt (patient_id, person_id, seq, organization_id, role, read_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    READERS = "SELECT p.person_id, p.name AS person_name, o.organization_id, o.name AS organization_name, r.role, \
        r.read_at FROM receipt r JOIN person p ON p.person_id = r.person_id \
        JOIN organization o ON o.organization_id = r.organization_id \
        WHERE r.patient_id = $1 AND r.seq = $2 ORDER BY r.read_at, r.person_id";
}

/// A new entry, sealed.
pub struct NewEntry {
    /// Its id, chosen by the client.
    pub id: EntryId,
    /// Its place, from [`crate::patient::next_seq`].
    pub seq: i64,
    /// Its category.
    pub category: Category,
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
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    seq: i64,
    entry_id: Uuid,
    category: String,
    reply_to_entry_id: Option<Uuid>,
    urgent: i64,
    key_version: i64,
    body: Vec<u8>,
    posted_at: i64,
    #[sqlx(flatten)]
    author: ActorRow,
    is_read: i64,
}

impl TryFrom<EntryRow> for StoredEntry {
    type Error = StoreError;
    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: EntryId(row.entry_id),
            seq: row.seq,
            category: row.category.parse()?,
            author: row.author.try_into()?,
            posted_at: Timestamp(row.posted_at),
            reply_to: row.reply_to_entry_id.map(EntryId),
            urgent: row.urgent != 0,
            body: sealed(row.key_version, row.body)?,
            read: row.is_read != 0,
        })
    }
}

/// Stores a new entry.
///
/// # Errors
/// [`StoreError::Unique`] if the patient has an entry with this id.
pub async fn insert(
    tx: &mut Tx,
    permit: &Permit<Write>,
    entry: &NewEntry,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (person, organization, role) = actor_binds(permit.subject());
    run!(
        tx,
        INSERT,
        permit.patient().0,
        entry.seq,
        entry.id.0,
        entry.category.as_str(),
        person,
        organization,
        role,
        entry.reply_to.map(|id| id.0),
        i64::from(entry.urgent),
        i64::from(entry.body.key_version),
        &entry.body.bytes,
        now.0
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
    let (patient, person, categories) = sight(permit);
    run!(conn, optional EntryRow: BY_ID, patient, person, &categories, id.0)?
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
    let (patient, person, categories) = sight(permit);
    entries(run!(conn, all EntryRow: BEFORE, patient, person, &categories, before, limit)?)
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
    let (patient, person, categories) = sight(permit);
    entries(run!(conn, all EntryRow: AFTER, patient, person, &categories, after, limit)?)
}

/// Entries with a greater `seq` than `after` that the permit's person has neither read nor written,
/// oldest first.
///
/// # Errors
/// As every query.
pub async fn unread_after(
    conn: &mut Conn,
    permit: &Permit<Read>,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredEntry>, StoreError> {
    let (patient, person, categories) = sight(permit);
    let after = after.max(read_mark(conn, permit).await?);
    entries(run!(conn, all EntryRow: UNREAD_AFTER, patient, person, &categories, after, limit)?)
}

/// All that the permit reaches up to this `seq` was read. Where the permit's categories have changed, nothing
/// is known: what has come into sight may be unread.
async fn read_mark(conn: &mut Conn, permit: &Permit<Read>) -> Result<i64, StoreError> {
    let (patient, person, categories) = sight(permit);
    Ok(run!(conn, optional (i64,): READ_MARK, patient, person, &categories)?.map_or(0, |(seq,)| seq))
}

/// `seq` of the timeline's last entry, seen or not; 0 while it is empty.
///
/// # Errors
/// As every query.
pub async fn head(conn: &mut Conn, permit: &Permit<Read>) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): HEAD, permit.patient().0)?.0)
}

fn sight(permit: &Permit<Read>) -> (Uuid, Uuid, String) {
    let mut categories = String::from("|");
    for category in permit.categories().iter() {
        categories.push_str(category.as_str());
        categories.push('|');
    }
    (permit.patient().0, permit.subject().person.0, categories)
}

fn entries(rows: Vec<EntryRow>) -> Result<Vec<StoredEntry>, StoreError> {
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Marks an entry as read by the permit's person; says whether it was unread.
///
/// # Errors
/// As every query.
pub async fn mark_read(
    tx: &mut Tx,
    permit: &Permit<Read>,
    seq: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (person, organization, role) = actor_binds(permit.subject());
    if run!(tx, MARK_READ, permit.patient().0, person, seq, organization, role, now.0)? == 0 {
        return Ok(false);
    }
    let mark = read_mark(tx, permit).await?;
    let (patient, person, categories) = sight(permit);
    run!(tx, SET_READ_MARK, patient, person, &categories, mark)?;
    Ok(true)
}

#[derive(sqlx::FromRow)]
struct ReaderRow {
    #[sqlx(flatten)]
    actor: ActorRow,
    read_at: i64,
}

/// Who has read an entry that the permit reaches, first reader first, without its author `author`.
///
/// # Errors
/// As every query.
pub async fn readers(
    conn: &mut Conn,
    permit: &Permit<Read>,
    seq: i64,
    author: PersonId,
) -> Result<Vec<Reader>, StoreError> {
    let rows = run!(conn, all ReaderRow: READERS, permit.patient().0, seq)?;
    let readers: Vec<Reader> = rows
        .into_iter()
        .map(|row| Ok(Reader { actor: row.actor.try_into()?, read_at: Timestamp(row.read_at) }))
        .collect::<Result<_, StoreError>>()?;
    Ok(readers.into_iter().filter(|reader| reader.actor.person != author).collect())
}
