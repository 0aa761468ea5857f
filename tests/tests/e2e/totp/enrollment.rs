//! How somebody gets an authenticator app: with an enrolment code, or in a session; and what takes it away again.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AddTotpRequest, AddTotpResponse, LogoutRequest, OrganizationKind, Role, TotpOffer, WhoAmIRequest,
    login_with_totp_request::Second,
};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use super::{Owner, anybody, confirm, open, phone::Phone, request_to_enroll};
use crate::{
    calls::Answered,
    grpc::Session,
    guessing::another_code,
    refusal::{expect, expect_refused},
    region::{PASSWORD, Region},
    standing::suspend,
};

crate::on_both_engines!(
    a_code_and_a_password_enroll_one_app,
    a_session_enrolls_one_with_a_step_up,
    what_an_offer_rests_on_must_be_good_still,
);

const WRONG: &str = "chigau-aikotoba-3";

async fn offered(region: &Region, code: &str, password: &str) -> Result<Result<TotpOffer, Status>> {
    let answer = anybody(&region.place)?.enroll_totp(request_to_enroll(code, password)).await;
    Ok(match answer {
        Ok(answer) => Ok(answer.into_inner().offer.context("offer")?),
        Err(status) => Err(status),
    })
}

async fn add(session: &Session) -> Answered<AddTotpResponse> {
    session.auth.clone().add_totp(AddTotpRequest { device_name: "電話".to_owned() }).await
}

async fn a_code_and_a_password_enroll_one_app(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let place = &region.place;
    let code = region.admit("fukuda", OrganizationKind::Clinic, Role::Doctor).await?;
    let weak = offered(&region, &code, "fukuda-fukuda").await?.err().context("a weak password was taken")?;
    expect(&weak, Code::InvalidArgument, "PASSWORD_REFUSED")?;
    let first = offered(&region, &code, PASSWORD).await??;
    let second = offered(&region, &code, PASSWORD).await??;
    ensure!(first.uri != second.uri, "the same seed twice");

    // the second took the place of the first
    let answer = confirm(place, &first, Phone::scan(&first.uri)?.code()?).await?;
    expect_refused(answer, Code::FailedPrecondition, "TOTP_NOT_ENROLLED")?;
    let phone = Phone::scan(&second.uri)?;
    let answer = confirm(place, &second, phone.wrong_code()?).await?;
    expect_refused(answer, Code::Unauthenticated, "TOTP_CODE_WRONG")?;
    ensure!(region.server.sql("SELECT COUNT(*) FROM device WHERE kind = 'TOTP'")? == "0");
    let done = confirm(place, &second, phone.code()?).await??.into_inner();
    let mut codes = done.recovery_codes;
    codes.sort();
    codes.dedup();
    ensure!(codes.len() == 10 && codes.iter().all(|code| code.len() == 19), "{codes:?}");

    // everything is used up
    let answer = confirm(place, &second, phone.code()?).await?;
    expect_refused(answer, Code::FailedPrecondition, "TOTP_NOT_ENROLLED")?;
    let status = offered(&region, &code, PASSWORD).await?.err().context("the code is good still")?;
    expect(&status, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    let status = place.enroll(&code, PASSWORD).await.err().context("the code is good still")?;
    expect(&status.downcast::<Status>()?, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;

    // another one, for whoever knows the password
    let owner = Owner {
        place: place.clone(),
        login_name: "fukuda".into(),
        phone,
        device_id: done.device_id,
        recovery_codes: codes,
    };
    let session = owner.login(&region.server).await?;
    let code = another_code(&region, &session).await?;
    let status = offered(&region, &code, WRONG).await?.err().context("with a wrong password")?;
    expect(&status, Code::Unauthenticated, "LOGIN_FAILED")?;
    let offer = offered(&region, &code, PASSWORD).await??;
    let next = Owner::confirmed(&region, "fukuda", &offer).await?;
    // the one before is gone, with its sessions
    let answer = session.auth.clone().who_am_i(WhoAmIRequest {}).await;
    expect_refused(answer, Code::Unauthenticated, "SESSION_REQUIRED")?;
    super::let_codes_be_new(&region.server)?;
    for second in [owner.code()?, Second::RecoveryCode(owner.recovery_codes[0].clone())] {
        let status = owner.try_login(second).await?.err().context("the one before")?;
        expect(&status, Code::Unauthenticated, "LOGIN_FAILED")?;
    }
    next.login(&region.server).await?;
    let told = region
        .server
        .sql("SELECT COUNT(*) FROM audit_event WHERE action = 'TOTP_ENROLL' AND decision = 'PERMIT'")?;
    ensure!(told == "2", "{told} events");
    Ok(())
}

async fn a_session_enrolls_one_with_a_step_up(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let doctor = region.doctor("fukuda").await?;
    region.server.sql("UPDATE session SET stepped_up_at = created_at - 300000001")?;
    expect_refused(add(&doctor.session).await, Code::Unauthenticated, "STEP_UP_REQUIRED")?;
    let session = doctor.device.login().await?;
    let owner = Owner::added(&region, &session).await?;
    owner.login(&region.server).await?;
    // the device is as good as before
    session.auth.clone().who_am_i(WhoAmIRequest {}).await?;
    doctor.device.login().await?;
    Ok(())
}

async fn what_an_offer_rests_on_must_be_good_still(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let doctor = region.doctor("fukuda").await?;
    let not_enrolled = async |offer: &TotpOffer| {
        let answer = confirm(&region.place, offer, Phone::scan(&offer.uri)?.code()?).await?;
        expect_refused(answer, Code::FailedPrecondition, "TOTP_NOT_ENROLLED")
    };
    // a session that has ended
    let session = doctor.device.login().await?;
    let offer = add(&session).await?.into_inner().offer.context("offer")?;
    session.auth.clone().logout(LogoutRequest {}).await?;
    not_enrolled(&offer).await?;
    // ten minutes
    let offer = add(&doctor.session).await?.into_inner().offer.context("offer")?;
    region.server.sql("UPDATE totp_offer SET expires_at = expires_at - 600000000")?;
    not_enrolled(&offer).await?;
    // an enrolment code that was made void
    let code = another_code(&region, &doctor.session).await?;
    let offer = offered(&region, &code, PASSWORD).await??;
    region.server.sql("UPDATE enrollment SET expires_at = 1 WHERE used_at IS NULL")?;
    let answer = confirm(&region.place, &offer, Phone::scan(&offer.uri)?.code()?).await?;
    expect_refused(answer, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    // a password that is another one now
    let code = another_code(&region, &doctor.session).await?;
    let offer = offered(&region, &code, PASSWORD).await??;
    region.server.sql("UPDATE person SET password_hash = 'another' WHERE login_name = 'fukuda'")?;
    not_enrolled(&offer).await?;
    // a person who is suspended
    let other = region.doctor("okubo").await?;
    let offer = add(&other.session).await?.into_inner().offer.context("offer")?;
    suspend(&region.admin, other.session.person()).await?;
    not_enrolled(&offer).await?;
    ensure!(region.server.sql("SELECT COUNT(*) FROM device WHERE kind = 'TOTP'")? == "0");
    Ok(())
}
