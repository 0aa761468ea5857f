//! Posting: visit notes of 1 KB into 50 patients, acknowledged when they are durable.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::EntryContent;
use tokio::task::{JoinSet, block_in_place};

use crate::{
    client::Session,
    limits::{
        posts::Posts,
        rpc::LimitServer,
        sqlite::{GROUP, Looker, Writer},
    },
    load::{self, Client as _, Series},
    parts::Context,
    report::{Bar, Line},
    world::{Blueprint, NOTE_BYTES, World, note, posting},
};

const PART: &str = "post";

/// Posts visit notes into the patients of a region, one after the other.
pub(crate) struct Poster {
    session: Session,
    patients: Arc<[String]>,
    notes: Arc<[EntryContent]>,
    turn: usize,
}

/// How many different notes are posted.
const NOTES: u64 = 100;

impl Poster {
    /// One for each session, each beginning with another patient.
    pub(crate) fn of(sessions: Vec<Session>, patients: &Arc<[String]>) -> Vec<Self> {
        let notes: Arc<[EntryContent]> = (0..NOTES).map(note).collect();
        let poster =
            |(turn, session)| Self { session, patients: patients.clone(), notes: notes.clone(), turn };
        sessions.into_iter().enumerate().map(poster).collect()
    }
}

impl load::Client for Poster {
    async fn operate(&mut self) -> Result<()> {
        let patient = &self.patients[self.turn % self.patients.len()];
        let content = &self.notes[self.turn % self.notes.len()];
        self.turn += 1;
        let request = posting(patient, content.clone());
        let entry_id = request.entry_id.clone();
        let entry = self.session.timeline.post_entry(request).await?.into_inner().entry.context("entry")?;
        ensure!(entry.entry_id == entry_id && entry.seq > 0, "the answer is about another entry");
        ensure!(entry.content.as_ref() == Some(content), "the answer has another content");
        Ok(())
    }
}

/// Gives each patient of a region at least so many visit notes.
///
/// # Errors
/// If the server refuses one.
pub(crate) async fn fill(world: &World, notes: usize) -> Result<()> {
    const AT_ONCE: usize = 16;
    // As many turns over all patients as it takes.
    let each = notes.div_ceil(AT_ONCE) * world.patients.len();
    let posters = Poster::of(world.clients(AT_ONCE).await?, &world.patients);
    let mut tasks = JoinSet::new();
    for mut poster in posters {
        tasks.spawn(async move {
            for _ in 0..each {
                poster.operate().await?;
            }
            Ok(())
        });
    }
    tasks.join_all().await.into_iter().collect()
}

/// Figure and limits of one number of clients, measured in turns.
struct Measured {
    posts: Series,
    rows: Series,
    sqlite: Series,
    empty: Series,
}

/// Measures the part.
///
/// # Errors
/// If the server refuses something, or answers with anything but what was posted.
pub(crate) async fn run(context: &Context) -> Result<Vec<Line>> {
    context.say("making a region of 8 organisations and 50 patients");
    let world = World::open(&Blueprint::default()).await?;
    let looker = Looker::open(&world.server)?;
    let limit = LimitServer::start(&world)?;
    let (bytes_before, entries_before) = (looker.compacted_bytes()?, looker.entries()?);

    let mut lines = Vec::new();
    let counts: &[usize] = if context.short { &[1, 64] } else { &[1, 16, 64] };
    for &count in counts {
        context.say(&format!("posting with {count} at once"));
        let measured = measure(context, &world, &looker, &limit, count).await?;
        lines.extend(lines_of(count, &measured));
    }
    let posts = looker.entries()? - entries_before;
    let bytes = (looker.compacted_bytes()? - bytes_before) as f64 / posts as f64;
    lines.push(Line::new(PART, "disk for a post", bytes / 1000.0, "KB").held_to(Bar::within(3.0, 2.0)));
    Ok(lines)
}

async fn measure(
    context: &Context,
    world: &World,
    looker: &Looker,
    limit: &LimitServer,
    count: usize,
) -> Result<Measured> {
    let plan = context.plan();
    let mut posters = Poster::of(world.clients(count).await?, &world.patients);
    let mut echoes = limit.echoes(count, NOTE_BYTES).await?;
    load::round(&mut posters, plan.warm_up, world.server_id()?).await?;
    load::round(&mut echoes, plan.warm_up, limit.id()).await?;
    let mut writer = Writer::create(world.server.folder(), looker.bytes_of_note()?)?;
    // One client waits for its own commit; where many wait, they share one.
    let group = if count == 1 { 1 } else { GROUP };
    block_in_place(|| writer.round(group, plan.warm_up))?;
    let mut bare = block_in_place(|| Posts::beside(looker, true))?;

    let (mut posts, mut rows) = (Series::default(), Series::default());
    let (mut sqlite, mut empty) = (Series::default(), Series::default());
    for _ in 0..plan.rounds {
        sqlite.push(block_in_place(|| writer.round(group, plan.round))?);
        rows.push(block_in_place(|| bare.round(plan.round))?);
        posts.push(load::round(&mut posters, plan.round, world.server_id()?).await?);
        empty.push(load::round(&mut echoes, plan.round, limit.id()).await?);
    }
    Ok(Measured { posts, rows, sqlite, empty })
}

fn lines_of(count: usize, measured: &Measured) -> Vec<Line> {
    let Measured { posts, rows, sqlite, empty } = measured;
    if count == 1 {
        let limit = sqlite.quantile(0.5) + empty.quantile(0.5);
        let name = "1 client, p50; limit: one commit of bare SQLite and one empty call";
        return vec![
            Line::latency(PART, name, 0.5, posts).of(limit).held_to(Bar::at_most(4.0, 2.0)),
            Line::rate(PART, "1 client; limit: empty calls", "posts/s", posts).of(empty.rate()),
        ];
    }
    let name = |limit: &str| format!("{count} clients; limit: {limit}");
    let of_rows = Line::rate(PART, name("the same rows in bare SQLite, 64 posts a commit"), "posts/s", posts)
        .of(rows.rate());
    let of_rows = match count {
        64 => of_rows.held_to(Bar::at_least(0.2, 0.35)),
        _ => of_rows,
    };
    let of_sqlite = name("bare SQLite, one row without a key for a post");
    let of_sqlite = Line::rate(PART, of_sqlite, "posts/s", posts).of(sqlite.rate());
    vec![of_rows, of_sqlite, Line::rate(PART, name("empty calls"), "posts/s", posts).of(empty.rate())]
}
