//! `renkei patient list`.

use clap::Args;
use renkei_proto::v1::{ListPatientsRequest, Sex};

use crate::{
    command::{Context, pages, resolve},
    error::Result,
    output::{
        json::Json as _,
        label::words,
        table::{Column, Table},
        time,
    },
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    local_id: String,
    #[arg(long, default_value = "", hide_default_value = true)]
    kana: String,
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let patients = pages::fetch(arguments.limit, async |page_size, page_token| {
        let request = ListPatientsRequest {
            local_identifier: arguments.local_id.clone(),
            name_kana: arguments.kana.clone(),
            page_size,
            page_token,
        };
        resolve::list_patients(&connection, request).await
    })
    .await?;
    patients.note_more(context);
    context.out.list(patients.items.iter().map(|patient| patient.json()).collect(), || {
        let texts = context.texts;
        let mut table = Table::new(vec![
            (Column::Text, texts.get("column-local-identifier")),
            (Column::Text, texts.get("column-name")),
            (Column::Text, texts.get("column-name-kana")),
            (Column::Whole, texts.get("column-birth-date")),
            (Column::Whole, texts.get("column-sex")),
            (Column::Whole, texts.get("column-id")),
        ]);
        for patient in &patients.items {
            let demographics = patient.demographics.clone().unwrap_or_default();
            let damaged =
                || if patient.damaged { texts.get("entry-damaged") } else { demographics.name.clone() };
            let sex =
                if demographics.sex == 0 { String::new() } else { words::<Sex>(texts, demographics.sex) };
            table.row([
                demographics.local_identifier.clone(),
                damaged(),
                demographics.name_kana.clone(),
                demographics.birth_date.as_ref().map(time::day).unwrap_or_default(),
                sex,
                patient.patient_id.clone(),
            ]);
        }
        table.lines(context.out.columns())
    })
}
