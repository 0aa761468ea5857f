//! Dangerous acts, which want the password to have been given a moment ago.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AnswerCustodianOfferRequest, CreateAffiliationRequest, CreateEnrollmentCodeRequest, CreatePersonRequest,
    OffboardPersonRequest, OfferCustodianRequest, OrganizationKind, ReinstatePersonRequest,
    ResetPasswordRequest, RevokeDeviceRequest, Role, StepUpRequest, StepUpResponse,
    UpdateOrganizationPolicyRequest,
};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use super::{another_device, commands::Computer};
use crate::{
    calls::Answered,
    grpc::Session,
    refusal::{expect, expect_refused},
    region::{PASSWORD, Region, new_id},
    standing::suspend,
};

crate::on_both_engines!(
    dangerous_acts_want_the_password_again,
    other_acts_and_other_roles_are_not_asked_for_it,
    the_client_gives_it_where_it_is_asked_for,
);

/// So that the password was given long ago in every session.
const LONG_AGO: &str = "UPDATE session SET stepped_up_at = created_at - 300000001";

/// What an administrator can do to let somebody in.
enum Act {
    Affiliation(CreateAffiliationRequest),
    Code(CreateEnrollmentCodeRequest),
    Policy(UpdateOrganizationPolicyRequest),
    Reinstatement(ReinstatePersonRequest),
    Revocation(RevokeDeviceRequest),
    Offer(OfferCustodianRequest),
    Answer(AnswerCustodianOfferRequest),
    Reset(ResetPasswordRequest),
    Offboarding(OffboardPersonRequest),
}

async fn ask(caller: &Session, act: &Act) -> Result<(), Status> {
    let mut identity = caller.identity.clone();
    let mut patients = caller.patients.clone();
    match act {
        Act::Affiliation(request) => identity.create_affiliation(request.clone()).await.map(drop),
        Act::Code(request) => identity.create_enrollment_code(request.clone()).await.map(drop),
        Act::Policy(request) => identity.update_organization_policy(request.clone()).await.map(drop),
        Act::Reinstatement(request) => identity.reinstate_person(request.clone()).await.map(drop),
        Act::Revocation(request) => caller.auth.clone().revoke_device(request.clone()).await.map(drop),
        Act::Offer(request) => patients.offer_custodian(request.clone()).await.map(drop),
        Act::Answer(request) => patients.answer_custodian_offer(request.clone()).await.map(drop),
        Act::Reset(request) => identity.reset_password(request.clone()).await.map(drop),
        Act::Offboarding(request) => identity.offboard_person(request.clone()).await.map(drop),
    }
}

/// The password is asked for, and nothing is done.
async fn is_asked_for(caller: &Session, act: &Act) -> Result<()> {
    let refused = ask(caller, act).await.err().context("it was done")?;
    expect(&refused, Code::Unauthenticated, "STEP_UP_REQUIRED")
}

async fn step_up(session: &Session, password: &str) -> Answered<StepUpResponse> {
    session.auth.clone().step_up(StepUpRequest { password: password.to_owned(), second: None }).await
}

fn affiliation(of: &Session, organization_id: String) -> Act {
    let role = Role::Nurse.into();
    let person_id = of.person();
    Act::Affiliation(CreateAffiliationRequest { request_id: new_id(), person_id, organization_id, role })
}

fn code(of: &Session) -> Act {
    Act::Code(CreateEnrollmentCodeRequest { request_id: new_id(), person_id: of.person() })
}

fn revocation(device_id: &str) -> Act {
    Act::Revocation(RevokeDeviceRequest { request_id: new_id(), device_id: device_id.to_owned() })
}

