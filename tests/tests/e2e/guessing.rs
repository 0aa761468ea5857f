//! Guessing passwords and codes: how often it may be tried, what a crash changes about that, and what an answer and
//! its time tell.

mod account;
mod crash;
mod ladder;
mod refused;
pub(crate) mod timings;

use anyhow::{Context as _, Result};
use renkei_proto::v1::{
    CreateEnrollmentCodeRequest, EnrollDeviceRequest, LoginRequest, auth_service_client::AuthServiceClient,
};
use renkei_tests::server::Server;
use tonic::{Status, transport::Channel};

use crate::{
    grpc::{Device, Session},
    region::{Region, new_id},
};

const WRONG: &str = "chigau-aikotoba-3";

/// Lets the tries be so much longer ago. The server has no other memory of them.
pub(crate) fn let_time_pass(server: &Server, minutes: u64) -> Result<()> {
    shift(server, minutes, "DEVICE").and_then(|()| shift(server, minutes, "ACCOUNT"))?;
    shift(server, minutes, "ADDRESS")
}

fn shift(server: &Server, minutes: u64, scope: &str) -> Result<()> {
    let by = minutes * 60_000_000;
    server.sql(&format!(
        "UPDATE login_attempt SET last_attempt_at = last_attempt_at - {by}, blocked_until = blocked_until - {by} \
         WHERE scope = '{scope}'"
    ))?;
    Ok(())
}

/// Tries to log in over this connection of a device.
async fn try_login(channel: Channel, login_name: &str, password: &str) -> Result<(), Status> {
    let request = LoginRequest {
        login_name: login_name.to_owned(),
        password: password.to_owned(),
        ..Default::default()
    };
    AuthServiceClient::new(channel).login(request).await.map(drop)
}

/// Tries to log in on the device with this password, and must be refused.
async fn refused_login(device: &Device, login_name: &str, password: &str) -> Result<Status> {
    let channel = device.place.channel(Some(&device.credentials))?;
    try_login(channel, login_name, password).await.err().context("it was not refused")
}

/// Tries to enrol with a code that nobody was given.
async fn try_code(channel: Channel) -> Result<(), Status> {
    let key = rcgen::KeyPair::generate().map_err(|error| Status::internal(error.to_string()))?;
    let csr = rcgen::CertificateParams::default().serialize_request(&key);
    let request = EnrollDeviceRequest {
        code: "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF".to_owned(),
        csr: csr.map_err(|error| Status::internal(error.to_string()))?.der().to_vec().into(),
        password: WRONG.to_owned(),
        device_name: "試験用端末".to_owned(),
    };
    AuthServiceClient::new(channel).enroll_device(request).await.map(drop)
}

/// A code for a further device of somebody.
pub(crate) async fn another_code(region: &Region, of: &Session) -> Result<String> {
    let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id: of.person() };
    Ok(region.admin.identity.clone().create_enrollment_code(request).await?.into_inner().code)
}
