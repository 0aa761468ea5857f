//! `renkei attachment upload`: files that an entry names later. The ids are on the disk before anything is
//! sent, so the same command goes on after a break, whatever ended it.

use std::{collections::BTreeSet, path::PathBuf};

use clap::Args;
use renkei_proto::v1::{Attachment, ErrorReason};
use serde_json::Value;

use crate::{
    command::{Context, files, resolve},
    error::{Error, Exit, Result},
    journal::Journal,
    output::{
        json::Json as _,
        line::{Line, Style},
    },
    text::msg,
    transfer::local,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(required = true)]
    file: Vec<PathBuf>,
    #[arg(long)]
    anew: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let mut files = local::inspect_all(arguments.file).await?;
    let mut seen = BTreeSet::new();
    files.retain(|file| seen.insert(file.path.clone()));
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let mut journal = Journal::open(&context.profile)?;
    let entries = files.into_iter().map(|file| journal.plan(&patient_id, file, arguments.anew));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    let uploads = entries.iter().map(|entry| entry.file.upload(&patient_id)).collect();
    let mut later = false;
    let (uploaded, failed) = files::upload(context, &connection, uploads, |number, result| {
        match result {
            Err(error) if is_final(error) => journal.remove(&entries[number])?,
            Err(_) => later = true,
            Ok(_) => {}
        }
        Ok(())
    })
    .await?;
    let attachments: Vec<Attachment> = uploaded.into_iter().map(|(_, attachment)| attachment).collect();
    print(context, &arguments.patient, &attachments)?;
    // Until the whole command is through, the same command finds the same ids, also of those that are done.
    if later {
        context.note(&msg!("upload-kept"));
    } else {
        entries.iter().try_for_each(|entry| journal.remove(entry))?;
    }
    failed.map_or(Ok(()), Err)
}

/// Whether the same file under the same id will be refused again.
fn is_final(error: &Error) -> bool {
    error.exit() != Exit::TryAgain
        && error.reason().is_some_and(|reason| {
            !matches!(
                reason,
                ErrorReason::UploadTakenOver
                    | ErrorReason::UploadOffsetMismatch
                    | ErrorReason::SessionRequired
                    | ErrorReason::AccessTokenExpired
                    | ErrorReason::RefreshTokenInvalid
                    | ErrorReason::DeviceRequired
            )
        })
}

fn print(context: &Context<'_>, patient: &str, attachments: &[Attachment]) -> Result<()> {
    let json: Vec<Value> = attachments.iter().map(|attachment| attachment.json()).collect();
    context.out.list(json, || {
        let mut lines: Vec<Line> = attachments
            .iter()
            .map(|file| context.line(&msg!("uploaded", file = file.file_name, id = file.attachment_id)))
            .collect();
        if !attachments.is_empty() {
            let next = context.texts.format(&msg!("uploaded-next", patient = patient));
            lines.push(Line::styled(Style::Faint, next));
        }
        lines
    })
}
