//! `renkei session list`: where you are logged in.

use clap::Args;
use renkei_proto::v1::{ListSessionsRequest, PurposeOfUse, Role, auth_service_client::AuthServiceClient};

use crate::{
    command::Context,
    error::Result,
    output::{
        json::Json as _,
        label::words,
        table::{Column, Table},
        time,
    },
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_: Arguments, context: &Context<'_>) -> Result<()> {
    let answer = context
        .connection()?
        .call(ListSessionsRequest {}, async |channel, request| {
            AuthServiceClient::new(channel).list_sessions(request).await
        })
        .await?;
    context.out.list(answer.sessions.iter().map(|session| session.json()).collect(), || {
        let texts = context.texts;
        let mut table = Table::new(vec![
            (Column::Whole, texts.get("column-session-id")),
            (Column::Text, texts.get("column-device")),
            (Column::Text, texts.get("column-role")),
            (Column::Text, texts.get("column-organization")),
            (Column::Text, texts.get("column-purpose")),
            (Column::Whole, texts.get("column-last-seen")),
            (Column::Whole, texts.get("column-this")),
        ]);
        for session in &answer.sessions {
            let this = if session.current { texts.get("word-yes") } else { String::new() };
            table.row([
                session.session_id.clone(),
                session.device_name.clone(),
                words::<Role>(texts, session.role),
                session.organization_name.clone(),
                words::<PurposeOfUse>(texts, session.purpose),
                time::local(session.last_seen_time.as_ref()),
                this,
            ]);
        }
        table.lines(context.out.columns())
    })
}
