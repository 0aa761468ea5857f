//! `renkei watch`: entries as they are posted, and what is done to them, for hours. It keeps the session
//! alive, comes back after a lost connection where it stood, and never prints an entry twice.

use std::time::Duration;

use clap::Args;
use renkei_proto::v1::{
    WatchRequest, WatchResponse, timeline_service_client::TimelineServiceClient, watch_response::Event,
};
use tokio::time::sleep;
use tonic::{Code, Status, Streaming};

use crate::{
    command::{Context, resolve, watch::print::Printer},
    connection::{
        Connection,
        retry::{self, Backoff, Retry},
    },
    error::{Error, Exit, Result},
    text::msg,
};

mod positions;
mod print;

pub(crate) use self::positions::Positions;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: Vec<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let mut named = Vec::new();
    for patient in &arguments.patient {
        let id = resolve::patient(&connection, patient).await?;
        if !named.contains(&id) {
            named.push(id);
        }
    }
    let mut watcher = Watcher {
        printer: Printer::new(context, connection.clone()),
        connection: connection.clone(),
        positions: Positions::new(named),
        retry: Retry::new(),
    };
    tokio::select! {
        result = watcher.watch() => result,
        error = connection.session().clone().keep_alive() => Err(error),
    }
}

struct Watcher<'a> {
    connection: Connection,
    positions: Positions,
    printer: Printer<'a>,
    retry: Retry,
}

/// Why a stream ended.
enum Ended {
    /// The connection or the server: connect again.
    Lost(Status),
    /// Something here, such as nobody reading the output.
    Here(Error),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Here(error)
    }
}

impl Watcher<'_> {
    /// Returns only when going on is of no use.
    async fn watch(&mut self) -> Result<()> {
        // A server that is not there when the command starts is reported like for any other command.
        let mut stream = self.first_connection().await?;
        let mut backoff = Backoff::new();
        let mut again = false;
        loop {
            self.printer.connected(again)?;
            let mut heard = false;
            let status = match self.follow(&mut stream, again, &mut heard).await {
                Ended::Lost(status) => status,
                Ended::Here(error) => return Err(error),
            };
            if heard {
                backoff = Backoff::new();
            }
            self.printer.disconnected(&reason(&status))?;
            again = true;
            stream = self.reconnect(status, &mut backoff).await?;
        }
    }

    async fn first_connection(&mut self) -> Result<Streaming<WatchResponse>> {
        loop {
            match self.connect().await {
                Ok(stream) => return Ok(stream),
                Err(Ended::Here(error)) => return Err(error),
                Err(Ended::Lost(status)) => self.connection.recover(&mut self.retry, status).await?,
            }
        }
    }

    async fn reconnect(
        &mut self,
        mut status: Status,
        backoff: &mut Backoff,
    ) -> Result<Streaming<WatchResponse>> {
        loop {
            self.prepare(status).await?;
            sleep(backoff.next()).await;
            match self.connect().await {
                Ok(stream) => return Ok(stream),
                Err(Ended::Lost(next)) => status = next,
                Err(Ended::Here(error)) if error.exit() == Exit::TryAgain => {
                    status = Status::unavailable("");
                }
                Err(Ended::Here(error)) => return Err(error),
            }
        }
    }

    /// Does what a failure asks for before the next try; an error means that there is none.
    async fn prepare(&mut self, status: Status) -> Result<()> {
        match status.code() {
            Code::Unauthenticated => match self.connection.session().renew(self.retry.token()).await {
                Err(error) if error.exit() != Exit::TryAgain => Err(error),
                _ => Ok(()),
            },
            Code::NotFound => self.drop_unseen().await,
            Code::InvalidArgument | Code::PermissionDenied | Code::Unimplemented => {
                Err(retry::give_up(status))
            }
            _ => Ok(()),
        }
    }

    /// Access to a named patient has ended while the connection was lost: finds out whose.
    async fn drop_unseen(&mut self) -> Result<()> {
        let named: Vec<String> = self.positions.named().cloned().collect();
        for patient in named {
            match resolve::get_patient(&self.connection, &patient).await {
                Err(error) if error.exit() == Exit::NotFound => {
                    self.positions.access_ended(&patient);
                    self.printer.access_ended(&patient)?;
                }
                Err(error) if error.exit() != Exit::TryAgain => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    async fn connect(&mut self) -> Result<Streaming<WatchResponse>, Ended> {
        let message: WatchRequest = self.positions.request().ok_or_else(|| {
            Error::new(Exit::NotFound, msg!("error-watch-nobody")).next(msg!("next-not-found"))
        })?;
        let request = self.connection.request(&mut self.retry, message).await?;
        let answer = TimelineServiceClient::new(self.connection.channel()).watch(request).await;
        answer.map(tonic::Response::into_inner).map_err(Ended::Lost)
    }

    async fn follow(
        &mut self,
        stream: &mut Streaming<WatchResponse>,
        again: bool,
        heard: &mut bool,
    ) -> Ended {
        // Access to each patient is told first; that is no news to a person.
        let mut settled = false;
        loop {
            let message = tokio::select! {
                message = stream.message() => message,
                () = sleep(SETTLING), if !settled => {
                    settled = true;
                    if !again {
                        self.printer.watching(self.positions.watched());
                    }
                    continue;
                }
            };
            let event = match message {
                Ok(Some(response)) => response.event,
                Ok(None) => return Ended::Lost(Status::unavailable("")),
                Err(status) => return Ended::Lost(status),
            };
            *heard = true;
            if let Some(event) = event
                && let Err(error) = self.handle(event, settled || again).await
            {
                return Ended::Here(error);
            }
        }
    }

    async fn handle(&mut self, event: Event, tell: bool) -> Result<()> {
        match event {
            Event::Entry(event) => {
                let (Some(entry), Some(position)) = (event.entry, event.position) else { return Ok(()) };
                if self.positions.is_new(entry.seq, &position) {
                    self.printer.entry(&entry, &position).await?;
                }
            }
            Event::EntryMarked(marked) => {
                marked.position.iter().for_each(|position| self.positions.advance(position));
                self.printer.marked(&marked).await?;
            }
            Event::AccessStarted(position) => {
                let news = self.positions.access_started(&position);
                self.printer.access_started(&position, news && tell).await?;
            }
            Event::AccessEnded(ended) => {
                self.positions.access_ended(&ended.patient_id);
                self.printer.access_ended(&ended.patient_id)?;
            }
            Event::Heartbeat(heartbeat) => {
                for position in heartbeat.positions {
                    self.positions.advance(&position);
                }
            }
        }
        Ok(())
    }
}

/// A word that a program can tell apart: the server's reason, or the gRPC code.
fn reason(status: &Status) -> String {
    match Error::from(status.clone()).reason() {
        Some(reason) => reason.as_str_name().trim_start_matches("ERROR_REASON_").to_owned(),
        _ if retry::is_lost_connection(status) || status.code() == Code::Unavailable => {
            "CONNECTION_LOST".to_owned()
        }
        _ => format!("{:?}", status.code()).to_uppercase(),
    }
}

const SETTLING: Duration = Duration::from_millis(500);
