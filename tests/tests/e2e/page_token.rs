//! A page token works for the caller, the call and the parameters that it was given for, and as it is.

use anyhow::{Result, ensure};
use renkei_proto::v1::{ListEntriesRequest, ListEntriesResponse, ListInboxRequest, ListPatientsRequest};
use renkei_tests::database::Engine;
use tonic::Code;

use crate::{
    grpc::Session,
    refusal::expect_refused,
    region::{Region, text_of},
};

crate::on_both_engines!(a_page_token_is_bound_to_its_request);

async fn a_page_token_is_bound_to_its_request(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, other) = (region.doctor("nomura").await?.session, region.care_manager("oda").await?.session);
    let patients = [doctor.register().await?, doctor.register().await?];
    for patient in &patients {
        doctor.join(patient, &other).await?;
        doctor.consent_to_all(patient).await?;
        for number in 0..5 {
            doctor.post(patient, &format!("記録 {number}")).await?;
        }
    }
    let request = ListEntriesRequest {
        patient_id: patients[0].clone(),
        page_size: 2,
        page_token: String::new(),
        ..Default::default()
    };
    let page = list(&doctor, &request).await?;
    let token = page.next_page_token;
    let next = ListEntriesRequest { page_token: token.clone(), ..request.clone() };
    let page = list(&doctor, &next).await?;
    ensure!(page.entries.iter().map(text_of).eq(["記録 2", "記録 1"]), "{:?}", page.entries);

    let refuse = async |session: &Session, request: ListEntriesRequest, what: &str| -> Result<()> {
        println!("{what}");
        let answer = session.timeline.clone().list_entries(request).await;
        expect_refused(answer, Code::InvalidArgument, "PAGE_TOKEN_INVALID").map(drop)
    };
    let with = |page_token: String| ListEntriesRequest { page_token, ..request.clone() };
    for place in [0, token.len() / 2, token.len() - 1] {
        let mut letters: Vec<char> = token.chars().collect();
        letters[place] = if letters[place] == 'A' { 'B' } else { 'A' };
        refuse(&doctor, with(letters.into_iter().collect()), "one letter changed").await?;
    }
    refuse(&doctor, with(token[..token.len() - 4].to_owned()), "cut off").await?;
    refuse(&doctor, with(format!("{token}AAAA")), "something behind").await?;
    refuse(&doctor, with("MQ".to_owned()), "made up").await?;
    refuse(&doctor, with("次のページ".to_owned()), "not ASCII").await?;
    refuse(&other, next.clone(), "another caller").await?;
    refuse(
        &doctor,
        ListEntriesRequest { patient_id: patients[1].clone(), ..next.clone() },
        "another patient",
    )
    .await?;

    let inbox = ListInboxRequest { page_size: 2, page_token: token.clone(), ..Default::default() };
    let answer = doctor.timeline.clone().list_inbox(inbox).await;
    expect_refused(answer, Code::InvalidArgument, "PAGE_TOKEN_INVALID")?;
    let patients = ListPatientsRequest { page_size: 2, page_token: token, ..Default::default() };
    let answer = doctor.patients.clone().list_patients(patients).await;
    expect_refused(answer, Code::InvalidArgument, "PAGE_TOKEN_INVALID")?;
    Ok(())
}

async fn list(session: &Session, request: &ListEntriesRequest) -> Result<ListEntriesResponse> {
    Ok(session.timeline.clone().list_entries(request.clone()).await?.into_inner())
}
