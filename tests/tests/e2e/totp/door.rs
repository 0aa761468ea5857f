//! Who gets in without a certificate: sessions of authenticator apps, while the operator allows it, and nobody else.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AddTotpRequest, ConfirmTotpRequest, DeviceKind, ListDevicesRequest, ListEntriesRequest, LogoutRequest,
    RefreshSessionRequest, RefreshSessionResponse, RenewDeviceRequest, RevokeDeviceRequest, WhoAmIRequest,
    auth_service_client::AuthServiceClient,
};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{ALLOWED, Owner, anybody, open, request_to_enroll};
use crate::{
    calls::Answered,
    grpc::{Credentials, Place, Session},
    refusal::{expect, expect_refused},
    region::{PASSWORD, new_id},
    side_doors::{started, watch},
};

crate::on_both_engines!(
    a_session_without_a_certificate_works_and_ends,
    it_is_off_unless_the_operator_switches_it_on,
    a_session_of_a_certificate_is_bound_to_it_still,
    a_revoked_app_opens_nothing,
);

async fn refresh(
    place: &Place,
    credentials: Option<&Credentials>,
    session: &Session,
) -> Result<Answered<RefreshSessionResponse>> {
    let request = RefreshSessionRequest { refresh_token: session.tokens.refresh_token.clone() };
    Ok(AuthServiceClient::new(place.channel(credentials)?).refresh_session(request).await)
}

async fn who_am_i(session: &Session) -> Answered<renkei_proto::v1::WhoAmIResponse> {
    session.auth.clone().who_am_i(WhoAmIRequest {}).await
}

/// The same session over a connection that shows this.
fn over(place: &Place, credentials: Option<&Credentials>, session: &Session) -> Result<Session> {
    Session::new(place.channel(credentials)?, session.me.clone(), session.tokens.clone())
}

async fn a_session_without_a_certificate_works_and_ends(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let owner = Owner::hired(&region, "fukuda").await?;
    let session = owner.login(&region.server).await?;
    ensure!(session.me.device_id == owner.device_id);
    let patient = session.register().await?;
    session.post(&patient, "訪問しました").await?;
    session.upload(&patient, "memo.txt", b"memo\n").await?;
    started(&mut watch(&session, &patient, None).await?).await?;

    let devices =
        session.auth.clone().list_devices(ListDevicesRequest::default()).await?.into_inner().devices;
    let [app] = devices.as_slice() else { anyhow::bail!("{devices:?}") };
    ensure!(
        app.kind() == DeviceKind::Totp && app.current && app.certificate_expire_time.is_none(),
        "{app:?}"
    );

    let tokens = refresh(&region.place, None, &session).await??.into_inner().tokens.context("tokens")?;
    let again = Session::new(region.place.channel(None)?, session.me.clone(), tokens)?;
    again.post(&patient, "続きです").await.context("with the new token")?;
    expect_refused(who_am_i(&session).await, Code::Unauthenticated, "SESSION_REQUIRED")?;
    // a certificate adds nothing, and is not looked at
    let other = region.doctor("okubo").await?.device;
    who_am_i(&over(&region.place, Some(&other.credentials), &again)?)
        .await
        .context("beside a certificate")?;

    let request = RenewDeviceRequest { csr: vec![1; 100].into() };
    let answer = again.auth.clone().renew_device(request).await;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;

    // a refresh token that comes again ends the session
    let answer = refresh(&region.place, None, &session).await?;
    expect_refused(answer, Code::Unauthenticated, "REFRESH_TOKEN_INVALID")?;
    expect_refused(who_am_i(&again).await, Code::Unauthenticated, "SESSION_REQUIRED")?;
    let last = owner.login(&region.server).await?;
    last.auth.clone().logout(LogoutRequest {}).await?;
    expect_refused(who_am_i(&last).await, Code::Unauthenticated, "SESSION_REQUIRED")?;
    Ok(())
}

