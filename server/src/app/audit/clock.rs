//! The server's clock: what is on record is only as good as its times. Nothing here knows the right time, but that the
//! clock was set shows: it goes on by another amount than the time that has passed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use renkei_domain::audit::{Action, Maintenance, Operator};
use renkei_domain::{Error, Timestamp};
use renkei_store::{StoreError, audit_log};

use crate::app::App;

/// How often is looked.
const EVERY: Duration = Duration::from_secs(10);
/// Less than this is a clock that is kept right little by little, or a machine that is busy.
const LEAST: i64 = 2_000;
/// Servers of one database sign with clocks of their own, which differ a little.
const BETWEEN_SERVERS: i64 = 60_000;
/// A clock that is set again and again is told of no more often.
const AT_MOST_EVERY: Duration = Duration::from_secs(60 * 60);

impl App {
    /// Puts on record when the clock was set, for as long as the server runs; at the start, if the audit log was signed
    /// later than it is now.
    pub(crate) async fn keep_clock_watched(self: Arc<Self>) {
        let mut shutdown = self.live.shutdown_signal();
        let mut watch = Watch::new(self.now(), Instant::now());
        let signed = self.store.look(|conn| Box::pin(async move { audit_log::last_checkpoint(conn).await }));
        let signed: Result<_, StoreError> = signed.await;
        if let Ok(Some(last)) = signed {
            watch.signed(Timestamp(last.signed_at));
        }
        loop {
            if let Some(set) = watch.due(Instant::now()) {
                match self.record_clock(set).await {
                    Ok(()) => watch.told(Instant::now()),
                    Err(error) => tracing::warn!(%error, "that the clock was set is not on record yet"),
                }
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => watch.look(self.now(), Instant::now()),
                _ = shutdown.wait_for(|down| *down) => return,
            }
        }
    }

    async fn record_clock(&self, milliseconds: i64) -> Result<(), Error> {
        tracing::warn!(milliseconds, "the clock of this server was set");
        let act = Maintenance::of_region(Operator::server(), Action::ClockChange);
        self.record_maintenance(act.with_number(milliseconds)).await
    }
}

/// Compares the clock with the time that passes.
struct Watch {
    clock: Timestamp,
    at: Instant,
    /// By how many milliseconds it was set at most since that was told; 0: not at all.
    set: i64,
    told: Option<Instant>,
}

impl Watch {
    fn new(clock: Timestamp, at: Instant) -> Self {
        Self { clock, at, set: 0, told: None }
    }

    /// The log was signed last when a clock said so.
    fn signed(&mut self, at: Timestamp) {
        let back = milliseconds(self.clock.0.saturating_sub(at.0));
        if back <= -BETWEEN_SERVERS {
            self.set = back;
        }
    }

    fn look(&mut self, clock: Timestamp, at: Instant) {
        let expected = self.clock.after(at.duration_since(self.at));
        let set = milliseconds(clock.0.saturating_sub(expected.0));
        (self.clock, self.at) = (clock, at);
        if set.abs() >= LEAST && set.abs() > self.set.abs() {
            self.set = set;
        }
    }

    /// By how many milliseconds it was set, if that is to be told now.
    fn due(&self, at: Instant) -> Option<i64> {
        let may = self.told.is_none_or(|told| at.duration_since(told) >= AT_MOST_EVERY);
        Some(self.set).filter(|set| *set != 0 && may)
    }

    fn told(&mut self, at: Instant) {
        (self.set, self.told) = (0, Some(at));
    }
}

fn milliseconds(micros: i64) -> i64 {
    micros / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;
    const NOON: Timestamp = Timestamp(1_800_000_000 * SECOND);

    /// So many seconds after noon on the clock, and after the start.
    fn look(watch: &mut Watch, start: Instant, clock: i64, passed: u64) -> Option<i64> {
        let at = start + Duration::from_secs(passed);
        watch.look(Timestamp(NOON.0 + clock * SECOND), at);
        let due = watch.due(at);
        if due.is_some() {
            watch.told(at);
        }
        due
    }

    #[test]
    fn a_clock_that_is_set_either_way_is_told_of_and_a_slow_one_is_not() {
        let start = Instant::now();
        let watch = || Watch::new(NOON, start);
        assert_eq!(look(&mut watch(), start, 10, 10), None);
        assert_eq!(look(&mut watch(), start, 11, 10), None, "kept right little by little");
        assert_eq!(look(&mut watch(), start, 40, 10), Some(30_000));
        assert_eq!(look(&mut watch(), start, -3590, 10), Some(-3_600_000));
        assert_eq!(look(&mut watch(), start, 600, 600), None, "a machine that was busy looks late");
    }

    #[test]
    fn it_is_told_once_an_hour_by_the_most_that_it_was_set() {
        let start = Instant::now();
        let mut watch = Watch::new(NOON, start);
        assert_eq!(look(&mut watch, start, 40, 10), Some(30_000));
        assert_eq!(look(&mut watch, start, 50, 20), None, "it goes right from there");
        assert_eq!(look(&mut watch, start, -30, 30), None);
        assert_eq!(look(&mut watch, start, 60, 40), None);
        assert_eq!(look(&mut watch, start, 60 + 3600, 3640), Some(-90_000));
        assert_eq!(look(&mut watch, start, 60 + 3700, 3740), None);
    }

    #[test]
    fn a_clock_that_was_set_back_while_the_server_was_down_is_told_of() {
        let start = Instant::now();
        let mut watch = Watch::new(NOON, start);
        watch.signed(Timestamp(NOON.0 + 30 * SECOND));
        assert_eq!(watch.due(start), None, "another server's clock");
        watch.signed(Timestamp(NOON.0 + 3600 * SECOND));
        assert_eq!(watch.due(start), Some(-3_600_000));
    }
}
