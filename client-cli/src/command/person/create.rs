//! `renkei person create`.

use clap::Args;
use renkei_proto::v1::{CreatePersonRequest, identity_service_client::IdentityServiceClient};

use crate::{
    command::{Context, new_id},
    error::Result,
    output::json::Json as _,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "LOGIN")]
    login_name: String,
    #[arg(long)]
    name: String,
    #[arg(long, default_value = "", hide_default_value = true)]
    kana: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let request = CreatePersonRequest {
        request_id: new_id(),
        login_name: arguments.login_name,
        name: arguments.name,
        name_kana: arguments.kana,
    };
    let answer = context
        .connection()?
        .call(request, async |channel, request| {
            IdentityServiceClient::new(channel).create_person(request).await
        })
        .await?;
    let person = answer.person.unwrap_or_default();
    context.out.one(person.json(), || {
        vec![
            context.line(&msg!(
                "person-created",
                name = person.name,
                login = person.login_name,
                id = person.person_id
            )),
            context.line(&msg!("person-created-next", login = person.login_name)),
        ]
    })
}
