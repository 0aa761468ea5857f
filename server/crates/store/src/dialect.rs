//! The exceptions: what the engines need told differently, each with its reason.

use renkei_domain::id::{PatientId, PersonId, ServiceAccountId};
use uuid::Uuid;

use crate::StoreError;
use crate::engine::Tx;
use crate::session::has_not_ended;
use crate::sql::{Repeated, Sql, run, statements};

statements! {
    EPOCH = "SELECT epoch FROM patient WHERE patient_id = $1";
    ROOT_KEY = "SELECT version FROM root_key WHERE version = $1 AND retired_at IS NULL";
}

const HOLD_BOTH: Sql = Sql::new("SELECT pg_advisory_xact_lock_shared($1), pg_advisory_xact_lock_shared($2)");
const HOLD: Sql = Sql::new("SELECT pg_advisory_xact_lock_shared($1)");
const LOCK_OUT: Sql = Sql::new("SELECT pg_advisory_xact_lock($1)");
const LOCK: Sql = Sql::new("SELECT epoch FROM patient WHERE patient_id = $1 FOR NO KEY UPDATE");

const HOLD_ROOT_KEY: Sql =
    Sql::new("SELECT version FROM root_key WHERE version = $1 AND retired_at IS NULL FOR SHARE");

/// The next place in the timeline of patient `$1`, if the epochs of the patient and of person `$3` are `$2` and `$4`,
/// the patient's key is of version `$12`, and session `$16` and its device are good.
macro_rules! next_place {
    ($returned:literal) => {
        concat!(
            "UPDATE patient SET head_seq = head_seq + 1 WHERE patient_id = $1 AND epoch = $2 AND key_version = $12 \
             AND EXISTS (SELECT 1 FROM person n WHERE n.person_id = $3 AND n.epoch = $4) AND ",
            has_not_ended!("$16"),
            " RETURNING ",
            $returned
        )
    };
}

/// The four rows of a post, each from the one row of `$head` if the place was taken.
macro_rules! rows_of_post {
    ($head:literal, $first:literal, $second:literal, $third:literal, $fourth:literal) => {
        concat!(
            $first,
            "INSERT INTO entry (patient_id, seq, entry_id, category, sensitivity, author_person_id, \
             author_organization_id, author_role, reply_to_entry_id, urgent, key_version, body, posted_at, kind, \
             revision, occurred_at) \
             SELECT $1, head.head_seq, $5, $6, $7, $3, $8, $9, $10, $11, $12, $13, $14, $26, CAST($27 AS BIGINT), \
             CAST($28 AS BIGINT) FROM ",
            $head,
            $second,
            "INSERT INTO audit_event (patient_id, event_id, happened_at, person_id, organization_id, role, \
             session_id, action, decision, epoch, object_id, seqs, consents, purpose, break_glass_id, revision, \
             content_hash, service_account_id) SELECT $1, $15, $14, $3, $8, $9, $16, $17, $18, $2, $5, CAST(head.head_seq AS TEXT), $19, \
             $20, $21, CAST($27 AS BIGINT), $24, $25 FROM ",
            $head,
            $third,
            "INSERT INTO audit_pending (event_id, patient_id) SELECT $15, $1 FROM ",
            $head,
            $fourth,
            "INSERT INTO request (person_id, request_id, fingerprint, object_id, created_at) \
             SELECT $3, $22, $23, $5, $14 FROM ",
            $head
        )
    };
}

const POST_SQLITE: Sql = Sql::new(concat!(
    next_place!("$29, head_seq"),
    rows_of_post!("patient head WHERE head.patient_id = $1 AND changes() = 1", "; ", "; ", "; ", "; ")
));
const POST_POSTGRES: Sql = Sql::new(concat!(
    "WITH head AS (",
    next_place!("head_seq"),
    rows_of_post!("head", "), entries AS (", "), events AS (", "), places AS (", "), requests AS ("),
    ") SELECT $29::bigint, head_seq FROM head"
));
static ON_SQLITE: Repeated = Repeated::new(POST_SQLITE, 29);
static ON_POSTGRES: Repeated = Repeated::new(POST_POSTGRES, 29);

/// A post in one go.
///
/// SQLite runs statements one after the other without coming back in between, each of them if the one before
/// changed a row. PostgreSQL takes one statement at a time, but lets parts of it write.
pub(crate) fn post(tx: &Tx) -> &'static Repeated {
    if tx.is_postgres() { &ON_POSTGRES } else { &ON_SQLITE }
}

