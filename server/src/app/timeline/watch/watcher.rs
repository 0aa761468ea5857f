//! One watcher: a position per patient. For each patient it looks at, it reads session, access and the
//! entries after the position in one snapshot, puts the disclosure on record under the epoch it saw, and
//! only then sends. Wake-ups and a sweep say when to look; they decide nothing. What is new it takes from
//! [`super::together`] where that is known to be the same.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use renkei_domain::access::Subject;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::PatientId;
use renkei_domain::identity::Caller;
use renkei_domain::timeline::Entry;
use renkei_domain::{Error, Reason, Result, Timestamp};
use renkei_store::care_team::{self, Mark};
use renkei_store::{Conn, timeline};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

use super::told::{News, Timeline};
use super::{Given, Marked, Position, WatchCommand, WatchEvent};
use crate::app::App;
use crate::app::disclose::{Disclosure, disclosure};
use crate::app::outgoing::{Outlet, Stop};
use crate::app::timeline::within;
use crate::live::{Hints, Mailbox};

const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long lost hints can delay an entry.
const SWEEP: Duration = Duration::from_secs(5);
/// Entries read at once at most.
pub(super) const BATCH: i64 = 20;
/// Bytes read at once, about: what a stalled client makes the server hold.
pub(super) const BATCH_BYTES: usize = 64 * 1024;
/// What was read longer ago than this is read again before it is sent.
pub(super) const FRESH: Duration = Duration::from_millis(250);

/// One stream's state.
pub(super) struct Watcher {
    pub(super) app: Arc<App>,
    pub(super) caller: Arc<Caller>,
    wanted: HashSet<PatientId>,
    given: HashMap<PatientId, Given>,
    pub(super) timelines: HashMap<PatientId, Timeline>,
    /// Patients of the organisation whom the caller has never seen on this stream.
    unseen: HashMap<PatientId, Unseen>,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) events: Outlet<WatchEvent>,
    /// Until when the session is good, unless it is ended.
    pub(super) good_until: Timestamp,
}

struct Unseen {
    epoch: i64,
    changes_at: Option<Timestamp>,
}

/// What the look before left behind.
#[derive(Clone, Copy)]
struct Known {
    epoch: i64,
    changes_at: Option<Timestamp>,
    told: Position,
    scanned: Position,
}

/// What one look at a patient saw.
struct Look {
    mark: Mark,
    changes_at: Option<Timestamp>,
    /// `None`: nothing of the patient may be seen.
    sight: Option<Sight>,
}

struct Sight {
    /// Where the client stands.
    told: Position,
    /// Behind which entries and marks were read.
    from: Position,
    entries: Vec<Entry>,
    /// What was done to these or earlier ones.
    marked: Vec<Marked>,
    /// There are more behind them: entries, or marks behind this place.
    more: Option<i64>,
}

impl Watcher {
    pub(super) fn new(
        app: Arc<App>,
        caller: Arc<Caller>,
        command: WatchCommand,
        mailbox: Arc<Mailbox>,
        events: Outlet<WatchEvent>,
    ) -> Self {
        Self {
            app,
            caller,
            wanted: command.patients,
            given: command.positions,
            timelines: HashMap::new(),
            unseen: HashMap::new(),
            mailbox,
            events,
            good_until: Timestamp(0),
        }
    }

    pub(super) async fn run(mut self) -> Result<(), Stop> {
        let mut shutdown = self.app.live.shutdown_signal();
        let mailbox = Arc::clone(&self.mailbox);
        let mut heartbeat = ticker(HEARTBEAT);
        let mut sweep = ticker(SWEEP);
        Box::pin(self.sweep()).await?;
        loop {
            tokio::select! {
                biased;
                () = gone_down(&mut shutdown) => return Box::pin(self.last_word()).await,
                () = self.events.closed() => return Err(Stop::ClientGone),
                // what is rarely done lives on the heap only while it is done: there are many idle watchers
                hints = mailbox.take() => Box::pin(self.follow(hints)).await?,
                () = until(self.next_change(), self.app.now()) => Box::pin(self.look_at_changes()).await?,
                _ = sweep.tick() => Box::pin(self.sweep()).await?,
                _ = heartbeat.tick() => {
                    self.events.send(WatchEvent::Heartbeat(self.app.now(), Vec::new())).await?;
                }
            }
        }
    }

    /// Every position, and that the server goes down.
    async fn last_word(&self) -> Result<(), Stop> {
        let visible = self.timelines.iter().filter(|(_, timeline)| timeline.visible);
        let positions = visible.map(|(patient, timeline)| (*patient, timeline.told)).collect();
        self.events.send(WatchEvent::Heartbeat(self.app.now(), positions)).await?;
        Err(Error::new(Reason::ShuttingDown).retry_after(Duration::from_secs(1)).into())
    }

