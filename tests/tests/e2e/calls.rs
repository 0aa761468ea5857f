//! What the tests of consent and care teams ask again and again, in few words.

use anyhow::{Context as _, Result, bail, ensure};
use renkei_proto::v1::{
    AmendConsentRequest, AnswerInvitationRequest, AuditEvent, BreakGlassAccess, BreakGlassReason,
    BreakGlassRequest, BreakGlassResponse, Category, Consent, ConsentForm, DownloadAttachmentRequest,
    DownloadAttachmentResponse, Entry, GetEntryRequest, GetEntryResponse, GetPatientRequest,
    GetPatientResponse, ListAuditEventsRequest, ListBreakGlassRequest, ListConsentsRequest,
    ListEntriesRequest, ListEntriesResponse, Notice, NoticeKind, PostEntryRequest, RecordConsentRequest,
    RecordConsentResponse, Sensitivity, WatchResponse, watch_response::Event,
};
use renkei_tests::fixtures;
use tonic::{Code, Response, Status, Streaming};

use crate::{
    grpc::Session,
    refusal::{expect_refused, first_of},
    region::{PASSWORD, new_id, notice_of, posting, text_of},
    side_doors::next,
};

/// The answer to a call, as the client gets it.
pub(crate) type Answered<T> = Result<Response<T>, Status>;

/// A request to open a patient's record in an emergency, with the right password.
pub(crate) fn emergency(patient: &str) -> BreakGlassRequest {
    BreakGlassRequest {
        request_id: new_id(),
        patient_id: patient.to_owned(),
        reason: BreakGlassReason::EmergencyTransport.into(),
        text: "自宅で意識消失、救急搬送中。".to_owned(),
        password: PASSWORD.to_owned(),
    }
}

/// A request to post a message of this kind.
pub(crate) fn posting_of(
    patient: &str,
    category: Category,
    sensitivity: Sensitivity,
    text: &str,
) -> PostEntryRequest {
    let (category, sensitivity) = (category.into(), sensitivity.into());
    PostEntryRequest { category, sensitivity, ..posting(patient, text) }
}

/// The notices among entries: who is their author, and what they tell of.
pub(crate) fn notices(entries: &[Entry]) -> Vec<(String, &Notice)> {
    entries.iter().filter_map(|entry| notice_of(entry).map(|notice| (author(entry), notice))).collect()
}

/// How many notices of this kind there are.
pub(crate) fn count_of(entries: &[Entry], kind: NoticeKind) -> usize {
    notices(entries).iter().filter(|(_, notice)| notice.kind() == kind).count()
}

/// The next entry on a stream.
pub(crate) async fn next_entry(stream: &mut Streaming<WatchResponse>) -> Result<Entry> {
    match next(stream).await?? {
        Event::Entry(event) => event.entry.context("entry"),
        other => bail!("{other:?}"),
    }
}

/// UUID of the person who posted an entry.
pub(crate) fn author(entry: &Entry) -> String {
    entry.author.as_ref().map(|author| author.person_id.clone()).unwrap_or_default()
}

impl Session {
    /// The texts of all that people wrote and this session sees, oldest first.
    pub(crate) async fn texts(&self, patient: &str) -> Result<Vec<String>> {
        let entries = self.written_entries(patient).await?;
        Ok(entries.iter().map(|entry| text_of(entry).to_owned()).collect())
    }

    /// Checks what of the written entries this session sees, oldest first: on the timeline and, where it
    /// neither wrote nor read any of them, in the inbox.
    pub(crate) async fn expect_texts(&self, patient: &str, wanted: &[&str]) -> Result<()> {
        let seen = self.texts(patient).await?;
        ensure!(seen == wanted, "{} sees {seen:?}, not {wanted:?}", self.me.login_name);
        Ok(())
    }

    /// Checks that the patient does not exist for this session.
    pub(crate) async fn expect_nothing(&self, patient: &str) -> Result<()> {
        let who = || self.me.login_name.clone();
        let wanted = (Code::NotFound, "NOT_FOUND");
        expect_refused(self.list(patient).await, wanted.0, wanted.1).with_context(who)?;
        expect_refused(self.patient(patient).await, wanted.0, wanted.1).with_context(who)?;
        let inbox = self.inbox().await?;
        ensure!(inbox.iter().all(|entry| entry.patient_id != patient), "{}: {inbox:?}", who());
        Ok(())
    }

