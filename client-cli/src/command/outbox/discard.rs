//! `renkei outbox discard`.

use clap::Args;
use serde_json::json;

use crate::{command::Context, draft::Draft, error::Result, text::msg};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    draft: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let draft = Draft::load(&context.profile, &arguments.draft)?;
    draft.remove(&context.profile)?;
    context
        .out
        .one(json!({"draft_id": draft.id}), || vec![context.line(&msg!("draft-discarded", draft = draft.id))])
}
