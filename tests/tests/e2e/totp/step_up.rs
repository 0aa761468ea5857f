//! In a session that no certificate binds, whatever wants the password wants a code, too.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    ChangePasswordRequest, CreateEnrollmentCodeRequest, StepUpRequest, StepUpResponse,
    step_up_request::Second,
};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{Owner, let_codes_be_new, open};
use crate::{
    calls::{Answered, emergency},
    grpc::Session,
    refusal::{expect_invalid, expect_refused},
    region::{PASSWORD, new_id},
};

crate::on_both_engines!(a_step_up_wants_the_password_and_a_new_code, the_password_alone_does_nothing);

const LONG_AGO: &str = "UPDATE session SET stepped_up_at = created_at - 300000001";

async fn step_up(session: &Session, password: &str, code: Option<String>) -> Answered<StepUpResponse> {
    let request = StepUpRequest { password: password.to_owned(), second: code.map(Second::TotpCode) };
    session.auth.clone().step_up(request).await
}

async fn a_step_up_wants_the_password_and_a_new_code(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let owner = Owner::added(&region, &region.admin).await?;
    let session = owner.login(&region.server).await?;
    let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id: session.person() };
    let act = async || session.identity.clone().create_enrollment_code(request.clone()).await;
    act().await.context("right after the log-in")?;
    region.server.sql(LONG_AGO)?;
    expect_refused(act().await, Code::Unauthenticated, "STEP_UP_REQUIRED")?;

    expect_invalid(step_up(&session, PASSWORD, None).await, "totp_code")?;
    let refused = |answer| expect_refused(answer, Code::PermissionDenied, "STEP_UP_FAILED");
    // the code that the log-in took, one that is not shown, and a wrong password with a good one
    let taken = region.server.sql("SELECT last_step FROM totp")?.parse()?;
    refused(step_up(&session, PASSWORD, Some(owner.phone.code_of(taken)?)).await)?;
    refused(step_up(&session, PASSWORD, Some(owner.phone.wrong_code()?)).await)?;
    let_codes_be_new(&region.server)?;
    refused(step_up(&session, "chigau-aikotoba-3", Some(owner.phone.code()?)).await)?;
    expect_refused(act().await, Code::Unauthenticated, "STEP_UP_REQUIRED")?;
    step_up(&session, PASSWORD, Some(owner.phone.code()?)).await?;
    act().await?;
    // and that code is taken, too
    let taken = region.server.sql("SELECT last_step FROM totp")?.parse()?;
    refused(step_up(&session, PASSWORD, Some(owner.phone.code_of(taken)?)).await)?;
    let denied = "SELECT COUNT(*) FROM audit_event WHERE action = 'STEP_UP' AND decision = 'DENY'";
    ensure!(region.server.sql(denied)? == "4");
    // in a session of a certificate nothing has changed
    region.server.sql(LONG_AGO)?;
    step_up(&region.admin, PASSWORD, None).await?;
    Ok(())
}

async fn the_password_alone_does_nothing(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let doctor = region.doctor("okubo").await?.session;
    let owner = Owner::hired(&region, "fukuda").await?;
    let session = owner.login(&region.server).await?;
    let patient = doctor.register().await?;
    doctor.join(&patient, &session).await?;
    let change = ChangePasswordRequest {
        request_id: new_id(),
        old_password: PASSWORD.to_owned(),
        new_password: "akigaze-no-yama-4".to_owned(),
    };
    region.server.sql(LONG_AGO)?;
    let answer = session.auth.clone().change_password(change.clone()).await;
    expect_refused(answer, Code::Unauthenticated, "STEP_UP_REQUIRED")?;
    let answer = session.consents.clone().break_glass(emergency(&patient)).await;
    expect_refused(answer, Code::Unauthenticated, "STEP_UP_REQUIRED")?;

    let_codes_be_new(&region.server)?;
    step_up(&session, PASSWORD, Some(owner.phone.code()?)).await?;
    session.consents.clone().break_glass(emergency(&patient)).await?;
    session.auth.clone().change_password(change).await?;
    Ok(())
}
