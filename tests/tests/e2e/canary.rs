//! Nothing that a person writes about a patient stands in clear anywhere: not in the database, its log, the
//! blobs, the server's log at its most talkative, nor a dump. The same holds for passwords and tokens.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AddTotpRequest, BreakGlassRequest, BreakGlassVerdict, Coding, ConfirmTotpRequest, ConsentForm,
    ConsentSigner, ConsentSignerKind, ConsentSignerRelation, Demographics, DownloadAttachmentRequest,
    EntryContent, InviteCareTeamMemberRequest, ListPatientsRequest, LoginRequest, LoginWithTotpRequest,
    Observation, OfferCustodianRequest, Quantity, RegisterPatientRequest, RemoveCareTeamMemberRequest,
    ReviewBreakGlassRequest, SearchEntriesRequest, VisitNote, auth_service_client::AuthServiceClient,
    entry_content, login_with_totp_request::Second, remove_care_team_member_request::Member,
};
use renkei_tests::database::Engine;
use tokio_stream::StreamExt as _;
use tonic::Code;
use uuid::Uuid;

use crate::{
    calls::{emergency, notices},
    grpc::Session,
    refusal::refused,
    region::{PASSWORD, Region, demographics, form_person, frames, invitation, new_id, posting},
    totp::{ALLOWED, phone::Phone},
};

crate::on_both_engines!(nothing_stands_in_clear);

/// Makes words that stand nowhere else, and remembers them.
#[derive(Default)]
struct Canaries(Vec<(String, Vec<u8>)>);

impl Canaries {
    fn word(&mut self, what: &str) -> String {
        let word = format!("canary{}", Uuid::new_v4().simple());
        self.0.push((what.to_owned(), word.clone().into_bytes()));
        word
    }

    fn kana(&mut self) -> String {
        let letters: Vec<char> = "アイウエオカキクケコサシスセソタ".chars().collect();
        let word: String =
            Uuid::new_v4().as_bytes().iter().map(|byte| letters[usize::from(byte >> 4)]).collect();
        self.0.push(("name_kana".to_owned(), word.clone().into_bytes()));
        word
    }

    fn secret(&mut self, what: &str, secret: &str) {
        self.0.push((what.to_owned(), secret.as_bytes().to_vec()));
    }
}

async fn nothing_stands_in_clear(engine: Engine) -> Result<()> {
    let mut region = Region::open_with(engine, &format!("{ALLOWED}[log]\nlevel = \"trace\"\n")).await?;
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
        message: canaries.word("invitation"),
        ..invitation(&patient, other.session.organization())
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

    let pharmacist = region.pharmacist("endo").await?.session;
    told_to_the_care_team(session, &pharmacist, &patient, &mut canaries).await?;

    // What is read, searched for and refused goes through the server too.
    for words in [canaries.word("searched in vain"), line.clone(), file_name.clone()] {
        let request = SearchEntriesRequest {
            patient_id: patient.clone(),
            query: words.clone(),
            page_size: 1,
            ..Default::default()
        };
        let found = session.timeline.clone().search_entries(request).await?.into_inner().entries;
        ensure!(found.len() == usize::from(words == file_name), "{found:?}");
    }
    let request = SearchEntriesRequest {
        patient_id: "nobody".to_owned(),
        query: canaries.word("refused search"),
        ..Default::default()
    };
    refused(session.timeline.clone().search_entries(request).await)?;
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
        ..Default::default()
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
        ..Default::default()
    };
    refused(session.auth.clone().login(wrong).await)?;
    enroll_an_app(&region, session, &mut canaries).await?;
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

