//! `renkei person reinstate`: lifts a suspension; the person logs in again.

use clap::Args;
use renkei_proto::v1::{ReinstatePersonRequest, identity_service_client::IdentityServiceClient};

use crate::{
    command::{Context, PasswordSource, new_id, resolve},
    error::Result,
    output::json::Json as _,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    person: String,
    #[command(flatten)]
    password: PasswordSource,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let request = ReinstatePersonRequest {
        request_id: new_id(),
        person_id: resolve::person(&connection, &arguments.person).await?,
    };
    let answer = context
        .call_dangerous(&connection, &arguments.password, request, async |channel, request| {
            IdentityServiceClient::new(channel).reinstate_person(request).await
        })
        .await?;
    let person = answer.person.unwrap_or_default();
    context.out.one(person.json(), || {
        vec![context.line(&msg!("person-reinstated", name = person.name, login = person.login_name))]
    })
}
