//! `renkei person suspend`: sessions and access end at once, and no log-in succeeds.

use clap::Args;
use renkei_proto::v1::{SuspendPersonRequest, identity_service_client::IdentityServiceClient};

use crate::{
    command::{Context, new_id, resolve},
    error::Result,
    output::json::Json as _,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    person: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let request = SuspendPersonRequest {
        request_id: new_id(),
        person_id: resolve::person(&connection, &arguments.person).await?,
    };
    let answer = connection
        .call(request, async |channel, request| {
            IdentityServiceClient::new(channel).suspend_person(request).await
        })
        .await?;
    let person = answer.person.unwrap_or_default();
    context.out.one(person.json(), || {
        vec![context.line(&msg!("person-suspended", name = person.name, login = person.login_name))]
    })
}
