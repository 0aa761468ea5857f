//! Usage reports: counted in the database, so that a report of a large organisation holds no more rows than a small
//! one's. Nothing sealed is read, and no patient or person is named.
//!
//! Destroyed keys change nothing here: what was posted was posted.

use std::time::Duration;

use renkei_domain::id::OrganizationId;
use renkei_domain::usage::{FirstReads, Questions, Usage, Within};

use crate::entry_mark::{has_ever, is_standing_answer};
use crate::sql::{run, statements};
use crate::{Conn, StoreError};

/// The entries of the organisation `$1` that were posted from `$2` until before `$3`, by people; corrections too.
macro_rules! posted {
    () => {
        "e.author_organization_id = $1 AND e.posted_at >= $2 AND e.posted_at < $3 \
         AND e.kind NOT IN ('NOTICE', 'RETRACTION')"
    };
}

/// Of those the posts that count: an entry counts when it was first posted, however often it is corrected.
macro_rules! first_posted {
    () => {
        concat!(posted!(), " AND e.revision = 1")
    };
}

/// The entries of others that people of the organisation `$1` read from `$2` until before `$3`.
macro_rules! read {
    () => {
        "FROM receipt r JOIN entry e ON e.patient_id = r.patient_id AND e.seq = r.seq \
         WHERE r.organization_id = $1 AND r.read_at >= $2 AND r.read_at < $3 \
         AND e.author_person_id <> r.person_id AND e.kind NOT IN ('NOTICE', 'RETRACTION')"
    };
}

/// Whether the question `e` is settled: answered, or entered in error, as it was asked first or as it was corrected.
macro_rules! is_settled {
    () => {
        has_ever!(concat!("k.mark = 'ENTERED_IN_ERROR' OR (", is_standing_answer!(), ")"))
    };
}

/// Of questions: all, and those that are open.
macro_rules! counted {
    () => {
        concat!(
            "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN ",
            is_settled!(),
            " THEN 0 ELSE 1 END), 0) AS BIGINT) FROM entry e WHERE "
        )
    };
}

/// Questions of others that were first asked then.
macro_rules! asked_by_others {
    () => {
        "e.author_organization_id <> $1 AND e.posted_at >= $2 AND e.posted_at < $3 AND e.revision = 1"
    };
}

statements! {
    POSTS = concat!("SELECT e.kind, COUNT(*) FROM entry e WHERE ", first_posted!(), " GROUP BY e.kind ORDER BY e.kind");
    PATIENTS = concat!("SELECT COUNT(DISTINCT e.patient_id) FROM entry e WHERE ", posted!());
    READS = concat!("SELECT COUNT(*) ", read!());
    ACKNOWLEDGEMENTS = "SELECT COUNT(*) FROM entry_mark k JOIN entry e ON e.patient_id = k.patient_id \
        AND e.seq = k.seq AND e.kind NOT IN ('NOTICE', 'RETRACTION') AND e.author_person_id <> k.person_id \
        WHERE k.organization_id = $1 AND k.mark = 'ACKNOWLEDGED' AND k.marked_at >= $2 AND k.marked_at < $3";
    ACTIVE_PEOPLE = concat!("SELECT COUNT(*) FROM (SELECT e.author_person_id FROM entry e WHERE ", posted!(),
        " UNION SELECT r.person_id ", read!(), ") q");
    // two rows of as many as there are: those at which a half and nine tenths are reached
    FIRST_READS = concat!(
        "SELECT q.place, q.total, q.waited FROM (SELECT f.waited, ROW_NUMBER() OVER (ORDER BY f.waited) AS place, \
         COUNT(*) OVER () AS total FROM (SELECT (SELECT MIN(r.read_at) FROM receipt r \
         WHERE r.patient_id = e.patient_id AND r.seq = e.seq AND r.organization_id <> $1 \
         AND r.person_id <> e.author_person_id) - e.posted_at AS waited FROM entry e WHERE ", first_posted!(),
        ") f WHERE f.waited IS NOT NULL) q \
         WHERE q.place = (q.total + 1) / 2 OR q.place = (q.total * 9 + 9) / 10 ORDER BY q.place");
    ASKED = concat!(counted!(), first_posted!(), " AND EXISTS (SELECT 1 FROM entry_addressee d \
        WHERE d.patient_id = e.patient_id AND d.seq = e.seq AND d.wanted = 'ANSWER')");
    // whoever was of the organisation then: later changes of its people leave a report as it was
    RECEIVED = concat!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(q.is_open), 0) AS BIGINT) FROM (\
         SELECT e.patient_id, e.seq, CASE WHEN ", is_settled!(), " THEN 0 ELSE 1 END \
         AS is_open FROM entry_addressee d JOIN entry e ON e.patient_id = d.patient_id AND e.seq = d.seq \
         WHERE d.organization_id = $1 AND d.wanted = 'ANSWER' AND ", asked_by_others!(),
        " UNION SELECT e.patient_id, e.seq, CASE WHEN ", is_settled!(),
        " THEN 0 ELSE 1 END AS is_open FROM affiliation a \
         JOIN entry_addressee d ON d.person_id = a.person_id AND d.wanted = 'ANSWER' \
         JOIN entry e ON e.patient_id = d.patient_id AND e.seq = d.seq \
         WHERE a.organization_id = $1 AND (a.ended_at IS NULL OR a.ended_at > e.posted_at) AND ", asked_by_others!(),
        ") q");
}

/// What the organisation did within a period. Posts and questions count once, by when they were first posted: a correction
/// is no post, but who corrects is active. Reads and acknowledgements count by when they were made.
///
/// # Errors
/// As every query.
pub async fn usage(conn: &mut Conn, of: OrganizationId, within: Within) -> Result<Usage, StoreError> {
    let (of, from, until) = (of.0, within.from.0, within.until.0);
    macro_rules! count {
        ($sql:ident) => {
            run!(conn, one (i64,): $sql, of, from, until)?.0
        };
    }
    let mut posts = Vec::new();
    for (kind, count) in run!(conn, all (String, i64): POSTS, of, from, until)? {
        posts.push((kind.parse()?, count));
    }
    let asked = run!(conn, one (i64, i64): ASKED, of, from, until)?;
    let received = run!(conn, one (i64, i64): RECEIVED, of, from, until)?;
    let questions = |(count, open)| Questions { count, open };
    Ok(Usage {
        posts,
        reads: count!(READS),
        acknowledgements: count!(ACKNOWLEDGEMENTS),
        active_people: count!(ACTIVE_PEOPLE),
        patients: count!(PATIENTS),
        first_reads: first_reads(&run!(conn, all (i64, i64, i64): FIRST_READS, of, from, until)?),
        asked: questions(asked),
        received: questions(received),
    })
}

/// From the rows at which a half and nine tenths are reached, which may be the same.
fn first_reads(rows: &[(i64, i64, i64)]) -> FirstReads {
    let waited = |row: Option<&(i64, i64, i64)>| {
        // whose clock was set back reads before the post
        let micros = row.map_or(0, |(_, _, waited)| *waited);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    };
    FirstReads {
        count: rows.first().map_or(0, |(_, total, _)| *total),
        median: waited(rows.first()),
        p90: waited(rows.last()),
    }
}
