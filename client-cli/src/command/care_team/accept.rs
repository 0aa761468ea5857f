//! `renkei care-team accept`.

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
    #[arg(long, conflicts_with = "personal")]
    assigned_only: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let Arguments { patient_uuid: patient, personal, assigned_only } = &arguments;
    let (staff_access, said) = match (personal, assigned_only) {
        (false, true) => (StaffAccess::Assigned, msg!("care-team-accepted-assigned", patient = patient)),
        (false, false) => (StaffAccess::All, msg!("care-team-accepted", patient = patient)),
        (true, _) => (StaffAccess::Unspecified, msg!("care-team-accepted", patient = patient)),
    };
    let answer = Answer { patient, accept: true, personal: *personal, staff_access };
    answer::send(context, answer, &said).await
}
