//! What a caller may not see does not exist for it: the answer is the same, byte for byte, as for an id
//! that nobody has.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AnswerInvitationRequest, DownloadAttachmentRequest, DownloadAttachmentResponse, GetEntryRequest,
    GetPatientRequest, ListAuditEventsRequest, ListCareTeamRequest, ListConsentsRequest, ListEntriesRequest,
    ListInboxRequest, ListPatientsRequest, ListReadersRequest, MarkReadRequest, RecordConsentRequest,
    SearchEntriesRequest, WatchRequest, WithdrawConsentRequest,
};
use renkei_tests::{database::Engine, fixtures};
use tonic::{Code, Response, Status};

use crate::{
    grpc::Session,
    refusal::{expect, first_of, refused, visible},
    region::{Region, form_all, frames, invitation, new_id, posting},
};

crate::on_both_engines!(
    a_foreign_id_is_answered_like_one_that_does_not_exist,
    another_patients_objects_do_not_exist
);

/// Ids of things.
#[derive(Clone)]
struct Ids {
    patient: String,
    entry: String,
    attachment: String,
    consent: String,
}

impl Ids {
    fn of_nothing() -> Self {
        Self { patient: new_id(), entry: new_id(), attachment: new_id(), consent: new_id() }
    }
}

async fn a_foreign_id_is_answered_like_one_that_does_not_exist(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("aoki").await?.session;
    let member = region.pharmacist("baba").await?.session;
    let stranger = region.doctor("chiba").await?.session;
    let foreign = patient_with_everything(&doctor).await?;
    // A member of the care team whom no consent names, and somebody from elsewhere.
    doctor.join(&foreign.patient, &member).await?;
    for caller in [&member, &stranger] {
        let about_foreign = questions(caller, &foreign, &doctor).await?;
        let about_nothing = questions(caller, &Ids::of_nothing(), &doctor).await?;
        for ((what, foreign), (_, nothing)) in about_foreign.iter().zip(&about_nothing) {
            expect(nothing, Code::NotFound, "NOT_FOUND").with_context(|| format!("{what} of nothing"))?;
            let (foreign, nothing) = (visible(foreign), visible(nothing));
            ensure!(foreign == nothing, "{what}: {foreign} of a foreign id, {nothing} of nothing");
        }
        let patients =
            caller.patients.clone().list_patients(ListPatientsRequest::default()).await?.into_inner();
        ensure!(patients.patients.is_empty() && patients.next_page_token.is_empty(), "{patients:?}");
        let inbox = caller.timeline.clone().list_inbox(ListInboxRequest::default()).await?.into_inner();
        ensure!(inbox.entries.is_empty() && inbox.next_page_token.is_empty(), "{inbox:?}");
    }
    // The member was invited; the stranger was not.
    let mut answers = Vec::new();
    for patient_id in [foreign.patient, new_id()] {
        let request =
            AnswerInvitationRequest { request_id: new_id(), patient_id, accept: true, ..Default::default() };
        answers.push(visible(&refused(stranger.patients.clone().answer_invitation(request).await)?));
    }
    ensure!(answers[0] == answers[1], "AnswerInvitation: {answers:?}");
    Ok(())
}

/// What belongs to another patient is not reached through a patient whom the caller may see.
async fn another_patients_objects_do_not_exist(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("aoki").await?.session;
    let stranger = region.doctor("chiba").await?.session;
    let foreign = patient_with_everything(&doctor).await?;
    let own = patient_with_everything(&stranger).await?;
    let through_own = Ids { patient: own.patient.clone(), ..foreign };
    let nothing = Ids { patient: own.patient.clone(), ..Ids::of_nothing() };
    for ids in [&through_own, &nothing] {
        let (patient_id, entry_id) = (ids.patient.clone(), ids.entry.clone());
        let mut timeline = stranger.timeline.clone();
        let request = GetEntryRequest { patient_id: patient_id.clone(), entry_id: entry_id.clone() };
        expect(&refused(timeline.get_entry(request).await)?, Code::NotFound, "NOT_FOUND")?;
        let request = ListReadersRequest {
            patient_id: patient_id.clone(),
            entry_id: entry_id.clone(),
            ..Default::default()
        };
        expect(&refused(timeline.list_readers(request).await)?, Code::NotFound, "NOT_FOUND")?;
        let mut request = posting(&patient_id, "返信");
        request.reply_to_entry_id = entry_id;
        expect(&refused(timeline.post_entry(request).await)?, Code::NotFound, "NOT_FOUND")?;
        let mut request = posting(&patient_id, "添付");
        request.attachment_ids = vec![ids.attachment.clone()];
        let status = refused(timeline.post_entry(request).await)?;
        expect(&status, Code::FailedPrecondition, "ATTACHMENT_NOT_USABLE")?;
        let status = refused(download(&stranger, ids).await)?;
        expect(&status, Code::NotFound, "NOT_FOUND")?;
        let status = refused(stranger.consents.clone().withdraw_consent(withdrawal(ids)).await)?;
        expect(&status, Code::NotFound, "NOT_FOUND")?;
    }
    ensure!(stranger.written_entries(&own.patient).await?.len() == 1, "a refused post was stored");
    Ok(())
}

