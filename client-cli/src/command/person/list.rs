//! `renkei person list`.

use clap::Args;
use renkei_proto::v1::{Affiliation, Role};

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
pub(crate) struct Arguments {
    #[arg(long, value_name = "ORG")]
    organization: Option<String>,
    #[arg(long, default_value_t = 200, value_name = "N")]
    limit: usize,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let organization_id = match &arguments.organization {
        Some(organization) => resolve::organization(&connection, organization).await?,
        None => String::new(),
    };
    let people = resolve::people(&connection, organization_id, arguments.limit).await?;
    people.note_more(context);
    context.out.list(people.items.iter().map(|person| person.json()).collect(), || {
        let texts = context.texts;
        let mut table = Table::new(vec![
            (Column::Whole, texts.get("column-login-name")),
            (Column::Text, texts.get("column-name")),
            (Column::Text, texts.get("column-role")),
            (Column::Text, texts.get("column-organization")),
            (Column::Whole, texts.get("column-affiliation-id")),
        ]);
        for person in &people.items {
            let nothing = Affiliation::default();
            let affiliations = if person.affiliations.is_empty() {
                std::slice::from_ref(&nothing)
            } else {
                &person.affiliations
            };
            for affiliation in affiliations {
                let role = if affiliation.role == 0 {
                    String::new()
                } else {
                    words::<Role>(texts, affiliation.role)
                };
                table.row([
                    person.login_name.clone(),
                    person.name.clone(),
                    role,
                    affiliation.organization_name.clone(),
                    affiliation.affiliation_id.clone(),
                ]);
            }
        }
        table.lines(context.out.columns())
    })
}