/// The columns of an event and their values, with what stands around them.
macro_rules! event {
    ($before:literal, $more:literal, $from:literal, $values:literal, $after:expr) => {
        concat!(
            $before,
            "INSERT INTO audit_event (patient_id, event_id, happened_at, person_id, organization_id, role, \
             session_id, action, decision, reason, epoch, object_id, seqs, consents, purpose, break_glass_id, \
             service_account_id",
            $more,
            $from,
            "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17",
            $values,
            $after
        )
    };
}

/// The event of a disclosure, if the epochs of the patient `$1` and of the person `$4` are `$11` and `$18`, and session
/// `$7` and its device are good; and the row that lets it wait for its place in the log.
macro_rules! disclosure {
    ($before:literal, $returned:literal, $after:literal) => {
        event!(
            $before,
            "",
            ") SELECT ",
            "",
            concat!(
                " FROM patient p JOIN person n ON n.person_id = $4 \
                 WHERE p.patient_id = $1 AND p.epoch = $11 AND n.epoch = $18 AND ",
                has_not_ended!("$7"),
                " RETURNING ",
                $returned,
                $after
            )
        )
    };
}

const EVENT_SQLITE: Sql = Sql::new(event!(
    "",
    ", revision, content_hash",
    ") VALUES (",
    ", $18, $19",
    "); INSERT INTO audit_pending (event_id, patient_id) VALUES ($2, $1)"
));
const EVENT_POSTGRES: Sql = Sql::new(event!(
    "WITH event AS (",
    ", revision, content_hash",
    ") VALUES (",
    ", $18, $19",
    ") RETURNING event_id, patient_id) INSERT INTO audit_pending (event_id, patient_id) \
     SELECT event_id, patient_id FROM event"
));
const DISCLOSE_SQLITE: Sql = Sql::new(disclosure!(
    "",
    "$19, happened_at",
    "; INSERT INTO audit_pending (event_id, patient_id) SELECT $2, $1 WHERE changes() = 1"
));
const DISCLOSE_POSTGRES: Sql = Sql::new(disclosure!(
    "WITH event AS (",
    "event_id, patient_id, happened_at",
    "), places AS (INSERT INTO audit_pending (event_id, patient_id) SELECT event_id, patient_id FROM event) \
     SELECT $19::bigint, happened_at FROM event"
));
static DISCLOSURES_ON_SQLITE: Repeated = Repeated::new(DISCLOSE_SQLITE, 19);
static DISCLOSURES_ON_POSTGRES: Repeated = Repeated::new(DISCLOSE_POSTGRES, 19);

/// An event in one go, with the row that lets it wait for its place in the log. For the reason, see [`post`].
pub(crate) fn event(tx: &Tx) -> Sql {
    if tx.is_postgres() { EVENT_POSTGRES } else { EVENT_SQLITE }
}

/// The same for a disclosure.
pub(crate) fn disclosure(tx: &Tx) -> &'static Repeated {
    if tx.is_postgres() { &DISCLOSURES_ON_POSTGRES } else { &DISCLOSURES_ON_SQLITE }
}

/// Names the lock of [`lock_administrators`].
const ADMINISTRATORS: i64 = 7_246_120_261_122;

/// The statements that only PostgreSQL understands, for the test that prepares every statement.
#[cfg(test)]
pub(crate) const POSTGRES_STATEMENTS: &[(&str, Sql)] = &[
    ("HOLD_BOTH", HOLD_BOTH),
    ("HOLD", HOLD),
    ("LOCK_OUT", LOCK_OUT),
    ("LOCK", LOCK),
    ("HOLD_ROOT_KEY", HOLD_ROOT_KEY),
    ("POST", POST_POSTGRES),
    ("EVENT", EVENT_POSTGRES),
    ("DISCLOSE", DISCLOSE_POSTGRES),
];

/// And those that only SQLite understands.
#[cfg(test)]
pub(crate) const SQLITE_STATEMENTS: &[(&str, Sql)] =
    &[("POST", POST_SQLITE), ("EVENT", EVENT_SQLITE), ("DISCLOSE", DISCLOSE_SQLITE)];

