//! `renkei template delete`.

use clap::Args;
use renkei_proto::v1::{DeleteTemplateRequest, template_service_client::TemplateServiceClient};

use crate::{
    command::{Context, template},
    error::Result,
    input,
    output::json::Json as _,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    template: String,
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let found = template::get(&connection, &arguments.template).await?;
    input::confirm(context.texts, &msg!("confirm-template-delete", name = found.name), arguments.yes).await?;
    let request = DeleteTemplateRequest { template_id: found.template_id.clone() };
    connection
        .call(request, async |channel, request| {
            TemplateServiceClient::new(channel).delete_template(request).await
        })
        .await?;
    context.out.one(found.json(), || vec![context.line(&msg!("template-deleted", name = found.name))])
}
