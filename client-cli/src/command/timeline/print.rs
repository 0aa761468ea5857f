//! `renkei timeline print`: the record, or a part of it, as a PDF to print and to file. Nothing is marked as read: who
//! prints has not read it yet.

use std::path::PathBuf;

use clap::Args;
use jiff::tz::TimeZone;
use renkei_proto::v1::{ListObservationsRequest, Period};
use serde_json::json;

use crate::{
    chart::{self, Asked},
    command::{
        Context,
        observation::observations,
        pages::ALL,
        printed::Head,
        resolve,
        timeline::{filter::Filter, show},
    },
    connection::Connection,
    drawing::{
        Drawing,
        font::{Fonts, Missing},
    },
    error::Result,
    output::time,
    paper::{self, Record},
    private_file,
    text::msg,
    vital,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(long, value_name = "FILE.pdf")]
    out: PathBuf,
    #[command(flatten)]
    filter: Filter,
    #[arg(long)]
    graphs: bool,
    #[arg(long, value_name = "FILE")]
    font: Option<PathBuf>,
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    private_file::refuse_overwriting(&arguments.out, arguments.force)?;
    let fonts = Fonts::with(arguments.font.as_deref())?;
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let filter = arguments.filter.resolve(&connection).await?;
    let period = filter.as_ref().and_then(|filter| filter.period);
    let entries = show::list(&connection, &patient_id, filter.clone(), ALL).await?.items;
    let mut missing = Missing::new();
    let graphs = match arguments.graphs {
        true => Some(graphs(context, &connection, &patient_id, period, &fonts, &mut missing).await?),
        false => None,
    };
    let head = Head::fetch(&connection, &patient_id, period).await?;
    let record =
        Record { head: &head, entries: &entries, filter: filter.as_ref(), graphs: graphs.as_deref() };
    let printed = paper::print(context.texts, &record, &fonts, missing)?;
    private_file::refuse_overwriting(&arguments.out, arguments.force)?;
    private_file::write(&arguments.out, &printed.pdf)?;
    if !printed.missing.is_empty() {
        let codes = printed.missing.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        context.note(&msg!("print-missing", codes = codes));
    }
    let path = arguments.out.display();
    let json = json!({
        "path": arguments.out.to_string_lossy(),
        "pages": printed.pages,
        "entries": entries.len(),
        "missing_characters": printed.missing,
    });
    context.out.one(json, || {
        let (pages, entries) = (printed.pages, entries.len());
        vec![context.line(&msg!("print-done", path = path, pages = pages, entries = entries))]
    })
}

/// Graphs of the vital signs of the period.
async fn graphs(
    context: &Context<'_>,
    connection: &Connection,
    patient_id: &str,
    period: Option<Period>,
    fonts: &Fonts,
    missing: &mut Missing,
) -> Result<Vec<Drawing>> {
    let codes: Vec<String> = vital::all_codes().map(str::to_owned).collect();
    let request = ListObservationsRequest {
        patient_id: patient_id.to_owned(),
        codes: codes.clone(),
        period,
        ..Default::default()
    };
    let values = observations(connection, request, ALL).await?.items;
    let period = period.unwrap_or_default();
    let moment = |time: Option<prost_types::Timestamp>| time.as_ref().and_then(time::instant);
    let asked = Asked {
        codes: &codes,
        start: moment(period.start),
        end: moment(period.end),
        zone: TimeZone::system(),
    };
    let chart = chart::chart(context.texts, &values, &asked);
    Ok(chart
        .map_or_else(Vec::new, |chart| chart::drawings(context.texts, &chart, fonts, paper::ROOM, missing)))
}
