//! `renkei service allowed`: the programs that act for you.

use clap::Args;
use renkei_proto::v1::{ListAllowedServicesRequest, Role, auth_service_client::AuthServiceClient};

use crate::{
    command::Context,
    error::Result,
    output::{
        json::Json as _,
        label::words,
        table::{Column, Table},
        time,
    },
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_: Arguments, context: &Context<'_>) -> Result<()> {
    let answer = context
        .connection()?
        .call(ListAllowedServicesRequest {}, async |channel, request| {
            AuthServiceClient::new(channel).list_allowed_services(request).await
        })
        .await?;
    context.out.list(answer.services.iter().map(|service| service.json()).collect(), || {
        let texts = context.texts;
        let mut table = Table::new(vec![
            (Column::Whole, texts.get("column-id")),
            (Column::Text, texts.get("column-name")),
            (Column::Text, texts.get("column-organization")),
            (Column::Text, texts.get("column-role")),
            (Column::Whole, texts.get("column-affiliation-id")),
            (Column::Whole, texts.get("column-since")),
        ]);
        for service in &answer.services {
            table.row([
                service.service_account_id.clone(),
                service.name.clone(),
                service.organization_name.clone(),
                words::<Role>(texts, service.role),
                service.affiliation_id.clone(),
                time::local(service.allow_time.as_ref()),
            ]);
        }
        table.lines(context.out.columns())
    })
}
