//! `renkei service end`: for good, with everything that it could come in with.

use clap::Args;
use renkei_proto::v1::{EndServiceAccountRequest, identity_service_client::IdentityServiceClient};

use crate::{
    command::{Context, new_id, resolve},
    error::Result,
    input,
    output::json::Json as _,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    service: String,
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let service_account_id = resolve::uuid(&arguments.service)?;
    let question = msg!("confirm-service-end", id = service_account_id);
    input::confirm(context.texts, &question, arguments.yes).await?;
    let request = EndServiceAccountRequest { request_id: new_id(), service_account_id };
    let answer = context
        .connection()?
        .call(request, async |channel, request| {
            IdentityServiceClient::new(channel).end_service_account(request).await
        })
        .await?;
    let account = answer.service_account.unwrap_or_default();
    context.out.one(account.json(), || vec![context.line(&msg!("service-ended", name = account.name))])
}
