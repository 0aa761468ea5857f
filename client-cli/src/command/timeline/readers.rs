//! `renkei timeline readers`: who has read an entry.

use clap::Args;
use renkei_proto::v1::{ListReadersRequest, timeline_service_client::TimelineServiceClient};

use crate::{
    command::{Context, resolve},
    error::Result,
    output::{entry, json::Json as _, line::Line, time},
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    entry: String,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let entry_id = resolve::uuid(&arguments.entry)?;
    let connection = context.connection()?;
    let request =
        ListReadersRequest { patient_id: resolve::patient(&connection, &arguments.patient).await?, entry_id };
    let answer = connection
        .call(request, async |channel, request| {
            TimelineServiceClient::new(channel).list_readers(request).await
        })
        .await?;
    context.out.list(answer.readers.iter().map(|reader| reader.json()).collect(), || {
        if answer.readers.is_empty() {
            return vec![context.line(&msg!("readers-none"))];
        }
        let line = |reader: &renkei_proto::v1::Reader| {
            let time = time::local(reader.read_time.as_ref());
            Line::plain(format!("{time}  {}", entry::actor(context.texts, reader.actor.as_ref())))
        };
        answer.readers.iter().map(line).collect()
    })
}
