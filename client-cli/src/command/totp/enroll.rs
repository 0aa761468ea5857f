//! `renkei totp enroll`: shows the seed as a QR code, takes the first code of the app, and tells the recovery codes. With
//! `--server`, an enrolment code makes a profile that needs no device; without, the app is added in the session.

use std::path::PathBuf;

use clap::Args;
use renkei_proto::v1::{
    AddTotpRequest, ConfirmTotpRequest, ConfirmTotpResponse, EnrollTotpRequest, ErrorReason, TotpOffer,
    auth_service_client::AuthServiceClient,
};
use serde_json::json;
use tonic::transport::Channel;

use super::recovery_lines;
use crate::{
    command::{Context, PasswordSource, device::enroll},
    connection::{
        call_without_session, tls,
        transport::{self, Address},
    },
    error::{Error, Exit, Result},
    input,
    output::{line::Line, note, qr},
    profile::Enrollment,
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    #[arg(long, value_name = "FILE", requires = "server")]
    code_file: Option<PathBuf>,
    #[command(flatten)]
    password: PasswordSource,
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
    #[arg(long, value_name = "FILE")]
    first_code_file: Option<PathBuf>,
    #[arg(long)]
    no_qr: bool,
    #[arg(long, requires = "server")]
    replace: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let confirmed = match &arguments.server {
        Some(server) => with_code(server, &arguments, context).await?,
        None => in_session(&arguments, context).await?,
    };
    let ConfirmTotpResponse { device_id, recovery_codes: codes } = confirmed;
    let login = context.profile.enrollment()?.login_name;
    let json = json!({
        "profile": context.profile.name(),
        "login_name": login,
        "device_id": device_id,
        "recovery_codes": codes,
    });
    context.out.one(json, || {
        let mut lines = vec![context.line(&msg!("totp-enrolled", login = login))];
        lines.extend(recovery_lines(context, &codes));
        lines.push(context.line(&msg!("totp-enrolled-next")));
        lines
    })
}

async fn in_session(arguments: &Arguments, context: &Context<'_>) -> Result<ConfirmTotpResponse> {
    let connection = context.connection()?;
    let request = AddTotpRequest { device_name: device_name(arguments, context) };
    let answer = context
        .call_dangerous(&connection, &arguments.password, request, async |channel, request| {
            AuthServiceClient::new(channel).add_totp(request).await
        })
        .await?;
    confirm(arguments, context, connection.channel(), answer.offer).await
}

async fn with_code(
    server: &str,
    arguments: &Arguments,
    context: &Context<'_>,
) -> Result<ConfirmTotpResponse> {
    let profile = &context.profile;
    if profile.is_enrolled() && !arguments.replace {
        return Err(Error::new(Exit::Conflict, msg!("error-enrolled", profile = profile.name()))
            .next(msg!("next-enrolled")));
    }
    let address = Address::parse(server)?;
    let code = input::code(context.texts, arguments.code_file.as_deref()).await?;
    let fingerprint = enroll::fingerprint(&code)?;
    let password = input::password(context.texts, arguments.password.password_file.as_deref(), true).await?;
    let device_name = device_name(arguments, context);
    profile.make_folder()?;
    let request = EnrollTotpRequest {
        code: code.trim().to_owned(),
        password: password.to_string(),
        device_name: device_name.clone(),
    };
    let channel = transport::channel(&address, tls::enrolling(fingerprint)?)?;
    let answer = call_without_session(channel.clone(), request, async |channel, request| {
        AuthServiceClient::new(channel).enroll_totp(request).await
    })
    .await?;
    if tls::fingerprint(&answer.ca_certificate) != fingerprint {
        return Err(
            Error::new(Exit::Other, msg!("error-server-certificate")).next(msg!("next-server-certificate"))
        );
    }
    let confirmed = confirm(arguments, context, channel, answer.offer).await?;
    let enrollment = Enrollment {
        server: address.url(),
        login_name: answer.login_name,
        device_id: confirmed.device_id.clone(),
        device_name,
        certificate_expire_time: String::new(),
        totp: true,
    };
    profile.save_app(&enroll::pem(&answer.ca_certificate), &enrollment)?;
    Ok(confirmed)
}

/// Shows what the app is to scan, and asks for what it shows then; again, where somebody is there to look once more.
async fn confirm(
    arguments: &Arguments,
    context: &Context<'_>,
    channel: Channel,
    offer: Option<TotpOffer>,
) -> Result<ConfirmTotpResponse> {
    let offer = offer.ok_or_else(|| Error::new(Exit::Other, msg!("error-answer")))?;
    context.note(&msg!("totp-scan"));
    if !arguments.no_qr {
        qr::show(&offer.uri);
    }
    note(&Line::plain(offer.uri));
    loop {
        let code = input::totp_code(context.texts, arguments.first_code_file.as_deref()).await?;
        let request = ConfirmTotpRequest {
            confirmation_token: offer.confirmation_token.clone(),
            totp_code: code.trim().to_owned(),
        };
        let answer = call_without_session(channel.clone(), request, async |channel, request| {
            AuthServiceClient::new(channel).confirm_totp(request).await
        })
        .await;
        match answer {
            Err(error) if error.is(ErrorReason::TotpCodeWrong) && input::is_interactive() => {
                context.note(&msg!("totp-again"));
            }
            answer => return answer,
        }
    }
}

fn device_name(arguments: &Arguments, context: &Context<'_>) -> String {
    arguments.device_name.clone().unwrap_or_else(|| context.texts.get("totp-default-name"))
}
