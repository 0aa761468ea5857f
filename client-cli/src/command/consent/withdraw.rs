//! `renkei consent withdraw`: acts at once, also on open streams.

use clap::Args;
use renkei_proto::v1::{WithdrawConsentRequest, consent_service_client::ConsentServiceClient};

use crate::{
    command::{Context, new_id, resolve},
    error::Result,
    output::json::Json as _,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(value_name = "CONSENT")]
    consent: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let consent_id = resolve::uuid(&arguments.consent)?;
    let connection = context.connection()?;
    let request = WithdrawConsentRequest {
        request_id: new_id(),
        patient_id: resolve::patient(&connection, &arguments.patient).await?,
        consent_id,
    };
    let answer = connection
        .call(request, async |channel, request| {
            ConsentServiceClient::new(channel).withdraw_consent(request).await
        })
        .await?;
    let consent = answer.consent.unwrap_or_default();
    context
        .out
        .one(consent.json(), || vec![context.line(&msg!("consent-withdrawn", id = consent.consent_id))])
}
