//! Certificates that must not open the door: expired, of a foreign authority, forged with the server's own
//! authority but never enrolled, or of another person than the session's.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, date_time_ymd,
};
use renkei_proto::v1::{WhoAmIRequest, auth_service_client::AuthServiceClient};
use renkei_tests::database::Engine;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    grpc::{Credentials, Session},
    refusal::{expect, expect_refused, refused},
    region::{Member, Region},
};

crate::on_both_engines!(only_an_enrolled_device_that_is_in_date_gets_in, a_session_belongs_to_its_device);

async fn only_an_enrolled_device_that_is_in_date_gets_in(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("iida").await?;
    who_am_i(&doctor, Some(&doctor.device.credentials)).await.context("the real certificate")?;

    let status = who_am_i(&doctor, None).await.err().context("no certificate was accepted")?;
    expect(&status, Code::Unauthenticated, "DEVICE_REQUIRED")?;

    let data = region.server.data_dir();
    let issuer = |name: &str| -> Result<_> {
        let key = KeyPair::from_pem(&fs::read_to_string(data.join(name).with_extension("key"))?)?;
        Ok(Issuer::from_ca_cert_pem(&fs::read_to_string(data.join(name).with_extension("pem"))?, key)?)
    };
    let (own, root) = (issuer("issuing")?, issuer("ca")?);
    let foreign_key = KeyPair::generate()?;
    let mut foreign = CertificateParams::new(Vec::new())?;
    foreign.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let foreign = Issuer::new(foreign, foreign_key);

    let status = who_am_i(&doctor, Some(&issue(&own, 2020, 2021)?)).await.err();
    at_the_door(&status.context("an expired certificate was accepted")?)?;
    let status = who_am_i(&doctor, Some(&issue(&own, 2090, 2091)?)).await.err();
    at_the_door(&status.context("a certificate of the future was accepted")?)?;
    let status = who_am_i(&doctor, Some(&issue(&foreign, 2020, 2090)?)).await.err();
    at_the_door(&status.context("a foreign certificate was accepted")?)?;
    let status = who_am_i(&doctor, Some(&issue(&root, 2020, 2090)?)).await.err();
    at_the_door(&status.context("a certificate that the root signed was accepted")?)?;
    // Whoever steals the authority's key still is nobody here.
    let status = who_am_i(&doctor, Some(&issue(&own, 2020, 2090)?)).await.err();
    let status = status.context("a forged certificate was accepted")?;
    expect(&status, Code::Unauthenticated, "DEVICE_REQUIRED")?;

    who_am_i(&doctor, Some(&doctor.device.credentials)).await.context("the real certificate afterwards")?;
    Ok(())
}

async fn a_session_belongs_to_its_device(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("iida").await?;
    let other = region.doctor("jinbo").await?;
    // A stolen token, shown with another enrolled device.
    let status = who_am_i(&doctor, Some(&other.device.credentials)).await.err();
    let status = status.context("a stolen token was accepted")?;
    ensure!(status.code() == Code::Unauthenticated, "{status:?}");
    // The right device with the name and password of somebody else.
    let mut wrong = doctor.device.clone();
    wrong.login_name.clone_from(&other.device.login_name);
    let mut auth = AuthServiceClient::new(wrong.place.channel(Some(&wrong.credentials))?);
    let request = renkei_proto::v1::LoginRequest {
        login_name: wrong.login_name,
        password: wrong.password,
        ..Default::default()
    };
    expect_refused(auth.login(request).await, Code::Unauthenticated, "LOGIN_FAILED")?;
    // Right device and password, but no token, or a made-up one.
    let channel = doctor.device.place.channel(Some(&doctor.device.credentials))?;
    let status = refused(AuthServiceClient::new(channel.clone()).who_am_i(WhoAmIRequest {}).await)?;
    expect(&status, Code::Unauthenticated, "SESSION_REQUIRED")?;
    let mut tokens = doctor.session.tokens.clone();
    tokens.access_token = "A".repeat(tokens.access_token.len());
    let forged = Session::new(channel, doctor.session.me.clone(), tokens)?;
    expect_refused(
        forged.auth.clone().who_am_i(WhoAmIRequest {}).await,
        Code::Unauthenticated,
        "SESSION_REQUIRED",
    )?;
    Ok(())
}

/// Asks with the person's own token, and whatever certificate.
async fn who_am_i(person: &Member, credentials: Option<&Credentials>) -> Result<(), Status> {
    let channel = person.device.place.channel(credentials);
    let channel = channel.map_err(|error| Status::internal(error.to_string()))?;
    let session = Session::new(channel, person.session.me.clone(), person.session.tokens.clone());
    let session = session.map_err(|error| Status::internal(error.to_string()))?;
    session.auth.clone().who_am_i(WhoAmIRequest {}).await.map(drop)
}

/// A certificate as devices have it.
fn issue(issuer: &Issuer<'_, KeyPair>, from: i32, until: i32) -> Result<Credentials> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "device");
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = params.signed_by(&key, issuer)?;
    Ok(Credentials {
        certificate: certificate.der().clone(),
        key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
    })
}

/// Refused in the TLS handshake, so that no call reached the server; or else as no device.
fn at_the_door(status: &Status) -> Result<()> {
    match status.get_details_error_info() {
        Some(info) => ensure!(info.reason == "DEVICE_REQUIRED", "{status:?}"),
        None => ensure!(
            matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled),
            "{status:?}"
        ),
    }
    Ok(())
}
