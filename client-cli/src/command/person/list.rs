//! `renkei person list`.

use clap::Args;
use renkei_proto::v1::{Affiliation, Person, Role};

use crate::{
    command::{Context, resolve},
    error::Result,
    output::{
        json::Json as _,
        label::words,
        line::Line,
        table::{Column, Table},
        time,
    },
    text::{Texts, msg},
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
        lines(context.texts, &people.items, context.out.columns())
    })
}

/// A row for each affiliation.
fn lines(texts: &Texts, people: &[Person], columns: Option<usize>) -> Vec<Line> {
    let mut table = Table::new(vec![
        (Column::Whole, texts.get("column-login-name")),
        (Column::Text, texts.get("column-name")),
        (Column::Whole, texts.get("column-status")),
        (Column::Text, texts.get("column-role")),
        (Column::Text, texts.get("column-organization")),
        (Column::Whole, texts.get("column-affiliation-id")),
    ]);
    for person in people {
        let status = match &person.suspend_time {
            Some(time) => texts.format(&msg!("person-suspended-since", time = time::local(Some(time)))),
            None => String::new(),
        };
        let nothing = Affiliation::default();
        let affiliations = if person.affiliations.is_empty() {
            std::slice::from_ref(&nothing)
        } else {
            &person.affiliations
        };
        for affiliation in affiliations {
            let role =
                if affiliation.role == 0 { String::new() } else { words::<Role>(texts, affiliation.role) };
            table.row([
                person.login_name.clone(),
                person.name.clone(),
                status.clone(),
                role,
                affiliation.organization_name.clone(),
                affiliation.affiliation_id.clone(),
            ]);
        }
    }
    table.lines(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn a_suspended_person_is_marked_even_on_a_narrow_terminal() {
        let time = prost_types::Timestamp { seconds: 1_780_000_000, nanos: 0 };
        let suspended = Person {
            login_name: "hanako.suzuki".into(),
            name: "鈴木 花子".into(),
            suspend_time: Some(time),
            ..Default::default()
        };
        let active = Person { login_name: "jiro.sato".into(), ..Default::default() };
        let lines = lines(&Texts::new(Language::Japanese), &[suspended, active], Some(40));
        let lines: Vec<String> = lines.iter().map(Line::text).collect();
        let mark = format!("停止中（{} から）", time::local(Some(&time)));
        assert!(lines[1].contains(&mark), "{lines:#?}");
        assert_eq!(lines[2].trim_end(), "jiro.sato", "{lines:#?}");
    }
}
