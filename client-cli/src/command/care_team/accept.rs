//! `renkei care-team accept`.

use clap::Args;

use crate::{
    command::{Context, care_team::answer},
    error::Result,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "PATIENT_UUID")]
    patient_uuid: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let patient = &arguments.patient_uuid;
    answer::send(context, patient, true, &msg!("care-team-accepted", patient = patient)).await
}
