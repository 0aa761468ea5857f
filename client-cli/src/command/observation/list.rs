//! `renkei observation list`: of visit notes, vital signs and laboratory reports, newest entry first.

use clap::Args;
use renkei_proto::v1::{ListObservationsRequest, ObservedValue, Period};

use crate::{
    command::{Context, observation::observations, resolve},
    error::Result,
    output::{
        entry::{self, observed},
        json::Json as _,
        line::Line,
        table::{Column, Table},
        time,
    },
    text::{Texts, msg},
    vital,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(long)]
    code: Vec<String>,
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    #[arg(long, default_value_t = 200, value_name = "N")]
    limit: usize,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let mut codes: Vec<String> = arguments.code.iter().flat_map(|code| vital::codes(code)).collect();
    codes.sort_unstable();
    codes.dedup();
    let start = arguments.from.as_deref().map(time::parse).transpose()?;
    let end = arguments.to.as_deref().map(time::parse_end).transpose()?;
    let connection = context.connection()?;
    let request = ListObservationsRequest {
        patient_id: resolve::patient(&connection, &arguments.patient).await?,
        codes,
        period: (start.is_some() || end.is_some()).then_some(Period { start, end }),
        ..Default::default()
    };
    let found = observations(&connection, request, arguments.limit).await?;
    context.out.list(found.items.iter().map(|one| one.json()).collect(), || {
        if found.items.is_empty() {
            return vec![context.line(&msg!("observations-none"))];
        }
        lines(context.texts, &found.items, context.out.columns())
    })?;
    found.note_more(context);
    Ok(())
}

fn lines(texts: &Texts, values: &[ObservedValue], columns: Option<usize>) -> Vec<Line> {
    let mut table = Table::new(vec![
        (Column::Whole, texts.get("column-time")),
        (Column::Text, texts.get("column-item")),
        (Column::Text, texts.get("column-value")),
        (Column::Text, texts.get("entry-mark")),
        (Column::Text, texts.get("column-entered-by")),
    ]);
    for value in values {
        let shown = observed(texts, value);
        table.row([
            time::local(value.observe_time.as_ref()),
            shown.name,
            shown.outcome,
            shown.mark.to_owned(),
            entry::actor(texts, value.author.as_ref()),
        ]);
    }
    table.lines(columns)
}
