//! `renkei inbox`: what the caller has not read yet, over all patients.

use clap::Args;
use renkei_proto::v1::{Entry, ListInboxRequest, timeline_service_client::TimelineServiceClient};

use crate::{
    command::{Context, pages, resolve},
    connection::Connection,
    error::{Exit, Result},
    output::{
        entry,
        json::Json as _,
        line::{Line, Style},
        time, width,
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let entries = pages::fetch(arguments.limit, async |page_size, page_token| {
        let request = ListInboxRequest { page_size, page_token, ..Default::default() };
        let answer = connection
            .call(request, async |channel, request| {
                TimelineServiceClient::new(channel).list_inbox(request).await
            })
            .await?;
        Ok((answer.entries, answer.next_page_token))
    })
    .await?;
    let mut human = Vec::new();
    if context.out.is_human() {
        if entries.items.is_empty() {
            human.push(context.line(&msg!("inbox-empty")));
        }
        // They come by patient, then oldest first.
        for of_patient in entries.items.chunk_by(|a, b| a.patient_id == b.patient_id) {
            human.extend(patient(context, &connection, of_patient).await?);
        }
    }
    context.out.list(entries.items.iter().map(|entry| entry.json()).collect(), || human)?;
    entries.note_more(context);
    Ok(())
}

async fn patient(context: &Context<'_>, connection: &Connection, entries: &[Entry]) -> Result<Vec<Line>> {
    let Some(first) = entries.first() else { return Ok(Vec::new()) };
    let demographics = match resolve::get_patient(connection, &first.patient_id).await {
        Ok(patient) => patient.demographics.unwrap_or_default(),
        // Access may have ended since the inbox was listed; the others are shown all the same.
        Err(error) if error.exit() == Exit::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let name = if demographics.name.is_empty() { &first.patient_id } else { &demographics.name };
    let count = context.texts.format(&msg!("inbox-count", count = entries.len()));
    let mut lines = vec![Line::styled(Style::Strong, name.as_str()).and(Style::Plain, format!("  {count}"))];
    lines.extend(entries.iter().flat_map(|entry| unread(context, entry)));
    let known_as = if demographics.local_identifier.is_empty() {
        &first.patient_id
    } else {
        &demographics.local_identifier
    };
    lines.push(Line::styled(Style::Faint, format!("    → renkei timeline show {known_as}")));
    lines.push(Line::empty());
    Ok(lines)
}

fn unread(context: &Context<'_>, entry: &Entry) -> [Line; 2] {
    let mut heading = Line::plain(format!("    {}  ", time::local(entry.post_time.as_ref())));
    if entry.urgent {
        heading = heading.and(Style::Alarm, context.texts.get("entry-urgent")).and(Style::Plain, "  ");
    }
    if let Some(restriction) = entry::restriction(context.texts, entry) {
        heading = heading.and(Style::Strong, restriction).and(Style::Plain, "  ");
    }
    let heading = heading.and(Style::Plain, entry::actor(context.texts, entry.author.as_ref()));
    let first = entry::first_line(context.texts, entry);
    let room = context.out.columns().unwrap_or(100).saturating_sub(8);
    [heading, Line::plain(format!("        {}", width::truncate(&first, room)))]
}
