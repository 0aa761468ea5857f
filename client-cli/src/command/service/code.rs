//! `renkei service code`: a one-time code with which a service account gets a certificate.

use clap::Args;
use renkei_proto::v1::{CreateServiceEnrollmentCodeRequest, identity_service_client::IdentityServiceClient};

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
    service: String,
    #[command(flatten)]
    password: PasswordSource,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let service_account_id = resolve::uuid(&arguments.service)?;
    let connection = context.connection()?;
    let request = CreateServiceEnrollmentCodeRequest { request_id: new_id(), service_account_id };
    let answer = context
        .call_dangerous(&connection, &arguments.password, request, async |channel, request| {
            IdentityServiceClient::new(channel).create_service_enrollment_code(request).await
        })
        .await?;
    // the code alone is data, so that it can go into a file
    context.out.one(answer.json(), || vec![Line::styled(Style::Strong, answer.code.as_str())])?;
    context.note(&msg!("service-code-created", until = time::local(answer.expire_time.as_ref())));
    Ok(())
}
