//! `renkei access break-glass`: opens a patient's record in an emergency (緊急アクセス). Whoever does it is
//! told first what it means, confirms it, and gives the password again.

use clap::Args;
use renkei_proto::v1::{BreakGlassReason, BreakGlassRequest, consent_service_client::ConsentServiceClient};

use crate::{
    command::{Context, PasswordSource, new_id, resolve},
    error::{Error, Exit, Result},
    input,
    output::{
        json::Json as _,
        label::{self, words},
        line::{Line, Style},
        note, time,
    },
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(long, value_parser = label::parser::<BreakGlassReason>())]
    reason: BreakGlassReason,
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    text: String,
    #[command(flatten)]
    password: PasswordSource,
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let texts = context.texts;
    let text = input::text(&arguments.text).await?;
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let reason = words::<BreakGlassReason>(texts, arguments.reason.into());
    let warning = texts.format(&msg!("break-glass-warning", patient = arguments.patient, reason = reason));
    for (index, line) in warning.lines().enumerate() {
        note(&Line::styled(if index == 0 { Style::Alarm } else { Style::Plain }, line));
    }
    input::confirm(texts, &msg!("break-glass-confirm"), arguments.yes).await?;
    let password = input::password(texts, arguments.password.password_file.as_deref(), false).await?;
    let request = BreakGlassRequest {
        request_id: new_id(),
        patient_id: patient_id.clone(),
        reason: arguments.reason.into(),
        text,
        password: password.to_string(),
    };
    let answer = context
        .call_with_password(
            &connection,
            (&arguments.password, &password),
            request,
            async |channel, request| ConsentServiceClient::new(channel).break_glass(request).await,
        )
        .await?;
    let access = answer.access.ok_or_else(|| Error::new(Exit::Other, msg!("error-answer")))?;
    context.out.one(access.json(), || {
        let until = time::local(access.end_time.as_ref());
        vec![
            Line::styled(Style::Strong, texts.format(&msg!("break-glass-open", until = until))),
            context.line(&msg!("break-glass-limits")),
            context.line(&msg!("break-glass-next", patient = patient_id)),
        ]
    })
}
