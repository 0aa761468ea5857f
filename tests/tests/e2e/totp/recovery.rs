//! Recovery codes, for when the phone is lost.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    RenewRecoveryCodesRequest, RenewRecoveryCodesResponse, StepUpRequest, login_with_totp_request::Second,
    step_up_request,
};
use renkei_tests::database::Engine;
use tokio::task::JoinSet;
use tonic::Code;

use super::{Owner, anybody, open};
use crate::{
    calls::Answered,
    grpc::Session,
    refusal::{expect, expect_refused},
    region::PASSWORD,
};

crate::on_both_engines!(a_recovery_code_works_once, new_ones_take_the_place_of_those_before);

async fn renew(session: &Session) -> Answered<RenewRecoveryCodesResponse> {
    session.auth.clone().renew_recovery_codes(RenewRecoveryCodesRequest {}).await
}

async fn a_recovery_code_works_once(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let owner = Owner::hired(&region, "fukuda").await?;
    let [first, second, third, ..] = owner.recovery_codes.as_slice() else { anyhow::bail!("too few") };
    // typed as people type
    let typed = Second::RecoveryCode(first.to_lowercase().replace('-', " "));
    let left = owner.try_login(typed).await??.recovery_codes_left;
    ensure!(left == 9, "{left} are left");
    let refused = async |code: &str| {
        let status = owner.try_login(Second::RecoveryCode(code.to_owned())).await?;
        expect(&status.err().context("it was taken")?, Code::Unauthenticated, "LOGIN_FAILED")
    };
    refused(first).await?;
    refused("0000-0000-0000-0000").await?;

    // several at once
    let mut tries = JoinSet::new();
    for _ in 0..4 {
        let (mut client, request) =
            (anybody(&region.place)?, owner.request(Second::RecoveryCode(second.clone())));
        tries.spawn(async move { client.login_with_totp(request).await.is_ok() });
    }
    let accepted = tries.join_all().await.into_iter().filter(|accepted| *accepted).count();
    ensure!(accepted == 1, "{accepted} were accepted");
    refused(second).await?;

    crate::guessing::let_time_pass(&region.server, 24 * 60)?;
    let session = owner.login_with(Second::RecoveryCode(third.clone())).await?;
    // a step-up takes one as well, and once
    let step_up = async |code: &str| {
        let second = Some(step_up_request::Second::RecoveryCode(code.to_owned()));
        session.auth.clone().step_up(StepUpRequest { password: PASSWORD.to_owned(), second }).await
    };
    expect_refused(step_up(third).await, Code::PermissionDenied, "STEP_UP_FAILED")?;
    step_up(&owner.recovery_codes[3]).await?;
    let told = region.server.sql("SELECT COUNT(*) FROM audit_event WHERE action = 'RECOVERY_CODE_USE'")?;
    ensure!(told == "4", "{told} events");
    Ok(())
}

async fn new_ones_take_the_place_of_those_before(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let owner = Owner::hired(&region, "fukuda").await?;
    let session = owner.login(&region.server).await?;
    let new = renew(&session).await?.into_inner().recovery_codes;
    ensure!(new.len() == 10 && new.iter().all(|code| !owner.recovery_codes.contains(code)), "{new:?}");
    let before = owner.try_login(Second::RecoveryCode(owner.recovery_codes[0].clone())).await?;
    expect(&before.err().context("one of those before")?, Code::Unauthenticated, "LOGIN_FAILED")?;
    owner.login_with(Second::RecoveryCode(new[0].clone())).await?;

    // whoever has no app has no codes
    let doctor = region.doctor("okubo").await?;
    expect_refused(renew(&doctor.session).await, Code::FailedPrecondition, "TOTP_NOT_ENROLLED")?;
    region.server.sql("UPDATE session SET stepped_up_at = created_at - 300000001")?;
    expect_refused(renew(&session).await, Code::Unauthenticated, "STEP_UP_REQUIRED")?;
    let kept = region.server.sql("SELECT COUNT(*) FROM recovery_code WHERE used_at IS NULL")?;
    ensure!(kept == "9", "{kept} codes");
    Ok(())
}
