//! `renkei entry finalize`: 確定 of what somebody else entered for the caller.

use clap::Args;
use renkei_proto::v1::{FinalizeEntryRequest, timeline_service_client::TimelineServiceClient};

use crate::{
    command::{Context, resolve},
    error::{Error, Exit, Result},
    output::{entry, json::Json as _},
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    entry: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let entry_id = resolve::uuid(&arguments.entry)?;
    let connection = context.connection()?;
    let request = FinalizeEntryRequest {
        patient_id: resolve::patient(&connection, &arguments.patient).await?,
        entry_id,
    };
    let answer = connection
        .call(request, async |channel, request| {
            TimelineServiceClient::new(channel).finalize_entry(request).await
        })
        .await?;
    let finalized = answer.entry.ok_or_else(|| Error::new(Exit::Other, msg!("error-answer")))?;
    context.out.one(finalized.json(), || {
        let mut lines = vec![context.line(&msg!("entry-finalised"))];
        lines.extend(entry::one(context.texts, context.out, &finalized, 0));
        lines
    })
}
