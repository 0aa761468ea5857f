//! Watching timelines: entries as they are posted, each only if it is permitted at that moment.
//!
//! A watcher keeps a position per patient. For each patient it looks at, it reads session, access and the
//! entries after the position in one snapshot, puts the disclosure on record under the epoch it saw, and
//! only then sends. Wake-ups and a sweep say when to look; they decide nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use futures::stream::{self, StreamExt as _};
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::timeline::Entry;
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::care_team::{self, Mark};
use renkei_store::timeline;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_stream::wrappers::ReceiverStream;

use crate::app::App;
use crate::app::disclose::Disclosure;
use crate::live::{Hints, Mailbox};

const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long lost hints can delay an entry.
const SWEEP: Duration = Duration::from_secs(5);
/// A client that takes nothing for this long is let go.
const PATIENCE: Duration = Duration::from_secs(60);
/// Entries read at once; and so what a stalled client makes the server hold.
const BATCH: i64 = 20;

/// What is to be watched.
pub(crate) struct WatchCommand {
    /// These patients; empty: all whom the caller may see.
    pub(crate) patients: HashSet<PatientId>,
    /// Where the client stands. Patients without a position are watched from now on.
    pub(crate) positions: HashMap<PatientId, i64>,
}

/// What happened.
pub(crate) enum WatchEvent {
    /// A new entry, and the position with it.
    Entry(Box<Entry>),
    /// The patient may be seen, from this position on.
    AccessStarted(PatientId, i64),
    /// The patient may not be seen any longer.
    AccessEnded(PatientId),
    /// Nothing for a while; positions that moved over entries that were not permitted.
    Heartbeat(Timestamp, Vec<(PatientId, i64)>),
}

/// The events, then the error that ended them.
pub(crate) type WatchStream = std::pin::Pin<Box<dyn Stream<Item = Result<WatchEvent>> + Send>>;

impl App {
    /// Watches until the client goes away, the session ends, or the server goes down.
    ///
    /// # Errors
    /// [`Reason::NotFound`] for a named patient whom the caller may not see.
    pub(crate) async fn watch(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        command: WatchCommand,
    ) -> Result<WatchStream> {
        for patient in command.patients.iter().copied() {
            let (app, by) = (Arc::clone(self), Arc::clone(caller));
            let seen = self
                .store
                .read(move |conn| {
                    Box::pin(async move { app.access(conn, &by, patient).await?.read().map(|_| ()) })
                })
                .await;
            self.record_refusal(caller, Action::EntryRead, patient, seen).await?;
        }
        let (events, receiver) = mpsc::channel(1);
        let (end, ended) = oneshot::channel();
        let watcher = Watcher {
            app: Arc::clone(self),
            caller: Arc::clone(caller),
            wanted: command.patients,
            given: command.positions,
            timelines: HashMap::new(),
            events,
        };
        // subscribed before the first look, so that nothing falls between
        let mailbox = self.live.subscribe();
        tokio::spawn(async move {
            let Err(stop) = watcher.run(&mailbox).await;
            if let Stop::Error(error) = stop {
                // the client may have gone away
                let _ = end.send(error);
            }
        });
        let last = stream::once(ended).filter_map(|error| async { error.ok().map(Err) });
        Ok(Box::pin(ReceiverStream::new(receiver).map(Ok).chain(last)))
    }
}

