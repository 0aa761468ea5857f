//! How often a secret may be tried: the ladder of waits after wrong tries.
//!
//! A try is counted as wrong before the secret is looked at, and taken back if it was right. So whatever becomes of
//! the call, a try that was made is counted, and so many at once are not more than so many one after the other.

use std::time::Duration;

use crate::text_enum::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// What tries are counted by.
    pub enum Scope {
        /// A login name, where no enrolled device stands behind the try.
        Account = "ACCOUNT",
        /// An enrolled device, which is one person's: a stranger cannot lock its owner out.
        Device = "DEVICE",
        /// A network address that something is tried from without an enrolled device. Many people may share one.
        Address = "ADDRESS",
    }
}

/// The waits between tries once the free ones are used up; the last one stays.
pub const WAITS: [Duration; 4] = [minutes(1), minutes(5), minutes(15), minutes(60)];
/// Wrong tries are forgotten so long after the last one.
pub const FORGOTTEN_AFTER: Duration = minutes(24 * 60);
/// Of an address one wrong try is forgotten after each such time: somebody is always wrong where many are.
const ADDRESS_FORGETS_ONE_IN: Duration = minutes(1);

impl Scope {
    /// Wrong tries that nothing follows from.
    pub fn free(self) -> i64 {
        match self {
            Self::Account | Self::Device => 5,
            Self::Address => 30,
        }
    }

    /// How long the next try must wait after so many wrong ones.
    fn wait(self, failures: i64) -> Duration {
        let step = failures - self.free();
        match usize::try_from(step) {
            Ok(step) => WAITS[step.min(WAITS.len() - 1)],
            Err(_) => Duration::ZERO,
        }
    }
}

/// What is kept of the tries under one scope and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Wrong ones, and those under way.
    pub failures: i64,
    /// When the last one was made.
    pub last_attempt_at: Timestamp,
    /// No other one is made before.
    pub blocked_until: Timestamp,
}

/// A try that must not be made yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// How long it still takes: more than nothing, at most the longest of the waits.
    pub wait: Duration,
    /// What is to be kept instead, if the clock was set back since the last try: what was to be waited then is waited
    /// from now on. So nobody is let in earlier, and nobody is kept out for ever.
    pub restarted: Option<Tally>,
}

impl Tally {
    /// Before the first try.
    pub fn none(now: Timestamp) -> Self {
        Self { failures: 0, last_attempt_at: now, blocked_until: now }
    }

    /// Whether a try may be made, and what is to be kept of it then. It counts as wrong until it is
    /// [taken back](Self::taken_back).
    ///
    /// # Errors
    /// [`Refused`]: it may not, and does not count.
    pub fn tried(self, scope: Scope, now: Timestamp) -> Result<Self, Refused> {
        let wait = scope.wait(self.failures);
        let until = self.blocked_until.min(now.after(wait));
        if now < until {
            let restarted = Self { last_attempt_at: now, blocked_until: until, ..self };
            return Err(Refused {
                wait: Duration::from_micros(until.0.abs_diff(now.0)),
                restarted: (until < self.blocked_until).then_some(restarted),
            });
        }
        let failures = self.remembered(scope, now) + 1;
        Ok(Self { failures, last_attempt_at: now, blocked_until: now.after(scope.wait(failures)) })
    }

    /// What is kept after a try was right that was counted as the `counted`th. Those of a device or an account that
    /// were made before it are forgiven with it, by whoever knows the secret; those that came after it are not. Of an
    /// address it is this one only: others use the address, too. `None`: nothing is left to keep.
    #[must_use]
    pub fn taken_back(self, scope: Scope, counted: i64) -> Option<Self> {
        let forgiven = match scope {
            Scope::Account | Scope::Device => counted,
            Scope::Address => 1,
        };
        let failures = self.failures - forgiven;
        let blocked_until = self.last_attempt_at.after(scope.wait(failures));
        (failures > 0).then_some(Self { failures, blocked_until, ..self })
    }

    /// The wrong tries that still count.
    fn remembered(self, scope: Scope, now: Timestamp) -> i64 {
        // after the clock was set back nothing is forgotten
        let since =
            Duration::from_micros(u64::try_from(now.0.saturating_sub(self.last_attempt_at.0)).unwrap_or(0));
        if since >= FORGOTTEN_AFTER {
            return 0;
        }
        match scope {
            Scope::Account | Scope::Device => self.failures,
            Scope::Address => {
                let forgotten = since.as_micros() / ADDRESS_FORGETS_ONE_IN.as_micros();
                self.failures.saturating_sub(i64::try_from(forgotten).unwrap_or(i64::MAX)).max(0)
            }
        }
    }
}

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
