//! `renkei template list`.

use clap::Args;
use renkei_proto::v1::EntryKind;

use crate::{
    command::{Context, template},
    error::Result,
    output::{
        entry,
        json::Json as _,
        label::words,
        table::{Column, Table},
        time,
    },
    reflect,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_: Arguments, context: &Context<'_>) -> Result<()> {
    let templates = template::all(&context.connection()?).await?;
    context.out.list(templates.iter().map(|one| one.json()).collect(), || {
        let texts = context.texts;
        let mut table = Table::new(vec![
            (Column::Text, texts.get("column-name")),
            (Column::Whole, texts.get("column-kind")),
            (Column::Text, texts.get("column-begins")),
            (Column::Whole, texts.get("column-changed")),
        ]);
        for one in &templates {
            let kind = one.content.as_ref().and_then(reflect::kind_of).unwrap_or_default();
            table.row([
                one.name.clone(),
                words::<EntryKind>(texts, kind.into()),
                entry::content_first_line(texts, one.content.as_ref()),
                time::local(one.update_time.as_ref()),
            ]);
        }
        table.lines(context.out.columns())
    })
}
