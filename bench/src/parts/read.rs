//! Reading: the latest 50 entries of a timeline, opened, checked against consent, and on record.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use prost::Message as _;
use renkei_proto::v1::{Entry, ListEntriesRequest, ListEntriesResponse, entry_content::Content};
use tokio::task::block_in_place;

use super::post;
use crate::{
    client::Session,
    limits::{rpc::LimitServer, sqlite::Looker, timeline::Timelines},
    load::{self, Series},
    parts::Context,
    report::{Bar, Line},
    world::{Blueprint, NOTE_BYTES, World},
};

const PART: &str = "read";

/// How many entries a page has.
const PAGE: usize = 50;

/// How many read at once.
const CLIENTS: usize = 16;

/// Reads the first pages of the timelines of a region, one after the other.
pub(crate) struct Reader {
    session: Session,
    patients: Arc<[String]>,
    turn: usize,
}

impl Reader {
    /// One for each session, each beginning with another patient.
    pub(crate) fn of(sessions: Vec<Session>, patients: &Arc<[String]>) -> Vec<Self> {
        let reader = |(turn, session)| Self { session, patients: patients.clone(), turn };
        sessions.into_iter().enumerate().map(reader).collect()
    }

    /// The latest entries of a patient, which must be as many visit notes as a page has.
    async fn page(&mut self, patient_id: &str) -> Result<ListEntriesResponse> {
        let request = ListEntriesRequest { patient_id: patient_id.to_owned(), ..Default::default() };
        let page = self.session.timeline.list_entries(request).await?.into_inner();
        ensure!(page.entries.len() == PAGE, "a page has {} entries", page.entries.len());
        let in_order = page.entries.windows(2).all(|pair| pair[0].seq == pair[1].seq + 1);
        ensure!(in_order && page.entries.iter().all(is_note), "a page has other entries");
        Ok(page)
    }
}

impl load::Client for Reader {
    async fn operate(&mut self) -> Result<()> {
        let patients = self.patients.clone();
        self.turn += 1;
        self.page(&patients[self.turn % patients.len()]).await.map(drop)
    }
}

/// Whether an entry has the text of a whole note.
fn is_note(entry: &Entry) -> bool {
    let Some(Content::VisitNote(note)) = entry.content.as_ref().and_then(|content| content.content.as_ref())
    else {
        return false;
    };
    let texts = [&note.subjective, &note.objective, &note.assessment, &note.plan];
    texts.iter().map(|text| text.len()).sum::<usize>() == NOTE_BYTES
}

/// Measures the part.
///
/// # Errors
/// If the server refuses something, or answers with anything but the 50 notes.
pub(crate) async fn run(context: &Context) -> Result<Vec<Line>> {
    let plan = context.plan();
    context.say("making a region of 8 organisations and 50 patients with 50 notes each");
    let world = World::open(&Blueprint::default()).await?;
    post::fill(&world, PAGE).await?;
    let mut timelines = Timelines::open(&Looker::open(&world.server)?.compacted()?, &world.patients)?;
    let limit = LimitServer::start(&world)?;

    context.say(&format!("reading with {CLIENTS} at once"));
    let mut readers = Reader::of(world.clients(CLIENTS).await?, &world.patients);
    let first = readers.first_mut().context("a reader")?;
    let bytes = first.page(&world.patients[0]).await?.encoded_len();
    let mut fetches = limit.fetches(CLIENTS, bytes).await?;
    block_in_place(|| timelines.round(PAGE, plan.warm_up))?;
    load::round(&mut readers, plan.warm_up, world.server_id()?).await?;
    load::round(&mut fetches, plan.warm_up, limit.id()).await?;

    let (mut reads, mut sqlite, mut same) = (Series::default(), Series::default(), Series::default());
    for _ in 0..plan.rounds {
        sqlite.push(block_in_place(|| timelines.round(PAGE, plan.round))?);
        reads.push(load::round(&mut readers, plan.round, world.server_id()?).await?);
        same.push(load::round(&mut fetches, plan.round, limit.id()).await?);
    }
    let name = |limit: &str| format!("{CLIENTS} clients; limit: {limit}");
    Ok(vec![
        Line::rate(PART, name("the same 50 rows from bare SQLite"), "reads/s", &reads)
            .of(sqlite.rate())
            .held_to(Bar::at_least(0.15, 0.3)),
        Line::rate(PART, name("calls that return the same bytes"), "reads/s", &reads).of(same.rate()),
    ])
}
