//! The stream of new entries and of what is done to them, for as long as the screen is open: after a
//! lost connection it goes on where it stood.

use std::time::Duration;

use renkei_proto::v1::{
    WatchResponse, timeline_service_client::TimelineServiceClient, watch_response::Event,
};
use tokio::time::{sleep, timeout};
use tonic::{Status, Streaming};

use crate::{
    command::watch::Positions,
    connection::{
        Connection,
        retry::{self, Backoff, Retry},
    },
    error::{Error, Exit, Result},
    tui::event::Watched,
};

/// Watches until the session ends; the error says how it did.
pub(crate) async fn follow(connection: Connection, tell: impl Fn(Watched)) -> Error {
    let mut watcher = Watcher { connection, positions: Positions::new(Vec::new()), tell };
    let mut backoff = Backoff::new();
    loop {
        let error = match watcher.once(&mut backoff).await {
            Ok(()) => continue,
            Err(error) => error,
        };
        if error.exit() == Exit::LogIn {
            return error;
        }
        (watcher.tell)(Watched::Offline);
        sleep(backoff.next()).await;
    }
}

struct Watcher<F> {
    connection: Connection,
    positions: Positions,
    tell: F,
}

impl<F: Fn(Watched)> Watcher<F> {
    /// One stream to its end. Fine: it was lost, and another one may begin at once.
    async fn once(&mut self, backoff: &mut Backoff) -> Result<()> {
        let mut retry = Retry::new();
        let mut stream = loop {
            match self.connect(&mut retry).await? {
                Ok(stream) => break stream,
                Err(status) => {
                    if retry::is_lost_connection(&status) {
                        (self.tell)(Watched::Offline);
                    }
                    self.connection.recover(&mut retry, status).await?;
                }
            }
        };
        (self.tell)(Watched::Online);
        loop {
            // The server gives a sign of life every 15 seconds.
            let message = timeout(SILENCE, stream.message()).await;
            match message.unwrap_or_else(|_| Err(Status::unavailable("silence"))) {
                Ok(Some(response)) => {
                    *backoff = Backoff::new();
                    self.heard(response);
                }
                Ok(None) => break,
                Err(status) => {
                    (self.tell)(Watched::Offline);
                    retry.progressed();
                    return self.connection.recover(&mut retry, status).await;
                }
            }
        }
        (self.tell)(Watched::Offline);
        sleep(backoff.next()).await;
        Ok(())
    }

    async fn connect(&self, retry: &mut Retry) -> Result<Result<Streaming<WatchResponse>, Status>> {
        let message = self.positions.request().unwrap_or_default();
        let request = self.connection.request(retry, message).await?;
        let answer = TimelineServiceClient::new(self.connection.channel()).watch(request).await;
        Ok(answer.map(tonic::Response::into_inner))
    }

    fn heard(&mut self, response: WatchResponse) {
        match response.event {
            Some(Event::Entry(event)) => {
                let (Some(entry), Some(position)) = (event.entry, event.position) else { return };
                if self.positions.is_new(entry.seq, &position) {
                    (self.tell)(Watched::Entry(Box::new(entry)));
                }
            }
            Some(Event::EntryMarked(marked)) => {
                marked.position.iter().for_each(|position| self.positions.advance(position));
                (self.tell)(Watched::Marked(Box::new(marked)));
            }
            Some(Event::AccessStarted(position)) => {
                // Where it goes on nothing was missed.
                let is_news = self.positions.access_started(&position);
                if is_news {
                    let (patient_id, seq) = (position.patient_id, position.seq);
                    (self.tell)(Watched::AccessStarted { patient_id, seq });
                }
            }
            Some(Event::AccessEnded(ended)) => {
                self.positions.access_ended(&ended.patient_id);
                (self.tell)(Watched::AccessEnded(ended.patient_id));
            }
            Some(Event::Heartbeat(heartbeat)) => {
                for position in heartbeat.positions {
                    self.positions.advance(&position);
                }
            }
            None => {}
        }
    }
}

/// Longer than the server is ever silent.
const SILENCE: Duration = Duration::from_secs(45);
