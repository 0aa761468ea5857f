//! An invented region for a test, made with few calls.

use std::fs;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use renkei_proto::v1::{
    AllMembers, AnswerInvitationRequest, Attachment, ConsentScope, CreateAffiliationRequest,
    CreateEnrollmentCodeRequest, CreateOrganizationRequest, CreatePersonRequest, Date, Demographics, Entry,
    EntryContent, InviteCareTeamMemberRequest, Message, OrganizationKind, PostEntryRequest,
    RecordConsentRequest, RegisterPatientRequest, Role, Sex, UploadAttachmentRequest, UploadHeader,
    consent_scope, entry_content, upload_attachment_request::Frame,
};
use renkei_tests::{
    database::{Database, Engine},
    fixtures,
    server::Server,
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use sha2::{Digest as _, Sha256};
use tonic::Status;
use uuid::Uuid;

use crate::grpc::{Device, Place, Session};

/// The password of everybody in the tests.
pub(crate) const PASSWORD: &str = "natsuyasumi-no-umi-8";

/// A region with a running server and its administrator.
pub(crate) struct Region {
    pub(crate) server: Server,
    pub(crate) place: Place,
    pub(crate) admin: Session,
}

/// Shown only where the test has failed.
impl Drop for Region {
    fn drop(&mut self) {
        println!("the end of the server's log:\n{}", self.server.end_of_log());
    }
}

/// A person with an enrolled device and a session.
pub(crate) struct Member {
    pub(crate) device: Device,
    pub(crate) session: Session,
}

/// A new id, as a client chooses one.
pub(crate) fn new_id() -> String {
    Uuid::new_v4().to_string()
}

impl Region {
    /// Starts a server with the default configuration.
    pub(crate) async fn open(engine: Engine) -> Result<Self> {
        Self::open_with(engine, "").await
    }

    /// Starts a server with `settings` (TOML) on top of the default configuration.
    pub(crate) async fn open_with(engine: Engine, settings: &str) -> Result<Self> {
        let (mut server, administrator) = Server::init(Database::create(engine)?, settings)?;
        server.start()?;
        let authority = CertificateDer::from_pem_slice(&fs::read(server.data_dir().join("ca.pem"))?)?;
        let place = Place { address: server.address(), authority };
        let admin = place.enroll(&administrator.enrollment_code, PASSWORD).await?.login().await?;
        Ok(Self { server, place, admin })
    }

    /// Creates an organisation and a person in it, up to an enrolment code that is not used yet.
    pub(crate) async fn admit(&self, login_name: &str, kind: OrganizationKind, role: Role) -> Result<String> {
        let mut identity = self.admin.identity.clone();
        let request = CreateOrganizationRequest {
            request_id: new_id(),
            kind: kind.into(),
            name: format!("事業所 {login_name}"),
        };
        let organization = identity.create_organization(request).await?.into_inner().organization;
        let request = CreatePersonRequest {
            request_id: new_id(),
            login_name: login_name.to_owned(),
            name: format!("職員 {login_name}"),
            name_kana: "ショクイン".to_owned(),
        };
        let person_id =
            identity.create_person(request).await?.into_inner().person.context("person")?.person_id;
        let request = CreateAffiliationRequest {
            request_id: new_id(),
            person_id: person_id.clone(),
            organization_id: organization.context("organization")?.organization_id,
            role: role.into(),
        };
        identity.create_affiliation(request).await?;
        let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id };
        Ok(identity.create_enrollment_code(request).await?.into_inner().code)
    }

    /// Creates an organisation and a person in it, enrols a device and logs in.
    pub(crate) async fn member(
        &self,
        login_name: &str,
        kind: OrganizationKind,
        role: Role,
    ) -> Result<Member> {
        let code = self.admit(login_name, kind, role).await?;
        let device = self.place.enroll(&code, PASSWORD).await?;
        let session = device.login().await?;
        Ok(Member { device, session })
    }

    /// A doctor of a clinic of their own.
    pub(crate) async fn doctor(&self, login_name: &str) -> Result<Member> {
        self.member(login_name, OrganizationKind::Clinic, Role::Doctor).await
    }

    /// A care manager of an office of their own.
    pub(crate) async fn care_manager(&self, login_name: &str) -> Result<Member> {
        self.member(login_name, OrganizationKind::CareManagement, Role::CareManager).await
    }

    /// A pharmacist of a pharmacy of their own.
    pub(crate) async fn pharmacist(&self, login_name: &str) -> Result<Member> {
        self.member(login_name, OrganizationKind::Pharmacy, Role::Pharmacist).await
    }
}

