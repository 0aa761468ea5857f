//! Several files of one command: sent with their progress, and what failed said file by file.

use renkei_proto::v1::{Attachment, Position};

use crate::{
    command::Context,
    connection::Connection,
    error::{Error, Result},
    output::{
        label::words,
        line::{Line, Style},
        note,
    },
    text::msg,
    transfer::{
        batch,
        progress::Progress,
        upload::{self, Upload},
    },
};

/// Uploads the files and tells the person what the server did to them. `done` hears of each as it ends.
///
/// Returns those that are uploaded, with their numbers, and the error for the others.
pub(crate) async fn upload(
    context: &Context<'_>,
    connection: &Connection,
    uploads: Vec<Upload>,
    mut done: impl FnMut(usize, &Result<Attachment>) -> Result<()>,
) -> Result<(Vec<(usize, Attachment)>, Option<Error>)> {
    let progress = Progress::new(context.texts);
    let names: Vec<String> = uploads.iter().map(|upload| upload.path.display().to_string()).collect();
    let expected: Vec<String> = uploads.iter().map(|upload| upload.header.content_type.clone()).collect();
    let jobs = uploads.into_iter().map(|upload| {
        let (connection, progress) = (connection.clone(), progress.clone());
        async move { upload::upload(&connection, upload, &progress).await }
    });
    let results = batch::run(jobs, |number, result| {
        if let Ok(attachment) = result {
            progress.aside(|| tell(context, attachment, &expected[number]));
        }
        done(number, result)
    });
    Ok(settle(context, &names, results.await?))
}

/// What a batch came to. Of several files each that failed is named with its error; the error returned is about
/// them all then.
pub(crate) fn settle<T>(
    context: &Context<'_>,
    names: &[String],
    results: Vec<Option<Result<T>>>,
) -> (Vec<(usize, T)>, Option<Error>) {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (number, result) in results.into_iter().enumerate() {
        match result {
            Some(Ok(value)) => done.push((number, value)),
            Some(Err(error)) => failed.push((number, error)),
            None => {}
        }
    }
    if names.len() <= 1 {
        return (done, failed.pop().map(|(_, error)| error));
    }
    for (number, error) in &failed {
        note(&Line::styled(Style::Strong, format!("{}:", names[*number])));
        for line in error.lines(context.texts) {
            note(&Line::plain(line).indented(2));
        }
    }
    let all = names.len();
    let summary = failed.first().map(|(_, error)| {
        Error::new(error.exit(), msg!("error-some-files", failed = all - done.len(), all = all))
    });
    (done, summary)
}

/// Says where what is stored differs from what was sent.
fn tell(context: &Context<'_>, attachment: &Attachment, expected: &str) {
    let file = &attachment.file_name;
    if matches!(attachment.position(), Position::Kept | Position::Removed) {
        let position = words::<Position>(context.texts, attachment.position);
        context.note(&msg!("uploaded-position", file = file, position = position));
    }
    if attachment.content_type != expected {
        context.note(&msg!(
            "uploaded-type",
            file = file,
            stored = attachment.content_type,
            expected = expected
        ));
    }
}
