//! A watch stream that is read without a pause: what came, and when.

use std::time::Instant;

use anyhow::{Context as _, Result};
use renkei_proto::v1::{Entry, WatchRequest, watch_response};
use renkei_tests::wait;
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};
use tonic::Status;

use super::load;
use crate::{grpc::Session, region::text_of};

/// An open stream.
pub(super) struct Stream {
    events: mpsc::UnboundedReceiver<Event>,
    reading: JoinHandle<()>,
}

/// One thing that came.
pub(super) struct Event {
    /// When it was read.
    pub(super) at: Instant,
    pub(super) what: What,
}

pub(super) enum What {
    /// Access to this patient began.
    Started(String),
    /// Access to this patient ended.
    Ended(String),
    Entry(Seen),
    /// The stream ended.
    Closed(Status),
}

/// An entry that came.
pub(super) struct Seen {
    pub(super) at: Instant,
    pub(super) patient: String,
    pub(super) entry_id: String,
    pub(super) seq: i64,
    pub(super) category: i32,
    /// When its post began, if it is of the load.
    pub(super) began: Option<Instant>,
}

impl Stream {
    /// Watches everybody whom the session may see, from now on.
    pub(super) async fn open(session: &Session) -> Result<Self> {
        let mut stream = session.timeline.clone().watch(WatchRequest::default()).await?.into_inner();
        let (sender, events) = mpsc::unbounded_channel();
        let reading = tokio::spawn(async move {
            loop {
                let message = stream.message().await;
                let at = Instant::now();
                let what = match message {
                    Ok(Some(message)) => match message.event.and_then(|event| understood(event, at)) {
                        Some(what) => what,
                        None => continue,
                    },
                    Ok(None) => What::Closed(Status::ok("the stream ended without a reason")),
                    Err(status) => What::Closed(status),
                };
                let closed = matches!(what, What::Closed(_));
                if sender.send(Event { at, what }).is_err() || closed {
                    return;
                }
            }
        });
        Ok(Self { events, reading })
    }

    /// What came next.
    pub(super) async fn next(&mut self) -> Result<Event> {
        let next = timeout(wait::PATIENCE, self.events.recv()).await.context("nothing comes")?;
        next.context("the stream is closed")
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

fn understood(event: watch_response::Event, at: Instant) -> Option<What> {
    match event {
        watch_response::Event::AccessStarted(position) => Some(What::Started(position.patient_id)),
        watch_response::Event::AccessEnded(ended) => Some(What::Ended(ended.patient_id)),
        watch_response::Event::Entry(entry) => entry.entry.map(|entry| What::Entry(seen(&entry, at))),
        // nobody marks anything in the trials
        watch_response::Event::EntryMarked(_) | watch_response::Event::Heartbeat(_) => None,
    }
}

fn seen(entry: &Entry, at: Instant) -> Seen {
    Seen {
        at,
        patient: entry.patient_id.clone(),
        entry_id: entry.entry_id.clone(),
        seq: entry.seq,
        category: entry.category,
        began: load::began(text_of(entry)),
    }
}
