//! `renkei entry correct`: 訂正. The form opens with what the entry says; the correction is the whole of what it says
//! then.

use std::path::PathBuf;

use clap::Args;
use renkei_proto::v1::{CorrectEntryRequest, EntryContent, EntryKind};

use crate::{
    command::{Context, entry, new_id, outbox, resolve, written},
    connection::Connection,
    draft::{Attachment, Draft, Request},
    error::{Error, Exit, Result},
    form::Form,
    input,
    output::label::words,
    text::msg,
    transfer::local,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    entry: String,
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    reason: Option<String>,
    #[arg(long, value_parser = written::kinds(), requires = "Fields")]
    kind: Option<EntryKind>,
    #[command(flatten)]
    fields: written::Fields,
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    #[arg(long)]
    attachment: Vec<String>,
    #[arg(long)]
    offline: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let corrects_entry_id = resolve::uuid(&arguments.entry)?;
    let attachment_ids = arguments.attachment.iter().map(|id| resolve::uuid(id)).collect::<Result<_>>()?;
    let files = local::inspect_all(arguments.attach.clone()).await?;
    let connection = context.connection()?;
    let beginning = match arguments.kind {
        // The whole is given, so what it said need not be known.
        Some(kind) => Form::blank(kind)?,
        None => Form::of(&said(context, &connection, &arguments.patient, &corrects_entry_id).await?)?,
    };
    let what = words::<EntryKind>(context.texts, beginning.kind().into());
    let introduction = msg!("form-introduction-correction", kind = what, patient = arguments.patient);
    let typed = written::form(context, &introduction, beginning, &arguments.fields).await?;
    let reason =
        input::reason(context.texts, arguments.reason.as_deref()).await.map_err(|error| typed.kept(error))?;
    let request = CorrectEntryRequest {
        request_id: new_id(),
        patient_id: String::new(),
        entry_id: new_id(),
        corrects_entry_id,
        reason,
        content: Some(typed.content.clone()),
        attachment_ids,
        write_time: None,
    };
    let id = request.entry_id.clone();
    let attachments = files.into_iter().map(Attachment::new).collect();
    let draft = Draft::new(&id, &arguments.patient, Request::Correction(request), attachments);
    let draft = outbox::keep(context, draft, arguments.offline).map_err(|error| typed.kept(error))?;
    typed.safe()?;
    outbox::pass_on(context, &connection, &draft, arguments.offline).await
}

/// What the entry says: that which waits in the outbox too.
async fn said(
    context: &Context<'_>,
    connection: &Connection,
    patient: &str,
    entry_id: &str,
) -> Result<EntryContent> {
    let waiting = Draft::list(&context.profile)?.into_iter().find(|draft| draft.entry_id() == entry_id);
    let content = match waiting.map(|draft| draft.request) {
        Some(Request::Entry(request)) => request.content,
        Some(Request::Correction(request)) => request.content,
        _ => {
            let patient_id = resolve::patient(connection, patient).await?;
            entry::get(connection, &patient_id, entry_id).await?.content
        }
    };
    content.ok_or_else(|| Error::new(Exit::Damaged, msg!("entry-damaged")))
}
