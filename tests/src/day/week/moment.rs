//! When something was by its author's account: so long ago, never later than now.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// So many days of 24 hours and hours ago, to the minute, as the client takes it.
pub(super) fn ago(days: i64, hours: i64) -> String {
    before_now(days, hours).strftime("%Y-%m-%dT%H:%M:00Z").to_string()
}

/// The day so many days ago, on this computer's calendar; a negative number is a day to come.
pub(super) fn day(days: i64) -> String {
    before_now(days, 0).to_zoned(TimeZone::system()).strftime("%Y-%m-%d").to_string()
}

fn before_now(days: i64, hours: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(24 * days + hours)
}
