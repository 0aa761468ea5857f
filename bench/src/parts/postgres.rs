//! PostgreSQL: posting and reading on one and on two servers beside each other, with one database.

use anyhow::Result;
use renkei_tests::database::Engine;
use tokio::task::block_in_place;

use super::{
    post::{self, Poster},
    read::Reader,
};
use crate::{
    client::{Place, Session},
    limits::pgbench::Pgbench,
    load::{self, Client, Plan, Series},
    parts::Context,
    report::{Bar, Line},
    world::{Blueprint, World},
};

const PART: &str = "postgres";

/// How many clients post.
const POSTERS: usize = 64;
/// How many read.
const READERS: usize = 16;
/// How many entries a page has.
const PAGE: usize = 50;

/// Measures the part.
///
/// # Errors
/// If the server refuses something, answers with anything but what it should, or there is no PostgreSQL
/// (`RENKEI_TEST_POSTGRES_URL`).
pub(crate) async fn run(context: &Context) -> Result<Vec<Line>> {
    context.say("making a region of 8 organisations and 50 patients");
    let world = World::open(&Blueprint { engine: Engine::Postgres, ..Blueprint::default() }).await?;
    post::fill(&world, PAGE).await?;
    let node = world.server.start_beside()?;
    let other = Place { address: node.address(), ..world.place.clone() };
    let of_one = world.clients(POSTERS).await?;
    let of_both = halve(&of_one, beside(&world, &other, POSTERS).await?);
    let plan = context.plan();

    context.say("posting with 64 at once, on one server and on two");
    let mut pgbench = Pgbench::create(&world.server, POSTERS)?;
    block_in_place(|| pgbench.round(&world.server, plan.warm_up))?;
    pgbench.forget();
    let limit = || block_in_place(|| pgbench.round(&world.server, plan.round));
    let patients = &world.patients;
    let clients = [of_one.clone(), of_both.clone()].map(|sessions| Poster::of(sessions, patients));
    let [one, both] = measure(&world, plan, clients, limit).await?;
    let line = |name: &str, series: &Series| {
        let name = format!("post, 64 clients, {name}; limit: pgbench, one row a transaction");
        Line::rate(PART, name, "posts/s", series).of(pgbench.rate())
    };
    let mut lines =
        vec![line("one server", &one).held_to(Bar::at_least(0.3, 0.5)), of_two(line("two servers", &both))];

    context.say("reading with 16 at once, on one server and on two");
    let clients = [of_one, of_both].map(|sessions| Reader::of(sessions[..READERS].to_vec(), patients));
    let [one, both] = measure(&world, plan, clients, || Ok(())).await?;
    lines.push(Line::rate(PART, "read 50, 16 clients, one server", "reads/s", &one));
    let name = "read 50, 16 clients, two servers; limit: one server";
    lines.push(of_two(Line::rate(PART, name, "reads/s", &both).of(one.rate())));
    Ok(lines)
}

/// `count` clients of the other server, as [`World::clients`].
async fn beside(world: &World, place: &Place, count: usize) -> Result<Vec<Session>> {
    let mut sessions = Vec::with_capacity(count);
    for member in world.members.iter().cycle().take(count) {
        let mut member = member.clone();
        member.device.place = place.clone();
        sessions.push(member.connect_again().await?);
    }
    Ok(sessions)
}

/// As many as there are, in turns of one and of the other.
fn halve(one: &[Session], other: Vec<Session>) -> Vec<Session> {
    let pairs = one.iter().cloned().zip(other).enumerate();
    pairs.map(|(at, (one, other))| if at % 2 == 0 { one } else { other }).collect()
}

/// The same work on one server and on both, and before each what is the limit, in turns.
async fn measure<C: Client>(
    world: &World,
    plan: Plan,
    mut clients: [Vec<C>; 2],
    mut limit: impl FnMut() -> Result<()>,
) -> Result<[Series; 2]> {
    let server = world.server_id()?;
    for clients in &mut clients {
        load::round(clients, plan.warm_up, server).await?;
    }
    let mut measured = [Series::default(), Series::default()];
    for _ in 0..plan.rounds {
        limit()?;
        for (clients, series) in clients.iter_mut().zip(&mut measured) {
            series.push(load::round(clients, plan.round, server).await?);
        }
    }
    Ok(measured)
}

/// What one of two servers spends says nothing about an operation.
fn of_two(line: Line) -> Line {
    Line { server_cpu: None, ..line }
}
