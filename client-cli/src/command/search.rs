//! `renkei search`: words in a patient's entries, newest first.

use clap::Args;
use renkei_proto::v1::{FoundEntry, SearchEntriesRequest, timeline_service_client::TimelineServiceClient};

use crate::{
    command::{
        Context,
        pages::{self, Listed},
        resolve, timeline,
    },
    connection::Connection,
    error::Result,
    output::{found, json::Json as _},
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(required = true, value_name = "WORD")]
    words: Vec<String>,
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let query = arguments.words.join(" ");
    let entries = search(&connection, &patient_id, &query, arguments.limit).await?;
    let heading = timeline::heading(context, &connection, &patient_id).await?;
    context.out.list(entries.items.iter().map(|entry| entry.json()).collect(), || {
        let mut lines = heading;
        if entries.items.is_empty() {
            lines.push(context.line(&msg!("search-none")));
        }
        lines.extend(entries.items.iter().flat_map(|entry| found::lines(context.texts, context.out, entry)));
        lines
    })?;
    entries.note_more(context);
    Ok(())
}

async fn search(
    connection: &Connection,
    patient_id: &str,
    query: &str,
    limit: usize,
) -> Result<Listed<FoundEntry>> {
    pages::fetch(limit, async |page_size, page_token| {
        let request = SearchEntriesRequest {
            patient_id: patient_id.to_owned(),
            query: query.to_owned(),
            page_size,
            page_token,
        };
        let answer = connection
            .call(request, async |channel, request| {
                TimelineServiceClient::new(channel).search_entries(request).await
            })
            .await?;
        Ok((answer.entries, answer.next_page_token))
    })
    .await
}
