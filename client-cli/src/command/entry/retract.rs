//! `renkei entry retract`: 取り消し. The entry stays readable, marked as entered in error.

use clap::Args;
use renkei_proto::v1::RetractEntryRequest;

use crate::{
    command::{Context, new_id, outbox, resolve},
    draft::{Draft, Request},
    error::Result,
    input,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    entry: String,
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    reason: Option<String>,
    #[arg(long)]
    yes: bool,
    #[arg(long)]
    offline: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let retracts_entry_id = resolve::uuid(&arguments.entry)?;
    let connection = context.connection()?;
    let reason = input::reason(context.texts, arguments.reason.as_deref()).await?;
    let question = msg!("confirm-retract", entry = retracts_entry_id);
    input::confirm(context.texts, &question, arguments.yes).await?;
    let request = RetractEntryRequest {
        request_id: new_id(),
        patient_id: String::new(),
        entry_id: new_id(),
        retracts_entry_id,
        reason,
    };
    let id = request.entry_id.clone();
    let draft = Draft::new(&id, &arguments.patient, Request::Retraction(request), Vec::new());
    let draft = outbox::keep(context, draft, arguments.offline)?;
    outbox::pass_on(context, &connection, &draft, arguments.offline).await
}
