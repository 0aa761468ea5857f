//! Suspended people and ended affiliations: over at the next call, on open streams, and at the door.

use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use renkei_proto::v1::{
    Category, ConsentForm, EndAffiliationRequest, EndAffiliationResponse, ListPeopleRequest, LoginRequest,
    Person, PurposeOfUse, RefreshSessionRequest, ReinstatePersonRequest, Role, SuspendPersonRequest,
    SuspendPersonResponse, WatchResponse, auth_service_client::AuthServiceClient,
};
use renkei_tests::database::Engine;
use tonic::{Code, Status, Streaming};

use crate::{
    calls::Answered,
    circle::Circle,
    grpc::{Device, Session},
    refusal::{expect, expect_refused, refused, visible},
    region::{PASSWORD, Region, form_organizations, new_id},
    side_doors::{WOKEN, next, started, watch},
};

crate::on_both_engines!(
    a_suspended_person_is_out_at_once_until_reinstated,
    another_role_is_another_affiliation,
    somebody_can_always_administer_the_region,
);

pub(crate) async fn suspend(caller: &Session, person_id: String) -> Answered<SuspendPersonResponse> {
    caller.identity.clone().suspend_person(SuspendPersonRequest { request_id: new_id(), person_id }).await
}

async fn end(caller: &Session, affiliation_id: String) -> Answered<EndAffiliationResponse> {
    let request = EndAffiliationRequest { request_id: new_id(), affiliation_id };
    caller.identity.clone().end_affiliation(request).await
}

/// The refusal that a log-in on this device with this password meets.
async fn turned_away(device: &Device, password: &str) -> Result<Status> {
    let request = LoginRequest {
        login_name: device.login_name.clone(),
        password: password.to_owned(),
        ..Default::default()
    };
    let channel = device.place.channel(Some(&device.credentials))?;
    refused(AuthServiceClient::new(channel).login(request).await)
}

/// Waits for the end of a stream, which must come at once after `since`.
pub(crate) async fn ended(stream: &mut Streaming<WatchResponse>, since: Instant) -> Result<()> {
    match next(stream).await? {
        Ok(event) => bail!("{event:?}"),
        Err(status) => expect(&status, Code::Unauthenticated, "SESSION_REQUIRED")?,
    }
    let took = since.elapsed();
    ensure!(took < WOKEN, "the stream ended after {took:?}");
    Ok(())
}

async fn person(caller: &Session, organization_id: String, id: &str) -> Result<Person> {
    let request = ListPeopleRequest { organization_id, ..Default::default() };
    let people = caller.identity.clone().list_people(request).await?.into_inner().people;
    people.into_iter().find(|person| person.person_id == id).context("person")
}

