//! `renkei report usage`: what an organisation posted and read, and how soon others read it.

use clap::Args;
use renkei_proto::v1::{
    EntryKind, GetUsageReportRequest, GetUsageReportResponse, Period,
    report_service_client::ReportServiceClient,
};

use crate::{
    command::{Context, resolve},
    error::Result,
    output::{
        json::Json as _,
        label::words,
        line::{Line, Style},
        table::{Column, Table},
        time,
    },
    text::{Texts, msg},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "ORG")]
    organization: Option<String>,
    #[arg(long, value_name = "DAY")]
    from: String,
    #[arg(long, value_name = "DAY")]
    to: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let period =
        Period { start: Some(time::parse(&arguments.from)?), end: Some(time::parse_end(&arguments.to)?) };
    let connection = context.connection()?;
    let organization_id = match &arguments.organization {
        Some(organization) => resolve::organization(&connection, organization).await?,
        None => String::new(),
    };
    let request = GetUsageReportRequest { organization_id, period: Some(period) };
    let report = connection
        .call(request, async |channel, request| {
            ReportServiceClient::new(channel).get_usage_report(request).await
        })
        .await?;
    let (from, to) = (&arguments.from, &arguments.to);
    context.out.one(report.json(), || {
        let heading = msg!("usage-heading", organization = report.organization_name, from = from, to = to);
        let mut lines = vec![Line::styled(Style::Strong, context.texts.format(&heading)), Line::empty()];
        lines.extend(table(context.texts, &report).lines(context.out.columns()));
        lines
    })
}

fn table(texts: &Texts, report: &GetUsageReportResponse) -> Table {
    let mut table = Table::new(vec![
        (Column::Text, texts.get("column-what")),
        (Column::Whole, texts.get("column-count")),
    ]);
    let posts: i64 = report.posts.iter().map(|kind| kind.count).sum();
    table.row([texts.get("usage-posts"), posts.to_string()]);
    for kind in &report.posts {
        table.row([format!("  {}", words::<EntryKind>(texts, kind.kind)), kind.count.to_string()]);
    }
    let of_questions = |all: i64, open: i64| texts.format(&msg!("usage-open", count = all, open = open));
    for (key, value) in [
        ("usage-reads", report.reads.to_string()),
        ("usage-acknowledgements", report.acknowledgements.to_string()),
        ("usage-people", report.active_people.to_string()),
        ("usage-patients", report.patients.to_string()),
        ("usage-read-by-others", report.posts_read_by_others.to_string()),
        ("usage-median", waited(texts, report, report.median_seconds_to_first_read)),
        ("usage-slowest", waited(texts, report, report.p90_seconds_to_first_read)),
        ("usage-asked", of_questions(report.questions_asked, report.questions_asked_open)),
        ("usage-received", of_questions(report.questions_received, report.questions_received_open)),
    ] {
        table.row([texts.get(key), value]);
    }
    table
}

/// A time as two units; nothing where nobody has read anything.
fn waited(texts: &Texts, report: &GetUsageReportResponse, seconds: i64) -> String {
    if report.posts_read_by_others == 0 {
        return "–".to_owned();
    }
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let message = match (days, hours, minutes) {
        (0, 0, 0) => msg!("waited-seconds", seconds = seconds),
        (0, 0, _) => msg!("waited-minutes", minutes = minutes),
        (0, _, _) => msg!("waited-hours", hours = hours, minutes = minutes % 60),
        _ => msg!("waited-days", days = days, hours = hours % 24),
    };
    texts.format(&message)
}

#[cfg(test)]
mod tests {
    use renkei_proto::v1::KindCount;

    use super::*;
    use crate::text::Language;

    fn rows(report: &GetUsageReportResponse) -> Vec<String> {
        let texts = Texts::new(Language::Japanese);
        table(&texts, report).lines(Some(60)).iter().map(Line::text).collect()
    }

    #[test]
    fn the_kinds_add_up_and_times_are_told_in_units() {
        let count = |kind: EntryKind, count| KindCount { kind: kind.into(), count };
        let report = GetUsageReportResponse {
            posts: vec![count(EntryKind::VisitNote, 12), count(EntryKind::Message, 30)],
            posts_read_by_others: 40,
            median_seconds_to_first_read: 3_900,
            p90_seconds_to_first_read: 180_000,
            questions_asked: 4,
            questions_asked_open: 1,
            ..Default::default()
        };
        let rows = rows(&report);
        assert!(rows.iter().any(|row| row.starts_with("投稿した記録") && row.ends_with("42")), "{rows:#?}");
        assert!(rows.iter().any(|row| row.starts_with("  訪問記録") && row.ends_with("12")), "{rows:#?}");
        assert!(rows.iter().any(|row| row.ends_with("1時間5分")), "{rows:#?}");
        assert!(rows.iter().any(|row| row.ends_with("2日2時間")), "{rows:#?}");
        assert!(rows.iter().any(|row| row.ends_with("4（未回答 1）")), "{rows:#?}");
    }

    #[test]
    fn where_nobody_has_read_anything_no_time_is_told() {
        let rows = rows(&GetUsageReportResponse::default());
        assert_eq!(rows.iter().filter(|row| row.ends_with('–')).count(), 2, "{rows:#?}");
    }
}