    async fn follow(&mut self, hints: Hints) -> Result<(), Stop> {
        if hints.all {
            return self.sweep().await;
        }
        for (patient, round) in hints.posted {
            let is_known = self.timelines.get(&patient).is_some_and(|timeline| timeline.visible);
            let is_looked_at = hints.access.contains(&patient) || hints.marked.contains(&patient);
            if is_known && !is_looked_at && !self.share(patient, &round).await? {
                self.look(patient).await?;
            }
        }
        for patient in hints.marked {
            let is_known = self.timelines.get(&patient).is_some_and(|timeline| timeline.visible);
            if is_known && !hints.access.contains(&patient) {
                self.look(patient).await?;
            }
        }
        for patient in hints.access {
            if self.wants(patient) {
                self.look(patient).await?;
            }
        }
        Ok(())
    }

    fn wants(&self, patient: PatientId) -> bool {
        self.wanted.is_empty() || self.wanted.contains(&patient)
    }

    /// Looks at every patient whose timeline or access moved since the last look.
    async fn sweep(&mut self) -> Result<(), Stop> {
        let (app, caller) = (Arc::clone(&self.app), Arc::clone(&self.caller));
        let (good_until, marks) = self
            .app
            .store
            .read(move |conn| {
                Box::pin(async move {
                    let good_until = app.check_live_session(conn, &caller).await?;
                    let Subject { organization, person, .. } = caller.subject();
                    Ok::<_, Error>((good_until, care_team::marks(conn, organization, person).await?))
                })
            })
            .await?;
        self.good_until = good_until;
        let listed: HashSet<PatientId> = marks.iter().map(|mark| mark.patient).collect();
        let moved: Vec<PatientId> = marks
            .into_iter()
            .filter(|mark| self.wants(mark.patient) && self.moved(mark))
            .map(|mark| mark.patient)
            .collect();
        let visible = self.timelines.iter().filter(|(_, timeline)| timeline.visible);
        let left: Vec<PatientId> = visible.map(|(id, _)| *id).filter(|id| !listed.contains(id)).collect();
        for patient in moved.into_iter().chain(left) {
            self.look(patient).await?;
        }
        Ok(())
    }

    fn moved(&self, mark: &Mark) -> bool {
        match (self.timelines.get(&mark.patient), self.unseen.get(&mark.patient)) {
            (Some(timeline), _) if timeline.visible => timeline.mark != *mark,
            (Some(timeline), _) => timeline.mark.epoch != mark.epoch,
            (None, Some(unseen)) => unseen.epoch != mark.epoch,
            (None, None) => true,
        }
    }

    fn changes(&self) -> impl Iterator<Item = (PatientId, Timestamp)> {
        let known = self.timelines.iter().map(|(id, timeline)| (*id, timeline.changes_at));
        let unseen = self.unseen.iter().map(|(id, unseen)| (*id, unseen.changes_at));
        known.chain(unseen).filter_map(|(id, at)| at.map(|at| (id, at)))
    }

    fn next_change(&self) -> Option<Timestamp> {
        self.changes().map(|(_, at)| at).min()
    }

    async fn look_at_changes(&mut self) -> Result<(), Stop> {
        let now = self.app.now();
        let due: Vec<PatientId> = self.changes().filter(|(_, at)| *at <= now).map(|(id, _)| id).collect();
        for patient in due {
            self.look(patient).await?;
        }
        Ok(())
    }

    /// Sends what is new of one patient.
    async fn look(&mut self, patient: PatientId) -> Result<(), Stop> {
        loop {
            if self.app.live.is_going_down() {
                return self.last_word().await;
            }
            self.mailbox.looking_at(patient);
            self.mailbox.follow(patient);
            let Look { mark, changes_at, sight } = self.read(patient).await?;
            let read_at = Instant::now();
            let Some(sight) = sight else { return self.access_ended(mark, changes_at).await };
            self.unseen.remove(&patient);
            let told = sight.told;
            let timeline = self.timelines.entry(patient).or_insert(Timeline {
                told,
                scanned: sight.from,
                visible: false,
                mark,
                changes_at,
                begun: (0, Vec::new()),
            });
            // under a new epoch nothing is passed over yet, also if this look sends nothing
            (timeline.mark, timeline.changes_at, timeline.scanned) = (mark, changes_at, sight.from);
            if !timeline.visible {
                timeline.visible = true;
                self.events.send(WatchEvent::AccessStarted(patient, told)).await?;
            }
            let mut stale = false;
            let entries = sight.entries.into_iter().map(|entry| News::Entry(Box::new(entry)));
            for news in entries.chain(sight.marked.into_iter().map(News::Marked)) {
                if timeline.has_told(&news) {
                    continue;
                }
                // what was read under an access that may have ended is not sent, but read again
                stale = read_at.elapsed() > FRESH
                    || changes_at.is_some_and(|at| at <= self.app.now())
                    || self.mailbox.warns_of(patient)
                    || self.app.live.is_going_down();
                if stale {
                    break;
                }
                self.events.send(timeline.with(news)).await?;
            }
            match sight.more {
                _ if stale => {}
                // also if it says nothing to this client
                Some(place) => timeline.scanned.mark = timeline.scanned.mark.max(place),
                None => {
                    timeline.has_scanned(&mark);
                    return Ok(());
                }
            }
        }
    }

