//! What the people of a test do, in few words.

use anyhow::{Context as _, Result};
use renkei_proto::v1::{
    AnswerInvitationRequest, Attachment, ConsentForm, Entry, InviteCareTeamMemberRequest, ListEntriesRequest,
    ListInboxRequest, RecordConsentRequest, RegisterPatientRequest, UploadAttachmentRequest,
    WithdrawConsentRequest, WithdrawnPart, invite_care_team_member_request::Member,
};
use renkei_tests::fixtures;
use tonic::Status;

use super::{demographics, form_all, frames, new_id, posting, written};
use crate::grpc::Session;

/// An invitation of an organisation.
pub(crate) fn invitation(patient_id: &str, organization_id: String) -> InviteCareTeamMemberRequest {
    InviteCareTeamMemberRequest {
        request_id: new_id(),
        patient_id: patient_id.to_owned(),
        member: Some(Member::OrganizationId(organization_id)),
        message: "在宅ケアへの参加をお願いします。".to_owned(),
    }
}

impl Session {
    /// Registers a patient.
    pub(crate) async fn register(&self) -> Result<String> {
        let request = RegisterPatientRequest { request_id: new_id(), demographics: Some(demographics()) };
        let patient = self.patients.clone().register_patient(request).await?.into_inner().patient;
        Ok(patient.context("patient")?.patient_id)
    }

    /// Invites the organisation of `other`, which accepts. That alone lets it see nothing.
    pub(crate) async fn join(&self, patient_id: &str, other: &Session) -> Result<()> {
        let request = invitation(patient_id, other.organization());
        self.patients.clone().invite_care_team_member(request).await?;
        let request = AnswerInvitationRequest {
            request_id: new_id(),
            patient_id: patient_id.to_owned(),
            accept: true,
            ..Default::default()
        };
        other.patients.clone().answer_invitation(request).await?;
        Ok(())
    }

    /// Records a consent with its paper, and returns its id.
    pub(crate) async fn consent(&self, patient_id: &str, form: ConsentForm) -> Result<String> {
        let paper = self.upload(patient_id, "consent.pdf", fixtures::PAPER).await?;
        let request = RecordConsentRequest {
            request_id: new_id(),
            patient_id: patient_id.to_owned(),
            form: Some(form),
            paper_attachment_id: paper.attachment_id,
        };
        let consent = self.consents.clone().record_consent(request).await?.into_inner().consent;
        Ok(consent.context("consent")?.consent_id)
    }

    /// Records a consent to all members for all categories, and returns its id.
    pub(crate) async fn consent_to_all(&self, patient_id: &str) -> Result<String> {
        self.consent(patient_id, form_all()).await
    }

    /// Withdraws a consent, or a part of it.
    pub(crate) async fn withdraw(
        &self,
        patient_id: &str,
        consent_id: &str,
        part: Option<WithdrawnPart>,
    ) -> Result<()> {
        let request = WithdrawConsentRequest {
            request_id: new_id(),
            patient_id: patient_id.to_owned(),
            consent_id: consent_id.to_owned(),
            part,
        };
        self.consents.clone().withdraw_consent(request).await?;
        Ok(())
    }

    /// Posts a message.
    pub(crate) async fn post(&self, patient_id: &str, text: &str) -> Result<Entry, Status> {
        let answer = self.timeline.clone().post_entry(posting(patient_id, text)).await?;
        answer.into_inner().entry.ok_or_else(|| Status::internal("no entry in the answer"))
    }

    /// Uploads a file.
    pub(crate) async fn upload(
        &self,
        patient_id: &str,
        name: &str,
        content: &[u8],
    ) -> Result<Attachment, Status> {
        self.send(frames(patient_id, name, content)).await
    }

    /// Sends the frames of an upload.
    pub(crate) async fn send(&self, frames: Vec<UploadAttachmentRequest>) -> Result<Attachment, Status> {
        let answer = self.attachments.clone().upload_attachment(tokio_stream::iter(frames)).await?;
        answer.into_inner().attachment.ok_or_else(|| Status::internal("no attachment in the answer"))
    }

    /// All entries that this session sees, notices too, oldest first.
    pub(crate) async fn all_entries(&self, patient_id: &str) -> Result<Vec<Entry>> {
        let mut request =
            ListEntriesRequest { patient_id: patient_id.to_owned(), page_size: 100, ..Default::default() };
        let mut entries = Vec::new();
        loop {
            let page = self.timeline.clone().list_entries(request.clone()).await?.into_inner();
            entries.extend(page.entries);
            if page.next_page_token.is_empty() {
                entries.reverse();
                return Ok(entries);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// All that people wrote and this session sees, oldest first.
    pub(crate) async fn written_entries(&self, patient_id: &str) -> Result<Vec<Entry>> {
        Ok(written(self.all_entries(patient_id).await?))
    }

    /// The first page of the inbox: all of it in these tests.
    pub(crate) async fn inbox(&self) -> Result<Vec<Entry>> {
        let request = ListInboxRequest { page_size: 100, ..Default::default() };
        Ok(self.timeline.clone().list_inbox(request).await?.into_inner().entries)
    }
}
