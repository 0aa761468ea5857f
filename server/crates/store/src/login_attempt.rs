//! How often secrets were tried. The ladder itself is [`renkei_domain::attempt`]'s; here its counts are kept, each
//! under a lock on its row from the look to the change.

use std::time::Duration;

use renkei_domain::Timestamp;
use renkei_domain::attempt::{Refused, Scope, Tally};

use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx};

statements! {
    FOUND = "SELECT failures, last_attempt_at, blocked_until, refused_at FROM login_attempt \
        WHERE scope = $1 AND key = $2";
    // an update that changes nothing takes the lock on the row, and returns it as it is then
    LOCKED = "INSERT INTO login_attempt (scope, key, failures, last_attempt_at, blocked_until) \
        VALUES ($1, $2, 0, $3, $3) ON CONFLICT (scope, key) DO UPDATE SET scope = excluded.scope \
        RETURNING failures, last_attempt_at, blocked_until, refused_at";
    KEEP = "UPDATE login_attempt SET failures = $3, last_attempt_at = $4, blocked_until = $5, refused_at = $6 \
        WHERE scope = $1 AND key = $2";
    REMOVE = "DELETE FROM login_attempt WHERE scope = $1 AND key = $2";
    REMOVE_BEFORE = "DELETE FROM login_attempt WHERE last_attempt_at < $1";
}

/// What tries are counted under: a device's id, or a keyed hash of a login name or an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counter {
    /// What it counts by.
    pub scope: Scope,
    /// Which of these.
    pub key: Vec<u8>,
}

/// A try as it was counted.
#[derive(Debug)]
pub struct Counted {
    counter: Counter,
    /// The how many-th wrong one it is if it is wrong.
    number: i64,
}

/// What became of a try.
#[derive(Debug)]
pub enum Outcome {
    /// It may be made, and counts as wrong under each counter.
    Counted(Vec<Counted>),
    /// It may not be made yet, and does not count.
    Refused {
        /// How long it still takes.
        wait: Duration,
        /// None was refused since the last one that was made: this one is to be put on record.
        is_first: bool,
    },
}

#[derive(sqlx::FromRow)]
struct Row {
    failures: i64,
    last_attempt_at: i64,
    blocked_until: i64,
    refused_at: Option<i64>,
}

impl Row {
    fn tally(&self) -> Tally {
        Tally {
            failures: self.failures,
            last_attempt_at: Timestamp(self.last_attempt_at),
            blocked_until: Timestamp(self.blocked_until),
        }
    }
}

/// How long a try must still wait, as far as that is known without a change: so that whoever does not wait costs
/// little. `None`: [`count`] decides.
///
/// # Errors
/// As every query.
pub async fn wait(
    conn: &mut Conn,
    counters: &[Counter],
    now: Timestamp,
) -> Result<Option<Duration>, StoreError> {
    let mut longest = None;
    for Counter { scope, key } in counters {
        let row = run!(conn, optional Row: FOUND, scope.as_str(), key.as_slice())?;
        let Some(row) = row.filter(|row| row.refused_at.is_some()) else { continue };
        if let Err(Refused { wait, restarted: None }) = row.tally().tried(*scope, now) {
            longest = longest.max(Some(wait));
        }
    }
    Ok(longest)
}

/// Counts a try as wrong under each of the counters, if none of them refuses it. To be committed before the secret is
/// looked at.
///
/// # Errors
/// As every query.
pub async fn count(tx: &mut Tx, mut counters: Vec<Counter>, now: Timestamp) -> Result<Outcome, StoreError> {
    // in one order, so that no two wait for each other
    counters.sort();
    let (mut counted, mut refused) = (Vec::new(), Vec::new());
    for counter in counters {
        let row = locked(tx, &counter, now).await?;
        match row.tally().tried(counter.scope, now) {
            Ok(tally) => counted.push((counter, tally)),
            Err(refusal) => refused.push((counter, row, refusal)),
        }
    }
    let Some(wait) = refused.iter().map(|(_, _, refusal)| refusal.wait).max() else {
        let mut tries = Vec::with_capacity(counted.len());
        for (counter, tally) in counted {
            keep(tx, &counter, tally, None).await?;
            tries.push(Counted { counter, number: tally.failures });
        }
        return Ok(Outcome::Counted(tries));
    };
    let is_first = refused.iter().any(|(_, row, _)| row.refused_at.is_none());
    for (counter, row, refusal) in refused {
        let tally = refusal.restarted.unwrap_or_else(|| row.tally());
        keep(tx, &counter, tally, Some(row.refused_at.unwrap_or(now.0))).await?;
    }
    Ok(Outcome::Refused { wait, is_first })
}

/// Takes back tries that were right.
///
/// # Errors
/// As every query.
pub async fn take_back(tx: &mut Tx, tries: &[Counted], now: Timestamp) -> Result<(), StoreError> {
    for Counted { counter, number } in tries {
        let row = locked(tx, counter, now).await?;
        match row.tally().taken_back(counter.scope, *number) {
            Some(left) => keep(tx, counter, left, None).await?,
            None => {
                run!(tx, REMOVE, counter.scope.as_str(), counter.key.as_slice())?;
            }
        }
    }
    Ok(())
}

/// Writes a count as it is: as much as putting a refusal on record, where it is nobody's, so that both take as long.
///
/// # Errors
/// As every query.
pub async fn write_again(tx: &mut Tx, counter: &Counter, now: Timestamp) -> Result<(), StoreError> {
    locked(tx, counter, now).await.map(drop)
}

/// Removes what was last tried before `before`, and says how much that was.
///
/// # Errors
/// As every query.
pub async fn remove_before(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    run!(tx, REMOVE_BEFORE, before.0)
}

async fn locked(tx: &mut Tx, counter: &Counter, now: Timestamp) -> Result<Row, StoreError> {
    run!(tx, one Row: LOCKED, counter.scope.as_str(), counter.key.as_slice(), now.0)
}

async fn keep(
    tx: &mut Tx,
    counter: &Counter,
    tally: Tally,
    refused_at: Option<i64>,
) -> Result<(), StoreError> {
    let Tally { failures, last_attempt_at, blocked_until } = tally;
    run!(
        tx,
        KEEP,
        counter.scope.as_str(),
        counter.key.as_slice(),
        failures,
        last_attempt_at.0,
        blocked_until.0,
        refused_at
    )?;
    Ok(())
}
