//! `renkei entry show`: one entry, with `--history` all its revisions, oldest first.

use clap::Args;
use renkei_proto::v1::Entry;

use crate::{
    command::{Context, entry, resolve, timeline},
    connection::Connection,
    error::Result,
    output::{self, json::Json as _},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    entry: String,
    #[arg(long)]
    history: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let entry_id = resolve::uuid(&arguments.entry)?;
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let entry = entry::get(&connection, &patient_id, &entry_id).await?;
    let mut lines = timeline::heading(context, &connection, &patient_id).await?;
    let shown = |entry: &Entry| output::entry::one(context.texts, context.out, entry, 0);
    if !arguments.history {
        return context.out.one(entry.json(), || {
            lines.extend(shown(&entry));
            lines
        });
    }
    let revisions = revisions(&connection, &patient_id, entry).await?;
    context.out.list(revisions.iter().map(|entry| entry.json()).collect(), || {
        lines.extend(revisions.iter().flat_map(shown));
        lines
    })
}

/// What the entry corrects, and what corrected or retracted it, in their order.
async fn revisions(connection: &Connection, patient_id: &str, entry: Entry) -> Result<Vec<Entry>> {
    let mut revisions = vec![entry];
    // A correction has a later place than what it corrects, so both ways end.
    while let Some(before) = revisions[0].amendment.as_ref().map(|amendment| amendment.entry_id.clone()) {
        revisions.insert(0, entry::get(connection, patient_id, &before).await?);
    }
    while let Some(after) = revisions.last().map(|entry| entry.amended_by_entry_id.clone())
        && !after.is_empty()
    {
        revisions.push(entry::get(connection, patient_id, &after).await?);
    }
    Ok(revisions)
}
