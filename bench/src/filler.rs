//! Rows that would take too long to be made over gRPC: entries and patients by the hundred thousand, written with
//! SQL into the stopped server's database.
//!
//! Every row is like one that the server itself wrote before, of the same length in every column, with its own
//! ids and random bytes where something is sealed. What is measured never opens them.

mod waiting;

use std::{fs::File, path::Path};

use anyhow::{Context as _, Result, ensure};
use renkei_audit_log::content::Entry;
use renkei_tests::server::Server;
use rusqlite::{
    Connection,
    functions::{Context, FunctionFlags},
    params,
};
use uuid::Uuid;

pub(crate) use self::waiting::{Settled, settle};

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill<'a> {
    /// How many entries, each with its audit event and the mark of its request. If there are patients of both
    /// kinds, each kind gets one half.
    pub(crate) entries: usize,
    /// UUIDs of patients of the region, at the end of whose timelines they stand.
    pub(crate) patients: &'a [String],
    /// How many patients are invented besides, each with a care team of invented organisations.
    pub(crate) others: usize,
    /// UUID of a person who has read all that the patients of the region have, and is to have read the new
    /// entries as well.
    pub(crate) reader: Option<&'a str>,
}

/// How many entries share a transaction, about.
const TOGETHER: usize = 20_000;
/// How many patients an invented organisation is custodian of.
const PATIENTS_OF_ONE: usize = 100;

/// Writes it into the database of the stopped server. There must be a patient with consent and a visit note, for
/// they are what is copied.
///
/// # Errors
/// If the server runs or its database is not SQLite, if there is nothing to copy, or if the reader has not read
/// everything.
pub(crate) fn fill(server: &Server, fill: &Fill) -> Result<()> {
    ensure!(server.id().is_none(), "the server runs");
    let database = server.data_dir().join("renkei.sqlite");
    let mut filler = Filler::open(&database)?;
    let before = filler.entries()?;
    let known = fill.patients.iter().map(|id| Ok(Uuid::parse_str(id)?)).collect::<Result<Vec<_>>>()?;
    let reader = fill.reader.map(Uuid::parse_str).transpose()?;
    let others = filler.invent_patients(fill.others)?;
    let of_known = match (known.len(), others.len()) {
        (0, _) => 0,
        (_, 0) => fill.entries,
        _ => fill.entries.div_ceil(2),
    };
    filler.add_entries(&known, of_known, reader)?;
    filler.add_entries(&others, fill.entries - of_known, None)?;
    let added = filler.entries()? - before;
    ensure!(added == fill.entries as i64, "{added} entries were added");
    filler.close()?;
    // Now, so that it is not done while something is measured.
    Ok(File::open(&database)?.sync_all()?)
}

/// What is copied, in tables of this connection. Members begin with the custodian organisation.
const MODELS: &str = "
    CREATE TEMP TABLE model_entry AS SELECT * FROM entry WHERE category = 'VISIT_NOTE' LIMIT 1;
    CREATE TEMP TABLE model_event AS SELECT a.* FROM audit_event a JOIN model_entry e
        ON a.patient_id = e.patient_id AND a.object_id = e.entry_id AND a.action = 'ENTRY_POST' LIMIT 1;
    CREATE TEMP TABLE model_request AS SELECT r.* FROM request r JOIN model_entry e
        ON r.person_id = e.author_person_id AND r.object_id = e.entry_id;
    CREATE TEMP TABLE model_patient AS SELECT p.* FROM patient p JOIN model_entry e ON p.patient_id = e.patient_id;
    CREATE TEMP TABLE model_key AS SELECT k.* FROM keyring k JOIN model_patient p ON k.patient_id = p.patient_id;
    CREATE TEMP TABLE model_member AS SELECT m.* FROM care_team_member m JOIN model_patient p
        ON m.patient_id = p.patient_id ORDER BY m.participant_id <> p.custodian_organization_id;
    CREATE TEMP TABLE model_consent AS SELECT c.* FROM consent c JOIN model_patient p ON c.patient_id = p.patient_id;
    CREATE TEMP TABLE model_organization AS SELECT o.* FROM organization o JOIN model_patient p
        ON o.organization_id = p.custodian_organization_id;
    CREATE TEMP TABLE invented_organization (number INTEGER PRIMARY KEY, organization_id BLOB NOT NULL);
    CREATE TEMP TABLE invented_patient (number INTEGER PRIMARY KEY, patient_id BLOB NOT NULL);
