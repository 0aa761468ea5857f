//! `renkei inbox`: what the caller has not read yet, or what waits for the caller, over all patients.

use clap::Args;
use renkei_proto::v1::{Entry, InboxView, ListInboxRequest, timeline_service_client::TimelineServiceClient};

use crate::{
    command::{Context, pages, resolve},
    connection::Connection,
    error::{Exit, Result},
    output::{
        entry,
        json::Json as _,
        label,
        line::{Line, Style},
        width,
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
    #[arg(long, value_parser = label::parser::<InboxView>(), default_value = "unread")]
    view: InboxView,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let entries = pages::fetch(arguments.limit, async |page_size, page_token| {
        let request = ListInboxRequest { page_size, page_token, view: arguments.view.into() };
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
            human.push(match arguments.view {
                InboxView::Unspecified | InboxView::Unread => context.line(&msg!("inbox-empty")),
                _ => context.line(&msg!("inbox-empty-view")),
            });
        }
        // They come by patient, then oldest first.
        for of_patient in entries.items.chunk_by(|a, b| a.patient_id == b.patient_id) {
            human.extend(patient(context, &connection, arguments.view, of_patient).await?);
        }
    }
    context.out.list(entries.items.iter().map(|entry| entry.json()).collect(), || human)?;
    entries.note_more(context);
    Ok(())
}

async fn patient(
    context: &Context<'_>,
    connection: &Connection,
    view: InboxView,
    entries: &[Entry],
) -> Result<Vec<Line>> {
    let Some(first) = entries.first() else { return Ok(Vec::new()) };
    let demographics = match resolve::get_patient(connection, &first.patient_id).await {
        Ok(patient) => patient.demographics.unwrap_or_default(),
        // Access may have ended since the inbox was listed; the others are shown all the same.
        Err(error) if error.exit() == Exit::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let name = if demographics.name.is_empty() { &first.patient_id } else { &demographics.name };
    let count = context.texts.format(&match view {
        InboxView::Unspecified | InboxView::Unread => msg!("inbox-count", count = entries.len()),
        _ => {
            let view = label::words::<InboxView>(context.texts, view.into());
            msg!("inbox-count-view", view = view, count = entries.len())
        }
    });
    let mut lines = vec![Line::styled(Style::Strong, name.as_str()).and(Style::Plain, format!("  {count}"))];
    lines.extend(entries.iter().flat_map(|entry| waiting(context, entry)));
    let known_as = if demographics.local_identifier.is_empty() {
        &first.patient_id
    } else {
        &demographics.local_identifier
    };
    lines.push(Line::styled(Style::Faint, format!("    → renkei timeline show {known_as}")));
    lines.push(Line::empty());
    Ok(lines)
}

fn waiting(context: &Context<'_>, entry: &Entry) -> [Line; 2] {
    let heading = entry::heading(context.texts, entry).indented(4);
    let first = entry::first_line(context.texts, entry);
    let room = context.out.columns().unwrap_or(100).saturating_sub(8);
    [heading, Line::plain(format!("        {}", width::truncate(&first, room)))]
}
