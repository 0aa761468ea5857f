//! `renkei totp recovery-codes`: new ones in the place of those before.

use clap::Args;
use renkei_proto::v1::{RenewRecoveryCodesRequest, auth_service_client::AuthServiceClient};
use serde_json::json;

use super::recovery_lines;
use crate::{
    command::{Context, PasswordSource},
    error::Result,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    password: PasswordSource,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let request = RenewRecoveryCodesRequest {};
    let answer = context
        .call_dangerous(&connection, &arguments.password, request, async |channel, request| {
            AuthServiceClient::new(channel).renew_recovery_codes(request).await
        })
        .await?;
    let codes = answer.recovery_codes;
    context.out.one(json!({"recovery_codes": codes}), || recovery_lines(context, &codes))
}
