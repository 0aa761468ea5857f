//! Which failures pass by themselves, and how long to wait for that.

use std::{
    error::Error as StdError,
    io,
    time::{Duration, Instant},
};

use tokio::time::sleep;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::{
    error::{Error, Exit, Result},
    text::msg,
};

/// Waits that double, with some chance in them so that many clients do not come back at once.
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { next: Duration::from_millis(200) }
    }

    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(LONGEST_PAUSE);
        let chance = u64::from(Uuid::new_v4().as_bytes()[0]);
        wait.mul_f64(0.75) + wait * u32::try_from(chance).unwrap_or(0) / 512
    }
}

/// The tries of one call that a person waits for: six, with about six seconds between them.
pub(crate) struct Retry {
    backoff: Backoff,
    begun: Instant,
    tried: u32,
    renewed: bool,
    /// The access token of the last try; empty without a session.
    token: String,
}

impl Retry {
    pub(crate) fn new() -> Self {
        Self {
            backoff: Backoff::new(),
            begun: Instant::now(),
            tried: 0,
            renewed: false,
            token: String::new(),
        }
    }

    /// Waits before the next try, or says that there is none.
    pub(crate) async fn wait(&mut self, status: Status) -> Result<()> {
        match judge(&status) {
            Verdict::Again(wait) => self.pause_for(wait.unwrap_or_default(), status).await,
            Verdict::GiveUp => Err(give_up(status)),
        }
    }

    /// Waits before the next try whatever the failure was: the caller knows that the next try is another one.
    pub(crate) async fn pause(&mut self, status: Status) -> Result<()> {
        self.pause_for(Duration::ZERO, status).await
    }

    async fn pause_for(&mut self, least: Duration, status: Status) -> Result<()> {
        self.tried += 1;
        if self.tried >= TRIES || self.begun.elapsed() >= LONGEST_WAIT {
            return Err(give_up(status));
        }
        sleep(least.max(self.backoff.next())).await;
        Ok(())
    }

    /// Begins to count the time anew, but not the tries: the call was at work until now, not waiting.
    pub(crate) fn was_at_work(&mut self) {
        self.begun = Instant::now();
    }

    /// Begins to count anew: something was achieved.
    pub(crate) fn progressed(&mut self) {
        *self = Self { token: std::mem::take(&mut self.token), ..Self::new() };
    }

    /// Notes the access token of the next try.
    pub(crate) fn tries_with(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// A session is renewed once per call; a token that has ended again is another failure.
    pub(crate) fn may_renew(&mut self) -> bool {
        !std::mem::replace(&mut self.renewed, true)
    }
}

/// What to do about a failed call.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Trying again may help; wait at least this long, if the server said so.
    Again(Option<Duration>),
    /// It will not.
    GiveUp,
}

pub(crate) fn judge(status: &Status) -> Verdict {
    if let Some(error) = tls_error(status) {
        return if matches!(error, rustls::Error::InvalidCertificate(_) | rustls::Error::AlertReceived(_)) {
            Verdict::GiveUp
        } else {
            Verdict::Again(None)
        };
    }
    let wait = status.get_details_retry_info().and_then(|info| info.retry_delay);
    match status.code() {
        Code::Unavailable => Verdict::Again(wait),
        // The server asks for a pause; longer ones are for the person to decide.
        Code::ResourceExhausted if wait.is_some_and(|wait| wait <= LONGEST_PAUSE) => Verdict::Again(wait),
        _ if is_lost_connection(status) => Verdict::Again(None),
        _ => Verdict::GiveUp,
    }
}

/// The error for a call that failed for good.
pub(crate) fn give_up(status: Status) -> Error {
    match tls_error(&status) {
        Some(rustls::Error::InvalidCertificate(reason)) => {
            Error::new(Exit::Other, msg!("error-server-certificate"))
                .detail(format!("{reason:?}"))
                .next(msg!("next-server-certificate"))
        }
        Some(rustls::Error::AlertReceived(alert)) => Error::new(Exit::LogIn, msg!("error-device-refused"))
            .detail(format!("{alert:?}"))
            .next(msg!("next-device-required")),
        _ if status.get_details_error_info().is_none()
            && (status.code() == Code::Unavailable || is_lost_connection(&status)) =>
        {
            Error::new(Exit::TryAgain, msg!("error-unreachable"))
                .detail(cause(&status))
                .next(msg!("next-unreachable"))
        }
        _ => status.into(),
    }
}

/// The call ended here, not at the server: its status has a cause in the transport. A server's own
/// status arrives without one.
pub(crate) fn is_lost_connection(status: &Status) -> bool {
    status.source().is_some() || status.code() == Code::Unknown && status.get_details_error_info().is_none()
}

/// The innermost cause, which says more than "transport error".
fn cause(status: &Status) -> String {
    chain(status).last().map(ToString::to_string).unwrap_or_default()
}

fn tls_error(status: &Status) -> Option<&rustls::Error> {
    chain(status).find_map(|error| {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        error
            .downcast_ref::<rustls::Error>()
            .or_else(|| inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()))
    })
}

fn chain(status: &Status) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let first: &(dyn StdError + 'static) = status;
    std::iter::successors(Some(first), |error: &&'_ (dyn StdError + 'static)| (*error).source())
}

const TRIES: u32 = 6;
/// A server that accepts and never answers uses this up before the tries.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;

    fn lost(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Status {
        Status::from_error(error.into())
    }

    #[test]
    fn waits_double_up_to_the_ceiling() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = (0..12).map(|_| backoff.next()).collect();
        assert!(waits[0] >= Duration::from_millis(150) && waits[0] <= Duration::from_millis(250));
        assert!(waits[11] >= LONGEST_PAUSE.mul_f64(0.75) && waits[11] <= LONGEST_PAUSE.mul_f64(1.25));
    }

    #[test]
    fn lost_connections_and_unavailable_servers_are_tried_again() {
        assert_eq!(judge(&lost(io::Error::from(io::ErrorKind::BrokenPipe))), Verdict::Again(None));
        assert_eq!(judge(&Status::unavailable("")), Verdict::Again(None));
        for status in [Status::not_found(""), Status::unauthenticated(""), Status::invalid_argument("")] {
            assert_eq!(judge(&status), Verdict::GiveUp);
        }
    }

    #[test]
    fn a_busy_server_says_how_long_unless_it_is_too_long() {
        let busy = |seconds| {
            let details = ErrorDetails::with_retry_info(Some(Duration::from_secs(seconds)));
            judge(&Status::with_error_details(Code::ResourceExhausted, "", details))
        };
        assert_eq!(busy(2), Verdict::Again(Some(Duration::from_secs(2))));
        assert_eq!(busy(900), Verdict::GiveUp);
        assert_eq!(judge(&Status::resource_exhausted("")), Verdict::GiveUp);
    }

    #[test]
    fn a_server_that_cannot_prove_itself_is_not_tried_again() {
        let tls = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let status = lost(tonic::ConnectError(io::Error::new(io::ErrorKind::InvalidData, tls).into()));
        assert_eq!(judge(&status), Verdict::GiveUp);
        assert_eq!(give_up(status).exit(), Exit::Other);
    }

    #[test]
    fn nobody_listening_is_exit_code_7() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(give_up(lost(tonic::ConnectError(refused.into()))).exit(), Exit::TryAgain);
    }
}