/// Why a watcher stops.
enum Stop {
    ClientGone,
    Error(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// How far one patient's timeline was sent.
struct Timeline {
    /// Everything permitted up to here was sent.
    position: i64,
    /// The position that the client knows.
    told: i64,
    visible: bool,
    /// What the last look saw.
    mark: Mark,
    /// When time alone changes the access.
    changes_at: Option<Timestamp>,
}

struct Watcher {
    app: Arc<App>,
    caller: Arc<Caller>,
    wanted: HashSet<PatientId>,
    given: HashMap<PatientId, i64>,
    timelines: HashMap<PatientId, Timeline>,
    events: mpsc::Sender<WatchEvent>,
}

/// What one look at a patient saw.
struct Look {
    position: i64,
    mark: Mark,
    visible: bool,
    changes_at: Option<Timestamp>,
    entries: Vec<Entry>,
    complete: bool,
}

impl Watcher {
    async fn run(mut self, mailbox: &Mailbox) -> Result<std::convert::Infallible, Stop> {
        let mut shutdown = self.app.live.shutdown_signal();
        let mut heartbeat = ticker(HEARTBEAT);
        let mut sweep = ticker(SWEEP);
        self.sweep().await?;
        loop {
            tokio::select! {
                biased;
                () = gone_down(&mut shutdown) => {
                    self.heartbeat(true).await?;
                    return Err(Error::new(Reason::ShuttingDown).retry_after(Duration::from_secs(1)).into());
                }
                () = self.events.closed() => return Err(Stop::ClientGone),
                hints = mailbox.take() => self.follow(hints).await?,
                () = until(self.next_change(), self.app.now()) => self.look_at_changes().await?,
                _ = sweep.tick() => self.sweep().await?,
                _ = heartbeat.tick() => self.heartbeat(false).await?,
            }
        }
    }

    async fn follow(&mut self, hints: Hints) -> Result<(), Stop> {
        if hints.all {
            return self.sweep().await;
        }
        let posted = hints.posted.into_iter().filter(|id| self.timelines.get(id).is_some_and(|t| t.visible));
        let patients: HashSet<PatientId> = posted.chain(hints.access).collect();
        for patient in patients {
            if self.wanted.is_empty() || self.wanted.contains(&patient) {
                self.look(patient).await?;
            }
        }
        Ok(())
    }

    /// Looks at every patient whose timeline or access moved since the last look.
    async fn sweep(&mut self) -> Result<(), Stop> {
        let (app, caller) = (Arc::clone(&self.app), Arc::clone(&self.caller));
        let marks = self
            .app
            .store
            .read(move |conn| {
                Box::pin(async move {
                    app.check_live_session(conn, &caller).await?;
                    Ok::<_, Error>(care_team::marks(conn, caller.actor.organization).await?)
                })
            })
            .await?;
        let listed: HashSet<PatientId> = marks.iter().map(|mark| mark.patient).collect();
        let moved = marks
            .into_iter()
            .filter(|mark| self.wanted.is_empty() || self.wanted.contains(&mark.patient))
            .filter(|mark| self.timelines.get(&mark.patient).is_none_or(|timeline| timeline.mark != *mark))
            .map(|mark| mark.patient);
        let left = self
            .timelines
            .iter()
            .filter(|(id, timeline)| timeline.visible && !listed.contains(id))
            .map(|(id, _)| *id);
        for patient in moved.chain(left).collect::<Vec<_>>() {
            self.look(patient).await?;
        }
        Ok(())
    }

    fn next_change(&self) -> Option<Timestamp> {
        self.timelines.values().filter_map(|timeline| timeline.changes_at).min()
    }

    async fn look_at_changes(&mut self) -> Result<(), Stop> {
        let now = self.app.now();
        let due = |timeline: &Timeline| timeline.changes_at.is_some_and(|at| at <= now);
        let patients: Vec<PatientId> =
            self.timelines.iter().filter(|(_, timeline)| due(timeline)).map(|(id, _)| *id).collect();
        for patient in patients {
            self.look(patient).await?;
        }
        Ok(())
    }

    /// Sends what is new of one patient.
    async fn look(&mut self, patient: PatientId) -> Result<(), Stop> {
        loop {
            let Some(look) = self.read(patient).await? else {
                return self.access_ended(patient, None).await;
            };
            if !look.visible {
                return self.access_ended(patient, Some(look)).await;
            }
            let timeline = self.timelines.entry(patient).or_insert_with(|| Timeline {
                position: look.position,
                told: look.position,
                visible: false,
                mark: look.mark,
                changes_at: None,
            });
            timeline.mark = look.mark;
            timeline.changes_at = look.changes_at;
            if !timeline.visible {
                timeline.visible = true;
                timeline.told = timeline.position;
                let started = WatchEvent::AccessStarted(patient, timeline.position);
                send(&self.events, started).await?;
            }
            for entry in look.entries {
                timeline.position = entry.seq;
                timeline.told = entry.seq;
                send(&self.events, WatchEvent::Entry(Box::new(entry))).await?;
            }
            if look.complete {
                timeline.position = timeline.position.max(look.mark.head_seq);
                return Ok(());
            }
        }
    }

    /// Session, access and entries in one snapshot, on record. `None`: no such patient.
    async fn read(&self, patient: PatientId) -> Result<Option<Look>, Stop> {
        let known = self.timelines.get(&patient).map(|timeline| timeline.position);
        let from = known.or_else(|| self.given.get(&patient).copied());
        let look = self
            .app
            .recorded(&self.caller, || {
                let (app, caller) = (Arc::clone(&self.app), Arc::clone(&self.caller));
                self.app.store.read(move |conn| {
                    Box::pin(async move {
                        app.check_live_session(conn, &caller).await?;
                        let access = match app.access(conn, &caller, patient).await {
                            Ok(access) => access,
                            Err(error) if error.reason() == Reason::NotFound => return Ok((None, vec![])),
                            Err(error) => return Err(error),
                        };
                        let mark = |head_seq| Mark { patient, head_seq, epoch: access.epoch() };
                        let Ok(permit) = access.read() else {
                            let look = Look {
                                position: from.unwrap_or(0),
                                mark: mark(0),
                                visible: false,
                                changes_at: access.changes_at(),
                                entries: Vec::new(),
                                complete: true,
                            };
                            return Ok((Some(look), vec![]));
                        };
                        let head = timeline::head(conn, &permit).await?;
                        let position = from.map_or(head, |from| from.min(head));
                        let stored = timeline::after(conn, &permit, position, BATCH).await?;
                        let disclosures = if stored.is_empty() {
                            Vec::new()
                        } else {
                            let seqs = stored.iter().map(|entry| entry.seq);
                            let act = Act::permitted(&permit, Action::EntryRead).with_seqs(seqs);
                            vec![Disclosure { patient, epoch: access.epoch(), act }]
                        };
                        let look = Look {
                            position,
                            mark: mark(head),
                            visible: true,
                            changes_at: access.changes_at(),
                            complete: (stored.len() as i64) < BATCH,
                            entries: app.open_entries(conn, &permit, stored).await?,
                        };
                        Ok((Some(look), disclosures))
                    })
                })
            })
            .await?;
        Ok(look)
    }

    async fn access_ended(&mut self, patient: PatientId, look: Option<Look>) -> Result<(), Stop> {
        let Some(timeline) = self.timelines.get_mut(&patient) else { return Ok(()) };
        if let Some(look) = look {
            timeline.changes_at = look.changes_at;
            timeline.mark.epoch = look.mark.epoch;
        }
        if timeline.visible {
            timeline.visible = false;
            send(&self.events, WatchEvent::AccessEnded(patient)).await?;
        }
        Ok(())
    }

    /// `all`: every position, as the stream's last word.
    async fn heartbeat(&mut self, all: bool) -> Result<(), Stop> {
        let mut positions = Vec::new();
        for (patient, timeline) in self.timelines.iter_mut().filter(|(_, timeline)| timeline.visible) {
            if all || timeline.told != timeline.position {
                timeline.told = timeline.position;
                positions.push((*patient, timeline.position));
            }
        }
        let event = WatchEvent::Heartbeat(self.app.now(), positions);
        send(&self.events, event).await
    }
}

async fn send(events: &mpsc::Sender<WatchEvent>, event: WatchEvent) -> Result<(), Stop> {
    match events.send_timeout(event, PATIENCE).await {
        Ok(()) => Ok(()),
        Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(Stop::ClientGone),
        Err(mpsc::error::SendTimeoutError::Timeout(_)) => {
            Err(Error::new(Reason::ReaderTooSlow).retry_after(Duration::from_secs(1)).into())
        }
    }
}

/// Waits until the server goes down.
async fn gone_down(shutdown: &mut watch::Receiver<bool>) {
    // an error would mean that the server is gone
    let _ = shutdown.wait_for(|down| *down).await.map(|_| ());
}

fn ticker(period: Duration) -> tokio::time::Interval {
    let mut ticker = tokio::time::interval_at(Instant::now() + period, period);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticker
}

/// Waits until `at` on the server's clock; forever without one.
async fn until(at: Option<Timestamp>, now: Timestamp) {
    match at {
        Some(at) => {
            let wait = u64::try_from(at.0.saturating_sub(now.0)).unwrap_or(0);
            tokio::time::sleep(Duration::from_micros(wait)).await;
        }
        None => std::future::pending().await,
    }
}
