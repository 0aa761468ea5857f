//! Devices: which a person has, and revoking one.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    ListDevicesRequest, LoginRequest, RevokeDeviceRequest, RevokeDeviceResponse, WhoAmIRequest,
    auth_service_client::AuthServiceClient,
};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{another_device, devices, ended};
use crate::{
    calls::Answered,
    grpc::{Device, Session},
    refusal::{expect_refused, refused, visible},
    region::{Region, new_id, posting},
    side_doors::{started, watch},
};

crate::on_both_engines!(
    a_revoked_device_is_out_on_open_connections_and_at_the_door,
    only_the_administrator_manages_somebody_elses_devices,
);

fn revocation(device_id: &str) -> RevokeDeviceRequest {
    RevokeDeviceRequest { request_id: new_id(), device_id: device_id.to_owned() }
}

async fn revoke(caller: &Session, device_id: &str) -> Answered<RevokeDeviceResponse> {
    caller.auth.clone().revoke_device(revocation(device_id)).await
}

/// The device is nobody's any more, on a new connection.
async fn shut_out(device: &Device) -> Result<()> {
    let request = LoginRequest {
        login_name: device.login_name.clone(),
        password: device.password.clone(),
        ..Default::default()
    };
    let channel = device.place.channel(Some(&device.credentials))?;
    let answer = AuthServiceClient::new(channel).login(request).await;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    Ok(())
}

async fn a_revoked_device_is_out_on_open_connections_and_at_the_door(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?;
    let patient = doctor.session.register().await?;
    let tablet = another_device(&region, &doctor.session).await?;
    let lost = tablet.login().await?;
    let listed = devices(&doctor.session, "").await?;
    ensure!(listed.len() == 2 && listed[0].device_id == lost.me.device_id, "{listed:?}");
    ensure!(!listed[0].current && listed[1].current, "{listed:?}");

    // also where the server found the session good a moment ago
    lost.post(&patient, "訪問しました").await?;
    let mut stream = watch(&lost, &patient, None).await?;
    started(&mut stream).await?;
    let (request, begun) = (revocation(&lost.me.device_id), Instant::now());
    let revoked = doctor.session.auth.clone().revoke_device(request.clone()).await?.into_inner();
    ended(&mut stream, begun, "SESSION_REQUIRED").await?;
    let since = revoked.device.clone().context("device")?.revoke_time.context("since when")?;
    let answer = lost.auth.clone().who_am_i(WhoAmIRequest {}).await;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    let answer = lost.timeline.clone().post_entry(posting(&patient, "もう書けません")).await;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    shut_out(&tablet).await?;

    // the same request, and another one, find it as it is
    let again = doctor.session.auth.clone().revoke_device(request).await?.into_inner();
    ensure!(again == revoked, "{again:?}");
    let again = revoke(&doctor.session, &lost.me.device_id).await?.into_inner();
    ensure!(again.device.context("device")?.revoke_time == Some(since));
    ensure!(devices(&doctor.session, "").await?[0].revoke_time == Some(since));
    doctor.session.auth.clone().who_am_i(WhoAmIRequest {}).await.context("on another device")?;

    // one's own, with the session that asks
    revoke(&doctor.session, &doctor.session.me.device_id).await?;
    shut_out(&doctor.device).await
}

async fn only_the_administrator_manages_somebody_elses_devices(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, other) = (region.doctor("kimura").await?, region.doctor("sano").await?.session);
    let foreign = refused(revoke(&other, &doctor.session.me.device_id).await)?;
    let unknown = refused(revoke(&other, &new_id()).await)?;
    ensure!(foreign.code() == Code::PermissionDenied, "{foreign:?}");
    ensure!(visible(&foreign) == visible(&unknown), "{foreign:?} {unknown:?}");
    let request = ListDevicesRequest { person_id: doctor.session.person() };
    let answer = other.auth.clone().list_devices(request).await;
    expect_refused(answer, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;

    let listed = devices(&region.admin, &doctor.session.person()).await?;
    ensure!(listed.len() == 1 && !listed[0].current, "{listed:?}");
    expect_refused(revoke(&region.admin, &new_id()).await, Code::NotFound, "NOT_FOUND")?;
    let request = ListDevicesRequest { person_id: new_id() };
    let answer = region.admin.auth.clone().list_devices(request).await;
    expect_refused(answer, Code::NotFound, "NOT_FOUND")?;
    doctor.session.auth.clone().who_am_i(WhoAmIRequest {}).await.context("nothing was revoked")?;
    revoke(&region.admin, &listed[0].device_id).await?;
    shut_out(&doctor.device).await
}
