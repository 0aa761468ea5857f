//! `renkei timeline readers`: who has read an entry, who acknowledged it, and who has not read it.

use clap::Args;
use renkei_proto::v1::{
    Actor, ListReadersRequest, ListReadersResponse, timeline_service_client::TimelineServiceClient,
};
use serde_json::json;

use crate::{
    command::{Context, resolve},
    connection::Connection,
    error::Result,
    output::{
        entry,
        json::Json as _,
        line::{Line, Style},
        time,
    },
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
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let answer = all(&connection, ListReadersRequest { patient_id, entry_id, ..Default::default() }).await?;
    let json = json!({
        "readers": answer.readers.json(),
        "acknowledgements": answer.acknowledgements.json(),
        "not_read": answer.not_read.json(),
    });
    context.out.one(json, || lines(context, &answer))
}

/// All pages as one: those who have not read by organisation.
async fn all(connection: &Connection, mut request: ListReadersRequest) -> Result<ListReadersResponse> {
    let mut all = ListReadersResponse::default();
    loop {
        let page = connection
            .call(request.clone(), async |channel, request| {
                TimelineServiceClient::new(channel).list_readers(request).await
            })
            .await?;
        all.readers.extend(page.readers);
        all.acknowledgements.extend(page.acknowledgements);
        all.not_read.extend(page.not_read);
        if page.next_page_token.is_empty() {
            all.not_read.sort_by(|one, other| one.organization_name.cmp(&other.organization_name));
            return Ok(all);
        }
        request.page_token = page.next_page_token;
    }
}

fn lines(context: &Context<'_>, answer: &ListReadersResponse) -> Vec<Line> {
    let texts = context.texts;
    let who = |actor: &Option<Actor>| entry::actor(texts, actor.as_ref());
    let heading =
        |key: &str, count: usize| Line::styled(Style::Heading, format!("{} {count}", texts.get(key)));
    let mut lines = Vec::new();
    if answer.readers.is_empty() {
        lines.push(context.line(&msg!("readers-none")));
    } else {
        lines.push(heading("readers-read", answer.readers.len()));
        lines.extend(answer.readers.iter().map(|reader| {
            Line::plain(format!("{}  {}", time::local(reader.read_time.as_ref()), who(&reader.actor)))
        }));
    }
    if !answer.acknowledgements.is_empty() {
        lines.push(heading("readers-acknowledged", answer.acknowledgements.len()));
        lines.extend(answer.acknowledgements.iter().map(|one| {
            let moment = time::local(one.acknowledge_time.as_ref());
            Line::plain(format!("{moment}  {}  {}", who(&one.actor), one.word).trim_end())
        }));
    }
    if !answer.not_read.is_empty() {
        lines.push(heading("readers-not-read", answer.not_read.len()));
        lines.extend(answer.not_read.iter().map(|actor| Line::plain(entry::actor(texts, Some(actor)))));
    }
    lines
}
