//! The server's log: on stderr, a JSON object a line unless text was asked for.
//!
//! Only Renkei's own code may log below warnings: libraries print headers and statements at their debug
//! levels, and a token or a name must never get into a log. For the same reason a panic is logged with its
//! place and not with its message.

use std::panic;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing_subscriber::EnvFilter;

use crate::config::{Format, Level};

/// Crates that log at the level that was asked for.
const OWN: [&str; 4] = ["renkei_server", "renkei_store", "renkei_domain", "renkei_crypto"];

/// Starts the log. Called once, before anything is worth telling.
pub(crate) fn start(level: Level, format: Format) {
    let log = tracing_subscriber::fmt().with_env_filter(filter(level)).with_writer(std::io::stderr);
    match format {
        Format::Json => {
            let log = log.json().flatten_event(true).with_current_span(true).with_span_list(false);
            log.init();
        }
        Format::Text => log.with_ansi(false).init(),
    }
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a part of the server panicked");
    }));
}

fn filter(level: Level) -> EnvFilter {
    let own = OWN.map(|name| format!("{name}={}", level.as_str())).join(",");
    let others = if level == Level::Error { "error" } else { "warn" };
    EnvFilter::new(format!("{others},{own}"))
}

/// How often [`Seldom`] speaks at most.
const SELDOM: Duration = Duration::from_secs(10);

/// Counts what strangers could otherwise fill the log with.
#[derive(Default)]
pub(crate) struct Seldom {
    state: Mutex<(Option<Instant>, u64)>,
}

impl Seldom {
    /// Counts one more, and gives the count since the last time if it is time to log it.
    pub(crate) fn count(&self) -> Option<u64> {
        let (told, count) = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        if told.is_some_and(|told| told.elapsed() < SELDOM) {
            return None;
        }
        *told = Some(Instant::now());
        Some(std::mem::take(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_once() {
        let seldom = Seldom::default();
        assert_eq!(seldom.count(), Some(1));
        assert_eq!(seldom.count(), None);
    }
}
