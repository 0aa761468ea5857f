//! Logging in: how many a second, beside Argon2id alone, and what somebody who posts or reads feels meanwhile.
//!
//! So many log in at once that the server's queue for passwords is full. Who is answered with BUSY waits as long
//! as the answer says and tries again; that is no log-in, and its time is not that of the log-in that follows.

mod crowd;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use hdrhistogram::Histogram;
use renkei_crypto::{
    OsEntropy,
    key::Key,
    password::{self, Memory, Pepper},
};
use renkei_proto::v1::{LoginRequest, auth_service_client::AuthServiceClient};
use tokio::{
    task::{JoinSet, block_in_place},
    time::sleep,
};
use tonic::{Code, transport::Channel};
use tonic_types::StatusExt as _;

use crate::{
    client::Device,
    load::{self, Round, Series},
    machine::cpu_time,
    parts::{Context, post::Poster},
    report::Line,
    world::{Blueprint, PASSWORD, World},
};

const PART: &str = "login";

/// How many devices log in. The server lets each have two log-ins under way.
const DEVICES: usize = 24;
/// On each device: together more than the 40 that the server lets wait or work.
const AT_ONCE: usize = 2;
/// How many passwords the server checks at once, by default.
const CHECKS: usize = 8;
const ROUNDS: usize = 3;
/// Before a storm is measured: until the queue is full, and its answers come evenly.
const WARM_UP: Duration = Duration::from_secs(2);
/// How long log-ins, and Argon2id alone, are counted.
const WINDOW: Duration = Duration::from_secs(3);
/// How long others are measured.
const MEANWHILE: Duration = Duration::from_secs(2);

/// Measures the part.
///
/// # Errors
/// If the server refuses a log-in for anything but being busy, or a post.
pub(crate) async fn run(context: &Context) -> Result<Vec<Line>> {
    context.say(&format!("making a region of {DEVICES} organisations"));
    let mut world = World::open(&Blueprint { members: DEVICES, patients: 4, ..Default::default() }).await?;
    let server = world.server_id()?;
    let mut posters = Poster::of(world.clients(1).await?, &world.patients);
    load::round(&mut posters, context.plan().warm_up, server).await?;
    let pepper = Pepper(Key::random(&OsEntropy));
    let stored = password::hash(PASSWORD, &pepper, &OsEntropy, &mut Memory::default());

    let (mut logins, mut alone) = (Series::default(), Series::default());
    let (mut calm, mut stormy) = (Series::default(), Series::default());
    for round in 1..=ROUNDS {
        context.say(&format!("round {round} of {ROUNDS}: Argon2id alone, posts, log-ins, posts meanwhile"));
        alone.push(block_in_place(|| argon2id(&pepper, &stored))?);
        calm.push(load::round(&mut posters, MEANWHILE, server).await?);
        let mut storm = Storm::begin(&world, AT_ONCE).await?;
        sleep(WARM_UP).await;
        logins.push(storm.count(WINDOW, server).await?);
        stormy.push(load::round(&mut posters, MEANWHILE, server).await?);
        let refused = storm.end().await?;
        ensure!(refused > 0, "the queue was never full");
    }
    let posts = |name: &str, quantile| {
        let name = format!("1 client posts meanwhile, {name}; limit: without log-ins");
        let line = Line::latency(PART, name, quantile, &stormy).of(calm.quantile(quantile));
        // What was spent meanwhile was spent on passwords.
        Line { server_cpu: None, client_cpu: None, ..line }
    };
    let name = format!("log-ins; limit: Argon2id alone, {CHECKS} at once");
    let mut lines = vec![
        Line::rate(PART, name, "log-ins/s", &logins).of(alone.rate()),
        posts("p50", 0.5),
        posts("p99", 0.99),
    ];
    drop(posters);
    lines.extend(crowd::run(context, &mut world).await?);
    Ok(lines)
}

/// Checks a password as often as it goes, as many at once as the server does.
fn argon2id(pepper: &Pepper, stored: &str) -> Result<Round> {
    let this = std::process::id();
    let (start, before) = (Instant::now(), cpu_time(this)?);
    let check = || {
        let (mut latencies, memory) = (load::latencies()?, &mut Memory::default());
        while start.elapsed() < WINDOW {
            let began = Instant::now();
            ensure!(password::verify(PASSWORD, pepper, stored, memory), "the right password is refused");
            load::record(&mut latencies, began.elapsed())?;
        }
        Ok(latencies)
    };
    let mut latencies = load::latencies()?;
    thread::scope(|scope| {
        let running: Vec<_> = (0..CHECKS).map(|_| scope.spawn(check)).collect();
        running.into_iter().try_for_each(|thread| {
            let own: Histogram<u64> = thread.join().map_err(|_| anyhow!("a thread panicked"))??;
            Ok::<_, anyhow::Error>(latencies.add(own)?)
        })
    })?;
    let (time, client) = (start.elapsed(), cpu_time(this)? - before);
    Ok(Round { operations: latencies.len(), time, latencies, server: Duration::ZERO, client })
}

