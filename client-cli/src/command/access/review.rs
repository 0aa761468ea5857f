//! `renkei access review`: emergency accesses that the custodian organisation has to judge, and its verdict.

use clap::{ArgGroup, Args};
use jiff::Timestamp;
use renkei_proto::v1::{
    BreakGlassAccess, BreakGlassReason, BreakGlassVerdict, ListBreakGlassRequest, ReviewBreakGlassRequest,
    consent_service_client::ConsentServiceClient,
};

use crate::{
    command::{
        Context, new_id,
        pages::{self, ALL},
        resolve,
    },
    connection::Connection,
    error::Result,
    input,
    output::{
        entry,
        json::Json as _,
        label::words,
        line::{Line, Style},
        time, width,
    },
    text::{Texts, msg},
};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("verdict").args(["justified", "not_justified"]))]
pub(crate) struct Arguments {
    patient: Option<String>,
    #[arg(requires = "verdict")]
    break_glass_id: Option<String>,
    #[arg(long, conflicts_with = "break_glass_id")]
    all: bool,
    #[arg(long, requires = "break_glass_id")]
    justified: bool,
    #[arg(long, requires = "break_glass_id", requires = "text")]
    not_justified: bool,
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, requires = "verdict")]
    text: Option<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    match (&arguments.patient, &arguments.break_glass_id) {
        (Some(patient), Some(id)) => review(context, &arguments, patient, id).await,
        (patient, _) => list(context, patient.as_deref(), arguments.all).await,
    }
}

async fn review(context: &Context<'_>, arguments: &Arguments, patient: &str, id: &str) -> Result<()> {
    let break_glass_id = resolve::uuid(id)?;
    let text = match &arguments.text {
        Some(text) => input::text(text).await?,
        None => String::new(),
    };
    let connection = context.connection()?;
    let verdict =
        if arguments.justified { BreakGlassVerdict::Justified } else { BreakGlassVerdict::NotJustified };
    let request = ReviewBreakGlassRequest {
        request_id: new_id(),
        patient_id: resolve::patient(&connection, patient).await?,
        break_glass_id,
        verdict: verdict.into(),
        text,
    };
    let answer = connection
        .call(request, async |channel, request| {
            ConsentServiceClient::new(channel).review_break_glass(request).await
        })
        .await?;
    let access = answer.access.unwrap_or_default();
    context.out.one(access.json(), || {
        let verdict = words::<BreakGlassVerdict>(context.texts, access.verdict);
        let mut lines = vec![context.line(&msg!("review-recorded", verdict = verdict))];
        lines.extend(lines_of(context.texts, context.out.columns(), Timestamp::now(), &access));
        lines
    })
}

async fn list(context: &Context<'_>, patient: Option<&str>, include_reviewed: bool) -> Result<()> {
    let connection = context.connection()?;
    let patient_id = match patient {
        Some(patient) => resolve::patient(&connection, patient).await?,
        None => String::new(),
    };
    let accesses = accesses(&connection, &patient_id, include_reviewed).await?;
    context.out.list(accesses.iter().map(|access| access.json()).collect(), || {
        if accesses.is_empty() {
            let none = if include_reviewed { msg!("reviews-none-at-all") } else { msg!("reviews-none") };
            return vec![context.line(&none)];
        }
        let (now, columns) = (Timestamp::now(), context.out.columns());
        accesses.iter().flat_map(|access| lines_of(context.texts, columns, now, access)).collect()
    })
}

async fn accesses(
    connection: &Connection,
    patient_id: &str,
    include_reviewed: bool,
) -> Result<Vec<BreakGlassAccess>> {
    let listed = pages::fetch(ALL, async |page_size, page_token| {
        let patient_id = patient_id.to_owned();
        let request = ListBreakGlassRequest { patient_id, include_reviewed, page_size, page_token };
        let answer = connection
            .call(request, async |channel, request| {
                ConsentServiceClient::new(channel).list_break_glass(request).await
            })
            .await?;
        Ok((answer.accesses, answer.next_page_token))
    });
    Ok(listed.await?.items)
}

