//! The way to the server: one encrypted connection, calls that survive its loss, and a session that
//! renews itself.
//!
//! A call is tried again when the server could not be reached or the answer was lost. That is safe
//! because reads change nothing and every mutation carries a `request_id` or an id that stays the same
//! over its tries.

use std::{sync::Arc, time::Duration};

use renkei_proto::v1::ErrorReason;
use tokio::time::timeout;
use tonic::{Request, Response, Status, metadata::MetadataValue, transport::Channel};

use crate::{
    connection::{line::Line, retry::Retry, session::Session},
    error::{Error, Exit, Result},
    profile::Profile,
    text::msg,
};

pub(crate) mod line;
pub(crate) mod retry;
pub(crate) mod session;
pub(crate) mod tls;
pub(crate) mod transport;

/// A connection of an enrolled device, with its session.
#[derive(Clone)]
pub(crate) struct Connection {
    line: Arc<Line>,
    session: Arc<Session>,
}

impl Connection {
    /// Prepares the connection of a profile. Nothing is sent yet.
    pub(crate) fn open(profile: &Profile) -> Result<Self> {
        Ok(Self::on(profile, Line::open(profile)?))
    }

    /// A connection of a test, with the session that the profile has.
    #[cfg(test)]
    pub(crate) fn over(profile: &Profile, channel: Channel) -> Self {
        Self::on(profile, Line::over(profile, channel))
    }

    fn on(profile: &Profile, line: Line) -> Self {
        let line = Arc::new(line);
        Self { session: Session::new(profile.clone(), Arc::clone(&line)), line }
    }

    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    pub(crate) fn channel(&self) -> Channel {
        self.line.channel()
    }

    /// The request of the next try, with the session's access token.
    pub(crate) async fn request<T>(&self, retry: &mut Retry, message: T) -> Result<Request<T>> {
        let mut request = Request::new(message);
        let token = self.session.token().await?;
        retry.tries_with(&token);
        request.metadata_mut().insert("authorization", bearer(&token)?);
        Ok(request)
    }

    /// Calls the server as the session.
    pub(crate) async fn call<Req: Clone, Res>(
        &self,
        message: Req,
        rpc: impl AsyncFn(Channel, Request<Req>) -> Result<Response<Res>, Status>,
    ) -> Result<Res> {
        let mut retry = Retry::new();
        loop {
            let request = self.request(&mut retry, message.clone()).await?;
            match answer(rpc(self.channel(), request)).await {
                Ok(answer) => return Ok(answer),
                Err(status) => self.recover(&mut retry, status).await?,
            }
        }
    }

    /// Gets ready to try again after a failure: renews the session, or waits. An error means that trying
    /// again is of no use.
    pub(crate) async fn recover(&self, retry: &mut Retry, status: Status) -> Result<()> {
        let error = Error::from(status.clone());
        if error.is(ErrorReason::AccessTokenExpired) && retry.may_renew() {
            return self.session.renew(retry.token()).await.map(|_| ());
        }
        if self.line.has_moved_on(&error) {
            return Ok(());
        }
        // Another process has renewed the session after this one took the token.
        if error.is(ErrorReason::SessionRequired)
            && self.session.has_moved_on(retry.token()).await?
            && retry.may_renew()
        {
            return Ok(());
        }
        retry.wait(status).await
    }
}

/// Calls a server without a session: enrolment and log-in.
pub(crate) async fn call_without_session<Req: Clone, Res>(
    channel: Channel,
    message: Req,
    rpc: impl AsyncFn(Channel, Request<Req>) -> Result<Response<Res>, Status>,
) -> Result<Res> {
    let mut retry = Retry::new();
    loop {
        match answer(rpc(channel.clone(), Request::new(message.clone()))).await {
            Ok(answer) => return Ok(answer),
            Err(status) => retry.wait(status).await?,
        }
    }
}

async fn answer<Res>(call: impl Future<Output = Result<Response<Res>, Status>>) -> Result<Res, Status> {
    let lost = |_| Err(Status::unavailable("no answer"));
    timeout(ANSWER, call).await.unwrap_or_else(lost).map(Response::into_inner)
}

fn bearer(token: &str) -> Result<MetadataValue<tonic::metadata::Ascii>> {
    let mut value = MetadataValue::try_from(format!("Bearer {token}"))
        .map_err(|_| Error::new(Exit::Other, msg!("error-answer")))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The server gives up a call after 30 seconds; a little more, and the answer is lost.
const ANSWER: Duration = Duration::from_secs(40);
