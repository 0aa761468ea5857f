//! What lists tell beyond their items, and whether they fit into a message.

use anyhow::{Context as _, Result, ensure};
use prost::Message as _;
use renkei_proto::v1::{
    Demographics, EntryContent, ListEntriesRequest, ListInboxRequest, ListPatientsRequest,
    ListPatientsResponse, PostEntryRequest, RegisterPatientRequest, VisitNote, WatchPosition, WatchRequest,
    entry_content,
};
use renkei_tests::database::Engine;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::{Team, entry, started, watch};
use crate::{
    grpc::Session,
    refusal::{expect_refused, first_of},
    region::{Region, demographics, new_id, posting, written},
};

crate::on_both_engines!(
    a_search_tells_nothing_of_hidden_patients,
    long_entries_fit_into_pages_and_streams,
    many_wrong_fields_are_one_refusal,
);

async fn a_search_tells_nothing_of_hidden_patients(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?.session;
    let pharmacist = region.pharmacist("abe").await?.session;
    // In the care team of all three, permitted only in the middle. All have the same name.
    let mut patients = Vec::new();
    for number in 0..3 {
        let demographics = Demographics { local_identifier: format!("T-000{number}"), ..demographics() };
        let request = RegisterPatientRequest { request_id: new_id(), demographics: Some(demographics) };
        let patient = doctor.patients.clone().register_patient(request).await?.into_inner().patient;
        let patient_id = patient.context("patient")?.patient_id;
        doctor.join(&patient_id, &pharmacist).await?;
        patients.push(patient_id);
    }
    doctor.consent_to_all(&patients[1]).await?;

    let everybody = ListPatientsRequest { page_size: 1, ..Default::default() };
    let by_number =
        |number: &str| ListPatientsRequest { local_identifier: number.into(), ..everybody.clone() };
    let by_name = |kana: &str| ListPatientsRequest { name_kana: kana.into(), ..everybody.clone() };
    for number in ["T-0000", "T-0002", "T-9999"] {
        let answer = list(&pharmacist, by_number(number)).await?;
        ensure!(answer == ListPatientsResponse::default(), "{number}: {answer:?}");
    }
    for request in [everybody.clone(), by_number("T-0001"), by_name(&demographics().name_kana)] {
        let answer = list(&pharmacist, request).await?;
        ensure!(answer.patients.iter().map(|patient| &patient.patient_id).eq([&patients[1]]), "{answer:?}");
        ensure!(answer.next_page_token.is_empty(), "the token tells that there are more");
    }
    let answer = list(&pharmacist, by_name("スズキ イチロウ")).await?;
    ensure!(answer == ListPatientsResponse::default(), "{answer:?}");
    Ok(())
}

async fn list(session: &Session, request: ListPatientsRequest) -> Result<ListPatientsResponse> {
    Ok(session.patients.clone().list_patients(request).await?.into_inner())
}

async fn long_entries_fit_into_pages_and_streams(engine: Engine) -> Result<()> {
    // 18 of the longest notes take 4.3 MB: more than a message may have.
    const NOTES: usize = 18;
    const MOST: usize = 4 * 1024 * 1024;
    let team = Team::open(engine).await?;
    team.consent(&team.manager, &[], None).await?;
    let long = "痛".repeat(20_000);
    let note = VisitNote {
        subjective: long.clone(),
        objective: long.clone(),
        assessment: long.clone(),
        plan: long,
        ..Default::default()
    };
    let mut posted = Vec::new();
    for _ in 0..NOTES {
        let content = EntryContent { content: Some(entry_content::Content::VisitNote(note.clone())) };
        let request = PostEntryRequest { content: Some(content), ..posting(&team.patient, "") };
        let answer = team.doctor.session.timeline.clone().post_entry(request).await?.into_inner();
        posted.push(answer.entry.context("entry")?.seq);
    }

    let mut timeline = team.manager.session.timeline.clone();
    let mut listed = Vec::new();
    let mut request = ListEntriesRequest {
        patient_id: team.patient.clone(),
        page_size: 100,
        page_token: String::new(),
        ..Default::default()
    };
    loop {
        let page = timeline.list_entries(request.clone()).await?.into_inner();
        ensure!(page.encoded_len() <= MOST, "a page of {} bytes", page.encoded_len());
        listed.extend(written(page.entries).iter().map(|entry| entry.seq));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    ensure!(listed.iter().eq(posted.iter().rev()), "{listed:?}");

    let (mut unread, mut request) = (Vec::new(), ListInboxRequest { page_size: 100, ..Default::default() });
    loop {
        let page = timeline.list_inbox(request.clone()).await?.into_inner();
        ensure!(page.encoded_len() <= MOST, "a page of {} bytes", page.encoded_len());
        unread.extend(written(page.entries).iter().map(|entry| entry.seq));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    ensure!(unread == posted, "{unread:?}");

    let mut stream = watch(&team.manager.session, &team.patient, Some(0)).await?;
    ensure!(started(&mut stream).await? == 0);
    for seq in posted {
        ensure!(entry(&mut stream).await? == seq, "another entry than {seq}");
    }
    Ok(())
}

async fn many_wrong_fields_are_one_refusal(engine: Engine) -> Result<()> {
    // What names them all goes back in headers, which are small.
    const MANY: usize = 1000;
    let region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?.session;
    let patient_ids = (0..MANY).map(|number| format!("x{number}")).collect();
    let wrong_ids = WatchRequest { patient_ids, positions: Vec::new() };
    let position = WatchPosition { patient_id: "y".into(), seq: -1, mark: Some(-1) };
    let wrong_positions = WatchRequest { patient_ids: Vec::new(), positions: vec![position; MANY] };
    for request in [wrong_ids, wrong_positions] {
        let answer = first_of(doctor.timeline.clone().watch(request).await).await;
        let status = expect_refused(answer, Code::InvalidArgument, "REQUEST_INVALID")?;
        let fields = status.get_details_bad_request().context("the fields")?.field_violations;
        ensure!(!fields.is_empty() && fields.len() < 100, "{} fields", fields.len());
    }
    Ok(())
}
