//! `renkei outbox edit`: changes what was not sent yet, or was refused. It keeps its place.

use clap::Args;
use renkei_proto::v1::{EntryContent, EntryKind};

use crate::{
    command::{Context, new_id, outbox, written},
    draft::{Draft, Request},
    error::{Error, Exit, Result},
    form::Form,
    output::label::words,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    draft: String,
    #[command(flatten)]
    fields: written::Fields,
    #[arg(long)]
    offline: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let draft = Draft::load(&context.profile, &arguments.draft)?;
    let form = Form::of(&content(&draft)?)?;
    let connection = context.connection()?;
    let what = words::<EntryKind>(context.texts, form.kind().into());
    let introduction = msg!("form-introduction", kind = what, patient = draft.patient);
    let typed = written::form(context, &introduction, form, &arguments.fields).await?;
    let draft = change(context, &draft.id, &typed.content).map_err(|error| typed.kept(error))?;
    typed.safe()?;
    outbox::pass_on(context, &connection, &draft, arguments.offline).await
}

/// Puts the content into the draft. No other process sends it meanwhile; one may have sent it before.
fn change(context: &Context<'_>, id: &str, typed: &EntryContent) -> Result<Draft> {
    let _lock = context.profile.try_lock_outbox()?;
    let mut draft = Draft::load(&context.profile, id)?;
    content(&draft)?;
    match &mut draft.request {
        Request::Entry(request) => {
            request.content = Some(typed.clone());
            request.request_id = new_id();
        }
        Request::Correction(request) => {
            request.content = Some(typed.clone());
            request.request_id = new_id();
        }
        _ => {}
    }
    (draft.refused, draft.tried, draft.error) = (false, false, Vec::new());
    draft.save(&context.profile)?;
    Ok(draft)
}

/// What it says, if it can still be changed: what may have arrived is corrected instead.
fn content(draft: &Draft) -> Result<EntryContent> {
    let content = match &draft.request {
        Request::Entry(request) => request.content.clone(),
        Request::Correction(request) => request.content.clone(),
        _ => None,
    };
    let content = content.ok_or_else(|| Error::usage(msg!("error-draft-no-form", draft = draft.id)))?;
    if draft.tried && !draft.refused {
        return Err(Error::new(Exit::Conflict, msg!("error-draft-tried", draft = draft.id))
            .next(msg!("next-draft-tried", draft = draft.id)));
    }
    Ok(content)
}