    /// Session, access and entries in one snapshot, on record.
    async fn read(&self, patient: PatientId) -> Result<Look, Stop> {
        let known = self.timelines.get(&patient).map(|known| Known {
            epoch: known.mark.epoch,
            changes_at: known.changes_at,
            told: known.told,
            scanned: known.scanned,
        });
        let given = self.given.get(&patient).copied();
        let look = || async {
            let read = || {
                let (app, caller) = (Arc::clone(&self.app), Arc::clone(&self.caller));
                self.app.store.read(move |conn| {
                    Box::pin(async move { look(&app, conn, &caller, patient, known, given).await })
                })
            };
            self.app.recorded(&self.caller, read).await
        };
        let mut looked = look().await;
        // access changes faster than it can be read: a stream can wait until it rests
        while looked.as_ref().is_err_and(|error| error.reason() == Reason::Busy) {
            looked = look().await;
        }
        match looked {
            Ok(look) => Ok(look),
            // no such patient, or an access that cannot be read: shown to nobody, and the others go on
            Err(error) if matches!(error.reason(), Reason::NotFound | Reason::StoredDataDamaged) => {
                let mark = Mark { patient, head_seq: 0, head_mark: 0, epoch: 0 };
                Ok(Look { mark, changes_at: None, sight: None })
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn access_ended(&mut self, mark: Mark, changes_at: Option<Timestamp>) -> Result<(), Stop> {
        self.mailbox.leave(mark.patient);
        let Some(timeline) = self.timelines.get_mut(&mark.patient) else {
            self.unseen.insert(mark.patient, Unseen { epoch: mark.epoch, changes_at });
            return Ok(());
        };
        (timeline.mark, timeline.changes_at) = (mark, changes_at);
        if std::mem::replace(&mut timeline.visible, false) {
            self.events.send(WatchEvent::AccessEnded(mark.patient)).await?;
        }
        Ok(())
    }
}

/// One look. `given`: the client's position.
async fn look(
    app: &App,
    conn: &mut Conn,
    caller: &Caller,
    patient: PatientId,
    known: Option<Known>,
    given: Option<Given>,
) -> Result<(Look, Vec<Disclosure>)> {
    app.check_live_session(conn, caller).await?;
    let access = app.access_to_keep(conn, caller, patient).await?;
    let changes_at = access.changes_at();
    let mark = |(head_seq, head_mark)| Mark { patient, head_seq, head_mark, epoch: access.epoch() };
    let Ok(permit) = access.read() else {
        return Ok((Look { mark: mark((0, 0)), changes_at, sight: None }, vec![]));
    };
    let heads = timeline::heads(conn, &permit).await?;
    let (told, from) = match known {
        Some(known) if known.epoch == access.epoch() && known.changes_at == changes_at => {
            (known.told, known.scanned)
        }
        // somebody's access changed: what was passed over may be permitted now
        Some(known) => (known.told, known.told),
        None => {
            // the client is told of the last entry and mark that it may see, not of hidden ones behind them
            let last = timeline::before(conn, &permit, i64::MAX, 1).await?.first().map_or(0, |last| last.seq);
            let last_mark = if heads.1 > 0 { timeline::last_mark(conn, &permit).await? } else { 0 };
            let begin = |given: Option<i64>, last: i64, head: i64| {
                given.map_or((last, head), |given| (given.min(last), given.min(last)))
            };
            let (seq, from_seq) = begin(given.map(|given| given.seq), last, heads.0);
            let (mark, from_mark) = begin(given.and_then(|given| given.mark), last_mark, heads.1);
            (Position { seq, mark }, Position { seq: from_seq, mark: from_mark })
        }
    };
    let (stored, cut) = within(BATCH_BYTES, timeline::after(conn, &permit, from.seq, BATCH).await?);
    let mut more = (cut || stored.len() as i64 == BATCH).then_some(from.mark);
    let disclosures = if stored.is_empty() {
        Vec::new()
    } else {
        let seqs = stored.iter().map(|entry| entry.seq);
        let act = Act::permitted(&permit, Action::EntryRead).with_seqs(seqs);
        vec![disclosure(&access, act, patient)]
    };
    let entries = app.open_entries(conn, &permit, stored).await?;
    let mut marked = Vec::new();
    // after the entries that did it
    if more.is_none() && heads.1 > from.mark {
        (marked, more) = app.marked(conn, &permit, from.mark).await?;
    }
    let sight = Some(Sight { told, from, entries, marked, more });
    Ok((Look { mark: mark(heads), changes_at, sight }, disclosures))
}

fn ticker(period: Duration) -> tokio::time::Interval {
    let mut ticker = tokio::time::interval_at(Instant::now() + period, period);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticker
}

/// Waits until the server goes down.
async fn gone_down(shutdown: &mut watch::Receiver<bool>) {
    // an error would mean that the server is gone
    let _ = shutdown.wait_for(|down| *down).await.map(|_| ());
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
