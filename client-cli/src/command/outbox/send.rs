//! `renkei outbox send`: everything that waits, or one thing.

use std::collections::BTreeSet;

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
    // What is put there meanwhile is the business of who puts it there.
    let before: BTreeSet<String> = Draft::list(&context.profile)?.into_iter().map(|draft| draft.id).collect();
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
                let left = report.stay(&before)?;
                if !left.is_empty() {
                    context.note(&msg!("outbox-left", count = left.len()));
                }
                report.print()?;
                return Err(error);
            }
        }
        if report.moved {
            (backoff, told) = (Backoff::new(), false);
        }
        sleep(backoff.next()).await;
    }
    report.tell_what_stays(&before)?;
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
                row["state"] = state(draft).into();
                row["error"] = draft.error.clone().into();
                self.tell(draft, &error.lines(context.texts));
            }
        }
        self.rows.push(row);
        Ok(())
    }

    /// Says why a draft was not sent.
    fn tell(&mut self, draft: &Draft, error: &[String]) {
        self.refused += 1;
        error.iter().for_each(|line| note(&Line::styled(Style::Plain, line.as_str())));
        unsent::tell(self.context, &draft.id, draft.refused);
    }

    /// Adds what was there before, is there still, and was not told of.
    fn stay(&mut self, before: &BTreeSet<String>) -> Result<Vec<Draft>> {
        let mut drafts = Draft::list(&self.context.profile)?;
        drafts.retain(|draft| before.contains(&draft.id) && !self.has(&draft.id));
        for draft in &drafts {
            self.rows.push(json!({
                "draft_id": draft.id,
                "entry_id": draft.entry_id(),
                "state": state(draft),
                "error": draft.error,
            }));
        }
        Ok(drafts)
    }

    fn has(&self, id: &str) -> bool {
        self.rows.iter().any(|row| row["draft_id"] == id)
    }

    /// The same, with the reasons: what was refused before, what waits for that, and what cannot be read.
    fn tell_what_stays(&mut self, before: &BTreeSet<String>) -> Result<()> {
        for draft in self.stay(before)? {
            match draft.error.is_empty() {
                true => self.tell(&draft, &queue::held_up().lines(self.context.texts)),
                false => self.tell(&draft, &draft.error),
            }
        }
        // Why not was said at the beginning.
        for damaged in Draft::list_all(&self.context.profile)?.1 {
            self.refused += 1;
            let error = damaged.error.lines(self.context.texts);
            self.rows.push(json!({"draft_id": damaged.id, "state": "damaged", "error": error}));
        }
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

fn state(draft: &Draft) -> &'static str {
    if draft.refused { "refused" } else { "waiting" }
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::PostEntryRequest;

    use super::*;
    use crate::{
        output::{Format, Output},
        profile::Home,
        text::{Language, Texts},
    };

    #[test]
    fn what_stays_is_told_with_its_reason_and_is_no_success() {
        let folder = tempfile::tempdir().unwrap();
        let (home, texts) = (Home::at(folder.path()), Texts::new(Language::English));
        let profile = home.profile("default").unwrap();
        let ids = [7, 8, 9].map(|number| format!("0197f0a0-0000-7000-8000-00000000000{number}"));
        let draft = |id: &str, reply_to: &str| {
            let request = PostEntryRequest {
                entry_id: id.into(),
                reply_to_entry_id: reply_to.into(),
                ..Default::default()
            };
            Draft::new(id, "12345", Request::Entry(request), Vec::new())
        };
        let refused = Draft { refused: true, error: vec!["bad file".into()], ..draft(&ids[0], "") };
        refused.save(&profile).unwrap();
        draft(&ids[1], &ids[0]).save(&profile).unwrap();
        draft(&ids[2], "").save(&profile).unwrap();
        let damaged = "0197f0a0-0000-7000-8000-00000000000a";
        std::fs::write(crate::draft::folder(&profile).join(format!("{damaged}.json")), "{").unwrap();
        let context = Context { texts: &texts, out: Output::quiet(), home, profile };

        // The last one came while the others were being sent.
        let before = BTreeSet::from([ids[0].clone(), ids[1].clone()]);
        let mut report = Report { context: &context, rows: Vec::new(), refused: 0, moved: false };
        report.tell_what_stays(&before).unwrap();
        let rows: Vec<_> = report.rows.iter().map(|row| (&row["draft_id"], &row["state"])).collect();
        let expected = [
            (json!(ids[0]), json!("refused")),
            (json!(ids[1]), json!("waiting")),
            (json!(damaged), json!("damaged")),
        ];
        assert_eq!(rows, expected.each_ref().map(|(id, state)| (id, state)));
        assert_eq!((report.refused, &report.rows[0]["error"]), (3, &json!(["bad file"])));
        assert!(report.stay(&before).unwrap().is_empty(), "nothing is told twice");
    }

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
