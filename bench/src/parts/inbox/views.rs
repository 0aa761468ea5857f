//! What waits for a person: mentions, open questions, and what is to be finalised.

use std::cmp::Reverse;

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use renkei_proto::v1::{
    Entry, EntryContent, InboxView, Mention, Message, MessageIntent, PostEntryRequest, Role, entry_content,
};

use super::{AT_ONCE, Inbox, actor, reader};
use crate::{
    client::Session,
    filler::{self, Settled},
    world::{Member, World, note, posting},
};

/// Open questions of others: of five two to everybody, one to the reader's organisation, one to nurses, one to the reader.
const QUESTIONS: usize = 50;
/// Open questions of the reader's own.
const OWN_QUESTIONS: usize = 10;
/// Messages that only mention the reader.
const MENTIONS: usize = 20;
/// What a colleague entered for the reader.
const TO_FINALIZE: usize = 30;

/// Lays over the entries what was settled long ago: questions, mentions and proxy entries.
///
/// # Errors
/// If the server does not stop or start.
pub(super) fn settle(world: &mut World) -> Result<()> {
    let reader = actor(&reader(world)?.session)?.clone();
    let other = actor(&custodian(world)?.session)?.clone();
    let settled = Settled {
        reader: (&reader.person_id, &reader.organization_id),
        other: (&other.person_id, &other.organization_id),
    };
    world.server.stop()?;
    filler::settle(&world.server, &settled)?;
    world.server.start()
}

/// Has others post what waits for the reader, which is then all there is. Returns a client for each view, with its name.
///
/// # Errors
/// If the server refuses.
pub(super) async fn waiting(world: &World) -> Result<Vec<(String, Inbox)>> {
    let (member, custodian) = (reader(world)?, custodian(world)?);
    let reader = actor(&member.session)?;
    let (person, organization) = (reader.person_id.clone(), reader.organization_id.clone());
    let colleague = world.employ(&organization, Role::Nurse, "colleague").await?;
    let whole = || Mention { organization_id: organization.clone(), ..Default::default() };
    let alone = || Mention { person_id: person.clone(), ..Default::default() };
    let question = |(number, patient): (usize, &String)| {
        let mentions = match number % 5 {
            0 | 1 => vec![],
            2 => vec![whole()],
            3 => vec![Mention { role: Role::Nurse.into(), ..Default::default() }],
            _ => vec![alone()],
        };
        (PostEntryRequest { mentions, ..asking(patient) }, number % 5 > 1)
    };
    let questions: Vec<_> = spread(world, QUESTIONS).enumerate().map(question).collect();
    let own_questions = spread(world, OWN_QUESTIONS).map(|patient| asking(patient)).collect();
    let mentions = spread(world, MENTIONS)
        .map(|patient| PostEntryRequest { mentions: vec![alone()], ..posting(patient, note(1)) })
        .collect();
    let proxies = spread(world, TO_FINALIZE).map(|patient| PostEntryRequest {
        responsible_person_id: person.clone(),
        ..posting(patient, note(2))
    });
    let proxies = proxies.collect();

    let (questions, is_mention): (Vec<_>, Vec<bool>) = questions.into_iter().unzip();
    let mut open = post(custodian, questions).await?;
    let named = open.iter().zip(is_mention).filter(|(_, is_mention)| *is_mention);
    let mut mentioned: Vec<Entry> = named.map(|(entry, _)| entry.clone()).collect();
    open.extend(post(member, own_questions).await?);
    mentioned.extend(post(custodian, mentions).await?);
    let preliminary = post(&colleague, proxies).await?;
    let mut clients = Vec::new();
    for (name, view, expected) in [
        ("mentions", InboxView::Mentions, mentioned),
        ("open questions", InboxView::OpenQuestions, open),
        ("to finalise", InboxView::ToFinalize, preliminary),
    ] {
        let name = format!("{} {name}", expected.len());
        let session: Session = member.connect_again().await?;
        clients.push((name, Inbox { session, view, expected: in_order(expected) }));
    }
    Ok(clients)
}

/// The one who registers the patients.
fn custodian(world: &World) -> Result<&Member> {
    world.members.first().context("a region without members")
}

/// UUIDs of the entries, in the order of the inbox.
pub(super) fn in_order(mut entries: Vec<Entry>) -> std::sync::Arc<[String]> {
    entries.sort_by_key(|entry| (Reverse(entry.patient_id.clone()), entry.seq));
    entries.into_iter().map(|entry| entry.entry_id).collect()
}

/// `count` patients, from all over the region.
fn spread(world: &World, count: usize) -> impl Iterator<Item = &String> {
    world.patients.iter().step_by((world.patients.len() / count).max(1)).take(count)
}

fn asking(patient_id: &str) -> PostEntryRequest {
    let text = "眠剤を半量にしてから三日になります。このまま続けてよいでしょうか。".to_owned();
    let message = Message { text, intent: MessageIntent::Question.into() };
    posting(patient_id, EntryContent { content: Some(entry_content::Content::Message(message)) })
}

async fn post(author: &Member, requests: Vec<PostEntryRequest>) -> Result<Vec<Entry>> {
    let posts = requests.into_iter().map(|request| async move {
        let answer = author.session.timeline.clone().post_entry(request).await?;
        answer.into_inner().entry.context("entry")
    });
    stream::iter(posts).buffered(AT_ONCE).try_collect().await
}
