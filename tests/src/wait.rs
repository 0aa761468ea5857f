//! Waiting for a thing, with a limit and a name for what did not come.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

/// How long anything that should happen at once may take before a test gives up. Generous: the machine
/// may be compiling something else meanwhile.
pub const PATIENCE: Duration = Duration::from_secs(60);

static CANCELLED: AtomicBool = AtomicBool::new(false);

const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Ends every waiting, now and from now on, with an error: somebody pressed Ctrl-C. Whoever waited then
/// stops and removes what it began.
pub fn cancel() {
    CANCELLED.store(true, Ordering::Relaxed);
}

/// Whether [`cancel`] was called.
pub fn is_cancelled() -> bool {
    CANCELLED.load(Ordering::Relaxed)
}

/// Looks again and again until `look` finds something, and returns it.
///
/// # Errors
/// The first error of `look`, a message with `what` after [`PATIENCE`], or a cancellation.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if is_cancelled() {
            bail!("interrupted while waiting: {what}");
        }
        if Instant::now() >= end {
            bail!("waited {} s in vain: {what}", PATIENCE.as_secs());
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}
