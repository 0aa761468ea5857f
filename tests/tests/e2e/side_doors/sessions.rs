//! Stolen tokens and guessed passwords.

use std::{fs, time::Instant};

use anyhow::{Context as _, Result, ensure};
use rcgen::{CertificateParams, KeyPair};
use renkei_proto::v1::{
    CreateEnrollmentCodeRequest, EnrollDeviceRequest, LoginRequest, RefreshSessionRequest, WhoAmIRequest,
    auth_service_client::AuthServiceClient,
};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use super::{WOKEN, next, sqlite_file, started, watch};
use crate::{
    grpc::{Device, Session},
    refusal::{expect, expect_refused},
    region::{Region, new_id},
};

crate::on_both_engines!(
    a_refresh_token_that_comes_again_or_from_elsewhere_ends_the_stream_at_once,
    guessed_passwords_are_on_record,
);

async fn a_refresh_token_that_comes_again_or_from_elsewhere_ends_the_stream_at_once(
    engine: Engine,
) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?;
    let other = region.care_manager("yano").await?;
    let patient = doctor.session.register().await?;
    for thief in [&doctor.device, &other.device] {
        let session = doctor.device.login().await?;
        let mut stream = watch(&session, &patient, None).await?;
        started(&mut stream).await?;
        let stolen = session.tokens.refresh_token.clone();
        if thief.login_name == doctor.device.login_name {
            refresh(&doctor.device, &stolen).await?.context("the first use")?;
        }

        let begun = Instant::now();
        let refused = refresh(thief, &stolen).await?.err().context("a stolen token was taken")?;
        expect(&refused, Code::Unauthenticated, "REFRESH_TOKEN_INVALID")?;
        let end = next(&mut stream).await?.err().context("the stream goes on")?;
        expect(&end, Code::Unauthenticated, "SESSION_REQUIRED")?;
        ensure!(begun.elapsed() < WOKEN, "the stream ended only after {:?}", begun.elapsed());
        let answer = session.auth.clone().who_am_i(WhoAmIRequest {}).await;
        expect_refused(answer, Code::Unauthenticated, "SESSION_REQUIRED")?;
        let refused = refresh(&doctor.device, &stolen).await?.err().context("its owner's use")?;
        expect(&refused, Code::Unauthenticated, "REFRESH_TOKEN_INVALID")?;
    }
    doctor.session.auth.clone().who_am_i(WhoAmIRequest {}).await.context("another session of the same")?;
    Ok(())
}

async fn refresh(device: &Device, token: &str) -> Result<Result<(), Status>> {
    let channel = device.place.channel(Some(&device.credentials))?;
    let request = RefreshSessionRequest { refresh_token: token.to_owned() };
    Ok(AuthServiceClient::new(channel).refresh_session(request).await.map(drop))
}

async fn guessed_passwords_are_on_record(engine: Engine) -> Result<()> {
    let mut region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?;
    let code = another_code(&region.admin, &doctor.session).await?;
    let guess = region.place.enroll(&code, "ate-zuppo-1").await.err().context("a guess was right")?;
    expect(&guess.downcast::<Status>()?, Code::Unauthenticated, "LOGIN_FAILED")?;
    let request = LoginRequest {
        login_name: doctor.device.login_name.clone(),
        password: "ate-zuppo-2".to_owned(),
        ..Default::default()
    };
    let answer = doctor.session.auth.clone().login(request).await;
    expect_refused(answer, Code::Unauthenticated, "LOGIN_FAILED")?;
    // The code is still good; used, it lets the same key come again, but not without the password.
    let mut request = enrollment(code, &doctor.device.password)?;
    let mut auth = AuthServiceClient::new(region.place.channel(None)?);
    let first = auth.enroll_device(request.clone()).await?.into_inner();
    ensure!(first == auth.enroll_device(request.clone()).await?.into_inner(), "another certificate");
    request.password = "ate-zuppo-3".to_owned();
    expect_refused(auth.enroll_device(request).await, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;

    // Nobody can list the events of a region, so they are looked for where they are stored.
    region.server.stop()?;
    let (stored, between) = match region.server.database().dump()? {
        Some(dump) => (dump, "\t"),
        None => (fs::read(sqlite_file(&region.server)?)?, ""),
    };
    for (action, guesses) in [("DEVICE_ENROLL", 2), ("LOGIN", 1)] {
        let event = [action, "DENY", "LOGIN_FAILED"].join(between).into_bytes();
        let found = stored.windows(event.len()).filter(|window| *window == event).count();
        ensure!(found == guesses, "{found} events of a refused {action}, not {guesses}");
    }
    Ok(())
}

fn enrollment(code: String, password: &str) -> Result<EnrollDeviceRequest> {
    let csr = CertificateParams::default().serialize_request(&KeyPair::generate()?)?;
    Ok(EnrollDeviceRequest {
        code,
        csr: csr.der().to_vec().into(),
        password: password.to_owned(),
        device_name: "試験用端末".to_owned(),
    })
}

async fn another_code(admin: &Session, of: &Session) -> Result<String> {
    let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id: of.person() };
    Ok(admin.identity.clone().create_enrollment_code(request).await?.into_inner().code)
}
