//! `renkei service list`: the programs of an organisation, with their certificates for administrators.

use clap::Args;
use renkei_proto::v1::{
    ListServiceAccountsRequest, ServiceAccount, WhoAmIRequest, auth_service_client::AuthServiceClient,
    identity_service_client::IdentityServiceClient,
};

use crate::{
    command::{Context, resolve},
    connection::Connection,
    error::Result,
    output::{
        json::Json as _,
        table::{Column, Table},
        time,
    },
    text::{Texts, msg},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "ORG")]
    organization: Option<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let organization_id = match &arguments.organization {
        Some(organization) => resolve::organization(&connection, organization).await?,
        None => own_organization(&connection).await?,
    };
    let answer = connection
        .call(ListServiceAccountsRequest { organization_id }, async |channel, request| {
            IdentityServiceClient::new(channel).list_service_accounts(request).await
        })
        .await?;
    context.out.list(answer.service_accounts.iter().map(|account| account.json()).collect(), || {
        let texts = context.texts;
        let mut table = Table::new(vec![
            (Column::Whole, texts.get("column-id")),
            (Column::Text, texts.get("column-name")),
            (Column::Whole, texts.get("column-calls-per-minute")),
            (Column::Whole, texts.get("column-device-id")),
            (Column::Whole, texts.get("column-certificate-until")),
            (Column::Whole, texts.get("column-status")),
        ]);
        for account in &answer.service_accounts {
            // a row for each certificate, and one for an account without
            let rows = account.certificates.iter().map(Some).chain([None]);
            for certificate in rows.take(account.certificates.len().max(1)) {
                let (device, until) = certificate.map_or_else(Default::default, |certificate| {
                    let until = time::local(certificate.certificate_expire_time.as_ref());
                    (certificate.device_id.clone(), until)
                });
                let calls = account.calls_per_minute.to_string();
                let (id, name) = (account.service_account_id.clone(), account.name.clone());
                table.row([id, name, calls, device, until, status(texts, account)]);
            }
        }
        table.lines(context.out.columns())
    })
}

async fn own_organization(connection: &Connection) -> Result<String> {
    let answer = connection
        .call(WhoAmIRequest {}, async |channel, request| {
            AuthServiceClient::new(channel).who_am_i(request).await
        })
        .await?;
    let actor = answer.identity.and_then(|identity| identity.actor);
    Ok(actor.unwrap_or_default().organization_id)
}

fn status(texts: &Texts, account: &ServiceAccount) -> String {
    let ended = account.end_time.as_ref();
    ended
        .map(|time| texts.format(&msg!("service-ended-since", time = time::local(Some(time)))))
        .unwrap_or_default()
}
