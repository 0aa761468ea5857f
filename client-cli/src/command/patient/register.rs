//! `renkei patient register`.

use clap::Args;
use renkei_proto::v1::{
    Demographics, RegisterPatientRequest, Sex, patient_service_client::PatientServiceClient,
};

use crate::{
    command::{Context, new_id},
    error::Result,
    output::{json::Json as _, label, time},
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    name: String,
    #[arg(long)]
    kana: String,
    #[arg(long, value_name = "YYYY-MM-DD")]
    birth_date: String,
    #[arg(long, value_parser = label::parser::<Sex>())]
    sex: Sex,
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    local_id: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let demographics = Demographics {
        name: arguments.name,
        name_kana: arguments.kana,
        birth_date: Some(time::parse_day(&arguments.birth_date)?),
        sex: arguments.sex.into(),
        local_identifier: arguments.local_id,
    };
    let request = RegisterPatientRequest { request_id: new_id(), demographics: Some(demographics) };
    let answer = context
        .connection()?
        .call(request, async |channel, request| {
            PatientServiceClient::new(channel).register_patient(request).await
        })
        .await?;
    let patient = answer.patient.unwrap_or_default();
    context.out.one(patient.json(), || {
        let name = patient.demographics.as_ref().map_or("", |demographics| &demographics.name);
        vec![
            context.line(&msg!("patient-registered", name = name, id = patient.patient_id)),
            context.line(&msg!("patient-registered-next", id = patient.patient_id)),
        ]
    })
}
