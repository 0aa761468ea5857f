//! Who of an organisation sees a patient: everybody, or assigned staff (担当者) only.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AnswerInvitationRequest, Category, GetStaffAccessRequest, Role, StaffAccess, StaffAssignment,
    UpdateStaffAccessRequest, UpdateStaffAccessResponse, watch_response::Event,
};
use renkei_tests::database::Engine;
use tonic::Code;

use super::Invited;
use crate::{
    calls::Answered,
    circle::Circle,
    grpc::Session,
    refusal::{expect_invalid, expect_refused},
    region::new_id,
    side_doors::{next, started, watch},
};

crate::on_both_engines!(assigned_staff_alone_see_the_patient);

async fn assign(
    caller: &Session,
    patient: &str,
    staff_access: StaffAccess,
    persons: &[&Session],
) -> Answered<UpdateStaffAccessResponse> {
    let request = UpdateStaffAccessRequest {
        request_id: new_id(),
        patient_id: patient.to_owned(),
        staff_access: staff_access.into(),
        person_ids: persons.iter().map(|session| session.person()).collect(),
    };
    caller.patients.clone().update_staff_access(request).await
}

async fn assigned(caller: &Session, patient: &str) -> Result<StaffAssignment> {
    let request = GetStaffAccessRequest { patient_id: patient.to_owned() };
    caller.patients.clone().get_staff_access(request).await?.into_inner().assignment.context("assignment")
}

async fn assigned_staff_alone_see_the_patient(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, patient) = (&circle.doctor.session, &circle.patient);
    let text: &[&str] = &["褥瘡の処置を継続"];
    circle.post(Category::Message, text[0]).await?;
    doctor.consent_to_all(patient).await?;
    let station = circle
        .region
        .member("kaji", renkei_proto::v1::OrganizationKind::HomeVisitNursing, Role::Nurse)
        .await?
        .session;
    let colleague = circle.region.colleague(&station, "kudo", Role::Nurse).await?.session;
    let worker = circle.region.colleague(&station, "kono", Role::CareWorker).await?.session;

    // Whoever accepts for assigned staff is the first of them.
    doctor.invite(patient, Invited::OrganizationId(station.organization())).await?;
    let request = AnswerInvitationRequest {
        request_id: new_id(),
        patient_id: patient.clone(),
        accept: true,
        personal: false,
        staff_access: StaffAccess::Assigned.into(),
    };
    let member = station.patients.clone().answer_invitation(request).await?.into_inner().member;
    ensure!(member.context("member")?.staff_access() == StaffAccess::Assigned);
    let now = assigned(&station, patient).await?;
    ensure!(now.persons.iter().map(|it| &it.person_id).eq([&station.person()]), "{now:?}");
    station.expect_texts(patient, text).await?;
    for session in [&colleague, &worker] {
        session.expect_nothing(patient).await?;
    }

    // Not assigned is no obstacle in an emergency; and ends nothing of it.
    colleague.break_glass(patient).await?;
    colleague.expect_texts(patient, text).await?;
    worker.expect_nothing(patient).await?;

    // At once, on open streams too.
    let mut of_station = watch(&station, patient, None).await?;
    started(&mut of_station).await?;
    assign(&station, patient, StaffAccess::Assigned, &[&colleague, &worker]).await?;
    match next(&mut of_station).await?? {
        Event::AccessEnded(ended) => ensure!(&ended.patient_id == patient, "{ended:?}"),
        other => anyhow::bail!("{other:?}"),
    }
    station.expect_nothing(patient).await?;
    worker.expect_texts(patient, text).await?;
    let answer = assign(&worker, patient, StaffAccess::All, &[]).await;
    expect_refused(answer, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    let foreign = &circle.nurse.session;
    let answer = assign(&colleague, patient, StaffAccess::Assigned, &[&colleague, foreign]).await;
    expect_invalid(answer, "person_ids")?;
    let answer = assign(&circle.region.admin, patient, StaffAccess::All, &[]).await;
    expect_refused(answer, Code::NotFound, "NOT_FOUND")?;
    station.expect_nothing(patient).await?;

    assign(&colleague, patient, StaffAccess::All, &[&worker]).await?;
    for session in [&station, &colleague, &worker] {
        session.expect_texts(patient, text).await?;
    }
    let now = assigned(&station, patient).await?;
    ensure!(now.staff_access() == StaffAccess::All && now.persons.len() == 1, "{now:?}");
    Ok(())
}