async fn it_is_off_unless_the_operator_switches_it_on(engine: Engine) -> Result<()> {
    let mut region = open(engine).await?;
    let owner = Owner::hired(&region, "fukuda").await?;
    let session = owner.login(&region.server).await?;
    who_am_i(&session).await?;

    region.server.stop()?;
    let settings = fs::read_to_string(region.server.config_file())?;
    fs::write(region.server.config_file(), settings.replace(ALLOWED, ""))?;
    region.server.start()?;
    let answer = who_am_i(&over(&region.place, None, &session)?).await;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    let answer = refresh(&region.place, None, &session).await?;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    let doctor = region.doctor("okubo").await?;
    let beside = over(&region.place, Some(&doctor.device.credentials), &session)?;
    expect_refused(who_am_i(&beside).await, Code::Unauthenticated, "SESSION_REQUIRED")?;

    let not_allowed = |status| expect(&status, Code::FailedPrecondition, "TOTP_NOT_ALLOWED");
    not_allowed(owner.try_login(owner.code()?).await?.err().context("it let somebody in")?)?;
    let answer = anybody(&region.place)?.enroll_totp(request_to_enroll("AAAA", PASSWORD)).await;
    not_allowed(answer.err().context("it was offered")?)?;
    let request = AddTotpRequest { device_name: "電話".to_owned() };
    not_allowed(doctor.session.auth.clone().add_totp(request).await.err().context("it was offered")?)?;
    let request = ConfirmTotpRequest { confirmation_token: "x".into(), totp_code: "123456".into() };
    not_allowed(anybody(&region.place)?.confirm_totp(request).await.err().context("it was enrolled")?)?;
    Ok(())
}

async fn a_session_of_a_certificate_is_bound_to_it_still(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let (doctor, other) = (region.doctor("okubo").await?, region.doctor("wakui").await?);
    for credentials in [None, Some(&other.device.credentials)] {
        let stolen = over(&region.place, credentials, &doctor.session)?;
        expect_refused(who_am_i(&stolen).await, Code::Unauthenticated, "SESSION_REQUIRED")?;
        let answer = stolen.timeline.clone().list_entries(ListEntriesRequest::default()).await;
        expect_refused(answer, Code::Unauthenticated, "SESSION_REQUIRED")?;
    }
    // without a certificate the refresh token is not even used up
    let answer = refresh(&region.place, None, &doctor.session).await?;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    refresh(&region.place, Some(&doctor.device.credentials), &doctor.session).await??;
    let answer = refresh(&region.place, Some(&other.device.credentials), &other.session).await?;
    answer.context("the other's own")?;
    let mine = doctor.device.login().await?;
    let answer = refresh(&region.place, Some(&other.device.credentials), &mine).await?;
    expect_refused(answer, Code::Unauthenticated, "REFRESH_TOKEN_INVALID")?;
    expect_refused(who_am_i(&mine).await, Code::Unauthenticated, "SESSION_REQUIRED")?;
    Ok(())
}

async fn a_revoked_app_opens_nothing(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let owner = Owner::hired(&region, "fukuda").await?;
    let session = owner.login(&region.server).await?;
    let patient = session.register().await?;
    let mut stream = watch(&session, &patient, None).await?;
    started(&mut stream).await?;
    let since = std::time::Instant::now();
    let request = RevokeDeviceRequest { request_id: new_id(), device_id: owner.device_id.clone() };
    region.admin.auth.clone().revoke_device(request).await?;
    crate::account::ended(&mut stream, since, "SESSION_REQUIRED").await?;
    expect_refused(who_am_i(&session).await, Code::Unauthenticated, "SESSION_REQUIRED")?;
    let answer = refresh(&region.place, None, &session).await?;
    expect_refused(answer, Code::Unauthenticated, "REFRESH_TOKEN_INVALID")?;
    super::let_codes_be_new(&region.server)?;
    let recovery =
        renkei_proto::v1::login_with_totp_request::Second::RecoveryCode(owner.recovery_codes[0].clone());
    for second in [owner.code()?, recovery] {
        let status = owner.try_login(second).await?.err().context("it opens something")?;
        expect(&status, Code::Unauthenticated, "LOGIN_FAILED")?;
    }
    Ok(())
}