";

/// `?1`: the patient, `?2`: the first place, `?3`: the last one. They were posted a second after each other.
const ENTRIES: &str = "
    WITH RECURSIVE place (seq) AS (SELECT ?2 UNION ALL SELECT seq + 1 FROM place WHERE seq < ?3)
    INSERT INTO entry (patient_id, seq, entry_id, revision, category, sensitivity, author_person_id,
        author_organization_id, author_role, reply_to_entry_id, urgent, key_version, body, posted_at,
        kind, occurred_at)
    SELECT ?1, place.seq, randomblob(16), m.revision, m.category, m.sensitivity, m.author_person_id,
        m.author_organization_id, m.author_role, m.reply_to_entry_id, m.urgent, m.key_version,
        randomblob(length(m.body)), m.posted_at - (?3 - place.seq) * 1000000, m.kind,
        m.posted_at - (?3 - place.seq) * 1000000
    FROM place, model_entry m";
/// Ids of events begin with the time in milliseconds.
const EVENTS: &str = "
    INSERT INTO audit_event (patient_id, event_id, happened_at, person_id, organization_id, role, session_id,
        action, decision, reason, epoch, object_id, seqs, consents, purpose, break_glass_id, revision, content_hash)
    SELECT e.patient_id, unhex(printf('%012x7%s', e.posted_at / 1000, substr(hex(randomblob(10)), 2))),
        e.posted_at, m.person_id, m.organization_id, m.role, m.session_id, m.action, m.decision, m.reason,
        m.epoch, e.entry_id, CAST(e.seq AS TEXT), m.consents, m.purpose, m.break_glass_id,
        e.revision, content_hash(e.kind, e.category, e.sensitivity, e.occurred_at, e.urgent, e.key_version, e.body)
    FROM entry e, model_event m WHERE e.patient_id = ?1 AND e.seq BETWEEN ?2 AND ?3";
const REQUESTS: &str = "
    INSERT INTO request (person_id, request_id, fingerprint, object_id, created_at)
    SELECT m.person_id, randomblob(16), randomblob(length(m.fingerprint)), e.entry_id, e.posted_at
    FROM entry e, model_request m WHERE e.patient_id = ?1 AND e.seq BETWEEN ?2 AND ?3";
/// `?4`: the reader.
const RECEIPTS: &str = "
    INSERT INTO receipt (patient_id, person_id, seq, organization_id, role, read_at)
    SELECT e.patient_id, m.person_id, e.seq, m.organization_id, m.role, e.posted_at
    FROM entry e, (SELECT * FROM receipt WHERE patient_id = ?1 AND person_id = ?4 LIMIT 1) m
    WHERE e.patient_id = ?1 AND e.seq BETWEEN ?2 AND ?3";