async fn patient_with_everything(custodian: &Session) -> Result<Ids> {
    let patient = custodian.register().await?;
    let attachment = custodian.upload(&patient, "photo.jpg", fixtures::PHOTO).await?.attachment_id;
    let mut request = posting(&patient, "記録");
    request.attachment_ids = vec![attachment.clone()];
    let entry = request.entry_id.clone();
    custodian.timeline.clone().post_entry(request).await?;
    let consent = custodian.consent_to_all(&patient).await?;
    // The consent is withdrawn again: here it is a thing to ask for.
    let ids = Ids { patient, entry, attachment, consent };
    custodian.consents.clone().withdraw_consent(withdrawal(&ids)).await?;
    Ok(ids)
}

fn withdrawal(ids: &Ids) -> WithdrawConsentRequest {
    WithdrawConsentRequest {
        request_id: new_id(),
        patient_id: ids.patient.clone(),
        consent_id: ids.consent.clone(),
        part: None,
    }
}

/// The answers to everything that can be asked about a patient.
async fn questions(caller: &Session, ids: &Ids, doctor: &Session) -> Result<Vec<(&'static str, Status)>> {
    let Ids { patient, entry, attachment, .. } = ids.clone();
    let (mut patients, mut consents) = (caller.patients.clone(), caller.consents.clone());
    let (mut timeline, mut audit) = (caller.timeline.clone(), caller.audit.clone());
    let patient_id = || patient.clone();

    let mut answers = Vec::new();
    let mut keep = |what, status: Result<Status>| -> Result<()> {
        answers.push((what, status.context(what)?));
        Ok(())
    };
    let request = GetPatientRequest { patient_id: patient_id() };
    keep("GetPatient", refused(patients.get_patient(request).await))?;
    let request = ListCareTeamRequest { patient_id: patient_id() };
    keep("ListCareTeam", refused(patients.list_care_team(request).await))?;
    let request = invitation(&patient, doctor.organization());
    keep("InviteCareTeamMember", refused(patients.invite_care_team_member(request).await))?;
    let request = ListConsentsRequest { patient_id: patient_id() };
    keep("ListConsents", refused(consents.list_consents(request).await))?;
    let request = RecordConsentRequest {
        request_id: new_id(),
        patient_id: patient_id(),
        form: Some(form_all()),
        paper_attachment_id: attachment.clone(),
    };
    keep("RecordConsent", refused(consents.record_consent(request).await))?;
    keep("WithdrawConsent", refused(consents.withdraw_consent(withdrawal(ids)).await))?;
    let request = ListEntriesRequest { patient_id: patient_id(), ..Default::default() };
    keep("ListEntries", refused(timeline.list_entries(request).await))?;
    let request =
        SearchEntriesRequest { patient_id: patient_id(), query: "発赤".into(), ..Default::default() };
    keep("SearchEntries", refused(timeline.search_entries(request).await))?;
    let request = GetEntryRequest { patient_id: patient_id(), entry_id: entry.clone() };
    keep("GetEntry", refused(timeline.get_entry(request).await))?;
    let request =
        ListReadersRequest { patient_id: patient_id(), entry_id: entry.clone(), ..Default::default() };
    keep("ListReaders", refused(timeline.list_readers(request).await))?;
    let request = MarkReadRequest { patient_id: patient_id(), entry_ids: vec![entry] };
    keep("MarkRead", refused(timeline.mark_read(request).await))?;
    keep("PostEntry", refused(timeline.post_entry(posting(&patient, "こんにちは")).await))?;
    let request = WatchRequest { patient_ids: vec![patient_id()], positions: Vec::new() };
    keep("Watch", refused(first_of(timeline.watch(request).await).await))?;
    keep("DownloadAttachment", refused(download(caller, ids).await))?;
    let upload = caller.send(frames(&patient, "photo.jpg", fixtures::PHOTO)).await;
    keep("UploadAttachment", upload.err().context("it was not refused"))?;
    let request = ListAuditEventsRequest { patient_id: patient_id(), ..Default::default() };
    keep("ListAuditEvents", refused(audit.list_audit_events(request).await))?;
    Ok(answers)
}

/// The first frame of a file.
async fn download(caller: &Session, ids: &Ids) -> Result<Response<DownloadAttachmentResponse>, Status> {
    let request = DownloadAttachmentRequest {
        patient_id: ids.patient.clone(),
        attachment_id: ids.attachment.clone(),
        offset: 0,
        ..Default::default()
    };
    first_of(caller.attachments.clone().download_attachment(request).await).await
}
