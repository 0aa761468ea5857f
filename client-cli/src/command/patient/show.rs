//! `renkei patient show`.

use clap::Args;
use renkei_proto::v1::{Patient, Sex};

use crate::{
    command::{Context, resolve},
    error::Result,
    output::{
        json::Json as _,
        label::words,
        line::{Line, Style},
        time, width,
    },
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let patient = resolve::get_patient(&connection, &patient_id).await?;
    let custodian = match context.out.is_human() {
        true => resolve::organization_name(&connection, &patient.custodian_organization_id).await?,
        false => String::new(),
    };
    context.out.one(patient.json(), || lines(context, &patient, custodian))
}

fn lines(context: &Context<'_>, patient: &Patient, custodian: String) -> Vec<Line> {
    let texts = context.texts;
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
    fields.extend([
        ("column-custodian", custodian),
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
