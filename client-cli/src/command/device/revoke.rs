//! `renkei device revoke`: a device that is lost or given away opens nothing any more.

use clap::Args;
use renkei_proto::v1::{RevokeDeviceRequest, auth_service_client::AuthServiceClient};

use crate::{
    command::{Context, PasswordSource, new_id, resolve},
    error::Result,
    input,
    output::json::Json as _,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    device: String,
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    password: PasswordSource,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let device_id = resolve::uuid(&arguments.device)?;
    let is_this = context.profile.enrollment()?.device_id == device_id;
    let question =
        if is_this { msg!("confirm-revoke-this") } else { msg!("confirm-revoke", device = device_id) };
    input::confirm(context.texts, &question, arguments.yes).await?;
    let request = RevokeDeviceRequest { request_id: new_id(), device_id };
    let connection = context.connection()?;
    let answer = context
        .call_dangerous(&connection, &arguments.password, request, async |channel, request| {
            AuthServiceClient::new(channel).revoke_device(request).await
        })
        .await?;
    let device = answer.device.unwrap_or_default();
    context.out.one(device.json(), || vec![context.line(&msg!("device-revoked", name = device.name))])
}
