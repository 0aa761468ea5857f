//! An emergency access is the person's who gave the password and a reason, and no program's.

use anyhow::{Result, ensure};
use renkei_proto::v1::{Category, ListEntriesRequest, ListEntriesResponse, ListPatientsRequest};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{Program, allow};
use crate::{calls::Answered, circle::Circle, grpc::Session, refusal::expect_refused};

crate::on_both_engines!(an_emergency_is_no_programs);

async fn list(by: &Session, patient: &str) -> Answered<ListEntriesResponse> {
    let request = ListEntriesRequest { patient_id: patient.to_owned(), ..Default::default() };
    by.timeline.clone().list_entries(request).await
}

async fn patients(by: &Session) -> Result<usize> {
    Ok(by.patients.clone().list_patients(ListPatientsRequest::default()).await?.into_inner().patients.len())
}

async fn an_emergency_is_no_programs(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (nurse, patient) = (&circle.nurse.session, &circle.patient);
    circle.post(Category::Message, "夜間の連絡先が変わりました").await?;
    let program = Program::of(&circle.region, nurse).await?;
    allow(nurse, &program.account).await?;
    let session = program.begin(nurse).await?;
    expect_refused(list(&session, patient).await, Code::NotFound, "NOT_FOUND")?;

    nurse.break_glass(patient).await?;
    // in turns: what was decided for one of them is not remembered for the other
    for _ in 0..2 {
        ensure!(!list(nurse, patient).await?.into_inner().entries.is_empty());
        expect_refused(list(&session, patient).await, Code::NotFound, "NOT_FOUND")?;
        ensure!((patients(nurse).await?, patients(&session).await?) == (1, 0));
        ensure!(session.inbox().await?.is_empty(), "its inbox shows the record");
    }
    Ok(())
}
