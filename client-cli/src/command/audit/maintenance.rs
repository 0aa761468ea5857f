//! `renkei audit maintenance`: what operators did at the console of the server, in order or counted by patient.

use clap::Args;
use renkei_proto::v1::{
    AuditEvent, CountMaintenanceRequest, ListMaintenanceRequest, MaintenanceCount, Period,
    audit_service_client::AuditServiceClient,
};

use crate::{
    command::{Context, audit::list::lines, pages, resolve},
    connection::Connection,
    error::Result,
    output::{
        json::Json as _,
        line::Line,
        table::{Column, Table},
        time,
    },
    text::{Texts, msg},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    patient: Option<String>,
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    #[arg(long, value_name = "TIME", alias = "to")]
    until: Option<String>,
    #[arg(long)]
    count: bool,
    #[arg(long, default_value_t = 1000, value_name = "N")]
    limit: usize,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let start = arguments.from.as_deref().map(time::parse).transpose()?;
    let end = arguments.until.as_deref().map(time::parse).transpose()?;
    let period = (start.is_some() || end.is_some()).then_some(Period { start, end });
    // whoever reads this sees no patients, so that only a UUID says who is meant
    let patient_id = arguments.patient.as_deref().map(resolve::uuid).transpose()?.unwrap_or_default();
    let connection = context.connection()?;
    if arguments.count {
        let counts = counts(&connection, &patient_id, period, arguments.limit).await?;
        counts.note_more(context);
        return context.out.list(counts.items.iter().map(|count| count.json()).collect(), || {
            if counts.items.is_empty() {
                return vec![context.line(&msg!("maintenance-none"))];
            }
            table(context.texts, context.out.columns(), &counts.items)
        });
    }
    let events = events(&connection, &patient_id, period, arguments.limit).await?;
    events.note_more(context);
    context.out.list(events.items.iter().map(|event| event.json()).collect(), || {
        if events.items.is_empty() {
            return vec![context.line(&msg!("maintenance-none"))];
        }
        lines(context.texts, &events.items, context.out.columns())
    })
}

async fn events(
    connection: &Connection,
    patient_id: &str,
    period: Option<Period>,
    limit: usize,
) -> Result<pages::Listed<AuditEvent>> {
    pages::fetch(limit, async |page_size, page_token| {
        let patient_id = patient_id.to_owned();
        let request = ListMaintenanceRequest { patient_id, period, page_size, page_token };
        let answer = connection
            .call(request, async |channel, request| {
                AuditServiceClient::new(channel).list_maintenance(request).await
            })
            .await?;
        Ok((answer.events, answer.next_page_token))
    })
    .await
}

async fn counts(
    connection: &Connection,
    patient_id: &str,
    period: Option<Period>,
    limit: usize,
) -> Result<pages::Listed<MaintenanceCount>> {
    pages::fetch(limit, async |page_size, page_token| {
        let patient_id = patient_id.to_owned();
        let request = CountMaintenanceRequest { patient_id, period, page_size, page_token };
        let answer = connection
            .call(request, async |channel, request| {
                AuditServiceClient::new(channel).count_maintenance(request).await
            })
            .await?;
        Ok((answer.counts, answer.next_page_token))
    })
    .await
}

fn table(texts: &Texts, columns: Option<usize>, counts: &[MaintenanceCount]) -> Vec<Line> {
    let mut table = Table::new(vec![
        (Column::Whole, texts.get("column-patient-id")),
        (Column::Whole, texts.get("column-count")),
        (Column::Whole, texts.get("column-first-time")),
        (Column::Whole, texts.get("column-last-time")),
    ]);
    for count in counts {
        let is_of_all = count.patient_id.is_empty();
        table.row([
            if is_of_all { texts.get("maintenance-of-all") } else { count.patient_id.clone() },
            count.count.to_string(),
            time::local(count.first_time.as_ref()),
            time::local(count.last_time.as_ref()),
        ]);
    }
    table.lines(columns)
}
