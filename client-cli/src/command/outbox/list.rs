//! `renkei outbox list`: what waits, in the order in which it will be sent, and what was refused.

use clap::Args;
use serde_json::{Value, json};

use crate::{
    command::Context,
    draft::{Damaged, Draft, Request},
    error::Result,
    output::{
        entry,
        json::Json as _,
        line::{Line, Style},
        table::{Column, Table},
        time, width,
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_: Arguments, context: &Context<'_>) -> Result<()> {
    let (drafts, damaged) = Draft::list_all(&context.profile)?;
    let json = drafts.iter().map(|draft| {
        json!({
            "draft_id": draft.id,
            "create_time": draft.create_time,
            "patient": draft.patient,
            "patient_id": draft.patient_id(),
            "summary": summary(context, draft),
            "entry_id": draft.entry_id(),
            "state": if draft.refused { "refused" } else { "waiting" },
            "error": draft.error,
            "content": match &draft.request {
                Request::Entry(request) => request.content.json(),
                Request::Correction(request) => request.content.json(),
                _ => Value::Null,
            },
            "form": match &draft.request {
                Request::Consent(request) => request.form.json(),
                Request::Amendment(request) => request.form.json(),
                _ => Value::Null,
            },
            // Those that are on the server already; null while it is not known which a correction keeps.
            "attachment_ids": match &draft.request {
                Request::Entry(request) => json!(request.attachment_ids),
                Request::Correction(request) if draft.without.is_none() => json!(request.attachment_ids),
                _ => Value::Null,
            },
            "attachments": draft.attachments.iter().map(|file| json!({
                "attachment_id": file.attachment_id,
                "path": file.path.to_string_lossy(),
                "uploaded": file.uploaded,
            })).collect::<Vec<_>>(),
        })
    });
    let unreadable = damaged.iter().map(|draft| {
        json!({
            "draft_id": draft.id,
            "state": "damaged",
            "path": draft.path.to_string_lossy(),
            "error": draft.error.lines(context.texts),
        })
    });
    context.out.list(json.chain(unreadable).collect(), || lines(context, &drafts, &damaged))
}

fn lines(context: &Context<'_>, drafts: &[Draft], damaged: &[Damaged]) -> Vec<Line> {
    if drafts.is_empty() && damaged.is_empty() {
        return vec![context.line(&msg!("drafts-none"))];
    }
    let texts = context.texts;
    let mut table = Table::new(vec![
        (Column::Whole, texts.get("column-time")),
        (Column::Whole, texts.get("column-patient")),
        (Column::Whole, texts.get("column-state")),
        (Column::Text, texts.get("column-content")),
        (Column::Whole, texts.get("column-draft-id")),
    ]);
    let room = context.out.columns().unwrap_or(WIDEST);
    for draft in drafts {
        let written = time::parse(&draft.create_time).ok();
        table.row([
            time::local(written.as_ref()),
            draft.patient.clone(),
            texts.get(if draft.refused { "outbox-refused" } else { "outbox-waits" }),
            width::truncate(&summary(context, draft), room),
            draft.id.clone(),
        ]);
    }
    for draft in damaged {
        let state = texts.get("outbox-damaged");
        table.row([String::new(), String::new(), state, String::new(), draft.id.clone()]);
    }
    let mut lines = table.lines(context.out.columns());
    for draft in drafts.iter().filter(|draft| !draft.error.is_empty()) {
        lines.extend([Line::empty(), Line::styled(Style::Faint, draft.id.as_str())]);
        lines.extend(draft.error.iter().map(|line| Line::plain(line.as_str()).indented(4)));
    }
    for draft in damaged {
        lines.extend([Line::empty(), Line::styled(Style::Faint, draft.id.as_str())]);
        lines.extend(draft.error.lines(texts).into_iter().map(|line| Line::plain(line).indented(4)));
    }
    lines
}

fn summary(context: &Context<'_>, draft: &Draft) -> String {
    match &draft.request {
        Request::Entry(request) => entry::content_first_line(context.texts, request.content.as_ref()),
        Request::Correction(request) => {
            let said = entry::content_first_line(context.texts, request.content.as_ref());
            context.texts.format(&msg!("draft-correction", content = said))
        }
        Request::Retraction(request) => {
            context.texts.format(&msg!("draft-retraction", entry = request.retracts_entry_id))
        }
        Request::Consent(_) => context.texts.get("draft-consent"),
        Request::Amendment(_) => context.texts.get("draft-amendment"),
        Request::FormerConsent(_) => context.texts.get("draft-former-consent"),
    }
}

/// Columns of what a draft says where there is no terminal.
const WIDEST: usize = 100;

#[cfg(test)]
mod tests {
    use renkei_proto::v1::{EntryContent, Message, PostEntryRequest, entry_content::Content};

    use super::*;
    use crate::{
        output::{Format, Output},
        profile::Home,
        text::{Language, Texts},
    };

    #[test]
    fn a_long_draft_makes_no_long_rows() {
        let folder = tempfile::tempdir().unwrap();
        let texts = Texts::new(Language::Japanese);
        let draft = |id: &str, text: String| {
            let message = Content::Message(Message { text, ..Default::default() });
            let content = Some(EntryContent { content: Some(message) });
            let request = PostEntryRequest { entry_id: id.into(), content, ..Default::default() };
            Draft::new(id, "S-1024", Request::Entry(request), Vec::new())
        };
        let long = "記".repeat(120_000);
        let (one, other) = ("0197f0a0-0000-7000-8000-000000000007", "0197f0a0-0000-7000-8000-000000000008");
        let drafts = [draft(one, long.clone()), draft(other, "発赤なし".into())];
        for (out, widest) in [(Output::new(Format::Human), 200), (Output::of_width(100), 100)] {
            let home = Home::at(folder.path());
            let profile = home.profile("default").unwrap();
            let context = Context { texts: &texts, out, home, profile };
            if out.columns().is_some_and(|columns| columns != 100) {
                // The test runs on a terminal.
                continue;
            }
            let lines: Vec<String> = lines(&context, &drafts, &[]).iter().map(Line::text).collect();
            assert!(lines.iter().all(|line| width::width(line) <= widest), "{lines:?}");
            assert!(lines[1].contains("記…") && lines[1].ends_with(one), "{lines:?}");
            assert!(lines[2].contains("発赤なし") && lines[2].ends_with(other), "{lines:?}");
            assert_eq!(summary(&context, &drafts[0]), long, "a program gets the whole");
        }
    }
}
