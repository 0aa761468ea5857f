//! `renkei timeline show`: a patient's entries like a conversation, newest last. What was shown is marked
//! as read (既読), after it was printed.

use clap::Args;
use renkei_proto::v1::{
    Entry, EntryFilter, ErrorReason, ListEntriesRequest, Patient, Sex,
    timeline_service_client::TimelineServiceClient,
};

use crate::{
    command::{
        Context,
        pages::{self, Listed},
        resolve,
        timeline::{filter::Filter, mark_read},
    },
    connection::Connection,
    error::Result,
    output::{
        entry,
        json::Json as _,
        label::words,
        line::{Line, Style},
        time,
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,
    #[command(flatten)]
    filter: Filter,
    #[arg(long)]
    no_mark_read: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    arguments.filter.check()?;
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let filter = arguments.filter.resolve(&connection).await?;
    let entries = list(&connection, &patient_id, filter, arguments.limit).await?;
    let heading = heading(context, &connection, &patient_id).await?;
    let newest_last: Vec<&Entry> = entries.items.iter().rev().collect();
    context.out.list(newest_last.iter().map(|entry| entry.json()).collect(), || {
        let mut lines = heading;
        if entries.items.is_empty() {
            lines.push(context.line(&msg!("timeline-empty")));
        }
        lines.extend(entry::timeline(context.texts, context.out, &entries.items));
        lines
    })?;
    entries.note_more(context);
    if !arguments.no_mark_read {
        // Nobody has read what does not open.
        let fresh = entries.items.iter().filter(|entry| !entry.read && !entry.damaged);
        let ids: Vec<String> = fresh.map(|entry| entry.entry_id.clone()).collect();
        mark_read::mark(&connection, &patient_id, &ids).await?;
    }
    Ok(())
}

/// The newest entries of a patient, those that the filter lets through.
pub(crate) async fn list(
    connection: &Connection,
    patient_id: &str,
    filter: Option<EntryFilter>,
    limit: usize,
) -> Result<Listed<Entry>> {
    pages::fetch(limit, async |page_size, page_token| {
        let filter = filter.clone();
        let request = ListEntriesRequest { patient_id: patient_id.to_owned(), page_size, page_token, filter };
        let answer = connection
            .call(request, async |channel, request| {
                TimelineServiceClient::new(channel).list_entries(request).await
            })
            .await?;
        Ok((answer.entries, answer.next_page_token))
    })
    .await
}

/// Who the patient is, for a person.
pub(crate) async fn heading(
    context: &Context<'_>,
    connection: &Connection,
    patient_id: &str,
) -> Result<Vec<Line>> {
    if !context.out.is_human() {
        return Ok(Vec::new());
    }
    match resolve::get_patient(connection, patient_id).await {
        Ok(patient) => Ok(patient_lines(context, &patient)),
        // Without a consent authors see what they wrote, and nothing else of the patient.
        Err(error) if error.is(ErrorReason::NotFound) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The patient in a line, with an empty one after it.
pub(crate) fn patient_lines(context: &Context<'_>, patient: &Patient) -> Vec<Line> {
    let texts = context.texts;
    let Some(demographics) = &patient.demographics else {
        return vec![Line::styled(Style::Alarm, texts.get("entry-damaged")), Line::empty()];
    };
    let birth = demographics.birth_date.as_ref().map(time::day).unwrap_or_default();
    let born = texts.format(&msg!("patient-born", day = birth));
    let rest = format!(
        "  {}  {born}  {}  {}",
        demographics.name_kana,
        words::<Sex>(texts, demographics.sex),
        demographics.local_identifier
    );
    vec![
        Line::styled(Style::Strong, demographics.name.as_str()).and(Style::Plain, rest.trim_end()),
        Line::empty(),
    ]
}