/// Many who log in again and again.
struct Storm {
    people: JoinSet<Result<()>>,
    tally: Arc<Tally>,
}

/// What all of them together have done.
struct Tally {
    /// The log-ins since it was last looked at.
    done: Mutex<Histogram<u64>>,
    /// Answered with BUSY.
    refused: AtomicU64,
    /// Nobody begins another one.
    over: AtomicBool,
}

impl Storm {
    /// Connects so many on each device and lets them begin.
    async fn begin(world: &World, each: usize) -> Result<Self> {
        let tally = Tally {
            done: Mutex::new(load::latencies()?),
            refused: AtomicU64::new(0),
            over: AtomicBool::new(false),
        };
        let (tally, mut people) = (Arc::new(tally), JoinSet::new());
        for person in persons(world, each).await? {
            people.spawn(person.log_in_until_over(tally.clone()));
        }
        Ok(Self { people, tally })
    }

    /// Counts the log-ins within this time.
    async fn count(&mut self, time: Duration, server: u32) -> Result<Round> {
        let this = std::process::id();
        self.tally.take()?;
        let before = (cpu_time(server)?, cpu_time(this)?);
        let start = Instant::now();
        tokio::select! {
            () = sleep(time) => {}
            Some(ended) = self.people.join_next() => ended.context("a client panicked")??,
        }
        let (latencies, time) = (self.tally.take()?, start.elapsed());
        let after = (cpu_time(server)?, cpu_time(this)?);
        let operations = latencies.len();
        ensure!(operations > 0, "nobody could log in");
        Ok(Round { operations, time, latencies, server: after.0 - before.0, client: after.1 - before.1 })
    }

    /// Waits until everybody has ended, and says how often somebody was answered with BUSY.
    async fn end(mut self) -> Result<u64> {
        self.tally.over.store(true, Ordering::Relaxed);
        while let Some(ended) = self.people.join_next().await {
            ended.context("a client panicked")??;
        }
        Ok(self.tally.refused.load(Ordering::Relaxed))
    }
}

impl Tally {
    /// What was done since the last time.
    fn take(&self) -> Result<Histogram<u64>> {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::replace(&mut done, load::latencies()?))
    }
}

/// Somebody who logs in, on a connection that stands already.
struct Person {
    auth: AuthServiceClient<Channel>,
    device: Device,
}

/// So many on each device, each with its own connection.
async fn persons(world: &World, each: usize) -> Result<Vec<Person>> {
    let devices = world.members.iter().flat_map(|member| std::iter::repeat_n(&member.device, each));
    let connect = |device: &Device| {
        let device = device.clone();
        async move { Person { auth: AuthServiceClient::new(device.channel()?), device }.connected().await }
    };
    stream::iter(devices.map(connect)).buffered(16).try_collect().await
}

impl Person {
    /// Asks for something that the server refuses without looking at a password.
    async fn connected(mut self) -> Result<Self> {
        match self.auth.login(LoginRequest::default()).await {
            Err(status) if status.code() == Code::InvalidArgument => Ok(self),
            Err(status) => bail!(status),
            Ok(_) => bail!("somebody logged in without a name"),
        }
    }

    async fn log_in_until_over(mut self, tally: Arc<Tally>) -> Result<()> {
        while !tally.over.load(Ordering::Relaxed) {
            let request = LoginRequest {
                login_name: self.device.login_name.clone(),
                password: self.device.password.clone(),
                ..Default::default()
            };
            let start = Instant::now();
            match self.auth.login(request).await {
                Ok(answer) => {
                    let answer = answer.into_inner();
                    ensure!(answer.tokens.is_some_and(|tokens| !tokens.access_token.is_empty()), "no token");
                    let name = answer.identity.context("identity")?.login_name;
                    ensure!(name == self.device.login_name, "a session of somebody else");
                    let mut done = tally.done.lock().unwrap_or_else(PoisonError::into_inner);
                    load::record(&mut done, start.elapsed())?;
                }
                Err(status) if status.code() == Code::ResourceExhausted => {
                    tally.refused.fetch_add(1, Ordering::Relaxed);
                    let retry = status.get_details_retry_info().and_then(|info| info.retry_delay);
                    sleep(retry.with_context(|| format!("not said when to try again: {status}"))?).await;
                }
                Err(status) => bail!(status),
            }
        }
        Ok(())
    }
}
