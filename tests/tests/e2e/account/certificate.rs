//! A device's certificate that is renewed.

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use rcgen::{CertificateParams, KeyPair};
use renkei_proto::v1::{
    RenewDeviceRequest, RenewDeviceResponse, WhoAmIRequest, auth_service_client::AuthServiceClient,
};
use renkei_tests::database::Engine;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tonic::Code;

use super::devices;
use crate::{
    calls::Answered,
    grpc::{Credentials, Device},
    refusal::expect_refused,
    region::{Region, posting},
    standing::suspend,
};

crate::on_both_engines!(
    the_next_certificate_takes_over_when_it_is_used,
    a_certificate_that_is_good_for_long_is_not_renewed,
);

/// So that the certificate ends in ten days.
const NEARLY_OVER: &str = "UPDATE device SET expires_at = enrolled_at + 864000000000";

fn request(key: &KeyPair) -> Result<RenewDeviceRequest> {
    let csr = CertificateParams::default().serialize_request(key)?;
    Ok(RenewDeviceRequest { csr: Bytes::copy_from_slice(csr.der()) })
}

async fn renew(device: &Device, key: &KeyPair) -> Result<Answered<RenewDeviceResponse>> {
    let channel = device.place.channel(Some(&device.credentials))?;
    Ok(AuthServiceClient::new(channel).renew_device(request(key)?).await)
}

fn with(device: &Device, answer: &RenewDeviceResponse, key: &KeyPair) -> Device {
    let credentials = Credentials {
        certificate: CertificateDer::from(answer.certificate.to_vec()),
        key: PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
    };
    Device { credentials, ..device.clone() }
}

async fn the_next_certificate_takes_over_when_it_is_used(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?;
    let (old, session) = (&doctor.device, &doctor.session);
    let patient = session.register().await?;
    region.server.sql(NEARLY_OVER)?;

    let (lost, key) = (KeyPair::generate()?, KeyPair::generate()?);
    renew(old, &lost).await??;
    let answer = renew(old, &key).await??.into_inner();
    ensure!(answer == renew(old, &key).await??.into_inner(), "the same key gets the same certificate");
    let own = devices(session, "").await?.into_iter().find(|device| device.current).context("device")?;
    ensure!(own.certificate_expire_time == answer.certificate_expire_time, "{own:?}");
    // until the next one is used, the one before is good, and the one that was replaced is nobody's
    session.post(&patient, "まだ前の証明書です").await?;
    old.login().await?;

    let new = with(old, &answer, &key);
    let renewed = new.connect_again(session)?;
    renewed.auth.clone().who_am_i(WhoAmIRequest {}).await.context("the session goes on")?;
    renewed.post(&patient, "新しい証明書です").await?;
    new.login().await?;
    let answer = session.auth.clone().who_am_i(WhoAmIRequest {}).await;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    let answer = session.timeline.clone().post_entry(posting(&patient, "前の証明書")).await;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    expect_refused(renew(old, &key).await?, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    expect_refused(renew(&new, &key).await?, Code::FailedPrecondition, "DEVICE_NOT_DUE")?;
    Ok(())
}

async fn a_certificate_that_is_good_for_long_is_not_renewed(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?;
    let key = KeyPair::generate()?;
    let answer = renew(&doctor.device, &key).await?;
    expect_refused(answer, Code::FailedPrecondition, "DEVICE_NOT_DUE")?;
    let channel = doctor.device.place.channel(Some(&doctor.device.credentials))?;
    let csr = Bytes::from_static(b"no certificate signing request");
    let answer = AuthServiceClient::new(channel).renew_device(RenewDeviceRequest { csr }).await;
    expect_refused(answer, Code::InvalidArgument, "REQUEST_INVALID")?;

    // nobody renews who may not log in
    region.server.sql(NEARLY_OVER)?;
    suspend(&region.admin, doctor.session.person()).await?;
    expect_refused(renew(&doctor.device, &key).await?, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    region.server.sql("UPDATE person SET suspended_at = NULL")?;
    let next = renew(&doctor.device, &key).await??.into_inner();
    region.server.sql("UPDATE device SET revoked_at = 1 WHERE next_certificate IS NOT NULL")?;
    expect_refused(renew(&doctor.device, &key).await?, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    // a revoked device has no way back through its next certificate
    let answer = renew(&with(&doctor.device, &next, &key), &key).await?;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    Ok(())
}
