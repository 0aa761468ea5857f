//! Searching the timeline of one patient: every entry is opened and looked through.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::SearchEntriesRequest;

use super::post;
use crate::{
    client::Session,
    load::{self, Series},
    parts::Context,
    report::{Bar, Line},
    world::{Blueprint, World, note, posting},
};

const PART: &str = "search";

/// How many entries the patient has, besides those that are looked for.
const ENTRIES: usize = 10_000;
/// How many entries are looked for.
const RARE: usize = 3;
/// The number that only they have.
const NUMBER: u64 = 777_777_777;

/// Asks for the same words again and again.
struct Searcher {
    session: Session,
    request: SearchEntriesRequest,
    /// How many entries must be found.
    hits: usize,
}

impl load::Client for Searcher {
    async fn operate(&mut self) -> Result<()> {
        let found = self.session.timeline.search_entries(self.request.clone()).await?.into_inner();
        ensure!(found.next_page_token.is_empty(), "the search goes on");
        ensure!(found.entries.len() == self.hits, "{} entries were found", found.entries.len());
        Ok(())
    }
}

/// Measures the part.
///
/// # Errors
/// If the server refuses something, or finds anything but what is there.
pub(crate) async fn run(context: &Context) -> Result<Vec<Line>> {
    context.say("making a region of 2 organisations and one patient with 10,000 notes");
    let world = World::open(&Blueprint { members: 2, patients: 1, ..Blueprint::default() }).await?;
    let patient = world.patients.first().context("a patient")?;
    let author = &world.members.first().context("a member")?.session;
    // The rare ones first, so that they are found last.
    for _ in 0..RARE {
        author.timeline.clone().post_entry(posting(patient, note(NUMBER))).await?;
    }
    post::fill(&world, ENTRIES).await?;

    // Words as somebody types them: folded, they are not what the notes have.
    let few = format!("{}　飲ミ忘レ", full_width(NUMBER));
    let mut lines = Vec::new();
    for (name, query, hits) in [("3 hits", few, RARE), ("no hit", "レントゲン".to_owned(), 0)] {
        context.say(&format!("searching 10,000 entries: {name}"));
        let request = SearchEntriesRequest { patient_id: patient.clone(), query, ..Default::default() };
        lines.extend(measure(context, &world, name, request, hits).await?);
    }
    Ok(lines)
}

async fn measure(
    context: &Context,
    world: &World,
    name: &str,
    request: SearchEntriesRequest,
    hits: usize,
) -> Result<Vec<Line>> {
    let plan = context.plan();
    let session = world.members.last().context("a member")?.connect_again().await?;
    let mut searchers = vec![Searcher { session, request, hits }];
    load::round(&mut searchers, plan.warm_up, world.server_id()?).await?;
    let mut searches = Series::default();
    for _ in 0..plan.rounds {
        searches.push(load::round(&mut searchers, plan.round, world.server_id()?).await?);
    }
    let each = searches.quantile(0.5) * 1000.0 / (ENTRIES + RARE) as f64;
    let cpu = searches.server_cpu() / (ENTRIES + RARE) as f64;
    Ok(vec![
        Line::latency(PART, format!("10,000 entries of a patient, {name}, p50"), 0.5, &searches)
            .held_to(Bar::within(150.0, 100.0)),
        Line::new(PART, format!("an entry that is looked through, {name}"), each, "µs"),
        Line::new(PART, format!("the server's CPU for an entry, {name}"), cpu, "µs"),
    ])
}

/// The number as the notes have it, in full-width digits.
fn full_width(number: u64) -> String {
    format!("{number:012}").chars().map(|digit| if digit == '0' { '０' } else { '７' }).collect()
}