/// What a registered patient with a care team and a consent has.
const PATIENTS: [&str; 4] = [
    "INSERT INTO patient (patient_id, custodian_organization_id, head_seq, epoch, key_version, demographics,
        name_kana_index, registered_at)
    SELECT p.patient_id, o.organization_id, 0, m.epoch, m.key_version, randomblob(length(m.demographics)),
        randomblob(length(m.name_kana_index)), m.registered_at
    FROM invented_patient p CROSS JOIN model_patient m JOIN invented_organization o
        ON o.number = (p.number + 1) % (SELECT COUNT(*) FROM invented_organization)",
    "INSERT INTO keyring (patient_id, version, root_version, wrapped, created_at)
    SELECT p.patient_id, m.version, m.root_version, randomblob(length(m.wrapped)), m.created_at
    FROM invented_patient p CROSS JOIN model_key m",
    "INSERT INTO care_team_member (patient_id, participant_id, organization_id, status, staff_access, key_version,
        message, invited_by_person_id, invited_by_organization_id, invited_by_role, invited_at, answered_at)
    SELECT p.patient_id, o.organization_id, o.organization_id, m.status, m.staff_access, m.key_version,
        randomblob(length(m.message)), m.invited_by_person_id, m.invited_by_organization_id, m.invited_by_role,
        m.invited_at, m.answered_at
    FROM invented_patient p CROSS JOIN model_member m JOIN invented_organization o
        ON o.number = (p.number + m.rowid) % (SELECT COUNT(*) FROM invented_organization)",
    "INSERT INTO consent (patient_id, consent_id, version, form, key_version, signer_name, paper_attachment_id,
        recorded_by_person_id, recorded_by_organization_id, recorded_by_role, recorded_at)
    SELECT p.patient_id, randomblob(16), m.version, m.form, m.key_version, m.signer_name, m.paper_attachment_id,
        m.recorded_by_person_id, m.recorded_by_organization_id, m.recorded_by_role, m.recorded_at
    FROM invented_patient p CROSS JOIN model_consent m",
];

/// What the event of a post says, of an entry that replies to nothing, is addressed to nobody and has no files.
fn content_hash(values: &Context<'_>) -> rusqlite::Result<Vec<u8>> {
    let texts: [String; 3] = [values.get(0)?, values.get(1)?, values.get(2)?];
    let [kind, category, sensitivity] = &texts;
    let body: Vec<u8> = values.get(6)?;
    let entry = Entry {
        kind,
        category,
        sensitivity,
        occurred_at: values.get(3)?,
        urgent: values.get(4)?,
        reply_to: None,
        answers: false,
        amends: Vec::new(),
        addressees: Vec::new(),
        key_version: values.get(5)?,
        body: &body,
        files: &[],
    };
    Ok(entry.hash().to_vec())
}

struct Filler {
    connection: Connection,
}

impl Filler {
    fn open(database: &Path) -> Result<Self> {
        let connection = Connection::open(database).with_context(|| format!("{}", database.display()))?;
        // The references are right by themselves, and a power cut would end the measuring as well.
        connection.execute_batch(
            "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;
             PRAGMA temp_store = MEMORY;",
        )?;
        connection.execute_batch(MODELS)?;
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        connection.create_scalar_function("content_hash", 7, flags, content_hash)?;
        let filler = Self { connection };
        for model in ["entry", "event", "request", "key", "member", "consent", "organization"] {
            ensure!(filler.count(&format!("model_{model}"))? > 0, "there is no {model} to copy");
        }
        Ok(filler)
    }

    fn entries(&self) -> Result<i64> {
        self.count("entry")
    }

    fn count(&self, table: &str) -> Result<i64> {
        let statement = format!("SELECT COUNT(*) FROM {table}");
        Ok(self.connection.query_row(&statement, [], |row| row.get(0))?)
    }