/// An authenticator app, and tries with it.
async fn enroll_an_app(region: &Region, session: &Session, canaries: &mut Canaries) -> Result<()> {
    let request = AddTotpRequest { device_name: "電話".to_owned() };
    let offer = session.auth.clone().add_totp(request).await?.into_inner().offer.context("offer")?;
    let phone = Phone::scan(&offer.uri)?;
    canaries.0.push(("seed".to_owned(), phone.seed.clone()));
    canaries.secret("seed for the app", offer.uri.split("secret=").nth(1).context("secret")?);
    canaries.secret("confirmation token", &offer.confirmation_token);
    let request =
        ConfirmTotpRequest { confirmation_token: offer.confirmation_token, totp_code: phone.code()? };
    let mut anybody = AuthServiceClient::new(region.place.channel(None)?);
    let codes = anybody.confirm_totp(request).await?.into_inner().recovery_codes;
    for code in &codes {
        canaries.secret("recovery code", code);
        canaries.secret("recovery code", &code.replace('-', ""));
    }
    let login = |password: &str| LoginWithTotpRequest {
        login_name: session.me.login_name.clone(),
        password: password.to_owned(),
        second: Some(Second::RecoveryCode(codes[0].clone())),
        ..Default::default()
    };
    refused(anybody.login_with_totp(login(&canaries.word("wrong password with a code"))).await)?;
    let tokens = anybody.login_with_totp(login(PASSWORD)).await?.into_inner().tokens.context("tokens")?;
    canaries.secret("access token of an app", &tokens.access_token);
    canaries.secret("refresh token of an app", &tokens.refresh_token);
    Ok(())
}

/// What is written about consent, an emergency and the care team, and stands in notices too.
async fn told_to_the_care_team(
    doctor: &Session,
    pharmacist: &Session,
    patient: &str,
    canaries: &mut Canaries,
) -> Result<()> {
    let signer = ConsentSigner {
        kind: ConsentSignerKind::Representative.into(),
        name: canaries.word("signer"),
        relation: ConsentSignerRelation::Child.into(),
    };
    doctor.consent(patient, ConsentForm { signer: Some(signer), ..form_person(doctor) }).await?;
    doctor.join(patient, pharmacist).await?;

    let reason = canaries.word("reason of an emergency");
    let wrong = BreakGlassRequest { password: canaries.word("wrong step-up"), ..emergency(patient) };
    refused(pharmacist.consents.clone().break_glass(wrong).await)?;
    let request = BreakGlassRequest { text: reason.clone(), ..emergency(patient) };
    let access = pharmacist.consents.clone().break_glass(request).await?.into_inner().access;
    let request = ReviewBreakGlassRequest {
        request_id: new_id(),
        patient_id: patient.to_owned(),
        break_glass_id: access.context("access")?.break_glass_id,
        verdict: BreakGlassVerdict::NotJustified.into(),
        text: canaries.word("review"),
    };
    doctor.consents.clone().review_break_glass(request).await?;

    let request = OfferCustodianRequest {
        request_id: new_id(),
        patient_id: patient.to_owned(),
        organization_id: pharmacist.organization(),
        text: canaries.word("reason of an offer"),
    };
    doctor.patients.clone().offer_custodian(request).await?;
    let request = RemoveCareTeamMemberRequest {
        request_id: new_id(),
        patient_id: patient.to_owned(),
        member: Some(Member::OrganizationId(pharmacist.organization())),
        text: canaries.word("reason of a removal"),
    };
    doctor.patients.clone().remove_care_team_member(request).await?;
    let told = doctor.all_entries(patient).await?;
    let told = |text: &str| notices(&told).iter().any(|(_, notice)| notice.text == text);
    ensure!(told(&reason), "the care team was not told of the reason");
    Ok(())
}

impl Canaries {
    fn search(&self, place: &str, bytes: &[u8]) -> Result<()> {
        for (what, word) in &self.0 {
            let forms = [word.clone(), hex(word).into_bytes(), hex(word).to_uppercase().into_bytes()];
            let found = forms.iter().any(|form| contains(bytes, form)) || contains(place.as_bytes(), word);
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

fn hex(word: &[u8]) -> String {
    word.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    // Words begin with a letter that is rare in sealed bytes, so the second comparison is rare too.
    bytes.windows(wanted.len()).any(|window| window[0] == wanted[0] && window == wanted)
}
