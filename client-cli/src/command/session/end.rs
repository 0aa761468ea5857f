//! `renkei session end`: one of your sessions, or all but this one, ends at once, with its streams.

use clap::Args;
use renkei_proto::v1::{
    EndSessionRequest, auth_service_client::AuthServiceClient, end_session_request::Which,
};
use serde_json::json;

use crate::{
    command::{Context, resolve},
    error::Result,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(required_unless_present = "others", conflicts_with = "others")]
    session: Option<String>,
    #[arg(long)]
    others: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let which = match &arguments.session {
        Some(session) => Which::SessionId(resolve::uuid(session)?),
        None => Which::AllOthers(arguments.others),
    };
    let answer = context
        .connection()?
        .call(EndSessionRequest { which: Some(which) }, async |channel, request| {
            AuthServiceClient::new(channel).end_session(request).await
        })
        .await?;
    let count = answer.ended;
    context.out.one(json!({"ended": count}), || vec![context.line(&msg!("sessions-ended", count = count))])
}
