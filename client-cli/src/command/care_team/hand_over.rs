//! `renkei care-team hand-over`: asks another organisation to become the custodian organisation (主管機関).
//! Nothing changes until it accepts, with `take-over`.

use clap::{ArgGroup, Args};
use renkei_proto::v1::{OfferCustodianRequest, patient_service_client::PatientServiceClient};
use serde_json::json;

use crate::{
    command::{Context, PasswordSource, new_id, resolve},
    error::Result,
    input,
    text::msg,
};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("offer").required(true).args(["organization", "take_back"]))]
pub(crate) struct Arguments {
    patient: String,
    #[arg(long, value_name = "ORG")]
    organization: Option<String>,
    #[arg(long)]
    take_back: bool,
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    text: String,
    #[command(flatten)]
    password: PasswordSource,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let text = input::text(&arguments.text).await?;
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let (organization_id, said) = match &arguments.organization {
        Some(name) => (
            resolve::organization(&connection, name).await?,
            msg!("hand-over-offered", organization = name, patient = patient_id),
        ),
        None => (String::new(), msg!("hand-over-taken-back", patient = arguments.patient)),
    };
    let json = json!({"patient_id": patient_id, "offered_custodian_organization_id": organization_id});
    let request = OfferCustodianRequest { request_id: new_id(), patient_id, organization_id, text };
    context
        .call_dangerous(&connection, &arguments.password, request, async |channel, request| {
            PatientServiceClient::new(channel).offer_custodian(request).await
        })
        .await?;
    context.out.one(json, || vec![context.line(&said)])
}
