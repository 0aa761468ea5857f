//! `renkei login`: begins a session with the password and the device's certificate, which it renews in time, or a code of
//! an authenticator app; or as a service account for somebody.

use clap::Args;
use jiff::SignedDuration;
use renkei_proto::v1::{
    BeginServiceSessionRequest, Identity, LoginRequest, LoginWithTotpRequest, PurposeOfUse, SessionTokens,
    auth_service_client::AuthServiceClient, login_with_totp_request::Second,
};
use serde_json::json;
use tonic::transport::Channel;
use zeroize::Zeroizing;

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
    #[arg(long)]
    totp: bool,
    #[command(flatten)]
    password: PasswordSource,
    #[arg(long, value_name = "UUID")]
    affiliation: Option<String>,
    #[arg(long = "as", value_name = "UUID", conflicts_with_all = ["affiliation", "password_file", "totp"])]
    act_as: Option<String>,
    #[arg(long, value_parser = label::parser::<PurposeOfUse>())]
    purpose: Option<PurposeOfUse>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let profile = &context.profile;
    let enrollment = profile.enrollment()?;
    let totp = arguments.act_as.is_none() && (arguments.totp || enrollment.totp);
    let renewal = if arguments.act_as.is_some() { SERVICE_RENEWAL } else { RENEWAL };
    let channel = Line::open(profile)?.channel();
    let (tokens, identity) = match &arguments.act_as {
        Some(affiliation) => begin(channel.clone(), affiliation, arguments.purpose).await?,
        None if totp => with_app(&arguments, context, &enrollment.login_name, channel.clone()).await?,
        None => with_certificate(&arguments, context, &enrollment.login_name, channel.clone()).await?,
    };
    let until = tokens.as_ref().and_then(|tokens| tokens.session_expire_time);
    {
        let _lock = session::lock(profile).await?;
        session::store(profile, tokens, totp)?;
    }
    if !enrollment.totp
        && time::ends_within(&enrollment.certificate_expire_time, renewal).is_some()
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

async fn with_certificate(
    arguments: &Arguments,
    context: &Context<'_>,
    login_name: &str,
    channel: Channel,
) -> Result<Begun> {
    let (affiliation_id, purpose, password) = asked(arguments, context).await?;
    let request = LoginRequest {
        login_name: login_name.to_owned(),
        password: password.to_string(),
        affiliation_id,
        purpose,
    };
    let answer = call_without_session(channel, request, async |channel, request| {
        AuthServiceClient::new(channel).login(request).await
    })
    .await?;
    Ok((answer.tokens, answer.identity))
}

async fn with_app(
    arguments: &Arguments,
    context: &Context<'_>,
    login_name: &str,
    channel: Channel,
) -> Result<Begun> {
    let (affiliation_id, purpose, password) = asked(arguments, context).await?;
    let second = input::second(context.texts, arguments.password.totp_code_file.as_deref()).await?;
    let is_recovery = matches!(second, input::Second::Recovery(_));
    let request = LoginWithTotpRequest {
        login_name: login_name.to_owned(),
        password: password.to_string(),
        second: Some(match second {
            input::Second::Code(code) => Second::TotpCode(code),
            input::Second::Recovery(code) => Second::RecoveryCode(code),
        }),
        affiliation_id,
        purpose,
    };
    let answer = call_without_session(channel, request, async |channel, request| {
        AuthServiceClient::new(channel).login_with_totp(request).await
    })
    .await?;
    if is_recovery {
        context.note(&msg!("note-recovery-codes", left = answer.recovery_codes_left));
    }
    Ok((answer.tokens, answer.identity))
}

/// What both ways to log in want.
async fn asked(arguments: &Arguments, context: &Context<'_>) -> Result<(String, i32, Zeroizing<String>)> {
    let affiliation_id = arguments.affiliation.as_deref().map(resolve::uuid).transpose()?.unwrap_or_default();
    let password = input::password(context.texts, arguments.password.password_file.as_deref(), false).await?;
    Ok((affiliation_id, arguments.purpose.unwrap_or_default().into(), password))
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
