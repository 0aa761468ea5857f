//! Waits that grow, for those who guess and for nobody else.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{BreakGlassReason, BreakGlassRequest};
use renkei_tests::database::Engine;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{WRONG, another_code, let_time_pass, refused_login, try_code};
use crate::{
    circle::Circle,
    refusal::{expect, expect_refused, visible},
    region::{PASSWORD, Region, new_id},
};

crate::on_both_engines!(
    who_guesses_on_a_device_waits_and_nobody_else,
    an_emergency_does_not_open_another_way_to_guess,
    codes_are_counted_by_address_and_later_devices_by_account,
);

/// The wait that a refusal tells, which must be one of those.
pub(super) fn delayed(status: &Status) -> Result<Duration> {
    expect(status, Code::ResourceExhausted, "LOGIN_DELAYED")?;
    let info = status.get_details_retry_info().context("not said when to try again")?;
    info.retry_delay.context("no delay")
}

fn is_about(wait: Duration, minutes: u64) -> Result<()> {
    let most = Duration::from_secs(minutes * 60);
    ensure!(wait <= most && wait > most / 2, "{wait:?}, not {minutes} minutes");
    Ok(())
}

async fn who_guesses_on_a_device_waits_and_nobody_else(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?;
    let other = region.care_manager("yano").await?.device;
    let device = &doctor.device;
    let code = another_code(&region, &doctor.session).await?;
    let second = region.place.enroll(&code, PASSWORD).await.context("a second device")?;
    // One that is right forgives those before it.
    for _ in 0..4 {
        expect(&refused_login(device, "wada", WRONG).await?, Code::Unauthenticated, "LOGIN_FAILED")?;
    }
    device.login().await?;
    for number in 0..5 {
        let name = if number % 2 == 0 { "wada" } else { "nobody" };
        expect(&refused_login(device, name, WRONG).await?, Code::Unauthenticated, "LOGIN_FAILED")?;
    }
    // Now nothing is looked at any longer: the right password is answered like a wrong one, and like an unknown name.
    let mut seen = Vec::new();
    for (name, password) in [("wada", PASSWORD), ("wada", WRONG), ("nobody", WRONG)] {
        let status = refused_login(device, name, password).await?;
        is_about(delayed(&status)?, 1)?;
        let mut without_wait = status.get_error_details();
        without_wait.set_retry_info(None);
        let status = Status::with_error_details(status.code(), status.message(), without_wait);
        seen.push(visible(&status));
    }
    ensure!(seen[0] == seen[1] && seen[1] == seen[2], "{seen:#?}");
    second.login().await.context("the same person on another device")?;
    other.login().await.context("somebody else")?;

    for minutes in [5, 15, 60, 60] {
        let_time_pass(&region.server, 61)?;
        expect(&refused_login(device, "wada", WRONG).await?, Code::Unauthenticated, "LOGIN_FAILED")?;
        is_about(delayed(&refused_login(device, "wada", PASSWORD).await?)?, minutes)?;
        is_about(delayed(&refused_login(device, "wada", PASSWORD).await?)?, minutes)?;
    }
    let told = "SELECT COUNT(*) FROM audit_event WHERE action = 'LOGIN' AND decision = 'DENY' AND reason = 'LOGIN_DELAYED'";
    let told = region.server.sql(told)?;
    ensure!(told == "5", "{told} refusals are on record, not one for each wait");

    let_time_pass(&region.server, 61)?;
    device.login().await.context("the right password, after the wait")?;
    let left = region.server.sql("SELECT COUNT(*) FROM login_attempt WHERE scope = 'DEVICE'")?;
    ensure!(left == "0", "{left} counts are left of those who were right");
    Ok(())
}

async fn an_emergency_does_not_open_another_way_to_guess(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (nurse, patient) = (&circle.nurse, &circle.patient);
    let emergency = |password: &str| BreakGlassRequest {
        request_id: new_id(),
        patient_id: patient.clone(),
        reason: BreakGlassReason::LifeThreatening.into(),
        text: "意識がない".to_owned(),
        password: password.to_owned(),
    };
    let mut consents = nurse.session.consents.clone();
    for number in 0..5 {
        if number % 2 == 0 {
            let answer = consents.break_glass(emergency(WRONG)).await;
            expect_refused(answer, Code::PermissionDenied, "STEP_UP_FAILED")?;
        } else {
            let status = refused_login(&nurse.device, &nurse.device.login_name, WRONG).await?;
            expect(&status, Code::Unauthenticated, "LOGIN_FAILED")?;
        }
    }
    for _ in 0..2 {
        let answer = consents.break_glass(emergency(PASSWORD)).await;
        is_about(delayed(&answer.err().context("the record was opened")?)?, 1)?;
    }
    delayed(&refused_login(&nurse.device, &nurse.device.login_name, PASSWORD).await?)?;
    let told = format!(
        "SELECT COUNT(*) FROM audit_event WHERE action = 'BREAK_GLASS' AND reason = 'LOGIN_DELAYED' AND {}",
        match engine {
            Engine::Sqlite => format!("patient_id = x'{}'", patient.replace('-', "")),
            Engine::Postgres => format!("patient_id = '{patient}'"),
        }
    );
    let told = circle.region.server.sql(&told)?;
    ensure!(told == "1", "{told} refusals are on the patient's record");

    let_time_pass(&circle.region.server, 1)?;
    consents.break_glass(emergency(PASSWORD)).await.context("after the wait")?;
    Ok(())
}

async fn codes_are_counted_by_address_and_later_devices_by_account(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?;
    let code = another_code(&region, &doctor.session).await?;
    for _ in 0..5 {
        let wrong = region.place.enroll(&code, WRONG).await.err().context("it was not refused")?;
        expect(&wrong.downcast::<Status>()?, Code::Unauthenticated, "LOGIN_FAILED")?;
    }
    let waits = region.place.enroll(&code, PASSWORD).await.err().context("it was not refused")?;
    is_about(delayed(&waits.downcast::<Status>()?)?, 1)?;
    doctor.device.login().await.context("on the device of the same account")?;

    for _ in 0..30 {
        let wrong = try_code(region.place.channel(None)?).await.err().context("it was not refused")?;
        expect(&wrong, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    }
    is_about(delayed(&try_code(region.place.channel(None)?).await.err().context("it was not refused")?)?, 1)?;
    let good = region.place.enroll(&code, PASSWORD).await.err().context("it was not refused")?;
    delayed(&good.downcast::<Status>()?)?;
    // Strangers at the same address have used it up for codes, not for those who have a device.
    doctor.device.login().await.context("on a device at that address")?;

    let_time_pass(&region.server, 1)?;
    region.place.enroll(&code, PASSWORD).await.context("after the wait")?;
    Ok(())
}
