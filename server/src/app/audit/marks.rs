//! What was done to entries, compared with what tells of it: a mark without its event, or where it does not belong, is
//! found here; one that is missing, by its event ([`super::contents`]).

use renkei_domain::audit::Action;
use renkei_domain::timeline::Mark;
use renkei_domain::{Error, Result};
use renkei_store::audit_log::{self, LoggedMark, MarkKey};
use renkei_store::{Conn, Store, StoreError};

use super::verify::Verified;

/// Marks that are read at once.
const PAGE: i64 = 1000;
/// No entry was corrected more often: places that go round in circles end.
const CORRECTIONS: usize = 10_000;

/// Tells which marks nothing tells of.
///
/// # Errors
/// If the database cannot be read.
pub(super) async fn compare(store: &Store, verified: &mut Verified) -> Result<()> {
    let mut after = MarkKey::default();
    loop {
        let from = after.clone();
        let page = store.read(move |conn| Box::pin(async move { page(conn, &from).await }));
        let page = page.await.map_err(|error: StoreError| Error::from(error))?;
        for (mark, is_good) in &page {
            verified.marks += 1;
            let LoggedMark { key, is_as_logged, answers_lost, .. } = mark;
            let entry = format!("entry {} of patient {}", key.seq, key.patient_id);
            if *is_as_logged == 0 || !is_good {
                verified.find(format!("{entry}: nothing tells that it is {}", key.mark));
            }
            if *answers_lost > 0 {
                verified.find(format!(
                    "{entry}: an answer to it is none to its correction, or the other way round"
                ));
            }
        }
        match page.into_iter().last() {
            Some((last, _)) => after = last.key,
            None => return Ok(()),
        }
    }
}

async fn page(conn: &mut Conn, after: &MarkKey) -> Result<Vec<(LoggedMark, bool)>, StoreError> {
    let mut page = Vec::new();
    for mark in audit_log::marks_after(conn, after, PAGE).await? {
        let is_good = is_posted(conn, &mark).await? && is_in_place(conn, &mark).await?;
        page.push((mark, is_good));
    }
    Ok(page)
}

/// Whether an event tells that the entry which amends or answers was posted as such.
async fn is_posted(conn: &mut Conn, mark: &LoggedMark) -> Result<bool, StoreError> {
    let expected = match mark.key.mark.parse()? {
        Mark::Corrected => [Action::EntryCorrect; 2],
        Mark::EnteredInError => [Action::EntryRetract; 2],
        Mark::Answered => [Action::EntryPost, Action::EntryCorrect],
        Mark::Finalized | Mark::Acknowledged => return Ok(true),
    };
    let (Some(entry), Some(at)) = (mark.by_entry, mark.by_posted_at) else { return Ok(false) };
    let told = audit_log::posted_as(conn, mark.key.patient_id, entry, at).await?;
    Ok(told.iter().any(|told| expected.iter().any(|action| action.as_str() == told)))
}

/// Whether what was answered is what the answer replies to, which stands before it, or what took the place of that.
async fn is_in_place(conn: &mut Conn, mark: &LoggedMark) -> Result<bool, StoreError> {
    if mark.key.mark != Mark::Answered.as_str() {
        return Ok(true);
    }
    if mark.question.is_none_or(|question| question >= mark.key.by_seq) {
        return Ok(false);
    }
    let mut seq = mark.key.seq;
    for _ in 0..CORRECTIONS {
        if mark.question == Some(seq) {
            return Ok(true);
        }
        match audit_log::takes_place_of(conn, mark.key.patient_id, seq).await? {
            Some(before) => seq = before,
            None => break,
        }
    }
    Ok(false)
}
