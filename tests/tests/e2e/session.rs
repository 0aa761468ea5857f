//! Log-in and the life of a session.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    EnrollDeviceRequest, ListEntriesRequest, LogoutRequest, OrganizationKind, RefreshSessionRequest, Role,
    WatchRequest, WhoAmIRequest, auth_service_client::AuthServiceClient,
};
use renkei_tests::{database::Engine, wait};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::{
    grpc::Session,
    refusal::{expect, expect_refused, refused, visible},
    region::{PASSWORD, Region, new_id, posting},
};

crate::on_both_engines!(
    an_enrolment_code_works_for_one_device,
    a_session_is_refreshed_once_per_token,
    a_log_out_ends_open_streams,
    what_ends_behind_the_servers_back_is_refused_at_once,
);

async fn an_enrolment_code_works_for_one_device(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let code = region.admit("kubo", OrganizationKind::Clinic, Role::Doctor).await?;
    let enroll = async |code: &str, password: &str| -> Result<tonic::Status> {
        let error = region.place.enroll(code, password).await.err().context("it was not refused")?;
        error.downcast::<tonic::Status>().context("a refusal of the server")
    };
    let wrong = enroll("AAAA-BBBB-CCCC-DDDD-EEEE-FFFF", PASSWORD).await?;
    expect(&wrong, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    let short = enroll(&code, "kort").await?;
    expect(&short, Code::InvalidArgument, "PASSWORD_REFUSED")?;

    // Hyphens and case are for people.
    let (secret, _) = code.split_once('.').context("a code with a fingerprint")?;
    let typed = secret.to_lowercase().replace('-', " ");
    let device = region.place.enroll(&typed, PASSWORD).await?;
    device.login().await?;
    let again = enroll(&code, PASSWORD).await?;
    expect(&again, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    ensure!(visible(&again) == visible(&wrong), "a used code is told from an unknown one");

    let request = EnrollDeviceRequest {
        code: region.admit("kudo", OrganizationKind::Clinic, Role::Doctor).await?,
        csr: b"no certificate signing request".as_slice().into(),
        password: PASSWORD.to_owned(),
        device_name: "端末".to_owned(),
    };
    let answer = AuthServiceClient::new(region.place.channel(None)?).enroll_device(request).await;
    expect_refused(answer, Code::InvalidArgument, "REQUEST_INVALID")?;
    Ok(())
}

async fn a_session_is_refreshed_once_per_token(engine: Engine) -> Result<()> {
    let region = Region::open_with(engine, "[sessions]\naccess_seconds = 2\n").await?;
    let doctor = region.doctor("kimura").await?;
    let channel = region.place.channel(Some(&doctor.device.credentials))?;
    let session = doctor.device.login().await?;
    until_refused(&session, "ACCESS_TOKEN_EXPIRED").await?;

    let mut auth = AuthServiceClient::new(channel.clone());
    let refresh = |token: &str| RefreshSessionRequest { refresh_token: token.to_owned() };
    let first = session.tokens.refresh_token.clone();
    let tokens = auth.refresh_session(refresh(&first)).await?.into_inner().tokens.context("tokens")?;
    let renewed = Session::new(channel, session.me.clone(), tokens)?;
    renewed.auth.clone().who_am_i(WhoAmIRequest {}).await.context("with the new token")?;

    // The first token again: somebody has stolen one of the two. The whole session ends.
    let answer = auth.refresh_session(refresh(&first)).await;
    expect_refused(answer, Code::Unauthenticated, "REFRESH_TOKEN_INVALID")?;
    let answer = renewed.auth.clone().who_am_i(WhoAmIRequest {}).await;
    expect_refused(answer, Code::Unauthenticated, "SESSION_REQUIRED")?;
    let answer = auth.refresh_session(refresh(&renewed.tokens.refresh_token)).await;
    expect_refused(answer, Code::Unauthenticated, "REFRESH_TOKEN_INVALID")?;
    Ok(())
}

async fn a_log_out_ends_open_streams(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?.session;
    let patient = doctor.register().await?;
    let request = WatchRequest { patient_ids: vec![patient], positions: Vec::new() };
    let mut stream = doctor.timeline.clone().watch(request).await?.into_inner();
    stream.message().await?.context("the beginning of the stream")?;
    doctor.auth.clone().logout(LogoutRequest {}).await?;
    let end = loop {
        match tokio::time::timeout(wait::PATIENCE, stream.message()).await.context("the stream goes on")? {
            Ok(Some(_)) => {}
            Ok(None) => anyhow::bail!("the stream ended without a reason"),
            Err(status) => break status,
        }
    };
    expect(&end, Code::Unauthenticated, "SESSION_REQUIRED")?;
    let answer = doctor.auth.clone().who_am_i(WhoAmIRequest {}).await;
    expect_refused(answer, Code::Unauthenticated, "SESSION_REQUIRED")?;
    Ok(())
}

/// A session that the server found good a moment ago is compared when it posts, reads, or is refused something else.
async fn what_ends_behind_the_servers_back_is_refused_at_once(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?.session;
    let patient = doctor.register().await?;
    let ends = [
        ("UPDATE session SET ended_at = 1", "SESSION_REQUIRED"),
        ("UPDATE device SET revoked_at = 1", "DEVICE_REQUIRED"),
    ];
    for (end, reason) in ends {
        doctor.post(&patient, "まだ入れます").await?;
        let before = doctor.all_entries(&patient).await?.len();
        region.server.sql(end)?;
        let posted = doctor.timeline.clone().post_entry(posting(&patient, "もう入れません")).await;
        expect_refused(posted, Code::Unauthenticated, reason)?;
        let list = || ListEntriesRequest { patient_id: patient.clone(), ..Default::default() };
        let listed = doctor.timeline.clone().list_entries(list()).await;
        expect_refused(listed, Code::Unauthenticated, reason)?;
        let elsewhere = doctor.timeline.clone().post_entry(posting(&new_id(), "誰の記録でもない")).await;
        expect_refused(elsewhere, Code::Unauthenticated, reason)?;

        region.server.sql("UPDATE session SET ended_at = NULL")?;
        region.server.sql("UPDATE device SET revoked_at = NULL")?;
        ensure!(doctor.all_entries(&patient).await?.len() == before, "{end}: something was posted");
    }
    Ok(())
}

/// Calls until the server refuses with this reason.
async fn until_refused(session: &Session, reason: &str) -> Result<()> {
    let end = Instant::now() + wait::PATIENCE;
    while Instant::now() < end {
        match session.auth.clone().who_am_i(WhoAmIRequest {}).await {
            Ok(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(status) => {
                let info = status.get_details_error_info().context("an ErrorInfo")?;
                ensure!(info.reason == reason, "{status:?}");
                return Ok(());
            }
        }
    }
    refused(session.auth.clone().who_am_i(WhoAmIRequest {}).await).map(drop)
}
