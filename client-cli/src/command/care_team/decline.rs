//! `renkei care-team decline`.

use clap::Args;
use renkei_proto::v1::StaffAccess;

use crate::{
    command::{
        Context,
        care_team::answer::{self, Answer},
    },
    error::Result,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(value_name = "PATIENT_UUID")]
    patient_uuid: String,
    #[arg(long)]
    personal: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let Arguments { patient_uuid: patient, personal } = &arguments;
    let answer =
        Answer { patient, accept: false, personal: *personal, staff_access: StaffAccess::Unspecified };
    answer::send(context, answer, &msg!("care-team-declined", patient = patient)).await
}
