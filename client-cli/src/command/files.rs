//! Several files of one command: sent with their progress, and what failed said file by file.

use renkei_proto::v1::{Attachment, Position};

use crate::{
    command::Context,
    connection::Connection,
    error::{Error, Result},
    output::label::words,
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
    let progress = match context.out.is_quiet() {
        true => Progress::hidden(),
        false => Progress::new(context.texts),
    };
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

/// What a batch came to. Of several files the error is about all that failed, and names each with what is wrong with it.
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
    let all = names.len();
    let summary = failed.first().map(|(_, error)| {
        let summary =
            Error::new(error.exit(), msg!("error-some-files", failed = all - done.len(), all = all));
        failed.iter().fold(summary, |summary, (number, error)| {
            let named = summary.detail(format!("{}:", names[*number]));
            error
                .lines(context.texts)
                .into_iter()
                .fold(named, |named, line| named.detail(format!("  {line}")))
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        error::Exit,
        output::{Format, Output},
        profile::Home,
        text::{Language, Texts},
    };

    #[test]
    fn the_error_of_several_files_names_each_that_failed_with_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let (home, texts) = (Home::at(folder.path()), Texts::new(Language::English));
        let profile = home.profile("default").unwrap();
        let context = Context { texts: &texts, out: Output::new(Format::Human), home, profile };
        let names = ["a.jpg", "b.pdf", "c.jpg"].map(str::to_owned);
        let bad = Error::usage(msg!("error-file-empty", path = "b.pdf")).next(msg!("next-day"));
        let said = bad.lines(&texts);
        let (done, failed) = settle(&context, &names, vec![Some(Ok(1)), Some(Err(bad.clone())), Some(Ok(3))]);
        assert_eq!(done, [(0, 1), (2, 3)]);
        let failed = failed.unwrap();
        assert_eq!(failed.exit(), Exit::Usage);
        let lines = failed.lines(&texts);
        assert_eq!(lines[1], "  b.pdf:");
        let below: Vec<&str> = lines[2..].iter().map(|line| line.strip_prefix("    ").unwrap()).collect();
        assert_eq!(below, said);

        let (_, alone) = settle::<()>(&context, &names[1..2], vec![Some(Err(bad))]);
        assert_eq!(alone.unwrap().lines(&texts), said, "a single one stands for itself");
    }
}
