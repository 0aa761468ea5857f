//! `renkei service enroll`: makes the program's key here and trades a code for a certificate. The profile is the
//! program's then.

use std::path::PathBuf;

use clap::Args;
use renkei_proto::v1::{EnrollDeviceResponse, EnrollServiceRequest, auth_service_client::AuthServiceClient};
use serde_json::json;

use crate::{
    command::{Context, device::enroll},
    connection::{
        call_without_session, tls,
        transport::{self, Address},
    },
    error::{Error, Exit, Result},
    input,
    output::{json::Json as _, time},
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "URL")]
    server: String,
    #[arg(long, value_name = "FILE")]
    code_file: Option<PathBuf>,
    #[arg(long)]
    replace: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let profile = &context.profile;
    if profile.is_enrolled() && !arguments.replace {
        return Err(Error::new(Exit::Conflict, msg!("error-enrolled", profile = profile.name()))
            .next(msg!("next-enrolled")));
    }
    let address = Address::parse(&arguments.server)?;
    let code = input::code(context.texts, arguments.code_file.as_deref()).await?;
    let fingerprint = enroll::fingerprint(&code)?;
    profile.make_folder()?;
    let key = enroll::device_key(profile)?;
    let request = EnrollServiceRequest { code: code.trim().to_owned(), csr: enroll::signing_request(&key)? };
    let channel = transport::channel(&address, tls::enrolling(fingerprint)?)?;
    let answer = call_without_session(channel, request, async |channel, request| {
        AuthServiceClient::new(channel).enroll_service(request).await
    })
    .await?;
    let (until, name) = (answer.certificate_expire_time, answer.service_account_name);
    let enrolled = EnrollDeviceResponse {
        device_id: answer.device_id,
        certificate: answer.certificate,
        ca_certificate: answer.ca_certificate,
        // a program has no login name; this tells the profile from others
        login_name: name.clone(),
        certificate_expire_time: until,
    };
    let kept = enroll::keep(profile, &address, &key, fingerprint, &enrolled, name.clone())?;
    let json = json!({
        "profile": profile.name(),
        "server": kept.server,
        "device_id": kept.device_id,
        "service_account_id": answer.service_account_id,
        "service_account_name": name,
        "certificate_expire_time": until.json(),
    });
    context.out.one(json, || {
        let until = time::local(until.as_ref());
        vec![
            context.line(&msg!("service-enrolled", name = name, until = until)),
            context.line(&msg!("service-enrolled-next")),
        ]
    })
}
