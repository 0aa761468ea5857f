//! `renkei post`: an entry of any kind. It stands in the outbox before anything is sent.

use std::path::PathBuf;

use clap::Args;
use renkei_proto::v1::{
    Category, EntryContent, EntryKind, Message, MessageIntent, PostEntryRequest, Sensitivity, VisitNote,
    entry_content::Content,
};

use crate::{
    command::{Context, new_id, outbox, resolve, written},
    connection::Connection,
    draft::{Attachment, Draft, Request},
    editor::Typed,
    error::{Error, Result},
    form::Form,
    input,
    output::{
        label::{self, words},
        time,
    },
    reflect,
    text::msg,
    transfer::local,
    vital,
};

mod addressed;
mod list;

pub(crate) use self::addressed::mentions;
use self::list::Current;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[command(flatten)]
    note: Note,
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, conflicts_with_all = ["Note", "Fields"])]
    message: Option<String>,
    #[command(flatten)]
    intent: Intent,
    #[arg(long, value_parser = written::kinds(), conflicts_with_all = ["Note", "message"])]
    kind: Option<EntryKind>,
    #[arg(long, value_name = "NAME", conflicts_with_all = ["Note", "message"])]
    template: Option<String>,
    #[command(flatten)]
    fields: written::Fields,
    #[arg(long, value_name = "ENTRY")]
    reply_to: Option<String>,
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    #[arg(long)]
    attachment: Vec<String>,
    #[arg(long)]
    urgent: bool,
    #[arg(long, value_name = "WHOM")]
    mention: Vec<String>,
    #[arg(long = "for", value_name = "PERSON")]
    responsible: Option<String>,
    #[arg(long, value_parser = label::parser::<Category>())]
    category: Option<Category>,
    #[arg(long, value_parser = label::parser::<Sensitivity>())]
    sensitivity: Option<Sensitivity>,
    #[arg(long)]
    offline: bool,
}

#[derive(Debug, Args)]
#[group(multiple = true, conflicts_with_all = ["Fields"])]
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

/// What a message is meant as.
#[derive(Debug, Args)]
#[group(multiple = false, conflicts_with_all = ["Note"])]
struct Intent {
    #[arg(long)]
    question: bool,
    #[arg(long, requires = "reply_to")]
    answer: bool,
    #[arg(long)]
    report: bool,
}

impl Intent {
    fn of_message(&self) -> MessageIntent {
        match self {
            Self { question: true, .. } => MessageIntent::Question,
            Self { answer: true, .. } => MessageIntent::Answer,
            Self { report: true, .. } => MessageIntent::Report,
            _ => MessageIntent::Unspecified,
        }
    }
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let reply_to_entry_id = arguments.reply_to.as_deref().map(resolve::uuid).transpose()?.unwrap_or_default();
    let given = given(&arguments).await?;
    let attachment_ids = arguments.attachment.iter().map(|id| resolve::uuid(id)).collect::<Result<_>>()?;
    let whom = arguments.mention.iter().map(|whom| addressed::read(whom)).collect::<Result<Vec<_>>>()?;
    let files = local::inspect_all(arguments.attach.clone()).await?;
    let connection = context.connection()?;
    let (content, typed) = match given {
        Some(content) => (content, None),
        None => {
            let typed = filled_in(&arguments, context, &connection).await?;
            (typed.content.clone(), Some(typed))
        }
    };
    let keep = async {
        let mut mentions = Vec::new();
        for whom in whom {
            mentions.push(whom.mention(&connection).await?);
        }
        let responsible_person_id = match &arguments.responsible {
            Some(person) => resolve::person(&connection, person).await?,
            None => String::new(),
        };
        let entry_id = new_id();
        give_way(&arguments, context, &connection, &content, &entry_id).await?;
        let request = PostEntryRequest {
            request_id: new_id(),
            patient_id: String::new(),
            entry_id,
            content: Some(meant(content, arguments.intent.of_message())?),
            category: arguments.category.unwrap_or_default().into(),
            reply_to_entry_id,
            urgent: arguments.urgent,
            attachment_ids,
            sensitivity: arguments.sensitivity.unwrap_or_default().into(),
            write_time: None,
            responsible_person_id,
            mentions,
        };
        let attachments = files.into_iter().map(Attachment::new).collect();
        let id = request.entry_id.clone();
        let draft = Draft::new(&id, &arguments.patient, Request::Entry(request), attachments);
        outbox::keep(context, draft, arguments.offline)
    };
    // Until it stands in the outbox the form is all that there is.
    let draft = keep.await.map_err(|error| match &typed {
        Some(typed) => typed.kept(error),
        None => error,
    })?;
    typed.map_or(Ok(()), |typed| typed.safe())?;
    outbox::pass_on(context, &connection, &draft, arguments.offline).await
}

