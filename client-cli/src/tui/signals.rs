//! What the system sends: the screen ends as it would by a key, and the terminal is as it was.

#[cfg(not(unix))]
use crate::error::Result;

#[cfg(unix)]
mod unix {
    use std::{
        process::{self, Command},
        sync::Arc,
        time::Duration,
    };

    use tokio::{
        signal::unix::{Signal, SignalKind, signal},
        sync::Notify,
        time::sleep,
    };

    use crate::{
        error::{Error, Result},
        tui::terminal,
    };

    /// SIGTERM and SIGHUP.
    pub(crate) struct Signals(Arc<Notify>);

    impl Signals {
        /// Listens from now on.
        pub(crate) fn listen() -> Result<Self> {
            let listen = |kind| signal(kind).map_err(|error| Error::file("signal".as_ref(), &error));
            let (terminate, hang_up) = (listen(SignalKind::terminate())?, listen(SignalKind::hangup())?);
            let notify = Arc::new(Notify::new());
            tokio::spawn(end(terminate, hang_up, Arc::clone(&notify)));
            Ok(Self(notify))
        }

        pub(crate) async fn received(&self) {
            self.0.notified().await;
        }
    }

    async fn end(mut terminate: Signal, mut hang_up: Signal, notify: Arc<Notify>) {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
        notify.notify_one();
        // A question for the password holds the program, and has made the terminal dumb.
        sleep(PATIENCE).await;
        terminal::give_back();
        let _ = Command::new("stty").arg("echo").status();
        process::exit(TERMINATED);
    }

    const PATIENCE: Duration = Duration::from_secs(4);
    /// As a shell shows SIGTERM.
    const TERMINATED: i32 = 143;
}
#[cfg(unix)]
pub(crate) use unix::Signals;

/// There are none.
#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn listen() -> Result<Self> {
        Ok(Self)
    }

    pub(crate) async fn received(&self) {
        std::future::pending().await
    }
}
