//! `renkei enrollment-code create`: a one-time code with which a person enrols a device.

use clap::Args;
use renkei_proto::v1::{CreateEnrollmentCodeRequest, identity_service_client::IdentityServiceClient};

use crate::{
    command::{Context, PasswordSource, new_id, resolve},
    error::Result,
    output::{
        json::Json as _,
        line::{Line, Style},
        time,
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    person: String,
    #[command(flatten)]
    password: PasswordSource,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let request = CreateEnrollmentCodeRequest {
        request_id: new_id(),
        person_id: resolve::person(&connection, &arguments.person).await?,
    };
    let answer = context
        .call_dangerous(&connection, &arguments.password, request, async |channel, request| {
            IdentityServiceClient::new(channel).create_enrollment_code(request).await
        })
        .await?;
    // the code alone is data, so that it can go into a file
    context.out.one(answer.json(), || vec![Line::styled(Style::Strong, answer.code.as_str())])?;
    let until = time::local(answer.expire_time.as_ref());
    context.note(&msg!("enrollment-code-created", person = arguments.person, until = until));
    Ok(())
}
