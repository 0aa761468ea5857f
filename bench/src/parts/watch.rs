//! Watching: from the start of a post to its arrival at those who watch the patient, one post at a time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use hdrhistogram::Histogram;
use renkei_proto::v1::{
    CreateAffiliationRequest, CreateEnrollmentCodeRequest, CreatePersonRequest, Entry, EntryContent, Role,
    WatchRequest, WatchResponse, watch_response::Event,
};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinSet,
    time::timeout,
};
use tonic::Streaming;

use crate::{
    client::Session,
    load::{self, Round, Series},
    machine::cpu_time,
    parts::Context,
    report::{Bar, Line},
    world::{Blueprint, Member, PASSWORD, World, new_id, note, posting},
};

const PART: &str = "watch";

/// How many watch one patient at most.
const MANY: usize = 1000;
/// How many streams a session can have.
const STREAMS_OF_ONE: usize = 8;
/// How many people log in at once: as many as the server lets.
const AT_ONCE: usize = 8;
/// How many posts a round has at least.
const POSTS: u64 = 5;
/// How long an entry may be on its way before the measuring ends.
const PATIENCE: Duration = Duration::from_secs(20);

/// Measures the part.
///
/// # Errors
/// If the server refuses something, or a watcher gets an entry not exactly once.
pub(crate) async fn run(context: &Context) -> Result<Vec<Line>> {
    context.say("making a region of 8 organisations and one patient");
    let world = World::open(&Blueprint { patients: 1, ..Blueprint::default() }).await?;
    let mut lines = Vec::new();
    for count in [1, 8] {
        context.say(&format!("posting with {count} watching"));
        let watchers = Watchers::open(&world, world.clients(count).await?, count).await?;
        lines.extend(lines_of(count, &measure(context, &world, watchers).await?));
    }
    if !context.short {
        context.say("making 125 people, who log in");
        let sessions = staff(&world, MANY / STREAMS_OF_ONE).await?;
        context.say("posting with 1,000 watching");
        let watchers = Watchers::open(&world, sessions, MANY).await?;
        lines.extend(lines_of(MANY, &measure(context, &world, watchers).await?));
    }
    Ok(lines)
}

/// People of the region's organisations, in turns, each with a device and a session on a connection of its own.
async fn staff(world: &World, count: usize) -> Result<Vec<Session>> {
    let organizations = world.members.iter().map(|member| member.session.organization()).cycle();
    let people = organizations.take(count).enumerate().map(|(number, organization)| async move {
        let mut identity = world.admin.identity.clone();
        let request = CreatePersonRequest {
            request_id: new_id(),
            login_name: format!("staff-{number}"),
            name: format!("計測 担当{number}"),
            name_kana: "ケイソク タントウ".to_owned(),
        };
        let person = identity.create_person(request).await?.into_inner().person;
        let person_id = person.context("person")?.person_id;
        let request = CreateAffiliationRequest {
            request_id: new_id(),
            person_id: person_id.clone(),
            organization_id: organization,
            role: Role::Nurse.into(),
        };
        identity.create_affiliation(request).await?;
        let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id };
        let code = identity.create_enrollment_code(request).await?.into_inner().code;
        world.place.enroll(&code, PASSWORD).await?.login().await
    });
    stream::iter(people).buffered(AT_ONCE).try_collect().await
}

/// Everybody who watches. They stop with this value.
struct Watchers {
    arrivals: UnboundedReceiver<Result<Arrival>>,
    /// They hold the connections of the watchers.
    tasks: JoinSet<()>,
    content: EntryContent,
}

/// An entry has come to a watcher.
struct Arrival {
    entry_id: String,
    at: Instant,
}

/// Three clocks that start with a post, and what the processes spent.
struct Measured {
    /// Until the post was acknowledged.
    posts: Series,
    /// Until the last watcher had it.
    last: Series,
    /// Until a watcher had it, each of them.
    all: Series,
}

impl Watchers {
    /// Lets `count` watch the patient, over these sessions in turns; each of them sees the patient when this
    /// returns.
    async fn open(world: &World, sessions: Vec<Session>, count: usize) -> Result<Self> {
        let patient = &world.patients[0];
        let content = note(0);
        let expected = Arc::new(content.clone());
        let (sender, arrivals) = mpsc::unbounded_channel();
        let begun = sessions.iter().cycle().take(count).map(|session| begin(session, patient));
        let mut begun = stream::iter(begun).buffered(AT_ONCE);
        let mut tasks = JoinSet::new();
        while let Some((events, seq)) = begun.try_next().await? {
            let watcher = Watcher { events, patient: patient.clone(), seq, content: expected.clone() };
            tasks.spawn(watcher.follow(sender.clone()));
        }
        Ok(Self { arrivals, tasks, content })
    }

