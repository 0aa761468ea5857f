//! `renkei service create`.

use clap::Args;
use renkei_proto::v1::{CreateServiceAccountRequest, identity_service_client::IdentityServiceClient};

use crate::{
    command::{Context, PasswordSource, new_id, resolve},
    error::Result,
    output::json::Json as _,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "ORG")]
    organization: String,
    #[arg(long)]
    name: String,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=60_000))]
    calls_per_minute: i32,
    #[command(flatten)]
    password: PasswordSource,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let request = CreateServiceAccountRequest {
        request_id: new_id(),
        organization_id: resolve::organization(&connection, &arguments.organization).await?,
        name: arguments.name,
        calls_per_minute: arguments.calls_per_minute,
    };
    let answer = context
        .call_dangerous(&connection, &arguments.password, request, async |channel, request| {
            IdentityServiceClient::new(channel).create_service_account(request).await
        })
        .await?;
    let account = answer.service_account.unwrap_or_default();
    context.out.one(account.json(), || {
        let (name, id) = (&account.name, &account.service_account_id);
        vec![
            context.line(&msg!("service-created", name = name, id = id)),
            context.line(&msg!("service-created-next", id = id)),
        ]
    })
}
