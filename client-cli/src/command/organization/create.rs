//! `renkei organization create`.

use clap::Args;
use renkei_proto::v1::{
    CreateOrganizationRequest, OrganizationKind, identity_service_client::IdentityServiceClient,
};

use crate::{
    command::{Context, new_id},
    error::Result,
    output::{json::Json as _, label},
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_parser = label::parser::<OrganizationKind>())]
    kind: OrganizationKind,
    #[arg(long)]
    name: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let request =
        CreateOrganizationRequest { request_id: new_id(), kind: arguments.kind.into(), name: arguments.name };
    let answer = context
        .connection()?
        .call(request, async |channel, request| {
            IdentityServiceClient::new(channel).create_organization(request).await
        })
        .await?;
    let organization = answer.organization.unwrap_or_default();
    context.out.one(organization.json(), || {
        let (name, id) = (&organization.name, &organization.organization_id);
        vec![context.line(&msg!("organization-created", name = name, id = id))]
    })
}