    /// Posts one entry after the other for `time`.
    async fn round(&mut self, world: &World, author: &Member, time: Duration) -> Result<[Round; 3]> {
        let [mut posts, mut last, mut all] = [load::latencies()?, load::latencies()?, load::latencies()?];
        let (server, this) = (world.server_id()?, std::process::id());
        let before = (cpu_time(server)?, cpu_time(this)?);
        let began = Instant::now();
        while began.elapsed() < time || posts.len() < POSTS {
            let request = posting(&world.patients[0], self.content.clone());
            let entry_id = request.entry_id.clone();
            let mut timeline = author.session.timeline.clone();
            let start = Instant::now();
            let post = async {
                let answer = timeline.post_entry(request).await?;
                anyhow::Ok((answer, start.elapsed()))
            };
            let posted = timeout(PATIENCE, async { tokio::try_join!(post, self.collect(&entry_id, start)) });
            let ((answer, acknowledged), arrived) =
                posted.await.context("an entry does not come to all who watch")??;
            let entry = answer.into_inner().entry.context("entry")?;
            ensure!(entry.entry_id == entry_id, "the answer is about another entry");
            load::record(&mut posts, acknowledged)?;
            load::record(&mut last, arrived.iter().max().copied().unwrap_or_default())?;
            for time in arrived {
                load::record(&mut all, time)?;
            }
        }
        let time = began.elapsed();
        let spent = (cpu_time(server)? - before.0, cpu_time(this)? - before.1);
        let round = |latencies: Histogram<u64>| Round {
            operations: latencies.len(),
            time,
            latencies,
            server: spent.0,
            client: spent.1,
        };
        Ok([round(posts), round(last), round(all)])
    }

    /// Waits until everybody has the entry.
    async fn collect(&mut self, entry_id: &str, start: Instant) -> Result<Vec<Duration>> {
        let mut times = Vec::with_capacity(self.tasks.len());
        while times.len() < self.tasks.len() {
            let arrival = self.arrivals.recv().await.context("nobody watches")??;
            ensure!(arrival.entry_id == entry_id, "a watcher got another entry");
            times.push(arrival.at - start);
        }
        Ok(times)
    }
}

/// Begins to watch; returns when the patient is seen, with the place of the last entry.
async fn begin(session: &Session, patient: &str) -> Result<(Streaming<WatchResponse>, i64)> {
    let request = WatchRequest { patient_ids: vec![patient.to_owned()], ..Default::default() };
    let mut events = session.timeline.clone().watch(request).await?.into_inner();
    match events.message().await?.and_then(|message| message.event) {
        Some(Event::AccessStarted(position)) if position.patient_id == patient => Ok((events, position.seq)),
        other => bail!("a stream begins with {other:?}"),
    }
}

struct Watcher {
    events: Streaming<WatchResponse>,
    patient: String,
    /// Place of the last entry that came.
    seq: i64,
    content: Arc<EntryContent>,
}

impl Watcher {
    async fn follow(mut self, arrivals: UnboundedSender<Result<Arrival>>) {
        loop {
            let arrival = self.next().await;
            let is_last = arrival.is_err();
            // Fails when nobody measures any longer.
            if arrivals.send(arrival).is_err() || is_last {
                return;
            }
        }
    }

    /// The next entry: each comes once, and in order.
    async fn next(&mut self) -> Result<Arrival> {
        loop {
            let message = self.events.message().await?.context("a stream ended")?;
            let at = Instant::now();
            match message.event {
                Some(Event::Heartbeat(_)) => {}
                Some(Event::Entry(new)) => {
                    let Entry { entry_id, patient_id, seq, content, .. } = new.entry.context("entry")?;
                    ensure!(patient_id == self.patient, "an entry of another patient came");
                    ensure!(seq == self.seq + 1, "after {} came {seq}", self.seq);
                    ensure!(content.as_ref() == Some(&*self.content), "an entry has another content");
                    self.seq = seq;
                    return Ok(Arrival { entry_id, at });
                }
                other => bail!("a watcher got {other:?}"),
            }
        }
    }
}

async fn measure(context: &Context, world: &World, mut watchers: Watchers) -> Result<Measured> {
    let plan = context.plan();
    let author = world.members.first().context("a region without members")?;
    watchers.round(world, author, plan.warm_up).await?;
    let mut measured = Measured { posts: Series::default(), last: Series::default(), all: Series::default() };
    for _ in 0..plan.rounds {
        let [posts, last, all] = watchers.round(world, author, plan.round).await?;
        measured.posts.push(posts);
        measured.last.push(last);
        measured.all.push(all);
    }
    Ok(measured)
}

fn lines_of(count: usize, measured: &Measured) -> Vec<Line> {
    let Measured { posts, last, all } = measured;
    let watching = if count == MANY { "1,000".to_owned() } else { count.to_string() };
    let line = |name: &str, quantile, series: &Series| {
        let name = format!("{watching} watching, {name}; limit: the post's own");
        Line::latency(PART, name, quantile, series).of(posts.quantile(quantile))
    };
    let until_last_p50 = line("until the last has it, p50", 0.5, last);
    let until_last_p99 = line("until the last has it, p99", 0.99, last);
    match count {
        1 => vec![until_last_p50, until_last_p99],
        8 => vec![
            until_last_p50,
            until_last_p99.held_to(Bar::at_most(2.0, 1.2)),
            line("each of them, p99", 0.99, all),
        ],
        _ => vec![
            until_last_p50.held_to(Bar::within(50.0, 20.0)),
            until_last_p99,
            line("each of them, p50", 0.5, all),
        ],
    }
}
