//! Time in the tests: it goes on by a microsecond whenever it is asked for, so that nothing happens at the same
//! time and audit events sort as they happened; and by as much as is wanted.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use renkei_domain::{Clock, Timestamp};

/// Begins in 2027.
pub(in crate::decisions) struct TestClock(AtomicI64);

impl TestClock {
    pub(in crate::decisions) fn new() -> Self {
        Self(AtomicI64::new(1_800_000_000_000_000))
    }

    pub(in crate::decisions) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1, Ordering::SeqCst))
    }
}
