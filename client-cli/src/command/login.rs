//! `renkei login`: begins a session with the device's certificate and the password, or as a service account for
//! somebody, and renews the certificate in time.

use clap::Args;
use jiff::SignedDuration;
use renkei_proto::v1::{
    BeginServiceSessionRequest, Identity, LoginRequest, PurposeOfUse, SessionTokens,
    auth_service_client::AuthServiceClient,
};
use serde_json::json;
use tonic::transport::Channel;

use crate::{
    command::{Context, PasswordSource, device::renew, resolve},
    connection::{call_without_session, line::Line, session},
    error::Result,
    input,
    output::{entry, json::Json as _, label, time},
    profile::Enrollment,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    password: PasswordSource,
    #[arg(long, value_name = "UUID")]
    affiliation: Option<String>,
    #[arg(long = "as", value_name = "UUID", conflicts_with_all = ["affiliation", "password_file"])]
    act_as: Option<String>,
    #[arg(long, value_parser = label::parser::<PurposeOfUse>())]
    purpose: Option<PurposeOfUse>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let profile = &context.profile;
    let enrollment = profile.enrollment()?;
    let channel = Line::open(profile)?.channel();
    let (tokens, identity, renewal) = match &arguments.act_as {
        Some(affiliation) => {
            let (tokens, identity) = begin(channel.clone(), affiliation, arguments.purpose).await?;
            (tokens, identity, SERVICE_RENEWAL)
        }
        None => {
            let (tokens, identity) = log_in(channel.clone(), &enrollment, &arguments, context).await?;
            (tokens, identity, RENEWAL)
        }
    };
    let until = tokens.as_ref().and_then(|tokens| tokens.session_expire_time);
    {
        let _lock = session::lock(profile).await?;
        session::store(profile, tokens)?;
    }
    if time::ends_within(&enrollment.certificate_expire_time, renewal).is_some()
        && renew::renew(profile, channel).await.is_err()
        && let Some(until) = time::ends_within(&enrollment.certificate_expire_time, NOTICE)
    {
        // the session has begun, and the next log-in tries again
        context.note(&msg!("note-certificate", until = until));
    }

    let identity = identity.unwrap_or_default();
    let json = json!({"identity": identity.json(), "session_expire_time": until.json()});
    context.out.one(json, || {
        let actor = entry::actor(context.texts, identity.actor.as_ref());
        vec![context.line(&msg!("logged-in", actor = actor, until = time::local(until.as_ref())))]
    })
}

/// What a session begins with.
type Begun = (Option<SessionTokens>, Option<Identity>);

async fn log_in(
    channel: Channel,
    enrollment: &Enrollment,
    arguments: &Arguments,
    context: &Context<'_>,
) -> Result<Begun> {
    let affiliation_id = arguments.affiliation.as_deref().map(resolve::uuid).transpose()?.unwrap_or_default();
    let password = input::password(context.texts, arguments.password.password_file.as_deref(), false).await?;
    let request = LoginRequest {
        login_name: enrollment.login_name.clone(),
        password: password.to_string(),
        affiliation_id,
        purpose: arguments.purpose.unwrap_or_default().into(),
    };
    let answer = call_without_session(channel, request, async |channel, request| {
        AuthServiceClient::new(channel).login(request).await
    })
    .await?;
    Ok((answer.tokens, answer.identity))
}

/// As a service account, for the person who has the affiliation.
async fn begin(channel: Channel, affiliation: &str, purpose: Option<PurposeOfUse>) -> Result<Begun> {
    let request = BeginServiceSessionRequest {
        affiliation_id: resolve::uuid(affiliation)?,
        purpose: purpose.unwrap_or_default().into(),
    };
    let answer = call_without_session(channel, request, async |channel, request| {
        AuthServiceClient::new(channel).begin_service_session(request).await
    })
    .await?;
    Ok((answer.tokens, answer.identity))
}

/// From when on the server renews the certificate of a service account.
const SERVICE_RENEWAL: SignedDuration = SignedDuration::from_hours(30 * 24);
/// From when on the server renews the device's certificate.
const RENEWAL: SignedDuration = SignedDuration::from_hours(60 * 24);
/// Time enough to ask for a new enrolment code.
const NOTICE: SignedDuration = SignedDuration::from_hours(14 * 24);
