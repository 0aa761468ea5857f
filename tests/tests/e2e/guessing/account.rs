//! The password is guessed nowhere else either: whatever asks for it again counts as log-ins do.

use anyhow::{Context as _, Result};
use renkei_proto::v1::{
    ChangePasswordRequest, ResetPasswordRequest, SetPasswordRequest, StepUpRequest,
    auth_service_client::AuthServiceClient,
};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use super::{WRONG, ladder::delayed, let_time_pass, refused_login, try_code};
use crate::{
    grpc::{Device, Session},
    refusal::{expect, expect_refused},
    region::{PASSWORD, Region, new_id},
};

crate::on_both_engines!(
    who_found_a_session_open_guesses_no_more_often,
    codes_for_a_password_are_counted_by_address,
);

const NEW: &str = "akigaze-no-yama-4";

async fn step_up(session: &Session, password: &str) -> Result<(), Status> {
    session
        .auth
        .clone()
        .step_up(StepUpRequest { password: password.to_owned(), second: None })
        .await
        .map(drop)
}

async fn change(session: &Session, old: &str) -> Result<(), Status> {
    let request = ChangePasswordRequest {
        request_id: new_id(),
        old_password: old.to_owned(),
        new_password: NEW.to_owned(),
    };
    session.auth.clone().change_password(request).await.map(drop)
}

async fn set(device: &Device, code: &str, password: &str) -> Result<Result<(), Status>> {
    let request = SetPasswordRequest { code: code.to_owned(), password: password.to_owned() };
    let channel = device.place.channel(Some(&device.credentials))?;
    Ok(AuthServiceClient::new(channel).set_password(request).await.map(drop))
}

fn is_wrong(answer: Result<(), Status>) -> Result<()> {
    expect_refused(answer.map(tonic::Response::new), Code::PermissionDenied, "STEP_UP_FAILED").map(drop)
}

fn is_delayed(answer: Result<(), Status>) -> Result<()> {
    delayed(&answer.err().context("it was taken")?).map(drop)
}

async fn who_found_a_session_open_guesses_no_more_often(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?;
    let (session, device) = (&doctor.session, &doctor.device);
    for _ in 0..2 {
        is_wrong(step_up(session, WRONG).await)?;
        is_wrong(change(session, WRONG).await)?;
    }
    expect(&refused_login(device, "wada", WRONG).await?, Code::Unauthenticated, "LOGIN_FAILED")?;
    is_delayed(step_up(session, PASSWORD).await)?;
    is_delayed(change(session, PASSWORD).await)?;
    delayed(&refused_login(device, "wada", PASSWORD).await?)?;
    let_time_pass(&region.server, 1)?;
    step_up(session, PASSWORD).await.context("after the wait")?;
    is_wrong(step_up(session, WRONG).await).context("the right one forgives those before it")?;
    change(session, PASSWORD).await.context("the right one")?;
    Ok(())
}

async fn codes_for_a_password_are_counted_by_address(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?;
    let request = ResetPasswordRequest { request_id: new_id(), person_id: doctor.session.person() };
    let code = region.admin.identity.clone().reset_password(request).await?.into_inner().code;
    set(&doctor.device, &code, NEW).await??;
    // Whoever has the used code and the device finds out no password with it.
    for _ in 0..5 {
        let answer = set(&doctor.device, &code, WRONG).await?.map(tonic::Response::new);
        expect_refused(answer, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    }
    is_delayed(set(&doctor.device, &code, NEW).await?)?;
    let_time_pass(&region.server, 1)?;
    set(&doctor.device, &code, NEW).await?.context("after the wait")?;

    // An unknown code counts as one to enrol with does.
    let channel = region.place.channel(None)?;
    for number in 0..30 {
        let answer = if number % 2 == 0 {
            try_code(channel.clone()).await
        } else {
            set(&doctor.device, "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF", NEW).await?
        };
        expect_refused(answer.map(tonic::Response::new), Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    }
    is_delayed(set(&doctor.device, &code, NEW).await?)
}
