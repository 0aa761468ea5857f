//! `renkei audit events`: log-ins, devices, accounts and refusals, of the region or of one's organisation.

use clap::Args;
use renkei_proto::v1::{
    AuditAction, AuditDecision, ListEventsRequest, Period, audit_service_client::AuditServiceClient,
};

use crate::{
    command::{Context, audit::list::lines, pages, resolve},
    error::Result,
    output::{json::Json as _, label, time},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "ORG")]
    organization: Option<String>,
    #[arg(long)]
    person: Option<String>,
    #[arg(long, value_parser = label::parser::<AuditAction>(), hide_possible_values = true)]
    action: Option<AuditAction>,
    #[arg(long)]
    refused: bool,
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let start = arguments.from.as_deref().map(time::parse).transpose()?;
    let end = arguments.until.as_deref().map(time::parse).transpose()?;
    let connection = context.connection()?;
    let mut wanted = ListEventsRequest {
        action: arguments.action.unwrap_or_default().into(),
        decision: if arguments.refused { AuditDecision::Deny.into() } else { 0 },
        period: (start.is_some() || end.is_some()).then_some(Period { start, end }),
        ..Default::default()
    };
    if let Some(organization) = &arguments.organization {
        wanted.organization_id = resolve::organization(&connection, organization).await?;
    }
    if let Some(person) = &arguments.person {
        wanted.person_id = resolve::person(&connection, person).await?;
    }
    let events = pages::fetch(arguments.limit, async |page_size, page_token| {
        let request = ListEventsRequest { page_size, page_token, ..wanted.clone() };
        let answer = connection
            .call(request, async |channel, request| {
                AuditServiceClient::new(channel).list_events(request).await
            })
            .await?;
        Ok((answer.events, answer.next_page_token))
    })
    .await?;
    events.note_more(context);
    context.out.list(events.items.iter().map(|event| event.json()).collect(), || {
        lines(context.texts, &events.items, context.out.columns())
    })
}
