//! The access token, kept fresh. It is refreshed shortly before it ends, or when the server says that
//! it has ended, or for as long as a stream is open.
//!
//! A refresh token works once, and using it again ends the session. So processes of one profile take
//! turns (a lock file), each looks first whether another one has refreshed already, a refresh that was
//! begun is finished, and its result is on the disk before it is used.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use renkei_proto::v1::{
    ErrorReason, RefreshSessionRequest, SessionTokens, auth_service_client::AuthServiceClient,
};
use tokio::{sync::Mutex, task::spawn_blocking, time::sleep};

use crate::{
    connection::{call_without_session, line::Line, retry::Backoff},
    error::{Error, Exit, Result},
    interrupt,
    profile::{FileLock, Profile, StoredSession},
    text::msg,
};

/// The session of a profile.
pub(crate) struct Session {
    profile: Profile,
    line: Arc<Line>,
    current: Mutex<Option<StoredSession>>,
}

impl Session {
    pub(crate) fn new(profile: Profile, line: Arc<Line>) -> Arc<Self> {
        Arc::new(Self { profile, line, current: Mutex::new(None) })
    }

    /// An access token that has not ended, as far as this computer's clock can tell.
    pub(crate) async fn token(self: &Arc<Self>) -> Result<String> {
        let session = self.load().await?;
        if due(&session) > now() {
            return Ok(session.access_token.clone());
        }
        match self.renew(&session.access_token).await {
            // The old token may still be good; if it is not, the server says so.
            Err(error) if error.exit() == Exit::TryAgain && session.access_expires > now() => {
                Ok(session.access_token.clone())
            }
            other => other,
        }
    }

    /// A newer access token than the one that no longer works.
    pub(crate) async fn renew(self: &Arc<Self>, stale: &str) -> Result<String> {
        let session = self.clone();
        let stale = stale.to_owned();
        // On a task of its own, so that it is finished even if the caller stops waiting.
        let task = tokio::spawn(async move {
            let _finish = interrupt::MUST_FINISH.read().await;
            session.renew_locked(&stale).await
        });
        task.await.unwrap_or_else(|_| Err(Error::interrupted()))
    }

    /// Whether the token was replaced meanwhile, by another process; takes the newer one.
    pub(crate) async fn has_moved_on(&self, token: &str) -> Result<bool> {
        let stored = self.profile.session()?.filter(|stored| stored.access_token != token);
        let mut current = self.current.lock().await;
        if let Some(stored) = &stored {
            *current = Some(stored.clone());
        }
        Ok(stored.is_some())
    }

    /// Renews the session each time before the access token ends; returns when that is not possible
    /// any longer.
    pub(crate) async fn keep_alive(self: Arc<Self>) -> Error {
        let mut backoff = Backoff::new();
        loop {
            let session = match self.load().await {
                Ok(session) => session,
                Err(error) => return error,
            };
            let wait = due(&session) - now();
            if wait > 0 {
                // In short steps: a computer that slept finds out soon after it wakes.
                sleep(Duration::from_secs(wait.unsigned_abs().min(15))).await;
                continue;
            }
            match self.renew(&session.access_token).await {
                Ok(_) => backoff = Backoff::new(),
                Err(error) if error.exit() == Exit::TryAgain => {
                    if session.session_expires <= now() {
                        return not_logged_in(&self.profile);
                    }
                    sleep(backoff.next()).await;
                }
                Err(error) => return error,
            }
        }
    }

    async fn renew_locked(&self, stale: &str) -> Result<String> {
        let mut current = self.current.lock().await;
        let _lock = lock(&self.profile).await?;
        let stored = self.profile.session()?.ok_or_else(|| not_logged_in(&self.profile))?;
        let session = if stored.access_token == stale { self.refresh(&stored).await? } else { stored };
        let token = session.access_token.clone();
        *current = Some(session);
        Ok(token)
    }

    /// Tries again after a lost answer too: if the token was used, the session is lost either way.
    async fn refresh(&self, stored: &StoredSession) -> Result<StoredSession> {
        // The token that is here is good for one call; on a full disk it is not used, because the next could not be kept.
        let room = self.profile.take_room_for_session(stored)?;
        let request = RefreshSessionRequest { refresh_token: stored.refresh_token.clone() };
        let refresh = async || {
            let request = request.clone();
            call_without_session(self.line.channel(), request, async |channel, request| {
                AuthServiceClient::new(channel).refresh_session(request).await
            })
            .await
        };
        let mut answer = refresh().await;
        if answer.as_ref().is_err_and(|error| self.line.has_moved_on(error)) {
            answer = refresh().await;
        }
        match answer {
            Ok(response) => {
                let session = session_of(response.tokens, stored.totp)?;
                self.profile.save_session_in(room, &session)?;
                Ok(session)
            }
            Err(error) => {
                if error.is(ErrorReason::RefreshTokenInvalid) {
                    self.profile.remove_session()?;
                }
                Err(error)
            }
        }
    }

    async fn load(&self) -> Result<StoredSession> {
        let mut current = self.current.lock().await;
        if let Some(session) = current.as_ref().filter(|session| due(session) > now()) {
            return Ok(session.clone());
        }
        // Another process may have renewed it meanwhile.
        let session = self.profile.session()?.ok_or_else(|| not_logged_in(&self.profile))?;
        *current = Some(session.clone());
        Ok(session)
    }
}

/// Keeps the tokens that the server sent, and whether the session began with an authenticator app. The caller holds the
/// lock.
pub(crate) fn store(profile: &Profile, tokens: Option<SessionTokens>, totp: bool) -> Result<StoredSession> {
    let session = session_of(tokens, totp)?;
    profile.save_session(&session)?;
    Ok(session)
}

fn session_of(tokens: Option<SessionTokens>, totp: bool) -> Result<StoredSession> {
    let tokens = tokens.ok_or_else(|| Error::new(Exit::Other, msg!("error-answer")))?;
    let seconds = |time: Option<prost_types::Timestamp>| time.map_or(0, |time| time.seconds);
    Ok(StoredSession {
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token,
        obtained: now(),
        access_expires: seconds(tokens.access_expire_time),
        session_expires: seconds(tokens.session_expire_time),
        totp,
    })
}

/// Takes the lock of the profile's session without blocking the runtime.
pub(crate) async fn lock(profile: &Profile) -> Result<FileLock> {
    let profile = profile.clone();
    spawn_blocking(move || profile.lock_session()).await.unwrap_or_else(|_| Err(Error::interrupted()))
}

pub(crate) fn not_logged_in(profile: &Profile) -> Error {
    Error::new(Exit::LogIn, msg!("error-not-logged-in", profile = profile.name()))
        .next(msg!("next-not-logged-in"))
}

/// When to renew: half a minute before the end, or at two thirds of a token that lives shorter. Counted
/// from when the token arrived, because the two clocks may differ.
fn due(session: &StoredSession) -> i64 {
    let lifetime = (session.access_expires - session.obtained).max(3);
    session.obtained + lifetime - (lifetime / 3).min(30)
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs().cast_signed())
}

#[cfg(test)]
mod tests;