    /// Adds patients without entries, and returns their ids.
    fn invent_patients(&mut self, count: usize) -> Result<Vec<Uuid>> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let transaction = self.connection.transaction()?;
        let members: i64 =
            transaction.query_row("SELECT COUNT(*) FROM model_member", [], |row| row.get(0))?;
        // So many that none is twice in a care team.
        let organizations = i64::try_from(count.div_ceil(PATIENTS_OF_ONE))?.max(members);
        transaction.execute(
            "WITH RECURSIVE n (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM n WHERE number + 1 < ?1)
             INSERT INTO invented_organization SELECT number, randomblob(16) FROM n",
            [organizations],
        )?;
        transaction.execute(
            "INSERT INTO organization (organization_id, kind, name, created_at)
             SELECT o.organization_id, m.kind, m.name, m.created_at
             FROM invented_organization o, model_organization m",
            [],
        )?;
        let mut patients: Vec<Uuid> = (0..count).map(|_| Uuid::new_v4()).collect();
        patients.sort_unstable();
        let mut invent = transaction.prepare("INSERT INTO invented_patient (patient_id) VALUES (?1)")?;
        for patient in &patients {
            invent.execute([patient.as_bytes()])?;
        }
        drop(invent);
        for statement in PATIENTS {
            let rows = transaction.execute(statement, [])?;
            ensure!(rows >= count, "{rows} rows for {count} patients");
        }
        transaction.commit()?;
        Ok(patients)
    }

    /// Adds entries, to all of these patients as many.
    fn add_entries(&mut self, patients: &[Uuid], count: usize, reader: Option<Uuid>) -> Result<()> {
        let mut shares = shares(patients, count).into_iter().peekable();
        while shares.peek().is_some() {
            let transaction = self.connection.transaction()?;
            let mut written = 0;
            while written < TOGETHER
                && let Some((patient, share)) = shares.next()
            {
                add_to(&transaction, patient, share, reader)?;
                written += share;
            }
            transaction.commit()?;
        }
        Ok(())
    }

    fn close(self) -> Result<()> {
        let busy: i64 = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        ensure!(busy == 0, "somebody else reads the database");
        self.connection.close().map_err(|(_, error)| error.into())
    }
}

/// How many each patient gets; those who get none are left out.
fn shares(patients: &[Uuid], count: usize) -> Vec<(Uuid, usize)> {
    let each = count.checked_div(patients.len()).unwrap_or(0);
    let more = count.checked_rem(patients.len()).unwrap_or(0);
    let shares = patients.iter().enumerate().map(|(at, id)| (*id, each + usize::from(at < more)));
    shares.filter(|(_, share)| *share > 0).collect()
}

fn add_to(connection: &Connection, patient: Uuid, count: usize, reader: Option<Uuid>) -> Result<()> {
    let id = patient.as_bytes();
    let head: i64 = connection
        .prepare_cached("SELECT head_seq FROM patient WHERE patient_id = ?1")?
        .query_row([id], |row| row.get(0))?;
    let (first, last) = (head + 1, head + i64::try_from(count)?);
    for statement in [ENTRIES, EVENTS, REQUESTS] {
        let rows = connection.prepare_cached(statement)?.execute(params![id, first, last])?;
        ensure!(rows == count, "{rows} rows instead of {count}");
    }
    let moved = connection
        .prepare_cached("UPDATE patient SET head_seq = ?2 WHERE patient_id = ?1")?
        .execute(params![id, last])?;
    ensure!(moved == 1, "there is no such patient");
    let Some(reader) = reader else { return Ok(()) };
    let rows = connection.prepare_cached(RECEIPTS)?.execute(params![id, first, last, reader.as_bytes()])?;
    ensure!(rows == count, "{rows} receipts instead of {count}");
    let moved = connection
        .prepare_cached(
            "UPDATE read_mark SET seq = ?3 WHERE patient_id = ?1 AND person_id = ?2 AND seq = ?4",
        )?
        .execute(params![id, reader.as_bytes(), last, head])?;
    ensure!(moved == 1, "the reader has not read everything");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_get_as_many() {
        let [one, other, third] = [1, 2, 3].map(Uuid::from_u128);
        let patients = [one, other, third];
        assert_eq!(shares(&patients, 8), [(one, 3), (other, 3), (third, 2)]);
        assert_eq!(shares(&patients, 2), [(one, 1), (other, 1)]);
        assert_eq!(shares(&[], 0), []);
    }
}
