//! `renkei outbox send`: everything that waits, or one thing.

use clap::Args;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    command::{
        Context,
        outbox::{
            deliver,
            queue::{self, Came, Scope},
            unsent,
        },
    },
    connection::retry::Backoff,
    draft::{Draft, Request},
    error::{Error, Exit, Result},
    output::{
        line::{Line, Style},
        note,
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    draft: Option<String>,
    #[arg(long, conflicts_with = "draft")]
    wait: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let Some(id) = &arguments.draft else { return all(context, arguments.wait).await };
    let draft = Draft::load(&context.profile, id)?;
    if matches!(draft.request, Request::FormerConsent(_)) {
        return Err(deliver::former(&draft));
    }
    queue::pass_on(context, &context.connection()?, &draft, false).await
}

/// Sends until nothing waits, or until the server cannot be reached, for which `wait` waits.
async fn all(context: &Context<'_>, wait: bool) -> Result<()> {
    let connection = context.connection()?;
    queue::tell_damaged(context)?;
    let mut report = Report { context, rows: Vec::new(), refused: 0, moved: false };
    let mut backoff = Backoff::new();
    let mut told = false;
    loop {
        report.moved = false;
        let done =
            queue::flush(context, &connection, Scope::All, |draft, came| report.add(draft, came)).await;
        match done {
            Ok(()) => break,
            Err(error) if wait && error.exit() == Exit::TryAgain => {
                if !std::mem::replace(&mut told, true) {
                    context.note(&msg!("outbox-waiting"));
                }
            }
            Err(error) => {
                report.print()?;
                return Err(error);
            }
        }
        if report.moved {
            (backoff, told) = (Backoff::new(), false);
        }
        sleep(backoff.next()).await;
    }
    report.print()?;
    match report.refused {
        0 => Ok(()),
        count => Err(Error::new(Exit::Conflict, msg!("error-outbox-refused", count = count))
            .next(msg!("next-outbox-refused"))),
    }
}

/// What was sent and what stays: said at once to a person, at the end to a program.
struct Report<'a> {
    context: &'a Context<'a>,
    rows: Vec<Value>,
    refused: usize,
    /// Something was sent since it was last asked.
    moved: bool,
}

impl Report<'_> {
    fn add(&mut self, draft: &Draft, came: Came) -> Result<()> {
        let context = self.context;
        let mut row = json!({"draft_id": draft.id, "entry_id": draft.entry_id(), "state": "sent"});
        match came {
            Came::Sent(sent) => {
                self.moved = true;
                row["seq"] = sent.entry().map_or(Value::Null, |entry| entry.seq.into());
                if context.out.is_human() {
                    context.out.lines(&[context.line(&sent.words())])?;
                }
            }
            Came::Refused(error) | Came::Later(error) => {
                self.refused += 1;
                row["state"] = if draft.refused { "refused" } else { "waiting" }.into();
                row["error"] = draft.error.clone().into();
                for line in error.lines(context.texts) {
                    note(&Line::styled(Style::Plain, line));
                }
                unsent::tell(context, &draft.id, draft.refused);
            }
        }
        self.rows.push(row);
        Ok(())
    }

    fn print(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        let nothing = rows.is_empty();
        let context = self.context;
        context.out.list(rows, || match nothing {
            true => vec![context.line(&msg!("outbox-nothing"))],
            false => Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        output::{Format, Output},
        profile::Home,
        text::{Language, Texts},
    };

    #[tokio::test]
    async fn a_consent_of_a_former_version_says_what_to_do_and_stays_until_it_is_discarded() {
        let folder = tempfile::tempdir().unwrap();
        let (home, texts) = (Home::at(folder.path()), Texts::new(Language::English));
        let profile = home.profile("default").unwrap();
        let id = "0197f0a0-0000-7000-8000-000000000007";
        Draft::new(id, "12345", Request::FormerConsent(vec![0x0a]), Vec::new()).save(&profile).unwrap();
        let context = Context { texts: &texts, out: Output::new(Format::Human), home, profile };

        let error = run(Arguments { draft: Some(id.to_owned()), wait: false }, &context).await.unwrap_err();
        assert_eq!(error.exit(), Exit::Usage);
        let said = error.lines(&texts).join("\n");
        assert!(said.contains("renkei consent record 12345"), "{said}");
        assert!(said.contains(&format!("renkei outbox discard {id}")), "{said}");
        assert!(Draft::load(&context.profile, id).is_ok(), "nothing is thrown away unasked");
    }
}
