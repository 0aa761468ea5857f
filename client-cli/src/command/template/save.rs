//! `renkei template save`: a new template, or another content or name of the one that there is.

use clap::Args;
use renkei_proto::v1::{
    EntryKind, EntryTemplate, SaveTemplateRequest, template_service_client::TemplateServiceClient,
};

use crate::{
    command::{Context, new_id, template, written},
    error::{Error, Result},
    form::Form,
    output::{json::Json as _, label::words},
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    template: String,
    #[arg(long, value_parser = written::kinds())]
    kind: Option<EntryKind>,
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    #[command(flatten)]
    fields: written::Fields,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let stands = template::find(&connection, &arguments.template).await?;
    let beginning = match (&stands, arguments.kind) {
        (_, Some(kind)) if !is_of(stands.as_ref(), kind) => Form::blank(kind)?,
        (Some(stands), _) => Form::of(&stands.content.clone().unwrap_or_default())?,
        (None, Some(kind)) => Form::blank(kind)?,
        (None, None) => {
            let none = msg!("error-no-template", text = arguments.template);
            return Err(Error::usage(none).next(msg!("next-template-kind")));
        }
    };
    let (template_id, etag, name) = match stands {
        Some(stands) => (stands.template_id, stands.etag, stands.name),
        None => (new_id(), String::new(), arguments.template),
    };
    let kind = words::<EntryKind>(context.texts, beginning.kind().into());
    // Whoever only renames it fills in nothing.
    let typed = if arguments.rename.is_some() && arguments.fields.is_empty() && !etag.is_empty() {
        None
    } else {
        let introduction = msg!("template-introduction", name = name, kind = kind);
        Some(written::template_form(context, &introduction, beginning.clone(), &arguments.fields).await?)
    };
    let content = match &typed {
        Some(typed) => typed.content.clone(),
        None => beginning.unfinished()?,
    };
    let name = arguments.rename.unwrap_or(name);
    let wanted = EntryTemplate { template_id, name, content: Some(content), ..Default::default() };
    let answer = connection
        .call(SaveTemplateRequest { template: Some(wanted), etag }, async |channel, request| {
            TemplateServiceClient::new(channel).save_template(request).await
        })
        .await
        .map_err(|error| match &typed {
            Some(typed) => typed.kept(error),
            None => error,
        })?;
    typed.map_or(Ok(()), |typed| typed.safe())?;
    let saved = answer.template.unwrap_or_default();
    context.out.one(saved.json(), || vec![context.line(&msg!("template-saved", name = saved.name))])
}

fn is_of(template: Option<&EntryTemplate>, kind: EntryKind) -> bool {
    let content = template.and_then(|template| template.content.as_ref());
    content.and_then(crate::reflect::kind_of) == Some(kind)
}
