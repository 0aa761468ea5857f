//! `renkei organization list`.

use clap::Args;
use renkei_proto::v1::OrganizationKind;

use crate::{
    command::{Context, resolve},
    error::Result,
    output::{
        json::Json as _,
        label::words,
        table::{Column, Table},
    },
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_: Arguments, context: &Context<'_>) -> Result<()> {
    let organizations = resolve::organizations(&context.connection()?).await?;
    context.out.list(organizations.iter().map(|organization| organization.json()).collect(), || {
        let texts = context.texts;
        let mut table = Table::new(vec![
            (Column::Text, texts.get("column-name")),
            (Column::Text, texts.get("column-kind")),
            (Column::Whole, texts.get("column-id")),
        ]);
        for organization in &organizations {
            table.row([
                organization.name.clone(),
                words::<OrganizationKind>(texts, organization.kind),
                organization.organization_id.clone(),
            ]);
        }
        table.lines(context.out.columns())
    })
}
