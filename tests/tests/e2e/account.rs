//! One's own account: sessions, devices with their certificates, the password. What ends, ends at the next call, on
//! open streams, at the door, and on other nodes.

mod certificate;
pub(crate) mod commands;
mod devices;
mod nodes;
mod password;
mod reset;
mod sessions;
mod step_up;

use std::time::Instant;

use anyhow::{Result, bail, ensure};
use renkei_proto::v1::{
    CreateEnrollmentCodeRequest, Device as Listed, EndSessionRequest, EndSessionResponse, ListDevicesRequest,
    ListSessionsRequest, RefreshSessionRequest, Session as Live, WatchResponse, WhoAmIRequest,
    auth_service_client::AuthServiceClient, end_session_request::Which,
};
use tonic::{Code, Streaming};

use crate::{
    calls::Answered,
    grpc::{Device, Session},
    refusal::{expect, expect_refused},
    region::{PASSWORD, Region, new_id},
    side_doors::{WOKEN, next},
};

/// Waits for the end of a stream, which must come at once after `since`.
pub(crate) async fn ended(stream: &mut Streaming<WatchResponse>, since: Instant, reason: &str) -> Result<()> {
    match next(stream).await? {
        Ok(event) => bail!("{event:?}"),
        Err(status) => expect(&status, Code::Unauthenticated, reason)?,
    }
    let took = since.elapsed();
    ensure!(took < WOKEN, "the stream ended after {took:?}");
    Ok(())
}

/// Everything that a session has is good for nothing.
async fn is_over(session: &Session, device: &Device) -> Result<()> {
    let answer = session.auth.clone().who_am_i(WhoAmIRequest {}).await;
    expect_refused(answer, Code::Unauthenticated, "SESSION_REQUIRED")?;
    let request = RefreshSessionRequest { refresh_token: session.tokens.refresh_token.clone() };
    let channel = device.place.channel(Some(&device.credentials))?;
    let answer = AuthServiceClient::new(channel).refresh_session(request).await;
    expect_refused(answer, Code::Unauthenticated, "REFRESH_TOKEN_INVALID")?;
    Ok(())
}

async fn live(session: &Session) -> Result<Vec<Live>> {
    Ok(session.auth.clone().list_sessions(ListSessionsRequest {}).await?.into_inner().sessions)
}

async fn end(session: &Session, which: Which) -> Answered<EndSessionResponse> {
    session.auth.clone().end_session(EndSessionRequest { which: Some(which) }).await
}

async fn devices(session: &Session, person_id: &str) -> Result<Vec<Listed>> {
    let request = ListDevicesRequest { person_id: person_id.to_owned() };
    Ok(session.auth.clone().list_devices(request).await?.into_inner().devices)
}

/// The UUID of the session.
async fn id_of(session: &Session) -> Result<String> {
    let own = live(session).await?.into_iter().find(|one| one.current);
    own.map(|one| one.session_id).ok_or_else(|| anyhow::anyhow!("it does not find itself"))
}

/// Another device of the same person.
async fn another_device(region: &Region, of: &Session) -> Result<Device> {
    let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id: of.person() };
    let code = region.admin.identity.clone().create_enrollment_code(request).await?.into_inner().code;
    region.place.enroll(&code, PASSWORD).await
}
