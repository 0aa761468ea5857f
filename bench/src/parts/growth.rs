//! Growth: post, read and inbox in databases of different sizes, side by side, against the smallest.

use std::time::Instant;

use anyhow::{Result, ensure};

use super::{
    inbox::{self, Inbox},
    post::Poster,
    read::Reader,
};
use crate::{
    limits::sqlite::Looker,
    load::{self, Client, Plan, Series},
    parts::Context,
    report::{Bar, Line},
    world::{Blueprint, World},
};

const PART: &str = "growth";

/// How many clients post and read.
const CLIENTS: usize = 16;
/// How many patients they post to and read of.
const PATIENTS: usize = 20;
/// How many entries a page has, and each of these patients at least.
const PAGE: usize = 50;
/// How many of the patients have something unread.
const UNREAD: usize = 10;

/// How large a database is.
struct Size {
    /// How many entries there are besides the 1,000 that are measured.
    entries: usize,
    /// How many patients besides.
    others: usize,
    name: &'static str,
}

const SIZES: &[Size] = &[
    Size { entries: 0, others: 0, name: "1,000 entries" },
    Size { entries: 99_000, others: 1_000, name: "100,000 entries" },
    Size { entries: 999_000, others: 10_000, name: "1,000,000 entries" },
    Size { entries: 0, others: 100_000, name: "100,000 patients" },
];

/// In small: the smallest and one that is larger.
const FEW_SIZES: usize = 2;

/// A region of one size, and those who work in it.
struct Region {
    world: World,
    posters: Vec<Poster>,
    readers: Vec<Reader>,
    inboxes: Vec<Inbox>,
}

/// Measures the part.
///
/// # Errors
/// If the server refuses something, or answers with anything but what it should.
pub(crate) async fn run(context: &Context) -> Result<Vec<Line>> {
    let sizes = if context.short { &SIZES[..FEW_SIZES] } else { SIZES };
    let mut regions = Vec::new();
    for size in sizes {
        let start = Instant::now();
        regions.push(Region::of(size).await?);
        context.say(&format!("a region with {} was made in {:.1?}", size.name, start.elapsed()));
    }
    let plan = context.plan();
    // Of each kind of work and each size.
    let plan = Plan { round: plan.round / 2, warm_up: plan.warm_up / 2, ..plan };
    context.say("reading the latest 50 entries with 16 at once");
    let read = measure(plan, &mut regions, |region| &mut region.readers).await?;
    context.say("asking for what is unread");
    let inbox = measure(plan, &mut regions, |region| &mut region.inboxes).await?;
    // At last, because it makes the databases grow.
    context.say("posting with 16 at once");
    let post = measure(plan, &mut regions, |region| &mut region.posters).await?;
    let lines = [("post, 16 clients", post), ("read 50, 16 clients", read), ("inbox, 20 patients", inbox)];
    Ok(lines.iter().flat_map(|(name, series)| lines_of(name, sizes, series)).collect())
}

impl Region {
    async fn of(size: &Size) -> Result<Self> {
        let blueprint = Blueprint { members: 4, patients: PATIENTS, ..Blueprint::default() };
        let mut world = World::open(&blueprint).await?;
        inbox::fill_up(&mut world, size.entries, size.others).await?;
        // Behind the others, so that the latest ones are real everywhere.
        inbox::post_each(&world, &world.patients, PAGE).await?;
        let least = (size.entries + PATIENTS * PAGE) as u64;
        ensure!(Looker::open(&world.server)?.entries()? >= least, "entries are missing");
        let inbox =
            Inbox::of(&world, inbox::reader(&world)?.connect_again().await?, &world.patients[..UNREAD]);
        let inboxes = vec![inbox.await?];
        let sessions = world.clients(CLIENTS).await?;
        let readers = Reader::of(sessions.clone(), &world.patients);
        let posters = Poster::of(sessions, &world.patients);
        Ok(Self { world, posters, readers, inboxes })
    }
}

/// One kind of work in all regions, in turns; a series for each of them.
async fn measure<C: Client>(
    plan: Plan,
    regions: &mut [Region],
    clients: impl Fn(&mut Region) -> &mut Vec<C>,
) -> Result<Vec<Series>> {
    for region in regions.iter_mut() {
        let server = region.world.server_id()?;
        load::round(clients(region), plan.warm_up, server).await?;
    }
    let mut series = vec![Series::default(); regions.len()];
    for _ in 0..plan.rounds {
        for (region, series) in regions.iter_mut().zip(&mut series) {
            let server = region.world.server_id()?;
            series.push(load::round(clients(region), plan.round, server).await?);
        }
    }
    Ok(series)
}

/// The time for an operation, of each size against the smallest.
fn lines_of(name: &str, sizes: &[Size], series: &[Series]) -> Vec<Line> {
    let time = |rate: f64| 1e6 / rate;
    let Some(least) = series.first().map(|series| time(series.rate())) else { return Vec::new() };
    let line = |(number, (size, series)): (usize, (&Size, &Series))| {
        let name = format!("{name}, {}; limit: with 1,000", size.name);
        let line = Line::rate(PART, name, "µs", series);
        let rounds = line.rounds.iter().copied().map(time).collect();
        let line = Line { figure: time(line.figure), rounds, ..line }.of(least);
        if number == 0 { line } else { line.held_to(Bar::at_most(1.3, 1.1)) }
    };
    sizes.iter().zip(series).enumerate().map(line).collect()
}
