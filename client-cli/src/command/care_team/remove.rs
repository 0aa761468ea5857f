//! `renkei care-team remove`: ends a member's access at once, or takes an invitation back.

use clap::Args;
use renkei_proto::v1::{
    RemoveCareTeamMemberRequest, patient_service_client::PatientServiceClient,
    remove_care_team_member_request::Member,
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
    text: String,
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let Arguments { patient, whom, text, yes } = &arguments;
    let question = msg!("confirm-remove", member = whom.as_typed(), patient = patient);
    input::confirm(context.texts, &question, *yes).await?;
    let text = input::text(text).await?;
    let connection = context.connection()?;
    let request = RemoveCareTeamMemberRequest {
        request_id: new_id(),
        patient_id: resolve::patient(&connection, patient).await?,
        member: Some(whom.resolve(&connection, Member::OrganizationId, Member::PersonId).await?),
        text,
    };
    let answer = connection
        .call(request, async |channel, request| {
            PatientServiceClient::new(channel).remove_care_team_member(request).await
        })
        .await?;
    let member = answer.member.unwrap_or_default();
    context
        .out
        .one(member.json(), || vec![context.line(&msg!("care-team-removed", member = member::name(&member)))])
}
