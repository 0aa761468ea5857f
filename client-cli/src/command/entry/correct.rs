//! `renkei entry correct`: 訂正. The form opens with what the entry says; the correction is the whole of what it says
//! then, and keeps the entry's files.

use std::path::PathBuf;

use clap::Args;
use renkei_proto::v1::{AttachmentSummary, CorrectEntryRequest, EntryContent, EntryKind};

use crate::{
    command::{Context, entry, new_id, outbox, resolve, written},
    connection::Connection,
    draft::{Attachment, Draft, Request},
    error::{Error, Exit, Result},
    form::Form,
    input,
    output::{label::words, sanitize::neutral},
    text::{Message, msg},
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
    #[arg(long, value_name = "NAME")]
    without_attachment: Vec<String>,
    #[arg(long)]
    offline: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let corrects_entry_id = resolve::uuid(&arguments.entry)?;
    let attachment_ids = arguments.attachment.iter().map(|id| resolve::uuid(id)).collect::<Result<_>>()?;
    let files = local::inspect_all(arguments.attach.clone()).await?;
    let connection = context.connection()?;
    let (beginning, files_before) = match arguments.kind {
        // The whole is given, so what it said need not be known.
        Some(kind) => (Form::blank(kind)?, None),
        None => {
            let (content, files) = said(context, &connection, &arguments.patient, &corrects_entry_id).await?;
            (Form::of(&content)?, files)
        }
    };
    let without = arguments.without_attachment;
    let kept = files_before.map(|files| outbox::kept(&files, &without)).transpose()?;
    let what = words::<EntryKind>(context.texts, beginning.kind().into());
    let name = written::name_or_id(&connection, &arguments.patient, &arguments.fields).await;
    let introduction = introduction(&what, &name, kept.as_deref().unwrap_or_default());
    let typed = written::form(context, &introduction, beginning.clone(), &arguments.fields).await?;
    let other_files = !(files.is_empty() && arguments.attachment.is_empty() && without.is_empty());
    // What flags say is meant.
    if arguments.fields.is_empty() && !other_files && beginning.is_unchanged(context.texts, &typed.content) {
        typed.safe()?;
        return Err(Error::usage(msg!("error-form-unchanged")));
    }
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
    let mut draft = Draft::new(&id, &arguments.patient, Request::Correction(request), attachments);
    match kept {
        Some(kept) => draft.keep_files(kept.into_iter().map(|file| file.attachment_id)),
        None => draft.without = Some(without),
    }
    let draft = outbox::keep(context, draft, arguments.offline).map_err(|error| typed.kept(error))?;
    typed.safe()?;
    outbox::pass_on(context, &connection, &draft, arguments.offline).await
}

/// What stands above the form, with the names of the files that are kept.
fn introduction(kind: &str, patient: &str, kept: &[AttachmentSummary]) -> Message {
    let named = kept.iter().filter(|file| !file.damaged);
    let names: Vec<String> = named.map(|file| neutral(&file.file_name)).collect();
    if names.is_empty() {
        return msg!("form-introduction-correction", kind = kind, patient = patient);
    }
    let files = names.join(", ");
    msg!("form-introduction-correction-files", kind = kind, patient = patient, files = files)
}

/// What the entry says, and its files: of that which waits in the outbox too, whose files are not known yet.
async fn said(
    context: &Context<'_>,
    connection: &Connection,
    patient: &str,
    entry_id: &str,
) -> Result<(EntryContent, Option<Vec<AttachmentSummary>>)> {
    let waiting = Draft::list(&context.profile)?.into_iter().find(|draft| draft.entry_id() == entry_id);
    let (content, files) = match waiting.map(|draft| draft.request) {
        Some(Request::Entry(request)) => (request.content, None),
        Some(Request::Correction(request)) => (request.content, None),
        _ => {
            let patient_id = resolve::patient(connection, patient).await?;
            let entry = entry::get(connection, &patient_id, entry_id).await?;
            (entry.content, Some(entry.attachments))
        }
    };
    let content = content.ok_or_else(|| Error::new(Exit::Damaged, msg!("entry-damaged")))?;
    Ok((content, files))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Language, Texts};

    #[test]
    fn the_form_says_which_files_are_kept() {
        let file = |name: &str| AttachmentSummary { file_name: name.into(), ..Default::default() };
        let damaged = AttachmentSummary { damaged: true, ..Default::default() };
        for (language, none) in [(Language::English, "files"), (Language::Japanese, "添付")] {
            let texts = Texts::new(language);
            let said = texts.format(&introduction(
                "wound",
                "12345",
                &[file("創部.jpg"), file("a\nb"), damaged.clone()],
            ));
            assert!(said.contains("12345") && said.ends_with("創部.jpg, a\u{240a}b"), "{said}");
            let said = texts.format(&introduction("wound", "12345", std::slice::from_ref(&damaged)));
            assert!(said.contains("12345") && !said.contains(none), "{said}");
        }
    }
}
