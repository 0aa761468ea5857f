//! `renkei login`: begins a session with the device's certificate and the password, and renews the
//! certificate in time.

use clap::Args;
use jiff::SignedDuration;
use renkei_proto::v1::{LoginRequest, PurposeOfUse, auth_service_client::AuthServiceClient};
use serde_json::json;

use crate::{
    command::{Context, PasswordSource, device::renew, resolve},
    connection::{call_without_session, line::Line, session},
    error::Result,
    input,
    output::{entry, json::Json as _, label, time},
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    password: PasswordSource,
    #[arg(long, value_name = "UUID")]
    affiliation: Option<String>,
    #[arg(long, value_parser = label::parser::<PurposeOfUse>())]
    purpose: Option<PurposeOfUse>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let profile = &context.profile;
    let enrollment = profile.enrollment()?;
    let affiliation_id = arguments.affiliation.as_deref().map(resolve::uuid).transpose()?.unwrap_or_default();
    let channel = Line::open(profile)?.channel();
    let password = input::password(context.texts, arguments.password.password_file.as_deref(), false).await?;
    let request = LoginRequest {
        login_name: enrollment.login_name.clone(),
        password: password.to_string(),
        affiliation_id,
        purpose: arguments.purpose.unwrap_or_default().into(),
    };
    let answer = call_without_session(channel.clone(), request, async |channel, request| {
        AuthServiceClient::new(channel).login(request).await
    })
    .await?;
    let until = answer.tokens.as_ref().and_then(|tokens| tokens.session_expire_time);
    {
        let _lock = session::lock(profile).await?;
        session::store(profile, answer.tokens)?;
    }
    if time::ends_within(&enrollment.certificate_expire_time, RENEWAL).is_some()
        && renew::renew(profile, channel).await.is_err()
        && let Some(until) = time::ends_within(&enrollment.certificate_expire_time, NOTICE)
    {
        // the session has begun, and the next log-in tries again
        context.note(&msg!("note-certificate", until = until));
    }

    let identity = answer.identity.unwrap_or_default();
    let json = json!({"identity": identity.json(), "session_expire_time": until.json()});
    context.out.one(json, || {
        let actor = entry::actor(context.texts, identity.actor.as_ref());
        vec![context.line(&msg!("logged-in", actor = actor, until = time::local(until.as_ref())))]
    })
}

/// From when on the server renews the device's certificate.
const RENEWAL: SignedDuration = SignedDuration::from_hours(60 * 24);
/// Time enough to ask for a new enrolment code.
const NOTICE: SignedDuration = SignedDuration::from_hours(14 * 24);
