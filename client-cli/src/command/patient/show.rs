//! `renkei patient show`.

use clap::Args;
use renkei_proto::v1::{Organization, Patient, Sex};

use crate::{
    command::{Context, resolve},
    error::Result,
    output::{
        json::Json as _,
        label::words,
        line::{Line, Style},
        time, width,
    },
    text::{Texts, msg},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let patient = resolve::get_patient(&connection, &patient_id).await?;
    let organizations = match context.out.is_human() {
        true => resolve::organizations(&connection).await?,
        false => Vec::new(),
    };
    context.out.one(patient.json(), || lines(context.texts, &patient, &organizations))
}

fn lines(texts: &Texts, patient: &Patient, organizations: &[Organization]) -> Vec<Line> {
    let mut fields = Vec::new();
    match &patient.demographics {
        Some(demographics) => fields.extend([
            ("column-name", demographics.name.clone()),
            ("column-name-kana", demographics.name_kana.clone()),
            ("column-birth-date", demographics.birth_date.as_ref().map(time::day).unwrap_or_default()),
            ("column-sex", words::<Sex>(texts, demographics.sex)),
            ("column-local-identifier", demographics.local_identifier.clone()),
        ]),
        None => fields.push(("column-name", texts.get("entry-damaged"))),
    }
    fields.push(("column-custodian", name(organizations, &patient.custodian_organization_id)));
    if !patient.offered_custodian_organization_id.is_empty() {
        let asked = name(organizations, &patient.offered_custodian_organization_id);
        let asked = texts.format(&msg!("patient-offered", organization = asked));
        fields.push(("column-offered-custodian", asked));
    }
    fields.extend([
        ("column-registered", time::local(patient.create_time.as_ref())),
        ("column-id", patient.patient_id.clone()),
    ]);
    let labels: Vec<String> = fields.iter().map(|(key, _)| texts.get(key)).collect();
    let widest = labels.iter().map(|label| width::width(label)).max().unwrap_or(0);
    labels
        .iter()
        .zip(&fields)
        .map(|(label, (_, value))| {
            Line::styled(Style::Faint, width::pad(label, widest + 2)).and(Style::Plain, value.as_str())
        })
        .collect()
}

/// The name of an organisation, or its UUID if there is none.
fn name(organizations: &[Organization], id: &str) -> String {
    organizations
        .iter()
        .find(|organization| organization.organization_id == id)
        .map_or_else(|| id.to_owned(), |organization| organization.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn an_open_offer_of_the_custodianship_is_shown() {
        let organization = |id: &str, name: &str| Organization {
            organization_id: id.into(),
            name: name.into(),
            ..Default::default()
        };
        let organizations = [organization("a", "あおば診療所"), organization("b", "みどり\x1b薬局")];
        let shown = |offered: &str| {
            let patient = Patient {
                custodian_organization_id: "a".into(),
                offered_custodian_organization_id: offered.into(),
                ..Default::default()
            };
            let lines = lines(&Texts::new(Language::Japanese), &patient, &organizations);
            lines.iter().map(Line::text).collect::<Vec<_>>().join("\n")
        };
        assert!(shown("").contains("あおば診療所") && !shown("").contains("引き継ぎ"), "{}", shown(""));
        assert!(shown("b").contains("みどり␛薬局（回答待ち）"), "{}", shown("b"));
        assert!(shown("gone").contains("gone（回答待ち）"), "{}", shown("gone"));
    }
}
