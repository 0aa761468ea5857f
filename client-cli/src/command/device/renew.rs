//! `renkei device renew`: the next certificate of this device, for the key that it has. `renkei login` does the same by
//! itself in time.

use clap::Args;
use rcgen::KeyPair;
use renkei_proto::v1::{RenewDeviceRequest, RenewDeviceResponse, auth_service_client::AuthServiceClient};
use serde_json::json;
use tonic::transport::Channel;

use super::enroll::{defect, pem, signing_request};
use crate::{
    command::Context,
    connection::{call_without_session, line::Line, tls},
    error::{Error, Exit, Result},
    output::{json::Json as _, time},
    profile::{Credentials, Profile},
    text::msg,
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_: Arguments, context: &Context<'_>) -> Result<()> {
    let line = Line::open(&context.profile)?;
    let answer = renew(&context.profile, line.channel()).await?;
    let until = answer.certificate_expire_time;
    context.out.one(json!({"certificate_expire_time": until.json()}), || {
        vec![context.line(&msg!("device-renewed", until = time::local(until.as_ref())))]
    })
}

/// Gets the next certificate and keeps it. It is shown from the next connection on, and the one before opens nothing
/// any more then; until then both do. So whatever breaks off leaves one that is good.
pub(crate) async fn renew(profile: &Profile, channel: Channel) -> Result<RenewDeviceResponse> {
    let enrollment = profile.enrollment()?;
    let credentials = profile.credentials()?;
    let key = KeyPair::from_pem(&credentials.key).map_err(|error| defect(&error))?;
    let request = RenewDeviceRequest { csr: signing_request(&key)? };
    let answer = call_without_session(channel, request, async |channel, request| {
        AuthServiceClient::new(channel).renew_device(request).await
    })
    .await?;
    // with another certificate, but the same key, it is the one that is trusted already
    if !tls::is_same_authority(&credentials.ca, &answer.ca_certificate)? {
        return Err(
            Error::new(Exit::Other, msg!("error-server-certificate")).next(msg!("next-server-certificate"))
        );
    }
    let [certificate, ca] = [&answer.certificate, &answer.ca_certificate].map(|der| pem(der));
    let next = Credentials { certificate, ca, ..credentials };
    // refuses a certificate of another key
    tls::enrolled(&next)?;
    let expires = answer.certificate_expire_time.as_ref().and_then(time::rfc3339);
    profile.save_certificate(&next, &enrollment, expires.unwrap_or_default())?;
    Ok(answer)
}
