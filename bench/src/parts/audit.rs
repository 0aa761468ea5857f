//! The audit log: what it adds to a post's rows, how fast events get their places, and how long all of it takes to be
//! verified.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use renkei_tests::{process, server::Server};
use rusqlite::Connection;
use tokio::task::block_in_place;

use crate::{
    filler::{self, Fill},
    limits::{posts::Posts, sqlite::Looker},
    load::{self, Series},
    parts::{Context, post::Poster},
    report::{Bar, Line},
    world::{Blueprint, World},
};

const PART: &str = "audit";

/// How many events, one after the other.
const EVENTS: [usize; 3] = [10_000, 100_000, 1_000_000];
const EVENTS_SHORT: [usize; 1] = [10_000];

/// Lets what the filler wrote wait for its place, as if the server had written it.
const WAIT: &str =
    "INSERT INTO audit_pending (event_id, patient_id) SELECT e.event_id, e.patient_id FROM audit_event e
    WHERE NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.event_id = e.event_id) ON CONFLICT DO NOTHING";

/// Measures the part.
///
/// # Errors
/// If the server does not give every event its place, or what it wrote is not in order.
pub(crate) async fn run(context: &Context) -> Result<Vec<Line>> {
    context.say("making a region of 8 organisations and 50 patients");
    let mut world = World::open(&Blueprint::default()).await?;
    let cpu = posts(context, &world).await?;
    let rows = block_in_place(|| rows(context, &world))?;
    let counts: &[usize] = if context.short { &EVENTS_SHORT } else { &EVENTS };
    let (mut lines, mut place, mut there) = (Vec::new(), 0.0, 0);
    for &count in counts {
        context.say(&format!("{count} events"));
        let fill = Fill { entries: count - there, patients: &world.patients, others: 0, reader: None };
        there = count;
        let [places, verified] = block_in_place(|| events(&mut world.server, &fill, count))?;
        place = 1e6 / places.figure;
        lines.extend([places, verified]);
    }
    // of the rows of a place some are counted twice, in both: rather too much than too little
    let line = Line::new(PART, "the server's CPU for a post; limit: without its event and place", cpu, "µs");
    lines.insert(0, line.of(cpu - rows - place).held_to(Bar::at_most(1.25, 1.15)));
    Ok(lines)
}

/// What the server spends on a post, in microseconds.
async fn posts(context: &Context, world: &World) -> Result<f64> {
    context.say("posting with 16 at once");
    let plan = context.plan();
    let mut posters = Poster::of(world.clients(16).await?, &world.patients);
    load::round(&mut posters, plan.warm_up, world.server_id()?).await?;
    let mut posts = Series::default();
    for _ in 0..plan.rounds {
        posts.push(load::round(&mut posters, plan.round, world.server_id()?).await?);
    }
    Ok(posts.server_cpu())
}

/// How much longer the rows of a post take with its event and place than without, in microseconds.
fn rows(context: &Context, world: &World) -> Result<f64> {
    context.say("storing posts with and without their events");
    let (plan, looker) = (context.plan(), Looker::open(&world.server)?);
    let (mut with, mut without) = (Posts::beside(&looker, true)?, Posts::beside(&looker, false)?);
    let (mut audited, mut bare) = (Series::default(), Series::default());
    for _ in 0..plan.rounds {
        audited.push(with.round(plan.round)?);
        bare.push(without.round(plan.round)?);
    }
    Ok(1e6 / audited.rate() - 1e6 / bare.rate())
}

/// Gives the events their places and verifies the log.
fn events(server: &mut Server, fill: &Fill, count: usize) -> Result<[Line; 2]> {
    server.stop()?;
    filler::fill(server, fill)?;
    let database = Connection::open(server.data_dir().join("renkei.sqlite"))?;
    let waiting = database.execute(WAIT, [])?;
    let began = Instant::now();
    server.start()?;
    let still = || database.query_row("SELECT EXISTS (SELECT 1 FROM audit_pending)", [], |row| row.get(0));
    while still()? {
        ensure!(began.elapsed() < Duration::from_secs(3600), "events wait for their places");
        std::thread::sleep(Duration::from_millis(20));
    }
    let rate = waiting as f64 / began.elapsed().as_secs_f64();
    drop(database);
    server.stop()?;
    let began = Instant::now();
    let done = process::run(&mut server.beside(&["audit", "verify"])?, b"")?;
    let seconds = began.elapsed().as_secs_f64();
    ensure!(done.status.success(), "{}{}", String::from_utf8_lossy(&done.stdout), done.stderr);
    server.start()?;
    let line = Line::new(PART, format!("verifying {count} events"), seconds, "s");
    Ok([
        Line::new(PART, format!("events that get their places, {waiting} at once"), rate, "events/s"),
        if count == 1_000_000 { line.held_to(Bar::within(10.0, 5.0)) } else { line },
    ])
}
