//! A password that is changed.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    ChangePasswordRequest, ChangePasswordResponse, WhoAmIRequest, auth_service_client::AuthServiceClient,
};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use super::{another_device, ended, is_over};
use crate::{
    calls::Answered,
    grpc::{Device, Session},
    refusal::{expect, expect_refused},
    region::{PASSWORD, Region, new_id},
    side_doors::{started, watch},
};

crate::on_both_engines!(
    a_changed_password_ends_every_other_session,
    a_password_is_changed_by_who_knows_it,
    a_log_in_with_the_old_password_does_not_outlive_the_change,
);

const NEW: &str = "akigaze-no-yama-4";

fn change(old: &str, new: &str) -> ChangePasswordRequest {
    ChangePasswordRequest { request_id: new_id(), old_password: old.to_owned(), new_password: new.to_owned() }
}

async fn ask(session: &Session, request: ChangePasswordRequest) -> Answered<ChangePasswordResponse> {
    session.auth.clone().change_password(request).await
}

async fn a_changed_password_ends_every_other_session(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?;
    let (first, device) = (&doctor.session, &doctor.device);
    let patient = first.register().await?;
    let tablet = another_device(&region, first).await?;
    let other = tablet.login().await?;
    let mut stream = watch(&other, &patient, None).await?;
    started(&mut stream).await?;

    let request = change(PASSWORD, NEW);
    let answer = ask(first, request.clone()).await?.into_inner();
    ensure!(answer.ended_sessions == 1, "{answer:?}");
    ended(&mut stream, Instant::now(), "SESSION_REQUIRED").await?;
    is_over(&other, &tablet).await?;
    first.auth.clone().who_am_i(WhoAmIRequest {}).await.context("the session that changed it")?;
    // the answer may have been lost
    ask(first, request).await.context("the same request again")?;

    for device in [device, &tablet] {
        let refused = device.login().await.err().context("the old password was taken")?;
        expect(&refused.downcast::<Status>()?, Code::Unauthenticated, "LOGIN_FAILED")?;
        Device { password: NEW.to_owned(), ..device.clone() }.login().await?;
    }
    Ok(())
}

async fn a_password_is_changed_by_who_knows_it(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?.session;
    let wrong = ask(&doctor, change("ate-zuppo-1", NEW)).await;
    expect_refused(wrong, Code::PermissionDenied, "STEP_UP_FAILED")?;
    for (bad, reason) in [
        ("kort", "PASSWORD_REFUSED"),
        ("kimura-kimura", "PASSWORD_REFUSED"),
        (PASSWORD, "REQUEST_INVALID"),
        ("", "REQUEST_INVALID"),
    ] {
        let answer = ask(&doctor, change(PASSWORD, bad)).await;
        expect_refused(answer, Code::InvalidArgument, reason)?;
    }
    let recorded = region.server.sql(
        "SELECT COUNT(*) FROM audit_event WHERE action = 'PASSWORD_CHANGE' AND reason = 'STEP_UP_FAILED'",
    )?;
    ensure!(recorded.trim() == "1", "{recorded}");
    ask(&doctor, change(PASSWORD, NEW)).await?;
    Ok(())
}

/// A log-in whose password was compared before the change, and whose session begins after it.
async fn a_log_in_with_the_old_password_does_not_outlive_the_change(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?;
    let passwords = [PASSWORD, NEW];
    for round in 0..4 {
        let (old, new) = (passwords[round % 2], passwords[(round + 1) % 2]);
        let known = Device { password: old.to_owned(), ..doctor.device.clone() };
        let (changed, begun) = tokio::join!(ask(&doctor.session, change(old, new)), known.login());
        changed?;
        if let Ok(session) = begun {
            is_over(&session, &known).await?;
        }
    }
    let channel = doctor.device.place.channel(Some(&doctor.device.credentials))?;
    let nobody = AuthServiceClient::new(channel).who_am_i(WhoAmIRequest {}).await;
    expect_refused(nobody, Code::Unauthenticated, "SESSION_REQUIRED")?;
    doctor.session.auth.clone().who_am_i(WhoAmIRequest {}).await?;
    Ok(())
}