async fn dangerous_acts_want_the_password_again(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, other) = (region.doctor("kimura").await?.session, region.doctor("sano").await?.session);
    let patient = doctor.register().await?;
    doctor.join(&patient, &other).await?;
    suspend(&region.admin, other.person()).await?;
    let policy = UpdateOrganizationPolicyRequest {
        request_id: new_id(),
        organization_id: doctor.organization(),
        attachment_quota_bytes: Some(1 << 30),
        ..Default::default()
    };
    let reinstatement = ReinstatePersonRequest { request_id: new_id(), person_id: other.person() };
    let offer = OfferCustodianRequest {
        request_id: new_id(),
        patient_id: patient.clone(),
        organization_id: other.organization(),
        text: "転居のため".to_owned(),
    };
    let reset = ResetPasswordRequest { request_id: new_id(), person_id: other.person() };
    let offboarding = OffboardPersonRequest {
        request_id: new_id(),
        person_id: other.person(),
        organization_id: other.organization(),
        ..Default::default()
    };
    let acts = [
        (&region.admin, affiliation(&doctor, other.organization())),
        (&region.admin, code(&doctor)),
        (&region.admin, Act::Policy(policy)),
        (&region.admin, Act::Reinstatement(reinstatement)),
        (&doctor, Act::Offer(offer)),
        (&region.admin, revocation(&other.me.device_id)),
        (&region.admin, Act::Reset(reset)),
        (&region.admin, Act::Offboarding(offboarding)),
    ];
    region.server.sql(LONG_AGO)?;
    for (caller, act) in &acts {
        is_asked_for(caller, act).await?;
    }
    // a wrong password is on record, and helps nobody
    expect_refused(step_up(&region.admin, "ate-zuppo-1").await, Code::PermissionDenied, "STEP_UP_FAILED")?;
    let recorded = "SELECT COUNT(*) FROM audit_event WHERE action = 'STEP_UP' AND decision = 'DENY'";
    ensure!(region.server.sql(recorded)? == "1");
    is_asked_for(acts[0].0, &acts[0].1).await?;

    for session in [&region.admin, &doctor] {
        let until = step_up(session, PASSWORD).await?.into_inner().expire_time;
        ensure!(until.is_some());
    }
    // the same requests are done now
    for (caller, act) in &acts {
        ask(caller, act).await?;
    }

    // what was noted by a clock that has been set back since is not believed
    region.server.sql("UPDATE session SET stepped_up_at = stepped_up_at + 3600000000")?;
    is_asked_for(&region.admin, &code(&doctor)).await
}

async fn other_acts_and_other_roles_are_not_asked_for_it(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?;
    let other = region.doctor("sano").await?.session;
    let patient = doctor.session.register().await?;
    doctor.session.join(&patient, &other).await?;
    let offer = OfferCustodianRequest {
        request_id: new_id(),
        patient_id: patient.clone(),
        organization_id: other.organization(),
        text: String::new(),
    };
    doctor.session.patients.clone().offer_custodian(offer).await?;
    let tablet = another_device(&region, &doctor.session).await?.login().await?;
    region.server.sql(LONG_AGO)?;

    // who may not is told that, and gives no password in vain
    for act in [code(&other), affiliation(&other, other.organization()), revocation(&other.me.device_id)] {
        let refused = ask(&doctor.session, &act).await.err().context("it was done")?;
        expect(&refused, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    }
    // what takes away waits for nothing
    let request = CreatePersonRequest {
        request_id: new_id(),
        login_name: "shindo".to_owned(),
        name: "職員 進藤".to_owned(),
        ..Default::default()
    };
    region.admin.identity.clone().create_person(request).await?;
    ask(&doctor.session, &revocation(&tablet.me.device_id)).await.context("one's own device")?;
    doctor.session.post(&patient, "記録").await?;

    // the other side of a hand-over is asked
    let answer = Act::Answer(AnswerCustodianOfferRequest {
        request_id: new_id(),
        patient_id: patient,
        accept: true,
        local_identifier: String::new(),
    });
    is_asked_for(&other, &answer).await?;
    step_up(&other, PASSWORD).await?;
    ask(&other, &answer).await?;
    suspend(&region.admin, other.person()).await.context("suspending waits for nothing")?;
    Ok(())
}

async fn the_client_gives_it_where_it_is_asked_for(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    region.admit("terada", OrganizationKind::Clinic, Role::Doctor).await?;
    let code = {
        let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id: region.admin.person() };
        region.admin.identity.clone().create_enrollment_code(request).await?.into_inner().code
    };
    let office = Computer::enroll(&region, "office", &code)?;
    let make = ["enrollment-code", "create", "--person", "terada"];
    office.cli.text(&make, "")?;
    region.server.sql(LONG_AGO)?;
    let refused = office.cli.run(&make, "")?;
    ensure!(
        refused.status.code() == Some(2) && refused.stderr.contains("--password-file"),
        "{}",
        refused.stderr
    );
    let with = |file: &str| {
        let mut all: Vec<String> = make.iter().map(|word| (*word).to_owned()).collect();
        all.extend(["--password-file".to_owned(), file.to_owned()]);
        all
    };
    let wrong = office.password.clone() + ".wrong";
    fs::write(&wrong, "ate-zuppo-1")?;
    for (file, exit) in [(&wrong, Some(4)), (&office.password, Some(0))] {
        let words = with(file);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let done = office.cli.run(&words, "")?;
        ensure!(done.status.code() == exit, "{}: {}", done.status, done.stderr);
    }
    office.cli.text(&make, "").context("for five minutes")?;
    Ok(())
}
