//! `renkei care-team list`.

use clap::Args;
use renkei_proto::v1::{ListCareTeamRequest, MembershipStatus, patient_service_client::PatientServiceClient};

use crate::{
    command::{Context, resolve},
    error::Result,
    output::{
        json::Json as _,
        label::words,
        table::{Column, Table},
        time,
    },
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let request =
        ListCareTeamRequest { patient_id: resolve::patient(&connection, &arguments.patient).await? };
    let answer = connection
        .call(request, async |channel, request| {
            PatientServiceClient::new(channel).list_care_team(request).await
        })
        .await?;
    context.out.list(answer.members.iter().map(|member| member.json()).collect(), || {
        let texts = context.texts;
        let mut table = Table::new(vec![
            (Column::Text, texts.get("column-organization")),
            (Column::Whole, texts.get("column-status")),
            (Column::Whole, texts.get("column-invited")),
            (Column::Whole, texts.get("column-answered")),
            (Column::Whole, texts.get("column-id")),
        ]);
        for member in &answer.members {
            table.row([
                member.organization_name.clone(),
                words::<MembershipStatus>(texts, member.status),
                time::local(member.invite_time.as_ref()),
                time::local(member.answer_time.as_ref()),
                member.organization_id.clone(),
            ]);
        }
        table.lines(context.out.columns())
    })
}
