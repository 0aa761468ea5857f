//! An invented region for a test, made with few calls.

mod consent;
mod session;

use std::fs;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use renkei_proto::v1::{
    CreateAffiliationRequest, CreateEnrollmentCodeRequest, CreateOrganizationRequest, CreatePersonRequest,
    Date, Demographics, Entry, EntryContent, Message, Notice, OrganizationKind, PostEntryRequest, Role, Sex,
    UploadAttachmentRequest, UploadHeader, entry_content, upload_attachment_request::Frame,
};
use renkei_tests::{
    database::{Database, Engine},
    server::Server,
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub(crate) use self::{
    consent::{form, form_all, form_organizations, form_person},
    session::invitation,
};
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
        Self::open_prepared(engine, settings, |server| {
            Ok(CertificateDer::from_pem_slice(&fs::read(server.data_dir().join("ca.pem"))?)?)
        })
        .await
    }

    /// The same, after `prepare` has had the installation; it says whom clients trust.
    pub(crate) async fn open_prepared(
        engine: Engine,
        settings: &str,
        prepare: impl FnOnce(&Server) -> Result<CertificateDer<'static>>,
    ) -> Result<Self> {
        let (mut server, administrator) = Server::init(Database::create(engine)?, settings)?;
        let authority = prepare(&server)?;
        server.start()?;
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
        self.employ(&organization.context("organization")?.organization_id, login_name, role).await
    }

    /// Creates a person in an organisation, up to an enrolment code that is not used yet.
    pub(crate) async fn employ(&self, organization_id: &str, login_name: &str, role: Role) -> Result<String> {
        let mut identity = self.admin.identity.clone();
        let request = CreatePersonRequest {
            request_id: new_id(),
            login_name: login_name.to_owned(),
            name: format!("職員 {login_name}"),
            name_kana: "ショクイン".to_owned(),
        };
        let person = identity.create_person(request).await?.into_inner().person;
        let person_id = person.context("person")?.person_id;
        self.affiliate(&person_id, organization_id, role).await?;
        let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id };
        Ok(identity.create_enrollment_code(request).await?.into_inner().code)
    }

    /// Gives a person an affiliation, and returns its id.
    pub(crate) async fn affiliate(
        &self,
        person_id: &str,
        organization_id: &str,
        role: Role,
    ) -> Result<String> {
        let request = CreateAffiliationRequest {
            request_id: new_id(),
            person_id: person_id.to_owned(),
            organization_id: organization_id.to_owned(),
            role: role.into(),
        };
        let answer = self.admin.identity.clone().create_affiliation(request).await?.into_inner();
        Ok(answer.affiliation.context("affiliation")?.affiliation_id)
    }

    /// Creates an organisation and a person in it, enrols a device and logs in.
    pub(crate) async fn member(
        &self,
        login_name: &str,
        kind: OrganizationKind,
        role: Role,
    ) -> Result<Member> {
        self.enter(&self.admit(login_name, kind, role).await?).await
    }

    /// Creates a person in the organisation of `other`, enrols a device and logs in.
    pub(crate) async fn colleague(&self, other: &Session, login_name: &str, role: Role) -> Result<Member> {
        self.enter(&self.employ(&other.organization(), login_name, role).await?).await
    }

    async fn enter(&self, code: &str) -> Result<Member> {
        let device = self.place.enroll(code, PASSWORD).await?;
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
    let message = Message { text: text.to_owned(), ..Default::default() };
    Some(EntryContent { content: Some(entry_content::Content::Message(message)) })
}

/// The text of an entry that is a message.
pub(crate) fn text_of(entry: &Entry) -> &str {
    match entry.content.as_ref().and_then(|content| content.content.as_ref()) {
        Some(entry_content::Content::Message(message)) => &message.text,
        _ => "",
    }
}

/// What an entry tells the care team, if it is a notice of the server.
pub(crate) fn notice_of(entry: &Entry) -> Option<&Notice> {
    match entry.content.as_ref().and_then(|content| content.content.as_ref()) {
        Some(entry_content::Content::Notice(notice)) => Some(notice),
        _ => None,
    }
}

/// What people wrote: entries without the notices of the server.
pub(crate) fn written(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.retain(|entry| notice_of(entry).is_none());
    entries
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
        ..Default::default()
    };
    let data = content.chunks(262_144).map(|chunk| Frame::Data(Bytes::copy_from_slice(chunk)));
    let frames = std::iter::once(Frame::Header(header)).chain(data);
    frames.map(|frame| UploadAttachmentRequest { frame: Some(frame) }).collect()
}