/// The name of an advisory lock: a UUID's halves folded together. Where two are the same, they only wait for each
/// other.
fn name(id: Uuid) -> i64 {
    let (high, low) = id.as_u64_pair();
    (high ^ low).cast_signed()
}

/// Holds the epochs of the patient and of the person as they are until the transaction ends, without hindering
/// posts.
///
/// PostgreSQL: shared advisory locks, against the exclusive ones of [`lock_access`] and [`lock_person`]. Their
/// queue is fair, so whoever reads without a pause cannot hold a withdrawal off, as with locks on the rows. What
/// is held is compared by a statement that follows: its snapshot is newer than the lock. SQLite has one writer,
/// so nothing needs to be held.
pub(crate) async fn hold_epochs(tx: &mut Tx, patient: PatientId, person: PersonId) -> Result<(), StoreError> {
    if tx.is_postgres() {
        run!(tx, HOLD_BOTH, name(patient.0), name(person.0))?;
    }
    Ok(())
}

/// Waits until every disclosure to the person is on record, and keeps new ones out. To be called before the
/// person's epoch is raised. SQLite: as above.
pub(crate) async fn lock_person(tx: &mut Tx, person: PersonId) -> Result<(), StoreError> {
    if tx.is_postgres() {
        run!(tx, LOCK_OUT, name(person.0))?;
    }
    Ok(())
}

/// Keeps [`lock_person`] waiting until the transaction ends. SQLite: as above.
pub(crate) async fn hold_person(tx: &mut Tx, person: PersonId) -> Result<(), StoreError> {
    if tx.is_postgres() {
        run!(tx, HOLD, name(person.0))?;
    }
    Ok(())
}

/// Waits until every enrolment and every session of a service account that is being begun is there to be ended, and
/// keeps new ones out. SQLite: as above.
pub(crate) async fn lock_service(tx: &mut Tx, account: ServiceAccountId) -> Result<(), StoreError> {
    if tx.is_postgres() {
        run!(tx, LOCK_OUT, name(account.0))?;
    }
    Ok(())
}

/// Keeps [`lock_service`] waiting until the transaction ends. SQLite: as above.
pub(crate) async fn hold_service(tx: &mut Tx, account: ServiceAccountId) -> Result<(), StoreError> {
    if tx.is_postgres() {
        run!(tx, HOLD, name(account.0))?;
    }
    Ok(())
}

/// Lets one transaction at a time change people's standing, until it ends: two administrators who suspend each
/// other at once must not both find the other one left. It is taken before [`lock_person`].
///
/// PostgreSQL: an advisory lock, which nothing else waits for; locks on the administrators' rows would wait for
/// whatever else they do, and whatever else refers to them would wait for those. SQLite: as above.
pub(crate) async fn lock_administrators(tx: &mut Tx) -> Result<(), StoreError> {
    if tx.is_postgres() {
        run!(tx, LOCK_OUT, ADMINISTRATORS)?;
    }
    Ok(())
}

/// Waits until every disclosure that holds the patient's epoch is on record, and keeps new ones out.
/// To be called before the epoch is raised. SQLite: as above.
pub(crate) async fn lock_access(tx: &mut Tx, patient: PatientId) -> Result<(), StoreError> {
    if tx.is_postgres() {
        run!(tx, LOCK_OUT, name(patient.0))?;
    }
    Ok(())
}

/// Takes the patient's lock without changing the row; says whether there is such a patient.
///
/// PostgreSQL: the lock that an update takes, without the new version of the row that it leaves behind.
/// SQLite: as above.
pub(crate) async fn lock(tx: &mut Tx, patient: PatientId) -> Result<bool, StoreError> {
    let sql = if tx.is_postgres() { LOCK } else { EPOCH };
    Ok(run!(tx, optional (i64,): sql, patient.0)?.is_some())
}

/// Keeps a version of the root key from being retired until the transaction ends; says whether it is in use.
///
/// PostgreSQL: a lock on the row that those who wrap keys share and that its retirement waits for; whoever comes
/// after the retirement finds the row as it is then. SQLite: as above.
pub(crate) async fn hold_root_key(tx: &mut Tx, version: u32) -> Result<bool, StoreError> {
    let sql = if tx.is_postgres() { HOLD_ROOT_KEY } else { ROOT_KEY };
    Ok(run!(tx, optional (i64,): sql, i64::from(version))?.is_some())
}
