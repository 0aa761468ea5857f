//! `renkei post`: a visit note or a message. It is a draft on the disk before anything is sent.

use std::path::PathBuf;

use clap::Args;
use renkei_proto::v1::{
    Category, EntryContent, Message, PostEntryRequest, Sensitivity, VisitNote, entry_content::Content,
};

use crate::{
    command::{Context, draft::send, new_id, resolve},
    connection::Connection,
    draft::{Attachment, Draft, Request},
    editor,
    error::{Error, Exit, Result},
    input,
    output::{label, time},
    text::msg,
    transfer::local,
    vital,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[command(flatten)]
    note: Note,
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, conflicts_with = "Note")]
    message: Option<String>,
    #[arg(long, value_name = "ENTRY")]
    reply_to: Option<String>,
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    #[arg(long)]
    attachment: Vec<String>,
    #[arg(long)]
    urgent: bool,
    #[arg(long, value_parser = label::parser::<Category>())]
    category: Option<Category>,
    #[arg(long, value_parser = label::parser::<Sensitivity>())]
    sensitivity: Option<Sensitivity>,
}

#[derive(Debug, Args)]
#[group(multiple = true)]
struct Note {
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    subjective: Option<String>,
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    objective: Option<String>,
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    assessment: Option<String>,
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    plan: Option<String>,
    #[arg(long, value_name = "TIME")]
    visit_time: Option<String>,
    #[arg(long, value_name = "NAME=VALUE")]
    vital: Vec<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let reply_to_entry_id = arguments.reply_to.as_deref().map(resolve::uuid).transpose()?.unwrap_or_default();
    let visit_time = arguments.note.visit_time.as_deref().map(time::parse).transpose()?;
    let given = given(&arguments.message, &arguments.note).await?;
    let attachment_ids = arguments.attachment.iter().map(|id| resolve::uuid(id)).collect::<Result<_>>()?;
    let files = local::inspect_all(arguments.attach).await?;
    let connection = context.connection()?;
    let content = match given {
        Some(content) => content,
        None if input::is_interactive() => Content::VisitNote(VisitNote {
            visit_time,
            ..typed(context, &connection, &arguments.patient).await?
        }),
        None => return Err(Error::usage(msg!("error-post-empty")).next(msg!("next-post-empty"))),
    };
    let request = PostEntryRequest {
        request_id: new_id(),
        patient_id: String::new(),
        entry_id: new_id(),
        content: Some(EntryContent { content: Some(content) }),
        category: arguments.category.unwrap_or_default().into(),
        reply_to_entry_id,
        urgent: arguments.urgent,
        attachment_ids,
        sensitivity: arguments.sensitivity.unwrap_or_default().into(),
        ..Default::default()
    };
    let attachments = files.into_iter().map(Attachment::new).collect();
    let id = request.entry_id.clone();
    let draft = Draft::new(&id, &arguments.patient, Request::Entry(request), attachments);
    send::deliver(context, &connection, draft).await
}

/// What the flags say; `None` if they say nothing.
async fn given(message: &Option<String>, note: &Note) -> Result<Option<Content>> {
    if let Some(message) = message {
        let text = input::text(message).await?;
        return Ok(Some(Content::Message(Message { text, ..Default::default() })));
    }
    let Note { subjective, objective, assessment, plan, visit_time, vital } = note;
    if [subjective, objective, assessment, plan].iter().all(|part| part.is_none()) && vital.is_empty() {
        return Ok(None);
    }
    let observations = vital.iter().map(|vital| vital::parse(vital)).collect::<Result<Vec<_>>>()?;
    Ok(Some(Content::VisitNote(VisitNote {
        subjective: optional(subjective.as_deref()).await?,
        objective: optional(objective.as_deref()).await?,
        assessment: optional(assessment.as_deref()).await?,
        plan: optional(plan.as_deref()).await?,
        visit_time: visit_time.as_deref().map(time::parse).transpose()?,
        observations: observations.into_iter().flatten().collect(),
    })))
}

async fn optional(argument: Option<&str>) -> Result<String> {
    match argument {
        Some(argument) => input::text(argument).await,
        None => Ok(String::new()),
    }
}

/// What the person types into the form. The patient is looked up first, so that nobody writes a note for
/// a patient who is not there; if the server cannot be reached the note can be written all the same.
async fn typed(context: &Context<'_>, connection: &Connection, patient: &str) -> Result<VisitNote> {
    let name = match patient_name(connection, patient).await {
        Ok(name) => name,
        Err(error) if error.exit() == Exit::TryAgain => patient.to_owned(),
        Err(error) => return Err(error),
    };
    editor::visit_note(context.texts, &context.profile, &name)
        .await?
        .ok_or_else(|| Error::usage(msg!("error-form-empty")))
}

async fn patient_name(connection: &Connection, patient: &str) -> Result<String> {
    let id = resolve::patient(connection, patient).await?;
    let demographics = resolve::get_patient(connection, &id).await?.demographics;
    Ok(demographics.map_or_else(|| patient.to_owned(), |demographics| demographics.name))
}
