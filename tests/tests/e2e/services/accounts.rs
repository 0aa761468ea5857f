//! Whose a service account is, and who gets in with its codes.

use anyhow::{Context as _, Result, ensure};
use rcgen::KeyPair;
use renkei_proto::v1::{
    CreateServiceEnrollmentCodeRequest, EndServiceAccountRequest, ListServiceAccountsRequest,
    RevokeDeviceRequest, Role,
};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{DENIED, Program, accounts, allow, code_for, enroll, new_service};
use crate::{
    refusal::expect_refused,
    region::{Member, Region, new_id},
};

crate::on_both_engines!(a_service_account_is_its_organisations, a_code_enrols_one_key);

async fn a_service_account_is_its_organisations(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, other) = (region.doctor("kimura").await?.session, region.doctor("sano").await?.session);
    let role = Role::OrganizationAdministrator;
    let head = region.colleague(&doctor, "ono", role).await?.session;
    let foreign = region.colleague(&other, "abe", role).await?.session;
    let account = new_service(&head, doctor.organization()).await?.service_account_id;
    let program = Program::enroll(&region, &account).await?;

    let refused = new_service(&foreign, doctor.organization()).await.err().context("created")?.downcast()?;
    crate::refusal::expect(&refused, DENIED, "NOT_OWN_ORGANIZATION")?;
    let refused = code_for(&foreign, &account).await.err().context("a code")?.downcast()?;
    crate::refusal::expect(&refused, DENIED, "NOT_OWN_ORGANIZATION")?;
    let request = EndServiceAccountRequest { request_id: new_id(), service_account_id: account.clone() };
    let answer = foreign.identity.clone().end_service_account(request).await;
    expect_refused(answer, DENIED, "NOT_OWN_ORGANIZATION")?;
    let request = RevokeDeviceRequest { request_id: new_id(), device_id: program.device.clone() };
    let answer = foreign.auth.clone().revoke_device(request.clone()).await;
    expect_refused(answer, DENIED, "NOT_OWN_ORGANIZATION")?;
    let answer = doctor.auth.clone().revoke_device(request.clone()).await;
    expect_refused(answer, DENIED, "ROLE_NOT_ALLOWED")?;
    let listing = ListServiceAccountsRequest { organization_id: doctor.organization() };
    let answer = other.identity.clone().list_service_accounts(listing).await;
    expect_refused(answer, DENIED, "ROLE_NOT_ALLOWED")?;

    // colleagues find what they can allow, and administrators what they can revoke
    let found = accounts(&doctor, doctor.organization()).await?;
    ensure!(found.len() == 1 && found[0].certificates.is_empty(), "{found:?}");
    let found = accounts(&head, doctor.organization()).await?;
    ensure!(found[0].certificates.len() == 1, "{found:?}");
    let certificate = &found[0].certificates[0];
    let end = certificate.certificate_expire_time.context("its end")?.seconds;
    let days = (end - certificate.enroll_time.context("its begin")?.seconds) / 86_400;
    ensure!(certificate.device_id == program.device && (89..=90).contains(&days), "{days} days");
    head.auth.clone().revoke_device(request).await?;
    ensure!(accounts(&head, doctor.organization()).await?[0].certificates.is_empty());
    let answer = program.try_begin(&doctor.me.affiliation_id).await?;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    Ok(())
}

async fn a_code_enrols_one_key(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let Member { session: doctor, .. } = region.doctor("kimura").await?;
    let account = new_service(&region.admin, doctor.organization()).await?.service_account_id;
    let (code, key) = (code_for(&region.admin, &account).await?, KeyPair::generate()?);
    let invalid =
        async |answer| expect_refused(answer, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID").map(drop);
    // it is no code for a person's device
    let refused = region.place.enroll(&code, crate::region::PASSWORD).await.err().context("enrolled")?;
    crate::refusal::expect(&refused.downcast()?, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    let first = enroll(&region.place, &code, &key).await??.into_inner();
    ensure!(
        first == enroll(&region.place, &code, &key).await??.into_inner(),
        "the same key, the same answer"
    );
    ensure!(first.service_account_id == account && first.service_account_name == "架空記録連携");
    invalid(enroll(&region.place, &code, &KeyPair::generate()?).await?).await?;

    // a code that waits ends with its account
    let code = code_for(&region.admin, &account).await?;
    let request = EndServiceAccountRequest { request_id: new_id(), service_account_id: account.clone() };
    let ended = region.admin.identity.clone().end_service_account(request.clone()).await?.into_inner();
    ensure!(ended.service_account.context("account")?.end_time.is_some());
    region.admin.identity.clone().end_service_account(request).await?;
    invalid(enroll(&region.place, &code, &KeyPair::generate()?).await?).await?;
    let request =
        CreateServiceEnrollmentCodeRequest { request_id: new_id(), service_account_id: account.clone() };
    let answer = region.admin.identity.clone().create_service_enrollment_code(request).await;
    expect_refused(answer, Code::FailedPrecondition, "SERVICE_ACCOUNT_ENDED")?;
    expect_refused(allow(&doctor, &account).await, Code::FailedPrecondition, "SERVICE_ACCOUNT_ENDED")?;
    Ok(())
}
