//! `renkei care-team take-over`: the answer of the organisation that was asked to become the custodian
//! organisation (主管機関).

use clap::Args;
use renkei_proto::v1::{AnswerCustodianOfferRequest, patient_service_client::PatientServiceClient};
use serde_json::json;

use crate::{
    command::{Context, PasswordSource, new_id, resolve},
    error::Result,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    local_id: String,
    #[arg(long, conflicts_with = "local_id")]
    decline: bool,
    #[command(flatten)]
    password: PasswordSource,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let Arguments { patient, local_id, decline, password } = arguments;
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &patient).await?;
    let json = json!({"patient_id": patient_id, "accepted": !decline});
    let request = AnswerCustodianOfferRequest {
        request_id: new_id(),
        patient_id,
        accept: !decline,
        local_identifier: local_id,
    };
    context
        .call_dangerous(&connection, &password, request, async |channel, request| {
            PatientServiceClient::new(channel).answer_custodian_offer(request).await
        })
        .await?;
    context.out.one(json, || {
        vec![context.line(&match decline {
            true => msg!("take-over-declined", patient = patient),
            false => msg!("take-over-accepted", patient = patient),
        })]
    })
}
