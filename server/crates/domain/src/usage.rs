//! What an organisation did in a period, in numbers: no text, no patient, no person.

use std::time::Duration;

use crate::time::Timestamp;
use crate::timeline::EntryKind;

/// The longest period that a report is of: a leap year.
pub const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// A period: from `from` until before `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    /// From then on.
    pub from: Timestamp,
    /// Until before then.
    pub until: Timestamp,
}

/// What an organisation's people did, and what became of it. Notices and retractions count nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Entries that its people posted, by kind, corrections not counted; kinds without any are left out.
    pub posts: Vec<(EntryKind, i64)>,
    /// How often its people read an entry of somebody else.
    pub reads: i64,
    /// How often its people acknowledged one.
    pub acknowledgements: i64,
    /// Its people who posted, corrected or read something.
    pub active_people: i64,
    /// Patients in whose record its people posted or corrected something.
    pub patients: i64,
    /// How long it took until somebody of another organisation read what its people posted.
    pub first_reads: FirstReads,
    /// Questions that its people asked.
    pub asked: Questions,
    /// Questions of others to it or to a person of it.
    pub received: Questions,
}

/// From the post to its first reader of another organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FirstReads {
    /// How many posts have one.
    pub count: i64,
    /// The median, by nearest rank; nothing if there are none.
    pub median: Duration,
    /// The 90th percentile, by nearest rank.
    pub p90: Duration,
}

/// Questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// All.
    pub count: i64,
    /// Of those: not answered until now.
    pub open: i64,
}
