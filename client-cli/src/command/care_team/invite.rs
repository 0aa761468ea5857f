//! `renkei care-team invite`.

use clap::Args;
use renkei_proto::v1::{
    InviteCareTeamMemberRequest, invite_care_team_member_request::Member,
    patient_service_client::PatientServiceClient,
};

use crate::{
    command::{
        Context,
        care_team::member::{self, Whom},
        new_id, resolve,
    },
    error::Result,
    input,
    output::json::Json as _,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[command(flatten)]
    whom: Whom,
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    message: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let message = input::text(&arguments.message).await?;
    let connection = context.connection()?;
    let request = InviteCareTeamMemberRequest {
        request_id: new_id(),
        patient_id: resolve::patient(&connection, &arguments.patient).await?,
        member: Some(arguments.whom.resolve(&connection, Member::OrganizationId, Member::PersonId).await?),
        message,
    };
    let answer = connection
        .call(request, async |channel, request| {
            PatientServiceClient::new(channel).invite_care_team_member(request).await
        })
        .await?;
    let member = answer.member.unwrap_or_default();
    context
        .out
        .one(member.json(), || vec![context.line(&msg!("care-team-invited", member = member::name(&member)))])
}