async fn a_suspended_person_is_out_at_once_until_reinstated(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, patient, admin) = (&circle.doctor.session, &circle.patient, &circle.region.admin);
    let (device, nurse) = (&circle.nurse.device, &circle.nurse.session);
    circle.post(Category::Message, "訪問の予定").await?;
    doctor.consent_to_all(patient).await?;
    let mut stream = watch(nurse, patient, None).await?;
    started(&mut stream).await?;

    let answer = suspend(doctor, nurse.person()).await;
    expect_refused(answer, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    expect_refused(suspend(admin, new_id()).await, Code::NotFound, "NOT_FOUND")?;
    let answer = suspend(admin, nurse.person()).await?.into_inner().person.context("person")?;
    ended(&mut stream, Instant::now()).await?;
    ensure!(answer.suspend_time.is_some(), "{answer:?}");
    expect_refused(nurse.list(patient).await, Code::Unauthenticated, "SESSION_REQUIRED")?;
    let request = RefreshSessionRequest { refresh_token: nurse.tokens.refresh_token.clone() };
    let answer = nurse.auth.clone().refresh_session(request).await;
    expect_refused(answer, Code::Unauthenticated, "REFRESH_TOKEN_INVALID")?;
    let (right, wrong) =
        (turned_away(device, PASSWORD).await?, turned_away(device, "chigau-aikotoba-3").await?);
    expect(&right, Code::Unauthenticated, "LOGIN_FAILED")?;
    ensure!(visible(&right) == visible(&wrong), "{right:?} {wrong:?}");
    for (session, tells) in [(admin, true), (doctor, false)] {
        let shown = person(session, nurse.organization(), &nurse.person()).await?;
        ensure!(shown.suspend_time.is_some() == tells, "{shown:?}");
    }
    circle.manager.session.expect_texts(patient, &["訪問の予定"]).await?;

    let request = ReinstatePersonRequest { request_id: new_id(), person_id: nurse.person() };
    let answer = doctor.identity.clone().reinstate_person(request.clone()).await;
    expect_refused(answer, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    let answer = admin.identity.clone().reinstate_person(request).await?.into_inner().person;
    ensure!(answer.is_some_and(|person| person.suspend_time.is_none()));
    expect_refused(nurse.list(patient).await, Code::Unauthenticated, "SESSION_REQUIRED")?;
    device.login().await?.expect_texts(patient, &["訪問の予定"]).await
}

async fn another_role_is_another_affiliation(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, patient, region) = (&circle.doctor.session, &circle.patient, &circle.region);
    let (device, nurse) = (&circle.nurse.device, &circle.nurse.session);
    circle.post(Category::Message, "看護師への連絡").await?;
    let of_nurses = ConsentForm { roles: vec![Role::Nurse.into()], ..form_organizations(&[nurse]) };
    doctor.consent(patient, of_nurses).await?;
    let written = nurse.post(patient, "看護師の記録").await?;
    let (first, person_id) = (nurse.me.affiliation_id.clone(), nurse.person());
    let second = region.affiliate(&person_id, &nurse.organization(), Role::CareWorker).await?;
    let worker = device.login_as(&second, PurposeOfUse::Treatment).await?;
    expect_refused(worker.patient(patient).await, Code::NotFound, "NOT_FOUND")?;
    let mut stream = watch(nurse, patient, None).await?;
    started(&mut stream).await?;

    expect_refused(end(doctor, first.clone()).await, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    expect_refused(end(&region.admin, new_id()).await, Code::NotFound, "NOT_FOUND")?;
    let left = end(&region.admin, first.clone()).await?.into_inner().person.context("person")?;
    ended(&mut stream, Instant::now()).await?;
    ensure!(left.affiliations.iter().map(|it| &it.affiliation_id).eq([&second]), "{left:?}");
    expect_refused(nurse.list(patient).await, Code::Unauthenticated, "SESSION_REQUIRED")?;
    expect_refused(end(&region.admin, first.clone()).await, Code::NotFound, "NOT_FOUND")?;

    // The other affiliation goes on, as what it is; what was written stays.
    worker.entry(patient, &written.entry_id).await.context("the author's own entry")?;
    expect_refused(worker.patient(patient).await, Code::NotFound, "NOT_FOUND")?;
    let only = device.login().await?;
    ensure!(only.me.affiliation_id == second, "{:?}", only.me);
    doctor.expect_texts(patient, &["看護師への連絡", "看護師の記録"]).await?;

    // Taken up again.
    region.affiliate(&person_id, &nurse.organization(), Role::Nurse).await?;
    let shown = person(doctor, nurse.organization(), &person_id).await?;
    let back = shown.affiliations.iter().find(|it| it.role() == Role::Nurse).context("affiliation")?;
    let back = device.login_as(&back.affiliation_id, PurposeOfUse::Treatment).await?;
    back.expect_texts(patient, &["看護師への連絡", "看護師の記録"]).await
}

async fn somebody_can_always_administer_the_region(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let admin = &region.admin;
    let alone = (Code::FailedPrecondition, "LAST_ADMINISTRATOR");
    expect_refused(suspend(admin, admin.person()).await, alone.0, alone.1)?;
    expect_refused(end(admin, admin.me.affiliation_id.clone()).await, alone.0, alone.1)?;
    let doctor = region.doctor("asano").await.context("the administrator is still one")?;

    let second = region.colleague(admin, "fukuda", Role::Administrator).await?;
    suspend(&second.session, admin.person()).await?;
    expect_refused(suspend(&second.session, second.session.person()).await, alone.0, alone.1)?;
    let own = second.session.me.affiliation_id.clone();
    expect_refused(end(&second.session, own).await, alone.0, alone.1)?;
    suspend(&second.session, doctor.session.person()).await?;
    let request = ListPeopleRequest::default();
    expect_refused(
        admin.identity.clone().list_people(request).await,
        Code::Unauthenticated,
        "SESSION_REQUIRED",
    )?;
    Ok(())
}
