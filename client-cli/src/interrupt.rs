//! Ctrl-C. `main` listens for it from the start and ends the program with exit code 130; this module
//! holds the two exceptions: while an editor runs, Ctrl-C belongs to the editor, and a refresh of the
//! session that is under way is finished first, because its token works only once.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::sync::RwLock;

static SUSPENDED: AtomicBool = AtomicBool::new(false);

/// Held for reading by work that must not be cut off.
pub(crate) static MUST_FINISH: RwLock<()> = RwLock::const_new(());

/// Ignores Ctrl-C until it is dropped.
pub(crate) struct Suspend;

impl Suspend {
    pub(crate) fn new() -> Self {
        SUSPENDED.store(true, Ordering::SeqCst);
        Self
    }
}

impl Drop for Suspend {
    fn drop(&mut self) {
        SUSPENDED.store(false, Ordering::SeqCst);
    }
}

/// Resolves on Ctrl-C, once nothing that must finish is under way.
pub(crate) async fn requested() {
    loop {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        if !SUSPENDED.load(Ordering::SeqCst) {
            break;
        }
    }
    // Longer than a refresh takes; a server that hangs does not hold the program.
    let _ = tokio::time::timeout(Duration::from_secs(3), MUST_FINISH.write()).await;
}
