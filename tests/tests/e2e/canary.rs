//! Nothing that a person writes about a patient stands in clear anywhere: not in the database, its log, the
//! blobs, the server's log at its most talkative, nor a dump. The same holds for passwords and tokens.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    Coding, Demographics, DownloadAttachmentRequest, EntryContent, InviteCareTeamMemberRequest,
    ListPatientsRequest, LoginRequest, Observation, Quantity, RegisterPatientRequest, VisitNote,
    entry_content,
};
use renkei_tests::database::Engine;
use tokio_stream::StreamExt as _;
use tonic::Code;
use uuid::Uuid;

use crate::{
    refusal::refused,
    region::{Region, demographics, frames, new_id, posting},
};

crate::on_both_engines!(nothing_stands_in_clear);

/// Makes words that stand nowhere else, and remembers them.
#[derive(Default)]
struct Canaries(Vec<(String, String)>);

impl Canaries {
    fn word(&mut self, what: &str) -> String {
        let word = format!("canary{}", Uuid::new_v4().simple());
        self.0.push((what.to_owned(), word.clone()));
        word
    }

    fn kana(&mut self) -> String {
        let letters: Vec<char> = "アイウエオカキクケコサシスセソタ".chars().collect();
        let word: String =
            Uuid::new_v4().as_bytes().iter().map(|byte| letters[usize::from(byte >> 4)]).collect();
        self.0.push(("name_kana".to_owned(), word.clone()));
        word
    }

    fn secret(&mut self, what: &str, secret: &str) {
        self.0.push((what.to_owned(), secret.to_owned()));
    }
}

async fn nothing_stands_in_clear(engine: Engine) -> Result<()> {
    let mut region = Region::open_with(engine, "[log]\nlevel = \"trace\"\n").await?;
    let mut canaries = Canaries::default();
    let doctor = region.doctor("ishii").await?;
    let other = region.care_manager("ueda").await?;
    let session = &doctor.session;

    let who = Demographics {
        name: canaries.word("name"),
        name_kana: canaries.kana(),
        local_identifier: canaries.word("local_identifier"),
        ..demographics()
    };
    let request = RegisterPatientRequest { request_id: new_id(), demographics: Some(who.clone()) };
    let patient = session.patients.clone().register_patient(request).await?.into_inner().patient;
    let patient = patient.context("patient")?.patient_id;
    let request = InviteCareTeamMemberRequest {
        request_id: new_id(),
        patient_id: patient.clone(),
        organization_id: other.session.organization(),
        message: canaries.word("invitation"),
    };
    session.patients.clone().invite_care_team_member(request).await?;

    let file_name = format!("{}.txt", canaries.word("file name"));
    let line = canaries.word("file");
    let content = format!("{line}\n").repeat(20_000);
    let file = session.upload(&patient, &file_name, content.as_bytes()).await?;
    let note = VisitNote {
        subjective: canaries.word("subjective"),
        objective: canaries.word("objective"),
        assessment: canaries.word("assessment"),
        plan: canaries.word("plan"),
        visit_time: None,
        observations: vec![Observation {
            code: Some(Coding {
                system: "http://loinc.org".to_owned(),
                code: "8310-5".to_owned(),
                display: canaries.word("observation"),
            }),
            value: Some(Quantity { value: "36.81726354".to_owned(), unit: "Cel".to_owned() }),
        }],
    };
    canaries.secret("measured value", "36.81726354");
    let mut entry = posting(&patient, "");
    entry.content = Some(EntryContent { content: Some(entry_content::Content::VisitNote(note)) });
    entry.attachment_ids = vec![file.attachment_id.clone()];
    session.timeline.clone().post_entry(entry).await?;
    session.post(&patient, &canaries.word("message")).await?;

    // What is read, searched for and refused goes through the server too.
    session.all_entries(&patient).await?;
    let by_kana = ListPatientsRequest { name_kana: who.name_kana.clone(), ..Default::default() };
    let by_number =
        ListPatientsRequest { local_identifier: who.local_identifier.clone(), ..Default::default() };
    for find in [by_kana, by_number] {
        let found = session.patients.clone().list_patients(find).await?.into_inner().patients;
        ensure!(found.len() == 1, "the index does not find the patient");
    }
    let request = DownloadAttachmentRequest {
        patient_id: patient.clone(),
        attachment_id: file.attachment_id,
        offset: 0,
    };
    let mut stream = session.attachments.clone().download_attachment(request).await?.into_inner();
    while let Some(frame) = stream.next().await {
        frame?;
    }
    let too_long = format!("{}{}", canaries.word("refused message"), "x".repeat(30_000));
    let status = refused(session.timeline.clone().post_entry(posting(&patient, &too_long)).await)?;
    ensure!(status.code() == Code::InvalidArgument, "{status:?}");
    let mut broken =
        frames(&patient, &canaries.word("refused file"), canaries.word("refused content").as_bytes());
    broken.pop();
    ensure!(session.send(broken).await.is_err(), "an upload without its bytes was taken");
    let wrong = LoginRequest {
        login_name: doctor.device.login_name.clone(),
        password: canaries.word("wrong password"),
        affiliation_id: String::new(),
    };
    refused(session.auth.clone().login(wrong).await)?;
    canaries.secret("password", &doctor.device.password);
    canaries.secret("access token", &session.tokens.access_token);
    canaries.secret("refresh token", &session.tokens.refresh_token);

    // Killed, so that nothing is tidied away on the way out.
    region.server.kill()?;
    let mut places = 0;
    look_through(region.server.folder(), &mut |path, bytes| {
        places += 1;
        canaries.search(&path.display().to_string(), bytes)
    })?;
    ensure!(places >= 6, "only {places} files were looked through");
    let control = "事業所 ishii".as_bytes();
    match region.server.database().dump()? {
        Some(dump) => {
            ensure!(contains(&dump, control), "the dump does not hold what stands in clear");
            canaries.search("pg_dump", &dump)?;
        }
        None => {
            let mut found = false;
            look_through(&region.server.data_dir(), &mut |_, bytes| {
                found |= contains(bytes, control);
                Ok(())
            })?;
            ensure!(found, "the database does not hold what stands in clear");
        }
    }
    Ok(())
}

impl Canaries {
    fn search(&self, place: &str, bytes: &[u8]) -> Result<()> {
        for (what, word) in &self.0 {
            let forms =
                [word.as_bytes().to_vec(), hex(word).into_bytes(), hex(word).to_uppercase().into_bytes()];
            let found =
                forms.iter().any(|form| contains(bytes, form)) || contains(place.as_bytes(), word.as_bytes());
            ensure!(!found, "{what} stands in clear in {place}");
        }
        Ok(())
    }
}

fn look_through(folder: &Path, look: &mut impl FnMut(&Path, &[u8]) -> Result<()>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            look_through(&path, look)?;
        } else {
            look(&path, &fs::read(&path)?)?;
        }
    }
    Ok(())
}

fn hex(word: &str) -> String {
    word.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    // Words begin with a letter that is rare in sealed bytes, so the second comparison is rare too.
    bytes.windows(wanted.len()).any(|window| window[0] == wanted[0] && window == wanted)
}
