//! `renkei person reset-password`: takes a password away; the person sets another one, which nobody else knows.

use clap::Args;
use renkei_proto::v1::{ResetPasswordRequest, identity_service_client::IdentityServiceClient};
use serde_json::json;

use crate::{
    command::{Context, PasswordSource, new_id, resolve},
    error::Result,
    input,
    output::{
        json::Json as _,
        line::{Line, Style},
        time,
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    person: String,
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    password: PasswordSource,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let person_id = resolve::person(&connection, &arguments.person).await?;
    let question = msg!("confirm-reset-password", person = arguments.person);
    input::confirm(context.texts, &question, arguments.yes).await?;
    let request = ResetPasswordRequest { request_id: new_id(), person_id };
    let answer = context
        .call_dangerous(&connection, &arguments.password, request, async |channel, request| {
            IdentityServiceClient::new(channel).reset_password(request).await
        })
        .await?;
    // the code alone is data, so that it can go into a file
    let json = json!({"code": answer.code, "expire_time": answer.expire_time.json()});
    context.out.one(json, || vec![Line::styled(Style::Strong, answer.code.as_str())])?;
    let until = time::local(answer.expire_time.as_ref());
    context.note(&msg!("password-reset", person = arguments.person, until = until));
    Ok(())
}
