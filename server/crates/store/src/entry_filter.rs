//! Entries that a filter lets through. It is part of [`crate::timeline`].

use renkei_domain::access::{Permit, Read};
use renkei_domain::id::{OrganizationId, PersonId};
use renkei_domain::timeline::EntryKind;
use renkei_domain::{Category, Timestamp};
use serde::{Deserialize, Serialize};

use crate::entry_addressee::without_mark;
use crate::entry_mark::has_ever;
use crate::sql::{run, statements};
use crate::timeline::{EntryRow, StoredEntry, entries, entries_of, sight};
use crate::{Conn, StoreError};

statements! {
    FILTERED = entries!(concat!(
        "AND e.seq < $5 AND e.seq > $6 AND ($7 = '' OR $7 LIKE '%|' || e.kind || '|%') \
         AND ($8 = '' OR $8 LIKE '%|' || e.category || '|%') \
         AND (e.author_person_id = $9 OR $9 IS NULL OR EXISTS (SELECT 1 FROM entry_addressee d \
         WHERE d.patient_id = e.patient_id AND d.seq = e.seq AND d.wanted = 'FINALIZE' AND d.person_id = $9)) \
         AND (e.author_organization_id = $10 OR $10 IS NULL) AND e.occurred_at >= $11 AND e.occurred_at < $12 \
         AND ($13 = 0 OR (e.author_person_id <> $2 AND (SELECT COUNT(*) FROM receipt r \
         WHERE r.patient_id = e.patient_id AND r.person_id = $2 AND r.seq = e.seq) = 0)) \
         AND ($14 = 0 OR EXISTS (SELECT 1 FROM attachment f WHERE f.patient_id = e.patient_id AND f.entry_seq = e.seq) \
         OR EXISTS (SELECT 1 FROM entry_kept_file f WHERE f.patient_id = e.patient_id AND f.seq = e.seq)) \
         AND ($15 = 0 OR (e.kind <> 'RETRACTION' AND ",
        without_mark!("k.mark IN ('CORRECTED', 'ENTERED_IN_ERROR')"), ")) ORDER BY e.seq DESC LIMIT $16"));
    // a correction is no visit of its own, nor is a visit that was entered in error, as it was told first or later
    LAST_VISIT = concat!(
        "SELECT e.seq FROM entry e WHERE e.patient_id = $1 AND e.author_person_id = $2 AND e.kind = 'VISIT_NOTE' \
         AND e.revision = 1 AND e.seq < $3 AND e.seq > $4 AND NOT ", has_ever!("k.mark = 'ENTERED_IN_ERROR'"),
        " ORDER BY e.seq DESC LIMIT 1");
}

/// Places of a timeline that one call passes over at most, whatever it finds: 4 to 7 ms of work on SQLite.
pub const PASSED_OVER: i64 = 5_000;

/// Which entries: those that all fields agree to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of these kinds; empty: any.
    pub kinds: Vec<EntryKind>,
    /// Of these categories; empty: any.
    pub categories: Vec<Category>,
    /// Who entered them or is responsible for them.
    pub author: Option<PersonId>,
    /// The organisation they were posted for.
    pub organization: Option<OrganizationId>,
    /// When what they tell of was, from here on.
    pub from: Option<Timestamp>,
    /// Before here.
    pub until: Option<Timestamp>,
    /// Neither read nor written by the permit's person.
    pub unread: bool,
    /// With files.
    pub with_files: bool,
    /// Posted after the permit's person's own last visit note.
    pub since_own_last_visit: bool,
    /// Neither amended nor a retraction.
    pub current: bool,
}

/// Where a filtered listing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterPlace {
    /// Entries with a smaller `seq` follow.
    pub before: i64,
    /// `seq` of the own last visit, if the filter asks for it and it was come upon: what is not newer does not count. 0: it
    /// was not.
    pub last_visit: i64,
}

impl FilterPlace {
    /// Whether nothing can follow.
    #[must_use]
    pub fn is_end(self) -> bool {
        self.before <= self.last_visit + 1
    }
}

/// Entries that the filter lets through among the [`PASSED_OVER`] places before `at`, newest first, and where they go on.
/// There may be none, and yet some later on.
///
/// # Errors
/// As every query.
pub async fn filtered_before(
    conn: &mut Conn,
    permit: &Permit<Read>,
    filter: &Filter,
    at: FilterPlace,
    limit: i64,
) -> Result<(Vec<StoredEntry>, FilterPlace), StoreError> {
    let (patient, person, seen, denied) = sight(permit);
    let FilterPlace { before, mut last_visit } = at;
    let window = before.saturating_sub(PASSED_OVER + 1).max(0);
    if filter.since_own_last_visit && last_visit == 0 {
        let visit = run!(conn, optional (i64,): LAST_VISIT, patient, person, before, window)?;
        last_visit = visit.map_or(0, |(seq,)| seq);
    }
    let after = window.max(last_visit);
    let kinds = list(filter.kinds.iter().map(|kind| kind.as_str()));
    let categories = list(filter.categories.iter().map(|category| category.as_str()));
    let (author, organization) = (filter.author.map(|id| id.0), filter.organization.map(|id| id.0));
    let from = filter.from.map_or(i64::MIN, |time| time.0);
    let until = filter.until.map_or(i64::MAX, |time| time.0);
    let flag = |is: bool| i64::from(is);
    let found = entries_of(run!(
        conn, all EntryRow: FILTERED,
        patient,
        person,
        &seen,
        &denied,
        before,
        after,
        &kinds,
        &categories,
        author,
        organization,
        from,
        until,
        flag(filter.unread),
        flag(filter.with_files),
        flag(filter.current),
        limit
    )?)?;
    let is_full = found.len() as i64 == limit;
    let before = found.last().filter(|_| is_full).map_or(after + 1, |last| last.seq);
    Ok((found, FilterPlace { before, last_visit }))
}

/// `|A|B|`, as the statement compares it; empty if there is none.
fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.fold(
        String::new(),
        |list, text| if list.is_empty() { format!("|{text}|") } else { format!("{list}{text}|") },
    )
}
