//! The inbox: what is unread, and what waits for a person, over 100 patients with 100,000 entries.

mod views;

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use renkei_proto::v1::{Actor, Entry, InboxView, ListInboxRequest, MarkReadRequest};
use tokio::task::block_in_place;

use crate::{
    client::Session,
    filler::{self, Fill},
    limits::{sqlite::Looker, unread::Unread},
    load::{self, Series},
    parts::Context,
    report::{Bar, Line},
    world::{Blueprint, Member, World, note, posting},
};

const PART: &str = "inbox";

const PATIENTS: usize = 100;
/// How many entries are unread, each of another patient.
const UNREAD: usize = 50;
/// What a page holds at most, and more than is unread: so every patient is looked at.
const PAGE: i32 = 100;
/// How many entries are marked as read in one call at most.
const MARKED_AT_ONCE: usize = 200;
/// How many calls are made at once while the timelines are made.
const AT_ONCE: usize = 16;

/// Measures the part.
///
/// # Errors
/// If the server refuses something, or an inbox has not exactly what is unread.
pub(crate) async fn run(context: &Context) -> Result<Vec<Line>> {
    let (entries, size) = if context.short { (10_000, "10,000") } else { (100_000, "100,000") };
    context.say("making a region of 8 organisations and 100 patients");
    let mut world = World::open(&Blueprint { patients: PATIENTS, ..Blueprint::default() }).await?;
    context.say(&format!("filling it with {size} entries, all read"));
    fill_up(&mut world, entries, 0).await?;
    let looker = Looker::open(&world.server)?;
    ensure!(looker.entries()? >= entries as u64, "entries are missing");
    context.say("asking, mentioning and entering for others");
    block_in_place(|| views::settle(&mut world))?;
    let views = views::waiting(&world).await?;
    let reader = reader(&world)?.connect_again().await?;
    let unread: Vec<String> = world.patients.iter().step_by(PATIENTS / UNREAD).cloned().collect();
    let inbox = Inbox::of(&world, reader, &unread).await?;

    context.say("asking for 50 unread entries");
    let plan = context.plan();
    let expected = inbox.expected.clone();
    let reader = actor(&inbox.session)?;
    let database = world.server.data_dir().join("renkei.sqlite");
    let bare = Unread::open(&database, &reader.organization_id, &reader.person_id)?;
    let mut clients = vec![inbox];
    load::round(&mut clients, plan.warm_up, world.server_id()?).await?;
    block_in_place(|| bare.round(&expected, plan.warm_up))?;
    let (mut figure, mut limit) = (Series::default(), Series::default());
    for _ in 0..plan.rounds {
        limit.push(block_in_place(|| bare.round(&expected, plan.round))?);
        figure.push(load::round(&mut clients, plan.round, world.server_id()?).await?);
    }
    let name = format!("50 unread of {size} entries, 100 patients, p50; limit: one bare statement");
    let line = Line::latency(PART, name, 0.5, &figure).of(limit.quantile(0.5));
    let mut lines = vec![line.held_to(Bar::within(20.0, 5.0))];
    for (name, client) in views {
        context.say(&format!("asking for {name}"));
        let mut clients = vec![client];
        load::round(&mut clients, plan.warm_up, world.server_id()?).await?;
        let mut figure = Series::default();
        for _ in 0..plan.rounds {
            figure.push(load::round(&mut clients, plan.round, world.server_id()?).await?);
        }
        let name = format!("{name} of {size} entries, 100 patients, p50");
        lines.push(Line::latency(PART, name, 0.5, &figure).held_to(Bar::within(20.0, 5.0)));
    }
    Ok(lines)
}

/// A client that asks for what one person has not read, or for what waits for it.
pub(crate) struct Inbox {
    session: Session,
    view: InboxView,
    /// UUIDs of all that it must get, in the order of the inbox.
    expected: Arc<[String]>,
}

