//! `renkei service allow`: that a program acts for you, as what you act now.

use clap::Args;
use renkei_proto::v1::{AllowServiceRequest, auth_service_client::AuthServiceClient};
use serde_json::json;

use crate::{
    command::{Context, PasswordSource, new_id, resolve},
    error::Result,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    service: String,
    #[command(flatten)]
    password: PasswordSource,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let service_account_id = resolve::uuid(&arguments.service)?;
    let connection = context.connection()?;
    let request = AllowServiceRequest { request_id: new_id(), service_account_id };
    let answer = context
        .call_dangerous(&connection, &arguments.password, request, async |channel, request| {
            AuthServiceClient::new(channel).allow_service(request).await
        })
        .await?;
    let affiliation = answer.affiliation_id;
    context.out.one(json!({"affiliation_id": affiliation}), || {
        vec![
            context.line(&msg!("service-allowed")),
            context.line(&msg!("service-allowed-next", affiliation = affiliation)),
        ]
    })
}
