//! `renkei timeline mark-read`: 既読.

use clap::Args;
use renkei_proto::v1::{MarkReadRequest, timeline_service_client::TimelineServiceClient};
use serde_json::json;

use crate::{
    command::{Context, resolve},
    connection::Connection,
    error::Result,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(required = true, value_name = "ENTRY")]
    entry: Vec<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let entries = arguments.entry.iter().map(|entry| resolve::uuid(entry)).collect::<Result<Vec<_>>>()?;
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    mark(&connection, &patient_id, &entries).await?;
    let json = json!({"patient_id": patient_id, "entry_ids": entries});
    context.out.one(json, || vec![context.line(&msg!("marked-read", count = entries.len()))])
}

/// Marks entries as read, however many.
pub(crate) async fn mark(connection: &Connection, patient_id: &str, entries: &[String]) -> Result<()> {
    for some in entries.chunks(MOST) {
        let request = MarkReadRequest { patient_id: patient_id.to_owned(), entry_ids: some.to_vec() };
        connection
            .call(request, async |channel, request| {
                TimelineServiceClient::new(channel).mark_read(request).await
            })
            .await?;
    }
    Ok(())
}

/// As many as one request may name.
const MOST: usize = 200;