/// What the flags say; `None` if they say nothing, and a form is to be filled in.
async fn given(arguments: &Arguments) -> Result<Option<EntryContent>> {
    if let Some(message) = &arguments.message {
        let text = input::text(message).await?;
        return Ok(Some(content(Content::Message(Message { text, ..Default::default() }))));
    }
    if arguments.template.is_none()
        && let Some(form) = written::filled(&mut beginning(arguments)?, &arguments.fields).await?
    {
        return form.content().map(Some);
    }
    let Note { subjective, objective, assessment, plan, visit_time, vital } = &arguments.note;
    if [subjective, objective, assessment, plan].iter().all(|part| part.is_none()) && vital.is_empty() {
        return Ok(None);
    }
    let observations = vital.iter().map(|vital| vital::parse(vital)).collect::<Result<Vec<_>>>()?;
    Ok(Some(content(Content::VisitNote(VisitNote {
        subjective: optional(subjective.as_deref()).await?,
        objective: optional(objective.as_deref()).await?,
        assessment: optional(assessment.as_deref()).await?,
        plan: optional(plan.as_deref()).await?,
        visit_time: visit_time.as_deref().map(time::parse).transpose()?,
        observations: observations.into_iter().flatten().collect(),
    }))))
}

/// What stands in the form that the flags begin.
async fn filled_in(
    arguments: &Arguments,
    context: &Context<'_>,
    connection: &Connection,
) -> Result<Typed<EntryContent>> {
    let is_note = arguments.kind.is_none() && arguments.intent.of_message() == MessageIntent::Unspecified;
    if is_note && arguments.template.is_none() && arguments.fields.is_empty() && !input::is_interactive() {
        return Err(Error::usage(msg!("error-post-empty")).next(msg!("next-post-empty")));
    }
    let beginning = match &arguments.template {
        Some(name) => written::of_template(connection, name, arguments.kind).await?,
        None => beginning(arguments)?,
    };
    if arguments.template.is_none() && list::replaces(beginning.kind()) && input::is_interactive() {
        return list_filled_in(arguments, context, connection, beginning).await;
    }
    written::content(context, connection, &arguments.patient, beginning, &arguments.fields).await
}

/// The same of a list that takes the place of the one that counts now: the form begins with that one.
async fn list_filled_in(
    arguments: &Arguments,
    context: &Context<'_>,
    connection: &Connection,
    beginning: Form,
) -> Result<Typed<EntryContent>> {
    let patient = written::patient_name(connection, &arguments.patient).await?;
    let kind = beginning.kind();
    let current = Current::find(connection, &arguments.patient, kind, arguments.offline).await;
    let kind = words::<EntryKind>(context.texts, kind.into());
    let introduction = current.introduction(context.texts, &kind, &patient);
    let beginning = current.form().unwrap_or(beginning);
    let typed = written::form(context, &introduction, beginning.clone(), &arguments.fields).await?;
    let files = !(arguments.attach.is_empty() && arguments.attachment.is_empty());
    if !files && beginning.is_unchanged(context.texts, &typed.content) {
        typed.safe()?;
        return Err(Error::usage(msg!("error-form-unchanged")));
    }
    Ok(typed)
}

/// Has a list take the place of the one that counts when it is posted, which may be newer than what the form began
/// with.
async fn give_way(
    arguments: &Arguments,
    context: &Context<'_>,
    connection: &Connection,
    content: &EntryContent,
    entry_id: &str,
) -> Result<()> {
    let Some(kind) = reflect::kind_of(content).filter(|kind| list::replaces(*kind)) else { return Ok(()) };
    let take_back = msg!("list-take-back", patient = arguments.patient, entry = entry_id);
    let current = Current::find(connection, &arguments.patient, kind, arguments.offline).await;
    current.give_way(context, content, &take_back).await
}

/// The form of the kind that the flags name; that of a visit note where they name none.
fn beginning(arguments: &Arguments) -> Result<Form> {
    let intent = arguments.intent.of_message() != MessageIntent::Unspecified;
    let visit_time = arguments.note.visit_time.as_deref().map(time::parse).transpose()?;
    match arguments.kind {
        Some(kind) => Form::blank(kind),
        None if intent => Form::blank(EntryKind::Message),
        None => Form::of(&content(Content::VisitNote(VisitNote { visit_time, ..Default::default() }))),
    }
}

/// The content with what the message is meant as.
fn meant(mut content: EntryContent, intent: MessageIntent) -> Result<EntryContent> {
    match (&mut content.content, intent) {
        (_, MessageIntent::Unspecified) => {}
        (Some(Content::Message(message)), _) => message.intent = intent.into(),
        _ => return Err(Error::usage(msg!("error-intent-kind")).next(msg!("next-intent-kind"))),
    }
    Ok(content)
}

fn content(content: Content) -> EntryContent {
    EntryContent { content: Some(content) }
}

async fn optional(argument: Option<&str>) -> Result<String> {
    match argument {
        Some(argument) => input::text(argument).await,
        None => Ok(String::new()),
    }
}