impl Inbox {
    /// Reads everything, has one entry posted into each of these patients by others, and asks for those.
    ///
    /// # Errors
    /// If the server refuses.
    pub(crate) async fn of(world: &World, session: Session, unread: &[String]) -> Result<Self> {
        read_all(&session).await?;
        let expected = views::in_order(post_each(world, unread, 1).await?);
        Ok(Self { session, view: InboxView::Unread, expected })
    }
}

impl load::Client for Inbox {
    async fn operate(&mut self) -> Result<()> {
        let request = ListInboxRequest { page_size: PAGE, view: self.view.into(), ..Default::default() };
        let answer = self.session.timeline.list_inbox(request).await?.into_inner();
        ensure!(answer.next_page_token.is_empty(), "the inbox goes on");
        let ids = answer.entries.iter().map(|entry| &entry.entry_id);
        ensure!(ids.eq(self.expected.iter()), "the inbox has other entries");
        let opens = |entry: &Entry| !entry.damaged && entry.content.is_some();
        ensure!(answer.entries.iter().all(opens), "an entry does not open");
        let is_fresh = |entry: &Entry| self.view != InboxView::Unread || !entry.read;
        ensure!(answer.entries.iter().all(is_fresh), "an entry was read");
        Ok(())
    }
}

/// The member whose inbox is measured: not the one who registers the patients.
///
/// # Errors
/// If there is but one.
pub(crate) fn reader(world: &World) -> Result<&Member> {
    let (_, others) = world.members.split_first().context("a region without members")?;
    others.last().context("nobody who reads what others post")
}

/// Fills the region's timelines with `entries` that the reader has read, and `others` patients besides; each has
/// a half of the entries if there are such.
///
/// # Errors
/// If the server refuses, or does not stop or start.
pub(crate) async fn fill_up(world: &mut World, entries: usize, others: usize) -> Result<()> {
    // What the filler copies, and marks of the reader for it to move.
    post_each(world, &world.patients, 1).await?;
    let session = &reader(world)?.session;
    read_all(session).await?;
    let person = actor(session)?.person_id.clone();
    world.server.stop()?;
    let fill = Fill { entries, patients: &world.patients, others, reader: Some(&person) };
    block_in_place(|| filler::fill(&world.server, &fill))?;
    world.server.start()
}

/// Posts notes into each of the patients, by members who are not the reader.
///
/// # Errors
/// If the server refuses.
pub(crate) async fn post_each(world: &World, patients: &[String], count: usize) -> Result<Vec<Entry>> {
    let authors = &world.members[..world.members.len() - 1];
    let places = (0..count).flat_map(|_| patients).enumerate();
    let posts = places.zip(authors.iter().cycle()).map(|((number, patient), author)| async move {
        let request = posting(patient, note(number as u64));
        let answer = author.session.timeline.clone().post_entry(request).await?;
        answer.into_inner().entry.context("entry")
    });
    stream::iter(posts).buffered(AT_ONCE).try_collect().await
}

/// Marks everything in the inbox as read.
async fn read_all(session: &Session) -> Result<()> {
    let mut page_token = String::new();
    loop {
        let request = ListInboxRequest { page_size: PAGE, page_token, view: 0 };
        let page = session.timeline.clone().list_inbox(request).await?.into_inner();
        if page.entries.is_empty() && page.next_page_token.is_empty() {
            return Ok(());
        }
        // After an empty page something may follow. What was shown is read now: so from the beginning.
        page_token = if page.entries.is_empty() { page.next_page_token } else { String::new() };
        let mut unread = BTreeMap::<String, Vec<String>>::new();
        for entry in page.entries {
            unread.entry(entry.patient_id).or_default().push(entry.entry_id);
        }
        for (patient_id, ids) in unread {
            for ids in ids.chunks(MARKED_AT_ONCE) {
                let request = MarkReadRequest { patient_id: patient_id.clone(), entry_ids: ids.to_vec() };
                session.timeline.clone().mark_read(request).await?;
            }
        }
    }
}

fn actor(session: &Session) -> Result<&Actor> {
    session.me.actor.as_ref().context("a session without an actor")
}
