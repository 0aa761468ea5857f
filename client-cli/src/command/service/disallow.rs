//! `renkei service disallow`: it acts for you no longer.

use clap::Args;
use renkei_proto::v1::{DisallowServiceRequest, auth_service_client::AuthServiceClient};
use serde_json::json;

use crate::{
    command::{Context, new_id, resolve},
    error::Result,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    service: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let service_account_id = resolve::uuid(&arguments.service)?;
    let request = DisallowServiceRequest { request_id: new_id(), service_account_id };
    let answer = context
        .connection()?
        .call(request, async |channel, request| {
            AuthServiceClient::new(channel).disallow_service(request).await
        })
        .await?;
    let ended = answer.ended_sessions;
    context.out.one(json!({"ended_sessions": ended}), || {
        vec![context.line(&msg!("service-disallowed", count = ended))]
    })
}
