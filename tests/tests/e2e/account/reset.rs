//! A password that is forgotten: taken away by the administrator, set anew by its person alone.

use std::{fs, time::Instant};

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    CreateEnrollmentCodeRequest, OrganizationKind, ResetPasswordRequest, ResetPasswordResponse, Role,
    SetPasswordRequest, SetPasswordResponse, auth_service_client::AuthServiceClient,
};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use super::{commands::Computer, ended, is_over};
use crate::{
    calls::Answered,
    grpc::{Device, Session},
    refusal::{expect, expect_refused, visible},
    region::{PASSWORD, Region, new_id},
    side_doors::{started, watch},
};

crate::on_both_engines!(
    a_password_that_was_reset_is_set_by_its_person,
    a_code_is_good_for_one_thing_and_one_person,
    the_client_takes_it_from_the_administrator_to_the_person,
);

const NEW: &str = "akigaze-no-yama-4";

async fn reset(caller: &Session, person_id: String) -> Answered<ResetPasswordResponse> {
    let request = ResetPasswordRequest { request_id: new_id(), person_id };
    caller.identity.clone().reset_password(request).await
}

async fn set(device: &Device, code: &str, password: &str) -> Result<Answered<SetPasswordResponse>> {
    let request = SetPasswordRequest { code: code.to_owned(), password: password.to_owned() };
    let channel = device.place.channel(Some(&device.credentials))?;
    Ok(AuthServiceClient::new(channel).set_password(request).await)
}

async fn enrollment_code(region: &Region, of: &Session) -> Result<String> {
    let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id: of.person() };
    Ok(region.admin.identity.clone().create_enrollment_code(request).await?.into_inner().code)
}

async fn is_turned_away(device: &Device) -> Result<()> {
    let refused = device.login().await.err().context("the log-in succeeded")?;
    expect(&refused.downcast::<Status>()?, Code::Unauthenticated, "LOGIN_FAILED")
}

async fn a_password_that_was_reset_is_set_by_its_person(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?;
    let (session, device) = (&doctor.session, &doctor.device);
    let patient = session.register().await?;
    let mut stream = watch(session, &patient, None).await?;
    started(&mut stream).await?;
    let request = ResetPasswordRequest { request_id: new_id(), person_id: session.person() };
    let begun = Instant::now();
    let issued = region.admin.identity.clone().reset_password(request.clone()).await?.into_inner();
    ended(&mut stream, begun, "SESSION_REQUIRED").await?;
    is_over(session, device).await?;
    is_turned_away(device).await?;
    let again = region.admin.identity.clone().reset_password(request).await?.into_inner();
    ensure!(again.code == issued.code, "the same request has the same code");

    let weak = set(device, &issued.code, "kort").await?;
    expect_refused(weak, Code::InvalidArgument, "PASSWORD_REFUSED")?;
    set(device, &issued.code, NEW).await?.context("a refused password does not use the code up")?;
    set(device, &issued.code, NEW).await?.context("the answer may have been lost")?;
    let answer = set(device, &issued.code, "betsu-no-aikotoba-5").await?;
    expect_refused(answer, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    is_turned_away(device).await?;
    let known = Device { password: NEW.to_owned(), ..device.clone() };
    known.login().await?.register().await?;

    // a second one, that nobody uses in time
    let late = reset(&region.admin, session.person()).await?.into_inner().code;
    region.server.sql("UPDATE enrollment SET expires_at = created_at")?;
    let answer = set(device, &late, NEW).await?;
    expect_refused(answer, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    is_turned_away(&known).await
}

async fn a_code_is_good_for_one_thing_and_one_person(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, other) = (region.doctor("kimura").await?, region.doctor("sano").await?);
    for (caller, code, reason) in [
        (&other.session, Code::PermissionDenied, "ROLE_NOT_ALLOWED"),
        (&doctor.session, Code::PermissionDenied, "ROLE_NOT_ALLOWED"),
    ] {
        expect_refused(reset(caller, doctor.session.person()).await, code, reason)?;
    }
    expect_refused(reset(&region.admin, new_id()).await, Code::NotFound, "NOT_FOUND")?;

    // handed out before the reset: it would set the password of whoever has it
    let before = enrollment_code(&region, &doctor.session).await?;
    let first = reset(&region.admin, doctor.session.person()).await?.into_inner().code;
    let code = reset(&region.admin, doctor.session.person()).await?.into_inner().code;
    let after = enrollment_code(&region, &doctor.session).await?;
    for wrong in [&before, &code] {
        let refused = region.place.enroll(wrong, NEW).await.err().context("a device was enrolled")?;
        expect(&refused.downcast::<Status>()?, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    }
    let unknown = set(&doctor.device, "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF", NEW).await?;
    let unknown = expect_refused(unknown, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    for (device, wrong) in [(&doctor.device, &first), (&doctor.device, &after), (&other.device, &code)] {
        let answer = set(device, wrong, NEW).await?;
        let refused = expect_refused(answer, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
        ensure!(visible(&refused) == visible(&unknown), "{refused:?}");
    }
    let request = SetPasswordRequest { code: code.clone(), password: NEW.to_owned() };
    let answer = AuthServiceClient::new(region.place.channel(None)?).set_password(request).await;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    set(&doctor.device, &code, NEW).await??;
    // the later code enrols, with the password that its person has set
    let refused = region.place.enroll(&after, PASSWORD).await.err().context("with another password")?;
    expect(&refused.downcast::<Status>()?, Code::Unauthenticated, "LOGIN_FAILED")?;
    region.place.enroll(&after, NEW).await?.login().await?;
    Ok(())
}

async fn the_client_takes_it_from_the_administrator_to_the_person(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let code = region.admit("terada", OrganizationKind::Clinic, Role::Doctor).await?;
    let office = Computer::enroll(&region, "office", &code)?;
    let desk = Computer::enroll(&region, "desk", &enrollment_code(&region, &region.admin).await?)?;
    ensure!(desk.code(&["person", "reset-password", "terada"])? == Some(2), "nobody confirmed it");
    let issued = desk.cli.text(&["person", "reset-password", "terada", "--yes"], "")?;
    ensure!(office.code(&["whoami"])? == Some(5));
    ensure!(office.code(&["login", "--password-file", &office.password])? == Some(5));
    let (code, new) = (office.password.clone() + ".code", office.password.clone() + ".new");
    fs::write(&code, issued)?;
    fs::write(&new, NEW)?;
    office.cli.text(&["password", "set", "--code-file", &code, "--new-password-file", &new], "")?;
    office.cli.text(&["login", "--password-file", &new], "")?;
    office.cli.text(&["whoami"], "")?;
    Ok(())
}
