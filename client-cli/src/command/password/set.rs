//! `renkei password set`: a new password after it was reset, with the code that was handed out.

use std::path::PathBuf;

use clap::Args;
use renkei_proto::v1::{SetPasswordRequest, auth_service_client::AuthServiceClient};
use serde_json::json;

use crate::{
    command::Context,
    connection::{call_without_session, line::Line},
    error::Result,
    input,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "FILE")]
    code_file: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let line = Line::open(&context.profile)?;
    let code = input::code(context.texts, arguments.code_file.as_deref()).await?;
    let password = input::new_password(context.texts, arguments.new_password_file.as_deref()).await?;
    let request = SetPasswordRequest { code: code.trim().to_owned(), password: password.to_string() };
    call_without_session(line.channel(), request, async |channel, request| {
        AuthServiceClient::new(channel).set_password(request).await
    })
    .await?;
    context.out.one(json!({}), || vec![context.line(&msg!("password-set"))])
}
