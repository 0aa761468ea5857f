//! What a region has asked, mentioned and entered for others in the course of time: nearly all of it is settled, and
//! what is open is somebody else's. It is laid over the entries that are there.

use anyhow::{Context as _, Result, ensure};
use renkei_tests::server::Server;
use rusqlite::params;
use uuid::Uuid;

use super::Filler;

/// Whose inbox is to be looked at, and who the others are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settled<'a> {
    /// UUIDs of the person and of its organisation, where it is a nurse.
    pub(crate) reader: (&'a str, &'a str),
    /// The same of somebody else.
    pub(crate) other: (&'a str, &'a str),
}

/// Every entry gets a number. Of a hundred two are questions, one mentions somebody, one is a proxy entry.
const NUMBERED: &str = "
    CREATE TEMP TABLE numbered AS SELECT patient_id, seq, posted_at,
        ROW_NUMBER() OVER (ORDER BY patient_id, seq) AS n FROM entry WHERE kind = 'VISIT_NOTE';
    CREATE TEMP TABLE settled (patient_id BLOB, seq INTEGER, posted_at INTEGER, wanted TEXT, person_id BLOB,
        organization_id BLOB, role TEXT, mark TEXT, marked_by BLOB);";
/// `?1`, `?2`: the reader and its organisation, `?3`: somebody else. Nine of ten questions are answered: those to the
/// reader's organisation and to nurses by the reader. One of ten is open, and is for somebody else.
const QUESTIONS: &str = "
    INSERT INTO settled SELECT patient_id, seq, posted_at, 'ANSWER',
        CASE WHEN n / 50 % 10 = 3 OR n / 50 % 4 = 3 THEN ?3 END,
        CASE WHEN n / 50 % 10 <> 3 AND n / 50 % 4 = 1 THEN ?2 END,
        CASE WHEN n / 50 % 10 <> 3 AND n / 50 % 4 = 2 THEN 'NURSE' END,
        CASE WHEN n / 50 % 10 <> 3 THEN 'ANSWERED' END,
        CASE WHEN n / 50 % 4 IN (1, 2) THEN ?1 ELSE ?3 END
    FROM numbered WHERE n % 50 = 0";
/// One of three is for the reader, who has acknowledged it.
const MENTIONS: &str = "
    INSERT INTO settled SELECT patient_id, seq, posted_at, 'ATTENTION',
        CASE WHEN n / 100 % 3 <> 0 THEN ?3 WHEN n / 100 % 9 = 0 THEN ?1 END,
        CASE WHEN n / 100 % 9 = 3 THEN ?2 END,
        CASE WHEN n / 100 % 9 = 6 THEN 'NURSE' END,
        CASE WHEN n / 100 % 3 = 0 THEN 'ACKNOWLEDGED' END, ?1
    FROM numbered WHERE n % 100 = 7";
/// `?2`: somebody else. One of four was entered for the reader, who has finalised it. Some of the others' are not finalised.
const PROXIES: &str = "
    INSERT INTO settled SELECT patient_id, seq, posted_at, 'FINALIZE',
        CASE WHEN n / 100 % 4 = 0 THEN ?1 ELSE ?2 END, NULL, NULL,
        CASE WHEN n / 100 % 20 <> 1 THEN 'FINALIZED' END, CASE WHEN n / 100 % 4 = 0 THEN ?1 ELSE ?2 END
    FROM numbered WHERE n % 100 = 9";
const ADDRESSEES: &str = "
    INSERT INTO entry_addressee (patient_id, seq, place, wanted, person_id, organization_id, role)
    SELECT patient_id, seq, 0, wanted, person_id, organization_id, role FROM settled";
/// `?3`: the other's organisation. An answer stands behind the question.
const MARKS: &str = "
    INSERT INTO entry_mark (patient_id, seq, mark, person_id, by_seq, organization_id, role, marked_at, key_version, word)
    SELECT patient_id, seq, mark, marked_by, CASE mark WHEN 'ANSWERED' THEN seq + 1 ELSE 0 END,
        CASE WHEN marked_by = ?1 THEN ?2 ELSE ?3 END, 'NURSE', posted_at, 0, x''
    FROM settled WHERE mark IS NOT NULL";

/// Writes it into the database of the stopped server, and returns how many entries are questions.
///
/// # Errors
/// If the server runs, its database is not SQLite, or there is no entry.
pub(crate) fn settle(server: &Server, settled: &Settled) -> Result<usize> {
    ensure!(server.id().is_none(), "the server runs");
    let filler = Filler::open(&server.data_dir().join("renkei.sqlite"))?;
    let id = |id: &str| Uuid::parse_str(id).context("no UUID");
    let (reader, of_reader) = (id(settled.reader.0)?, id(settled.reader.1)?);
    let (other, of_other) = (id(settled.other.0)?, id(settled.other.1)?);
    let (reader, of_reader) = (reader.as_bytes(), of_reader.as_bytes());
    let (other, of_other) = (other.as_bytes(), of_other.as_bytes());
    let connection = &filler.connection;
    connection.execute_batch("BEGIN")?;
    connection.execute_batch(NUMBERED)?;
    let questions = connection.execute(QUESTIONS, params![reader, of_reader, other])?;
    let mentions = connection.execute(MENTIONS, params![reader, of_reader, other])?;
    let proxies = connection.execute(PROXIES, params![reader, other])?;
    ensure!(questions > 0 && mentions > 0 && proxies > 0, "there are too few entries");
    let addressed = connection.execute(ADDRESSEES, [])?;
    ensure!(addressed == questions + mentions + proxies, "{addressed} entries are addressed to somebody");
    connection.execute(MARKS, params![reader, of_reader, of_other])?;
    connection.execute_batch("COMMIT")?;
    filler.close()?;
    Ok(questions)
}
