//! `renkei template`: what entries of one's organisation begin with.

use renkei_proto::v1::{EntryTemplate, ListTemplatesRequest, template_service_client::TemplateServiceClient};

use crate::{
    connection::Connection,
    error::{Error, Exit, Result},
    text::msg,
};

mod delete;
mod list;
mod save;
mod show;

verbs! {
    List => list,
    Show => show,
    Save => save,
    Delete => delete,
}

/// The templates of the own organisation, by name.
async fn all(connection: &Connection) -> Result<Vec<EntryTemplate>> {
    let answer = connection
        .call(ListTemplatesRequest {}, async |channel, request| {
            TemplateServiceClient::new(channel).list_templates(request).await
        })
        .await?;
    Ok(answer.templates)
}

/// The template with this name or UUID, if there is it.
async fn find(connection: &Connection, name: &str) -> Result<Option<EntryTemplate>> {
    Ok(all(connection).await?.into_iter().find(|one| one.name == name || one.template_id == name))
}

/// The template with this name or UUID.
pub(super) async fn get(connection: &Connection, name: &str) -> Result<EntryTemplate> {
    let none =
        || Error::new(Exit::NotFound, msg!("error-no-template", text = name)).next(msg!("next-no-template"));
    find(connection, name).await?.ok_or_else(none)
}
