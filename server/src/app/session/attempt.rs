//! Trying a secret. Whatever asks for a password or a code asks through [`App::attempt`]: a try is on the disk as a
//! wrong one before the secret is looked at, so that neither a crash nor a call that is given up makes it uncounted,
//! and so many at once are no more than so many one after the other.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use renkei_crypto::index;
use renkei_domain::attempt::{FORGOTTEN_AFTER, Scope};
use renkei_domain::audit::Act;
use renkei_domain::id::DeviceId;
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::login_attempt::{self, Counted, Counter, Outcome};
use renkei_store::{StoreError, Tx, audit};

use crate::app::App;

/// How often what is forgotten is removed.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// A try that is to be made.
pub(crate) struct Attempt {
    /// What it counts under.
    pub(crate) counters: Vec<Counter>,
    /// What goes on record where it is refused, once until another one is let through: a refusal for
    /// [`Reason::LoginDelayed`]. `None` where nobody is known whose it could be.
    pub(crate) refusal: Option<Act>,
}

/// A try that was right. It counts as wrong until it is taken back.
#[must_use = "a try that was right counts as wrong until it is taken back"]
pub(crate) struct Right(Vec<Counted>);

impl Right {
    /// Takes the try back, and with it those before it of the same device or account, in the transaction of what it
    /// allowed.
    ///
    /// # Errors
    /// As every query.
    pub(crate) async fn take_back(&self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        login_attempt::take_back(tx, &self.0, now).await
    }
}

impl App {
    /// Counts tries on an enrolled device. It is one person's, so nobody else can use them up.
    pub(crate) fn by_device(device: DeviceId) -> Counter {
        Counter { scope: Scope::Device, key: device.0.as_bytes().to_vec() }
    }

    /// Counts tries under a login name as it was given, whether anybody has it or not. Not for what is tried on an
    /// enrolled device: strangers can use these up.
    pub(crate) fn by_account(&self, login_name: &str) -> Counter {
        // people type passwords into the wrong field
        let key = index::blind(&self.keys.index, "tried login name", login_name);
        Counter { scope: Scope::Account, key: key.to_vec() }
    }

    /// Counts tries from a network address, for what is tried without an enrolled device.
    pub(crate) fn by_address(&self, address: IpAddr) -> Counter {
        let key = index::blind(&self.keys.index, "tried address", &address.to_string());
        Counter { scope: Scope::Address, key: key.to_vec() }
    }

    /// Counts a try, and only then lets `check` look at the secret: what it finds if the secret is right. Whatever can
    /// turn the caller away without a look, such as a full queue, is to be asked before.
    ///
    /// # Errors
    /// [`Reason::LoginDelayed`], without a look; what `check` returns: that counts as wrong.
    pub(crate) async fn attempt<T>(
        &self,
        attempt: Attempt,
        check: impl Future<Output = Result<Option<T>>>,
    ) -> Result<Option<(T, Right)>> {
        let counted = self.count_attempt(attempt).await?;
        Ok(check.await?.map(|found| (found, Right(counted))))
    }

    async fn count_attempt(&self, attempt: Attempt) -> Result<Vec<Counted>> {
        let Attempt { counters, refusal } = attempt;
        let (known, now) = (counters.clone(), self.now());
        let wait = self
            .store
            .look(move |conn| Box::pin(async move { login_attempt::wait(conn, &known, now).await }))
            .await
            .map_err(Error::from)?;
        if let Some(wait) = wait {
            return Err(delayed(wait));
        }
        let stamp = self.stamp(None);
        let outcome = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let outcome = login_attempt::count(tx, counters, now).await?;
                    if let (Outcome::Refused { is_first: true, .. }, Some(act)) = (&outcome, refusal) {
                        audit::append(tx, stamp, &act).await?;
                    }
                    Ok::<_, StoreError>(outcome)
                })
            })
            .await
            .map_err(Error::from)?;
        match outcome {
            Outcome::Counted(counted) => Ok(counted),
            Outcome::Refused { wait, is_first } => {
                if is_first {
                    tracing::warn!(
                        seconds = wait.as_secs(),
                        "too many wrong tries: more are refused for a while"
                    );
                }
                Err(delayed(wait))
            }
        }
    }

    /// Takes back a try that was right and has no transaction of its own.
    ///
    /// # Errors
    /// [`Reason::StorageUnavailable`]: then it stays counted.
    pub(crate) async fn take_back(&self, right: Right) -> Result<()> {
        let now = self.now();
        self.store
            .write(move |tx| Box::pin(async move { right.take_back(tx, now).await }))
            .await
            .map_err(Error::from)
    }

    /// Removes the counts that are forgotten soon after the start and once an hour, until the server goes down.
    pub(crate) async fn keep_attempts_few(self: Arc<Self>) {
        let mut shutdown = self.live.shutdown_signal();
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = shutdown.wait_for(|down| *down) => return,
            }
            let before = Timestamp(self.now().0 - FORGOTTEN_AFTER.as_micros() as i64);
            let removed = self
                .store
                .write(move |tx| Box::pin(async move { login_attempt::remove_before(tx, before).await }))
                .await;
            if let Err(error) = removed {
                tracing::warn!(%error, "counts of tries are removed later");
            }
        }
    }
}

fn delayed(wait: Duration) -> Error {
    Error::new(Reason::LoginDelayed).retry_after(wait)
}
