//! What somebody wrote stays readable to its author when the consent has ended, and nothing else does.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    Category, ListCareTeamRequest, ListConsentsRequest, ListPatientsRequest, PostEntryRequest, WatchRequest,
};
use renkei_tests::{database::Engine, fixtures};
use tonic::Code;

use super::withdraw;
use crate::{
    circle::Circle,
    grpc::Session,
    refusal::{expect_refused, first_of, refused, visible},
    region::{new_id, posting},
};

crate::on_both_engines!(after_a_withdrawal_authors_read_their_own_and_nothing_else);

async fn post_with_file(session: &Session, patient: &str, text: &str) -> Result<(String, String)> {
    let file = session.upload(patient, "創部.jpg", fixtures::PHOTO).await?.attachment_id;
    let request = PostEntryRequest { attachment_ids: vec![file.clone()], ..posting(patient, text) };
    let entry = session.timeline.clone().post_entry(request).await?.into_inner().entry.context("entry")?;
    Ok((entry.entry_id, file))
}

async fn after_a_withdrawal_authors_read_their_own_and_nothing_else(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, &circle.patient);
    let manager = &circle.manager.session;
    let consent = doctor.consent_to_all(patient).await?;
    let (own, own_file) = post_with_file(nurse, patient, "訪問した").await?;
    let (foreign, foreign_file) = post_with_file(doctor, patient, "往診した").await?;
    circle.post(Category::Message, "誰も読んでいない").await?;
    nurse.expect_texts(patient, &["訪問した", "往診した", "誰も読んでいない"]).await?;
    withdraw(doctor, patient, &consent, None).await?;

    let listed = nurse.list(patient).await?.into_inner();
    let listed: Vec<_> = listed.entries.iter().map(|entry| &entry.entry_id).collect();
    ensure!(listed == [&own], "{listed:?}");
    nurse.entry(patient, &own).await?;
    nurse.download(patient, &own_file).await?;
    expect_refused(nurse.entry(patient, &foreign).await, Code::NotFound, "NOT_FOUND")?;
    expect_refused(nurse.download(patient, &foreign_file).await, Code::NotFound, "NOT_FOUND")?;
    expect_refused(nurse.patient(patient).await, Code::NotFound, "NOT_FOUND")?;
    let request = ListCareTeamRequest { patient_id: patient.clone() };
    expect_refused(nurse.patients.clone().list_care_team(request).await, Code::NotFound, "NOT_FOUND")?;
    let request = ListConsentsRequest { patient_id: patient.clone() };
    expect_refused(nurse.consents.clone().list_consents(request).await, Code::NotFound, "NOT_FOUND")?;
    let request = WatchRequest { patient_ids: vec![patient.clone()], positions: Vec::new() };
    expect_refused(first_of(nurse.timeline.clone().watch(request).await).await, Code::NotFound, "NOT_FOUND")?;
    let more = nurse.timeline.clone().post_entry(posting(patient, "もう書けない")).await;
    expect_refused(more, Code::NotFound, "NOT_FOUND")?;
    let patients = nurse.patients.clone().list_patients(ListPatientsRequest::default()).await?.into_inner();
    ensure!(patients.patients.is_empty(), "{patients:?}");
    ensure!(nurse.inbox().await?.is_empty(), "something in the inbox");

    // Who wrote nothing: as if the patient did not exist.
    let unknown = new_id();
    for (here, nowhere) in [
        (refused(manager.list(patient).await)?, refused(manager.list(&unknown).await)?),
        (refused(manager.entry(patient, &own).await)?, refused(manager.entry(&unknown, &own).await)?),
        (refused(manager.patient(patient).await)?, refused(manager.patient(&unknown).await)?),
        (
            refused(manager.download(patient, &own_file).await)?,
            refused(manager.download(&unknown, &own_file).await)?,
        ),
    ] {
        ensure!(visible(&here) == visible(&nowhere), "{here:?} {nowhere:?}");
    }
    Ok(())
}
