//! `renkei care-team leave`: access ends at once.

use clap::Args;
use renkei_proto::v1::{LeaveCareTeamRequest, patient_service_client::PatientServiceClient};

use crate::{
    command::{Context, new_id, resolve},
    error::Result,
    input,
    output::json::Json as _,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(long)]
    personal: bool,
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    text: String,
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let Arguments { patient, personal, text, yes } = &arguments;
    let question = match personal {
        true => msg!("confirm-leave-personal", patient = patient),
        false => msg!("confirm-leave", patient = patient),
    };
    input::confirm(context.texts, &question, *yes).await?;
    let text = input::text(text).await?;
    let connection = context.connection()?;
    let request = LeaveCareTeamRequest {
        request_id: new_id(),
        patient_id: resolve::patient(&connection, patient).await?,
        personal: *personal,
        text,
    };
    let answer = connection
        .call(request, async |channel, request| {
            PatientServiceClient::new(channel).leave_care_team(request).await
        })
        .await?;
    context.out.one(answer.member.unwrap_or_default().json(), || {
        vec![context.line(&msg!("care-team-left", patient = patient))]
    })
}
