//! `renkei organization policy`: what an organisation does with files, and how much of its space they take.

use clap::Args;
use renkei_proto::v1::{
    GetOrganizationPolicyRequest, OrganizationPolicy, PositionPolicy, UpdateOrganizationPolicyRequest,
    identity_service_client::IdentityServiceClient,
};

use crate::{
    command::{Context, PasswordSource, new_id, resolve},
    connection::Connection,
    error::Result,
    output::{
        json::Json as _,
        label::{self, words},
        line::Line,
    },
    size,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    organization: String,
    #[arg(long, value_parser = label::parser::<PositionPolicy>())]
    position: Option<PositionPolicy>,
    #[arg(long, value_name = "SIZE")]
    quota: Option<String>,
    #[command(flatten)]
    password: PasswordSource,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let quota = arguments.quota.as_deref().map(size::parse).transpose()?;
    let connection = context.connection()?;
    let organization_id = resolve::organization(&connection, &arguments.organization).await?;
    let policy = if arguments.position.is_none() && quota.is_none() {
        get(&connection, organization_id).await?
    } else {
        let request = UpdateOrganizationPolicyRequest {
            request_id: new_id(),
            organization_id,
            position_policy: arguments.position.map(Into::into),
            attachment_quota_bytes: quota,
        };
        let answer = context
            .call_dangerous(&connection, &arguments.password, request, async |channel, request| {
                IdentityServiceClient::new(channel).update_organization_policy(request).await
            })
            .await?;
        answer.policy.unwrap_or_default()
    };
    context.out.one(policy.json(), || lines(context, &policy))
}

async fn get(connection: &Connection, organization_id: String) -> Result<OrganizationPolicy> {
    let answer = connection
        .call(GetOrganizationPolicyRequest { organization_id }, async |channel, request| {
            IdentityServiceClient::new(channel).get_organization_policy(request).await
        })
        .await?;
    Ok(answer.policy.unwrap_or_default())
}

fn lines(context: &Context<'_>, policy: &OrganizationPolicy) -> Vec<Line> {
    let position = words::<PositionPolicy>(context.texts, policy.position_policy);
    let (used, quota) = (policy.attachment_used_bytes, policy.attachment_quota_bytes);
    let percent = used.max(0).saturating_mul(100).checked_div(quota.max(0)).unwrap_or(100);
    let (used, quota) = (size::words(used), size::words(quota));
    vec![
        context.line(&msg!("policy-position", position = position)),
        context.line(&msg!("policy-space", used = used, quota = quota, percent = percent)),
    ]
}
