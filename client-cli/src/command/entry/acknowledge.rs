//! `renkei entry acknowledge`: 確認, perhaps with a word.

use clap::Args;
use renkei_proto::v1::{AcknowledgeEntryRequest, timeline_service_client::TimelineServiceClient};
use serde_json::json;

use crate::{
    command::{Context, resolve},
    error::Result,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(required = true, value_name = "ENTRY")]
    entry: Vec<String>,
    #[arg(long, value_name = "TEXT")]
    word: Option<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let entries = arguments.entry.iter().map(|entry| resolve::uuid(entry)).collect::<Result<Vec<_>>>()?;
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    for entry_id in &entries {
        let request = AcknowledgeEntryRequest {
            patient_id: patient_id.clone(),
            entry_id: entry_id.clone(),
            word: arguments.word.clone().unwrap_or_default(),
        };
        connection
            .call(request, async |channel, request| {
                TimelineServiceClient::new(channel).acknowledge_entry(request).await
            })
            .await?;
    }
    let json = json!({"patient_id": patient_id, "entry_ids": entries});
    context.out.one(json, || vec![context.line(&msg!("acknowledged", count = entries.len()))])
}