/// An invented patient.
pub(crate) fn demographics() -> Demographics {
    Demographics {
        name: "山本 ふじ".to_owned(),
        name_kana: "ヤマモト フジ".to_owned(),
        birth_date: Some(Date { year: 1936, month: 5, day: 5 }),
        sex: Sex::Female.into(),
        local_identifier: String::new(),
    }
}

/// A message as an entry's content.
pub(crate) fn message(text: &str) -> Option<EntryContent> {
    let message = Message { text: text.to_owned() };
    Some(EntryContent { content: Some(entry_content::Content::Message(message)) })
}

/// The text of an entry that is a message.
pub(crate) fn text_of(entry: &Entry) -> &str {
    match entry.content.as_ref().and_then(|content| content.content.as_ref()) {
        Some(entry_content::Content::Message(message)) => &message.text,
        _ => "",
    }
}

/// A request to post a message, with new ids.
pub(crate) fn posting(patient_id: &str, text: &str) -> PostEntryRequest {
    PostEntryRequest {
        request_id: new_id(),
        patient_id: patient_id.to_owned(),
        entry_id: new_id(),
        content: message(text),
        ..Default::default()
    }
}

/// An upload of `content` in frames of the largest size.
pub(crate) fn frames(patient_id: &str, file_name: &str, content: &[u8]) -> Vec<UploadAttachmentRequest> {
    let header = UploadHeader {
        patient_id: patient_id.to_owned(),
        attachment_id: new_id(),
        file_name: file_name.to_owned(),
        content_type: "application/octet-stream".to_owned(),
        size: i64::try_from(content.len()).unwrap_or(i64::MAX),
        sha256: Bytes::copy_from_slice(&Sha256::digest(content)),
    };
    let data = content.chunks(262_144).map(|chunk| Frame::Data(Bytes::copy_from_slice(chunk)));
    let frames = std::iter::once(Frame::Header(header)).chain(data);
    frames.map(|frame| UploadAttachmentRequest { frame: Some(frame) }).collect()
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
        let request = InviteCareTeamMemberRequest {
            request_id: new_id(),
            patient_id: patient_id.to_owned(),
            organization_id: other.organization(),
            message: String::new(),
        };
        self.patients.clone().invite_care_team_member(request).await?;
        let request =
            AnswerInvitationRequest { request_id: new_id(), patient_id: patient_id.to_owned(), accept: true };
        other.patients.clone().answer_invitation(request).await?;
        Ok(())
    }

    /// Records a consent to all members for all categories, and returns its id.
    pub(crate) async fn consent_to_all(&self, patient_id: &str) -> Result<String> {
        let paper = self.upload(patient_id, "consent.pdf", fixtures::PAPER).await?;
        let request = RecordConsentRequest {
            request_id: new_id(),
            patient_id: patient_id.to_owned(),
            scope: Some(ConsentScope { scope: Some(consent_scope::Scope::AllMembers(AllMembers {})) }),
            paper_attachment_id: paper.attachment_id,
            ..Default::default()
        };
        let consent = self.consents.clone().record_consent(request).await?.into_inner().consent;
        Ok(consent.context("consent")?.consent_id)
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

    /// All entries that this session sees, oldest first.
    pub(crate) async fn all_entries(&self, patient_id: &str) -> Result<Vec<Entry>> {
        let mut request = renkei_proto::v1::ListEntriesRequest {
            patient_id: patient_id.to_owned(),
            page_size: 100,
            page_token: String::new(),
        };
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
}