    /// The first page of the timeline.
    pub(crate) async fn list(&self, patient: &str) -> Answered<ListEntriesResponse> {
        let request = ListEntriesRequest { patient_id: patient.to_owned(), ..Default::default() };
        self.timeline.clone().list_entries(request).await
    }

    /// One entry.
    pub(crate) async fn entry(&self, patient: &str, entry: &str) -> Answered<GetEntryResponse> {
        let request = GetEntryRequest { patient_id: patient.to_owned(), entry_id: entry.to_owned() };
        self.timeline.clone().get_entry(request).await
    }

    /// The demographics.
    pub(crate) async fn patient(&self, patient: &str) -> Answered<GetPatientResponse> {
        self.patients.clone().get_patient(GetPatientRequest { patient_id: patient.to_owned() }).await
    }

    /// The first frame of a file.
    pub(crate) async fn download(
        &self,
        patient: &str,
        attachment: &str,
    ) -> Answered<DownloadAttachmentResponse> {
        let request = DownloadAttachmentRequest {
            patient_id: patient.to_owned(),
            attachment_id: attachment.to_owned(),
            offset: 0,
            ..Default::default()
        };
        first_of(self.attachments.clone().download_attachment(request).await).await
    }

    /// Posts a message of this kind.
    pub(crate) async fn post_as(
        &self,
        patient: &str,
        category: Category,
        sensitivity: Sensitivity,
        text: &str,
    ) -> Result<Entry> {
        let request = posting_of(patient, category, sensitivity, text);
        let answer = self.timeline.clone().post_entry(request).await?;
        answer.into_inner().entry.context("entry")
    }

    /// Records a consent; the answer may be a refusal.
    pub(crate) async fn try_consent(
        &self,
        patient: &str,
        form: ConsentForm,
    ) -> Result<Answered<RecordConsentResponse>> {
        let paper = self.upload(patient, "consent.pdf", fixtures::PAPER).await?;
        let request = RecordConsentRequest {
            request_id: new_id(),
            patient_id: patient.to_owned(),
            form: Some(form),
            paper_attachment_id: paper.attachment_id,
        };
        Ok(self.consents.clone().record_consent(request).await)
    }

    /// A request to replace this version of a consent, with a new paper.
    pub(crate) async fn amendment(
        &self,
        patient: &str,
        consent_id: &str,
        version: i32,
        form: ConsentForm,
    ) -> Result<AmendConsentRequest> {
        Ok(AmendConsentRequest {
            request_id: new_id(),
            patient_id: patient.to_owned(),
            consent_id: consent_id.to_owned(),
            version,
            form: Some(form),
            paper_attachment_id: self.upload(patient, "consent.pdf", fixtures::PAPER).await?.attachment_id,
        })
    }

    /// The patient's consents as they stand, newest first.
    pub(crate) async fn list_consents(&self, patient: &str) -> Result<Vec<Consent>, Status> {
        let request = ListConsentsRequest { patient_id: patient.to_owned() };
        Ok(self.consents.clone().list_consents(request).await?.into_inner().consents)
    }

    /// Opens the record in an emergency.
    pub(crate) async fn break_glass(&self, patient: &str) -> Answered<BreakGlassResponse> {
        self.consents.clone().break_glass(emergency(patient)).await
    }

    /// The emergency accesses to a patient, or to all of the custodian organisation's.
    pub(crate) async fn list_break_glass(
        &self,
        patient: &str,
        include_reviewed: bool,
    ) -> Result<Vec<BreakGlassAccess>, Status> {
        let request =
            ListBreakGlassRequest { patient_id: patient.to_owned(), include_reviewed, ..Default::default() };
        Ok(self.consents.clone().list_break_glass(request).await?.into_inner().accesses)
    }

    /// The patient's audit events, newest first: all of them in these tests.
    pub(crate) async fn audit_events(&self, patient: &str) -> Result<Vec<AuditEvent>> {
        let request =
            ListAuditEventsRequest { patient_id: patient.to_owned(), page_size: 200, ..Default::default() };
        let page = self.audit.clone().list_audit_events(request).await?.into_inner();
        ensure!(page.next_page_token.is_empty(), "there are more than 200 audit events");
        Ok(page.events)
    }

    /// Answers the invitation of this session's organisation, or its own.
    pub(crate) async fn answer(&self, patient: &str, accept: bool, personal: bool) -> Result<(), Status> {
        let request = AnswerInvitationRequest {
            request_id: new_id(),
            patient_id: patient.to_owned(),
            accept,
            personal,
            ..Default::default()
        };
        self.patients.clone().answer_invitation(request).await.map(drop)
    }
}
