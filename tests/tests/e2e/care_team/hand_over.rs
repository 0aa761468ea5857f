//! A patient is handed over to another custodian organisation (主管機関).

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{Category, Patient};
use renkei_tests::database::Engine;
use tonic::Code;

use super::Removed;
use crate::{
    calls::notices,
    circle::Circle,
    grpc::Session,
    refusal::expect_refused,
    region::{demographics, form_organizations, new_id},
};
use renkei_proto::v1::{Demographics, NoticeKind, Role};

crate::on_both_engines!(an_offer_is_taken_back_declined_or_ends, who_accepts_manages_from_then_on);

async fn shown(caller: &Session, patient: &str) -> Result<Patient> {
    caller.patient(patient).await?.into_inner().patient.context("patient")
}

async fn an_offer_is_taken_back_declined_or_ends(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let nothing = || (Code::FailedPrecondition, "CUSTODIAN_NOT_OFFERED");
    let (code, reason) = nothing();
    expect_refused(nurse.answer_offer(patient, true, "").await, code, reason)?;
    let answer = nurse.offer(patient, nurse.organization()).await;
    expect_refused(answer, Code::NotFound, "NOT_FOUND").context("sees nothing")?;
    let answer = doctor.offer(patient, doctor.organization()).await;
    expect_refused(answer, Code::FailedPrecondition, "MEMBER_IS_CUSTODIAN")?;
    let answer = doctor.offer(patient, circle.region.admin.organization()).await;
    expect_refused(answer, Code::FailedPrecondition, "NOT_A_MEMBER")?;

    doctor.offer(patient, nurse.organization()).await?;
    ensure!(shown(doctor, patient).await?.offered_custodian_organization_id == nurse.organization());
    let answer = circle.manager.session.answer_offer(patient, true, "").await;
    expect_refused(answer, code, reason).context("another member")?;
    let pharmacist = circle.region.colleague(nurse, "mori", Role::Pharmacist).await?.session;
    let answer = pharmacist.answer_offer(patient, true, "").await;
    expect_refused(answer, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    doctor.offer(patient, String::new()).await?;
    ensure!(shown(doctor, patient).await?.offered_custodian_organization_id.is_empty());
    expect_refused(nurse.answer_offer(patient, true, "").await, code, reason)?;

    doctor.offer(patient, nurse.organization()).await?;
    nurse.answer_offer(patient, false, "").await?;
    expect_refused(nurse.answer_offer(patient, true, "").await, code, reason)?;

    // It ends with the membership, however that ends.
    doctor.offer(patient, nurse.organization()).await?;
    nurse.leave(patient, false).await?;
    ensure!(shown(doctor, patient).await?.offered_custodian_organization_id.is_empty(), "after leaving");
    doctor.join(patient, nurse).await?;
    expect_refused(nurse.answer_offer(patient, true, "").await, code, reason)?;
    doctor.offer(patient, nurse.organization()).await?;
    doctor.remove(patient, Removed::OrganizationId(nurse.organization()), "契約の終了").await?;
    ensure!(shown(doctor, patient).await?.offered_custodian_organization_id.is_empty(), "after removal");
    ensure!(shown(doctor, patient).await?.custodian_organization_id == doctor.organization());
    Ok(())
}

async fn who_accepts_manages_from_then_on(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse) = (&circle.doctor.session, &circle.nurse.session);
    let numbered = |number: &str| renkei_proto::v1::RegisterPatientRequest {
        request_id: new_id(),
        demographics: Some(Demographics { local_identifier: number.to_owned(), ..demographics() }),
    };
    let taken = nurse.patients.clone().register_patient(numbered("N-1")).await?.into_inner();
    ensure!(taken.patient.is_some());
    let registered = doctor.patients.clone().register_patient(numbered("D-7")).await?.into_inner();
    let patient = &registered.patient.context("patient")?.patient_id;
    doctor.join(patient, nurse).await?;
    let entry = doctor.post(patient, "引き継ぎの経過").await?;
    doctor.consent(patient, form_organizations(&[nurse])).await?;
    let paper = doctor.list_consents(patient).await?[0].paper_attachment_id.clone();
    expect_refused(nurse.download(patient, &paper).await, Code::NotFound, "NOT_FOUND")?;

    doctor.offer(patient, nurse.organization()).await?;
    let answer = nurse.answer_offer(patient, true, "N-1").await;
    expect_refused(answer, Code::AlreadyExists, "LOCAL_IDENTIFIER_TAKEN")?;
    ensure!(shown(nurse, patient).await?.custodian_organization_id == doctor.organization());
    nurse.answer_offer(patient, true, "N-2").await?;

    let now = shown(nurse, patient).await?;
    ensure!(now.custodian_organization_id == nurse.organization(), "{now:?}");
    ensure!(now.offered_custodian_organization_id.is_empty(), "{now:?}");
    ensure!(now.demographics.is_some_and(|it| it.local_identifier == "N-2"), "the number of the one before");
    for (session, number, finds) in [(nurse, "N-2", true), (nurse, "D-7", false), (doctor, "D-7", false)] {
        let request = renkei_proto::v1::ListPatientsRequest {
            local_identifier: number.to_owned(),
            ..Default::default()
        };
        let found = session.patients.clone().list_patients(request).await?.into_inner().patients;
        ensure!(found.iter().any(|it| &it.patient_id == patient) == finds, "{number}: {found:?}");
    }

    // The one before has what consent permits, which is nothing, and what it wrote.
    expect_refused(doctor.patient(patient).await, Code::NotFound, "NOT_FOUND")?;
    doctor.entry(patient, &entry.entry_id).await?;
    let answer = doctor.offer(patient, doctor.organization()).await;
    expect_refused(answer, Code::NotFound, "NOT_FOUND")?;
    expect_refused(doctor.download(patient, &paper).await, Code::NotFound, "NOT_FOUND")?;

    // The new one manages: consent, papers, care team.
    nurse.download(patient, &paper).await?;
    let consents = nurse.list_consents(patient).await?;
    let own: Vec<_> =
        consents.iter().filter(|it| it.custodian).map(|it| it.withdraw_time.is_some()).collect();
    ensure!(own == [false, true], "the custodians' own: {consents:?}");
    nurse.consent(patient, form_organizations(&[doctor])).await?;
    doctor.expect_texts(patient, &["引き継ぎの経過"]).await?;
    let answer = doctor.offer(patient, doctor.organization()).await;
    expect_refused(answer, Code::PermissionDenied, "CUSTODIAN_ONLY")?;
    let guarded =
        nurse.post_as(patient, Category::Message, renkei_proto::v1::Sensitivity::Abuse, "要配慮").await?;
    nurse.entry(patient, &guarded.entry_id).await?;
    nurse.join(patient, &circle.manager.session).await?;
    let answer = nurse.leave(patient, false).await;
    expect_refused(answer, Code::FailedPrecondition, "MEMBER_IS_CUSTODIAN")?;
    let seen = nurse.all_entries(patient).await?;
    let told: Vec<_> = notices(&seen)
        .iter()
        .filter(|(_, it)| [NoticeKind::CustodianOffered, NoticeKind::CustodianChanged].contains(&it.kind()))
        .map(|(author, it)| (author.clone(), it.organization_id.clone()))
        .collect();
    let station = nurse.organization();
    ensure!(told == [(doctor.person(), station.clone()), (nurse.person(), station)], "{told:?}");
    doctor.leave(patient, false).await?;
    doctor.expect_nothing(patient).await
}
