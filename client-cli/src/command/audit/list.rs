//! `renkei audit list`: who did what with a patient's record.

use clap::Args;
use renkei_proto::v1::{
    AuditAction, AuditDecision, AuditEvent, ListAuditEventsRequest, PurposeOfUse,
    audit_service_client::AuditServiceClient,
};

use crate::{
    command::{
        Context,
        audit::looks::{by, range},
        pages, resolve,
    },
    connection::Connection,
    error::Result,
    output::{
        json::Json as _,
        label::words,
        line::Line,
        short_id,
        table::{Column, Table},
        time,
    },
    text::{Texts, msg},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    patient: String,
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let events = fetch(&connection, context, &patient_id, arguments.limit).await?;
    context.out.list(events.iter().map(|event| event.json()).collect(), || {
        lines(context.texts, &events, context.out.columns())
    })
}

/// A patient's newest events, up to `limit`; says if there are more.
pub(super) async fn fetch(
    connection: &Connection,
    context: &Context<'_>,
    patient_id: &str,
    limit: usize,
) -> Result<Vec<AuditEvent>> {
    let events = newest(connection, patient_id, limit).await?;
    events.note_more(context);
    Ok(events.items)
}

/// The same, and nothing said.
pub(super) async fn newest(
    connection: &Connection,
    patient_id: &str,
    limit: usize,
) -> Result<pages::Listed<AuditEvent>> {
    pages::fetch(limit, async |page_size, page_token| {
        let request = ListAuditEventsRequest { patient_id: patient_id.to_owned(), page_size, page_token };
        let answer = connection
            .call(request, async |channel, request| {
                AuditServiceClient::new(channel).list_audit_events(request).await
            })
            .await?;
        Ok((answer.events, answer.next_page_token))
    })
    .await
}

/// A row for each event.
pub(super) fn lines(texts: &Texts, events: &[AuditEvent], columns: Option<usize>) -> Vec<Line> {
    let mut table = Table::new(vec![
        (Column::Whole, texts.get("column-time")),
        (Column::Text, texts.get("column-actor")),
        (Column::Whole, texts.get("column-action")),
        (Column::Whole, texts.get("column-decision")),
        (Column::Whole, texts.get("column-purpose")),
        (Column::Text, texts.get("column-object")),
    ]);
    for event in events {
        table.row([
            time::local(event.time.as_ref()),
            by(texts, event.actor.as_ref(), &event.operator, &event.service_account_name),
            words::<AuditAction>(texts, event.action),
            decision(texts, event),
            purpose(texts, event),
            object(event),
        ]);
    }
    table.lines(columns)
}

/// Who it was, and through which service account.
fn decision(texts: &Texts, event: &AuditEvent) -> String {
    let decision = words::<AuditDecision>(texts, event.decision);
    if event.reason.is_empty() { decision } else { format!("{decision} ({})", event.reason) }
}

/// For what it was asked for, unless that is the usual; an emergency access by the beginning of its UUID.
fn purpose(texts: &Texts, event: &AuditEvent) -> String {
    if !event.break_glass_id.is_empty() {
        return texts.format(&msg!("break-glass-access", id = short_id(&event.break_glass_id)));
    }
    match event.purpose() {
        PurposeOfUse::Unspecified | PurposeOfUse::Treatment => String::new(),
        other => words::<PurposeOfUse>(texts, other.into()),
    }
}

fn object(event: &AuditEvent) -> String {
    match event.action() {
        AuditAction::KeyCreate | AuditAction::KeyRetire | AuditAction::KeyDestroy if event.number != 0 => {
            return format!("v{}", event.number);
        }
        AuditAction::ClockChange => return format!("{:+} ms", event.number),
        _ => {}
    }
    if event.seqs.is_empty() {
        return event.object_id.clone();
    }
    event.seqs.iter().map(range).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn maintenance_shows_its_number() {
        let event = |action: AuditAction, number| {
            object(&AuditEvent { action: action.into(), number, ..Default::default() })
        };
        assert_eq!(event(AuditAction::KeyCreate, 2), "v2");
        assert_eq!(event(AuditAction::ClockChange, -90_000), "-90000 ms");
        assert_eq!(event(AuditAction::KeyRotate, 0), "");
    }

    #[test]
    fn only_an_unusual_purpose_is_shown_and_an_emergency_always() {
        let texts = Texts::new(Language::Japanese);
        let event = |purpose: PurposeOfUse, break_glass_id: &str| AuditEvent {
            purpose: purpose.into(),
            break_glass_id: break_glass_id.into(),
            ..Default::default()
        };
        assert_eq!(purpose(&texts, &event(PurposeOfUse::Treatment, "")), "");
        assert_eq!(purpose(&texts, &event(PurposeOfUse::CareManagement, "")), "連絡調整");
        let id = "0197f0a0-1a2b-7000-8000-000000000001";
        assert_eq!(purpose(&texts, &event(PurposeOfUse::Emergency, id)), "緊急アクセス 0197f0a0-1a2b");
    }
}
