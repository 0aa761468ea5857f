//! Devices and passwords: those of the own accounts are an organisation's administrator's to manage, no others.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    ListDevicesRequest, ListPeopleRequest, ResetPasswordRequest, RevokeDeviceRequest, Role,
    SetPasswordRequest, auth_service_client::AuthServiceClient,
};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use super::{Two, affiliate, code, create, refused};
use crate::{
    grpc::{Device, Session},
    refusal::{expect, expect_refused},
    region::{PASSWORD, new_id},
};

crate::on_both_engines!(
    devices_and_passwords_of_the_own_people_are_managed,
    those_of_everybody_else_are_not,
    a_code_for_a_password_does_not_lead_to_another_organisation,
);

const NEW: &str = "akigaze-no-yama-4";

async fn devices(by: &Session, person: &str) -> Result<Vec<String>, Status> {
    let request = ListDevicesRequest { person_id: person.to_owned() };
    let devices = by.auth.clone().list_devices(request).await?.into_inner().devices;
    Ok(devices.into_iter().map(|device| device.device_id).collect())
}

async fn revoke(by: &Session, device: &str) -> Result<(), Status> {
    let request = RevokeDeviceRequest { request_id: new_id(), device_id: device.to_owned() };
    by.auth.clone().revoke_device(request).await.map(drop)
}

async fn reset(by: &Session, person: &str) -> Result<String, Status> {
    let request = ResetPasswordRequest { request_id: new_id(), person_id: person.to_owned() };
    Ok(by.identity.clone().reset_password(request).await?.into_inner().code)
}

async fn set(device: &Device, code: &str) -> Result<Result<(), Status>> {
    let request = SetPasswordRequest { code: code.to_owned(), password: NEW.to_owned() };
    let channel = device.place.channel(Some(&device.credentials))?;
    Ok(AuthServiceClient::new(channel).set_password(request).await.map(drop))
}

/// A nurse of the clinic's own, with a device.
async fn nurse(two: &Two, login_name: &str) -> Result<(String, Device)> {
    let clinic = &two.clinic;
    let person = create(clinic, login_name).await?;
    affiliate(clinic, &person, clinic.organization(), Role::Nurse).await?;
    let device = two.region.place.enroll(&code(clinic, &person).await?, PASSWORD).await?;
    Ok((person, device))
}

async fn devices_and_passwords_of_the_own_people_are_managed(engine: Engine) -> Result<()> {
    let two = &Two::open(engine).await?;
    let (person, device) = nurse(two, "endo").await?;
    let session = device.login().await?;
    let issued = reset(&two.clinic, &person).await?;
    let answer = session.identity.clone().list_people(ListPeopleRequest::default()).await;
    expect_refused(answer, Code::Unauthenticated, "SESSION_REQUIRED")?;
    set(&device, &issued).await??;
    let device = Device { password: NEW.to_owned(), ..device };
    let session = device.login().await?;

    let listed = devices(&two.clinic, &person).await?;
    ensure!(listed == [session.me.device_id.clone()], "{listed:?}");
    revoke(&two.clinic, &listed[0]).await?;
    let answer = device.login().await.err().context("a revoked device is let in")?;
    expect(&answer.downcast::<Status>()?, Code::Unauthenticated, "DEVICE_REQUIRED")
}

async fn those_of_everybody_else_are_not(engine: Engine) -> Result<()> {
    let two = &Two::open(engine).await?;
    let Two { region, clinic, pharmacy, pharmacist, .. } = two;
    let (nurse, _) = nurse(two, "endo").await?;
    region.affiliate(&nurse, &pharmacy.organization(), Role::Nurse).await?;
    let of_nurse = devices(&region.admin, &nurse).await?;
    let foreign = &pharmacist.session;
    let own = clinic.person();
    for (person, device, reason) in [
        (&foreign.person(), &foreign.me.device_id, "NOT_OWN_ORGANIZATION"),
        (&nurse, &of_nurse[0], "PERSON_ELSEWHERE"),
    ] {
        refused(devices(clinic, person).await, reason)?;
        refused(revoke(clinic, device).await, reason)?;
        refused(reset(clinic, person).await, reason)?;
    }
    refused(reset(clinic, &own).await, "ROLE_RESERVED")?;
    ensure!(devices(clinic, &own).await?.len() == 1, "one's own are one's own");
    let answer = revoke(clinic, &new_id()).await.map(tonic::Response::new);
    expect_refused(answer, Code::NotFound, "NOT_FOUND")?;
    ensure!(devices(foreign, "").await?.len() == 1, "nothing of it was done, the session is good");
    Ok(())
}

async fn a_code_for_a_password_does_not_lead_to_another_organisation(engine: Engine) -> Result<()> {
    let two = &Two::open(engine).await?;
    let (person, device) = nurse(two, "endo").await?;
    let (other, others) = nurse(two, "fukuda").await?;
    let issued = reset(&two.clinic, &person).await?;
    let of_other = reset(&two.clinic, &other).await?;
    two.region.affiliate(&person, &two.pharmacy.organization(), Role::Pharmacist).await?;
    let answer = set(&device, &issued).await?.map(tonic::Response::new);
    expect_refused(answer, Code::Unauthenticated, "ENROLLMENT_CODE_INVALID")?;
    // That of somebody who is the clinic's still works; so does one of the region's administrator.
    set(&others, &of_other).await??;
    set(&device, &reset(&two.region.admin, &person).await?).await??;
    Ok(())
}
