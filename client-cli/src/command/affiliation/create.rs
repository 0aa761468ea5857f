//! `renkei affiliation create`: gives a person a role at an organisation.

use clap::Args;
use renkei_proto::v1::{CreateAffiliationRequest, Role, identity_service_client::IdentityServiceClient};

use crate::{
    command::{Context, PasswordSource, new_id, resolve},
    error::Result,
    output::{
        json::Json as _,
        label::{self, words},
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    person: String,
    #[arg(long, value_name = "ORG")]
    organization: String,
    #[arg(long, value_parser = label::parser::<Role>())]
    role: Role,
    #[command(flatten)]
    password: PasswordSource,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let request = CreateAffiliationRequest {
        request_id: new_id(),
        person_id: resolve::person(&connection, &arguments.person).await?,
        organization_id: resolve::organization(&connection, &arguments.organization).await?,
        role: arguments.role.into(),
    };
    let answer = context
        .call_dangerous(&connection, &arguments.password, request, async |channel, request| {
            IdentityServiceClient::new(channel).create_affiliation(request).await
        })
        .await?;
    let affiliation = answer.affiliation.unwrap_or_default();
    context.out.one(affiliation.json(), || {
        vec![context.line(&msg!(
            "affiliation-created",
            person = arguments.person,
            role = words::<Role>(context.texts, affiliation.role),
            organization = affiliation.organization_name,
            id = affiliation.affiliation_id,
        ))]
    })
}