/// An emergency access in words, with an empty line after it.
fn lines_of(texts: &Texts, columns: Option<usize>, now: Timestamp, access: &BreakGlassAccess) -> Vec<Line> {
    let room = columns.unwrap_or(width::UNLIMITED).saturating_sub(INDENT);
    let from = time::local(access.start_time.as_ref());
    let until = time::local(access.end_time.as_ref());
    let mut heading = Line::plain(texts.format(&msg!("review-period", from = from, until = until)))
        .and(Style::Plain, "  ")
        .and(Style::Strong, entry::actor(texts, access.actor.as_ref()))
        .and(Style::Plain, format!("  {}", words::<BreakGlassReason>(texts, access.reason)));
    if is_overdue(access, now) {
        heading = heading.and(Style::Plain, "  ").and(Style::Alarm, texts.get("review-overdue"));
    }
    let mut body: Vec<Line> = width::wrap(&access.text, room).into_iter().map(Line::plain).collect();
    if access.damaged {
        body.push(Line::styled(Style::Alarm, texts.get("entry-damaged")));
    }
    body.extend(judgement(texts, room, access));
    body.push(Line::styled(Style::Faint, texts.format(&msg!("review-patient", patient = access.patient_id))));
    body.push(Line::styled(Style::Faint, access.break_glass_id.as_str()));
    let mut lines = vec![heading];
    lines.extend(body.into_iter().map(|line| line.indented(INDENT)));
    lines.push(Line::empty());
    lines
}

/// What was found, or until when that is to be said and how.
fn judgement(texts: &Texts, room: usize, access: &BreakGlassAccess) -> Vec<Line> {
    let wrapped = |text: &str| width::wrap(text, room).into_iter().map(Line::plain).collect::<Vec<_>>();
    if !is_reviewed(access) {
        let due = msg!("review-due", time = time::local(access.review_due_time.as_ref()));
        let how = msg!("review-how", patient = access.patient_id, id = access.break_glass_id);
        let mut lines = wrapped(&texts.format(&due));
        // A command to copy is not broken.
        lines.push(Line::plain(texts.format(&how)));
        return lines;
    }
    let verdict = words::<BreakGlassVerdict>(texts, access.verdict);
    let time = time::local(access.review_time.as_ref());
    let by = entry::actor(texts, access.reviewed_by.as_ref());
    let mut lines = wrapped(&texts.format(&msg!("review-found", verdict = verdict, time = time, actor = by)));
    lines.extend(wrapped(&access.review_text));
    lines
}

fn is_reviewed(access: &BreakGlassAccess) -> bool {
    access.verdict() != BreakGlassVerdict::Unspecified
}

fn is_overdue(access: &BreakGlassAccess, now: Timestamp) -> bool {
    let due = access.review_due_time.as_ref().and_then(time::instant);
    !is_reviewed(access) && due.is_some_and(|due| due < now)
}

const INDENT: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn at(seconds: i64) -> Option<prost_types::Timestamp> {
        Some(prost_types::Timestamp { seconds, nanos: 0 })
    }

    fn access() -> BreakGlassAccess {
        BreakGlassAccess {
            break_glass_id: "id-of-access".into(),
            patient_id: "id-of-patient".into(),
            reason: BreakGlassReason::EmergencyTransport.into(),
            text: "意識レベル低下。\n内服薬の確認のため。".into(),
            start_time: at(1_800_000_000),
            end_time: at(1_800_003_600),
            review_due_time: at(1_800_259_200),
            ..Default::default()
        }
    }

    fn shown(now: i64, access: &BreakGlassAccess) -> Vec<String> {
        let texts = Texts::new(Language::Japanese);
        let now = Timestamp::from_second(now).unwrap();
        lines_of(&texts, Some(80), now, access).iter().map(Line::text).collect()
    }

    #[test]
    fn what_waits_says_how_and_is_marked_only_when_it_is_late() {
        let in_time = shown(1_800_259_200, &access());
        assert!(in_time[0].contains("急変・救急搬送") && !in_time[0].contains("期限超過"), "{in_time:#?}");
        assert!(in_time.contains(&"    内服薬の確認のため。".to_owned()), "{in_time:#?}");
        assert!(in_time.iter().any(|line| line.contains("renkei access review id-of-patient id-of-access")));
        assert!(shown(1_800_259_201, &access())[0].ends_with("期限超過"));
    }

    #[test]
    fn what_was_reviewed_says_what_was_found_and_is_never_late() {
        let reviewed = BreakGlassAccess {
            verdict: BreakGlassVerdict::NotJustified.into(),
            review_text: "本人に確認できた。".into(),
            ..access()
        };
        let lines = shown(1_900_000_000, &reviewed);
        assert!(!lines[0].contains("期限超過"), "{lines:#?}");
        assert!(lines.iter().any(|line| line.contains("不適切")), "{lines:#?}");
        assert!(lines.contains(&"    本人に確認できた。".to_owned()), "{lines:#?}");
        assert!(!lines.iter().any(|line| line.contains("renkei access review")), "{lines:#?}");
    }
}
