//! The privacy officer.

use anyhow::{Result, ensure};
use renkei_proto::v1::{
    AuditAction, Category, ListAuditEventsRequest, ListBreakGlassRequest, ListPatientsRequest,
    ListProvisionsRequest, Role,
};
use renkei_tests::database::Engine;
use tonic::{Code, Status};

use crate::{circle::Circle, grpc::Session, refusal::expect_refused};

crate::on_both_engines!(a_privacy_officer_reads_what_was_done_and_nothing_else);

async fn actions(by: &Session, patient_id: &str) -> Result<Vec<AuditAction>, Status> {
    let request = ListAuditEventsRequest { patient_id: patient_id.to_owned(), ..Default::default() };
    let events = by.audit.clone().list_audit_events(request).await?.into_inner().events;
    Ok(events.iter().map(|event| event.action()).collect())
}

async fn a_privacy_officer_reads_what_was_done_and_nothing_else(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, patient, region) = (&circle.doctor.session, &circle.patient, &circle.region);
    circle.post(Category::Message, "訪問の予定").await?;
    doctor.consent_to_all(patient).await?;
    circle.nurse.session.expect_texts(patient, &["訪問の予定"]).await?;
    let role = Role::PrivacyOfficer;
    let officer = region.colleague(doctor, "endo", role).await?.session;
    let elsewhere = region.colleague(&circle.nurse.session, "fukuda", role).await?.session;

    let seen = actions(&officer, patient).await?;
    ensure!(seen.contains(&AuditAction::EntryRead) && seen.contains(&AuditAction::EntryPost), "{seen:?}");
    let seen = actions(&officer, patient).await?;
    ensure!(seen[0] == AuditAction::AuditRead, "{seen:?}");
    let request = ListProvisionsRequest { patient_id: patient.clone(), ..Default::default() };
    let provisions = officer.audit.clone().list_provisions(request).await?.into_inner().provisions;
    ensure!(provisions.iter().any(|it| it.action() == AuditAction::EntryRead), "{provisions:?}");

    let not_found = (Code::NotFound, "NOT_FOUND");
    expect_refused(actions(&elsewhere, patient).await.map(tonic::Response::new), not_found.0, not_found.1)?;
    for by in [&officer, &elsewhere] {
        expect_refused(by.patient(patient).await, not_found.0, not_found.1)?;
        expect_refused(by.list(patient).await, not_found.0, not_found.1)?;
        let all = ListPatientsRequest::default();
        let patients = by.patients.clone().list_patients(all).await?.into_inner().patients;
        ensure!(patients.is_empty(), "{patients:?}");
        let one = ListBreakGlassRequest { patient_id: patient.clone(), ..Default::default() };
        expect_refused(by.consents.clone().list_break_glass(one).await, not_found.0, not_found.1)?;
        let all = by.consents.clone().list_break_glass(ListBreakGlassRequest::default()).await;
        expect_refused(all, Code::PermissionDenied, "ROLE_NOT_ALLOWED")?;
    }
    Ok(())
}
