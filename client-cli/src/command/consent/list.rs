//! `renkei consent list`: every consent of a patient as it stands, in words.

use clap::Args;

use crate::{
    command::{
        Context,
        consent::{names::Names, view::View},
        resolve,
    },
    error::Result,
    output::json::Json as _,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let consents = resolve::consents(&connection, &patient_id).await?;
    let names = Names::of(context, &connection, &consents).await?;
    context.out.list(consents.iter().map(|consent| consent.json()).collect(), || {
        if consents.is_empty() {
            return vec![context.line(&msg!("consents-none"))];
        }
        let view = View::new(context, &names);
        consents.iter().flat_map(|consent| view.lines(consent)).collect()
    })
}
