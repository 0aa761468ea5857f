//! The certificate of a service account that is renewed.

use anyhow::{Result, ensure};
use bytes::Bytes;
use rcgen::{CertificateParams, KeyPair};
use renkei_proto::v1::{
    AuditAction, ListEventsRequest, RenewDeviceRequest, RenewDeviceResponse,
    auth_service_client::AuthServiceClient,
};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{Program, allow, credentials};
use crate::{calls::Answered, refusal::expect_refused, region::Region};

crate::on_both_engines!(a_service_renews_its_certificate_in_its_last_month);

/// So that the certificate ends in so many days.
fn ends_in(days: i64) -> String {
    let micros = days * 86_400_000_000;
    format!("UPDATE device SET expires_at = enrolled_at + {micros} WHERE kind = 'SERVICE'")
}

async fn renew(program: &Program, key: &KeyPair) -> Result<Answered<RenewDeviceResponse>> {
    let csr = CertificateParams::default().serialize_request(key)?;
    let channel = program.place.channel(Some(&program.credentials))?;
    let request = RenewDeviceRequest { csr: Bytes::copy_from_slice(csr.der()) };
    Ok(AuthServiceClient::new(channel).renew_device(request).await)
}

async fn a_service_renews_its_certificate_in_its_last_month(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let person = region.doctor("kimura").await?.session;
    let program = Program::of(&region, &person).await?;
    allow(&person, &program.account).await?;
    let key = KeyPair::generate()?;
    let not_due = async || {
        let answer = renew(&program, &key).await?;
        expect_refused(answer, Code::FailedPrecondition, "DEVICE_NOT_DUE").map(drop)
    };
    not_due().await?;
    region.server.sql(&ends_in(31))?;
    not_due().await?;
    region.server.sql(&ends_in(29))?;
    let next = renew(&program, &key).await??.into_inner();
    ensure!(next == renew(&program, &key).await??.into_inner(), "the same key gets the same certificate");

    // until the next one is used, the one before is good
    program.begin(&person).await?;
    let renewed = Program { credentials: credentials(&next.certificate, &key), ..program.clone() };
    renewed.begin(&person).await?;
    let answer = program.try_begin(&person.me.affiliation_id).await?;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;

    // on record with who made the code, and through what
    let action = AuditAction::DeviceRenew.into();
    let request = ListEventsRequest { action, ..Default::default() };
    let events = region.admin.audit.clone().list_events(request).await?.into_inner().events;
    ensure!(events.len() == 1 && events[0].service_account_id == program.account, "{events:?}");
    ensure!(events[0].actor.as_ref().is_some_and(|actor| actor.person_id == region.admin.person()));
    Ok(())
}
