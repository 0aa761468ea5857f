//! `renkei password change`: whoever else is logged in as you is out.

use std::path::PathBuf;

use clap::Args;
use renkei_proto::v1::{ChangePasswordRequest, auth_service_client::AuthServiceClient};
use serde_json::json;

use crate::{
    command::{Context, PasswordSource, new_id},
    error::Result,
    input,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    password: PasswordSource,
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let old = input::password(context.texts, arguments.password.password_file.as_deref(), false).await?;
    let new = input::new_password(context.texts, arguments.new_password_file.as_deref()).await?;
    let request = ChangePasswordRequest {
        request_id: new_id(),
        old_password: old.to_string(),
        new_password: new.to_string(),
    };
    let answer = context
        .call_with_password(&connection, (&arguments.password, &old), request, async |channel, request| {
            AuthServiceClient::new(channel).change_password(request).await
        })
        .await?;
    let count = answer.ended_sessions;
    let json = json!({"ended_sessions": count});
    context.out.one(json, || vec![context.line(&msg!("password-changed", count = count))])
}
