//! Starting: from the beginning of the process to the first answered call, which asks who is calling, in a session
//! from before, over a new connection. The files are in the system's cache, and the server before was stopped
//! in order.

use std::{
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::WhoAmIRequest;
use renkei_tests::wait;
use tokio::task::{block_in_place, spawn_blocking};

use crate::{
    client::Session,
    filler::{self, Fill},
    load::{self, Client as _, median},
    machine::cpu_time,
    parts::{Context, post::Poster},
    report::{Bar, Line},
    world::{Blueprint, World},
};

const PART: &str = "start";

const STARTS: usize = 10;
const STARTS_SHORT: usize = 3;
const ENTRIES: usize = 1_000_000;
const ENTRIES_SHORT: usize = 50_000;
/// Half of the entries belong to as many patients besides those of the region.
const OTHERS: usize = 10_000;

/// Between two looks whether the server listens. Tokio's clock is too coarse for that.
const BETWEEN_LOOKS: Duration = Duration::from_micros(200);

/// Measures the part.
///
/// # Errors
/// If the server does not start, or its first answer is not the right one.
pub(crate) async fn run(context: &Context) -> Result<Vec<Line>> {
    let starts = if context.short { STARTS_SHORT } else { STARTS };
    context.say("making a region without patients");
    let mut world = World::open(&Blueprint { members: 1, patients: 0, ..Default::default() }).await?;
    let empty = measure(context, &mut world, starts, "an empty region").await?;
    drop(world);

    let entries = if context.short { ENTRIES_SHORT } else { ENTRIES };
    context.say(&format!("making a region with {entries} entries"));
    let mut world = World::open(&Blueprint::default()).await?;
    let mut posters = Poster::of(world.clients(1).await?, &world.patients);
    // What the others are copied from.
    posters.iter_mut().next().context("a client")?.operate().await?;
    drop(posters);
    world.server.stop()?;
    let fill = Fill { entries, patients: &world.patients, others: OTHERS, reader: None };
    block_in_place(|| filler::fill(&world.server, &fill))?;
    world.server.start()?;
    let full = measure(context, &mut world, starts, &format!("{entries} entries")).await?;
    Ok(vec![empty, full])
}

async fn measure(context: &Context, world: &mut World, starts: usize, with: &str) -> Result<Line> {
    context.say(&format!("{starts} starts with {with}"));
    let (mut times, mut spent, mut all) = (Vec::new(), Vec::new(), load::latencies()?);
    for _ in 0..starts {
        let (time, processor) = start(world).await?;
        times.push(time.as_secs_f64() * 1e3);
        spent.push(processor.as_secs_f64() * 1e6);
        load::record(&mut all, time)?;
    }
    let line = Line::new(PART, format!("to the first answer, {with}"), median(times.clone()), "ms");
    Ok(Line {
        p50: Some(line.figure),
        p99: Some(all.max() as f64 / 1e6),
        server_cpu: Some(median(spent)),
        rounds: times,
        ..line
    }
    .held_to(Bar::within(200.0, 50.0)))
}

/// Stops the server and starts it again. Returns how long the first answer took, and what the server had spent
/// on a processor about then.
async fn start(world: &mut World) -> Result<(Duration, Duration)> {
    world.server.stop()?;
    let member = world.members.first().context("a region without members")?;
    // It connects with its first call.
    let session = member.device.connect_again(&member.session)?;
    let answer = tokio::spawn(first_answer(session, world.server.address()));
    let began = Instant::now();
    block_in_place(|| world.server.start())?;
    let answered = answer.await??;
    Ok((answered - began, cpu_time(world.server_id()?)?))
}

/// When the server has answered a call, which it is asked as soon as it listens.
async fn first_answer(session: Session, address: String) -> Result<Instant> {
    spawn_blocking(move || listens(&address)).await??;
    let answer = session.auth.clone().who_am_i(WhoAmIRequest {}).await?.into_inner();
    let answered = Instant::now();
    ensure!(answer.identity.as_ref() == Some(&session.me), "the answer is about somebody else");
    Ok(answered)
}

fn listens(address: &str) -> Result<()> {
    let end = Instant::now() + wait::PATIENCE;
    while TcpStream::connect(address).is_err() {
        ensure!(!wait::is_cancelled() && Instant::now() < end, "waited in vain until the server listens");
        thread::sleep(BETWEEN_LOOKS);
    }
    Ok(())
}
