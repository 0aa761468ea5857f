//! An invented region on a fresh server, made over gRPC as anybody would make it.

mod note;

use std::{fs, sync::Arc};

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use renkei_proto::v1::{
    AllMembers, AnswerInvitationRequest, ConsentForm, ConsentScope, ConsentSigner, ConsentSignerKind,
    CreateAffiliationRequest, CreateEnrollmentCodeRequest, CreateOrganizationRequest, CreatePersonRequest,
    Date, Demographics, InviteCareTeamMemberRequest, OrganizationKind, RecordConsentRequest,
    RegisterPatientRequest, Role, Sex, UploadAttachmentRequest, UploadHeader, WhoAmIRequest,
    consent_scope::Scope, invite_care_team_member_request::Member as Invited,
    upload_attachment_request::Frame,
};
use renkei_tests::{
    database::{Database, Engine},
    fixtures,
    server::Server,
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub(crate) use self::note::{NOTE_BYTES, note, posting};
use crate::client::{Device, Place, Session};

/// The password of everybody in the region.
pub(crate) const PASSWORD: &str = "natsuyasumi-no-umi-8";

/// What lets one address be a whole region; on top of the server's defaults.
pub(crate) const SETTINGS: &str = "[limits]\nmax_connections_per_address = 2000\n";

/// How much is done at once while the region is made: the server takes so many uploads of one person.
const AT_ONCE: usize = 4;

/// What a region is to be like.
#[derive(Clone, Debug)]
pub(crate) struct Blueprint {
    /// Where its data is.
    pub(crate) engine: Engine,
    /// The server's configuration file.
    pub(crate) settings: String,
    /// How many organisations, each with one person, device and session: first a clinic with a doctor, then
    /// home-visit nursing stations with a nurse. At least 1.
    pub(crate) members: usize,
    /// How many patients. The clinic is the custodian organisation, all organisations are in the care team,
    /// and a consent permits everything to them.
    pub(crate) patients: usize,
}

impl Default for Blueprint {
    fn default() -> Self {
        Self { engine: Engine::Sqlite, settings: SETTINGS.to_owned(), members: 8, patients: 50 }
    }
}

/// A region with a running server. The server is killed and its folder removed with this value.
pub(crate) struct World {
    /// The server.
    pub(crate) server: Server,
    /// Where it is.
    pub(crate) place: Place,
    /// The region's administrator.
    pub(crate) admin: Session,
    /// The members, the custodian's doctor first.
    pub(crate) members: Vec<Member>,
    /// UUIDs of the patients.
    pub(crate) patients: Arc<[String]>,
}

/// A person with an enrolled device and a session.
#[derive(Clone)]
pub(crate) struct Member {
    /// The device.
    pub(crate) device: Device,
    /// The session, on a connection of its own.
    pub(crate) session: Session,
}

/// A new id, as a client chooses one.
pub(crate) fn new_id() -> String {
    Uuid::new_v4().to_string()
}

impl World {
    /// Makes a region and leaves its server running.
    ///
    /// # Errors
    /// If the server can not be started, or refuses something.
    pub(crate) async fn open(blueprint: &Blueprint) -> Result<Self> {
        let (mut server, administrator) =
            Server::init(Database::create(blueprint.engine)?, &blueprint.settings)?;
        server.start()?;
        let authority = CertificateDer::from_pem_slice(&fs::read(server.data_dir().join("ca.pem"))?)?;
        let place = Place { address: server.address(), authority };
        let admin = place.enroll(&administrator.enrollment_code, PASSWORD).await?.login().await?;
        let mut world = Self { server, place, admin, members: Vec::new(), patients: Arc::new([]) };
        for number in 0..blueprint.members {
            world.members.push(world.admit(number).await?);
        }
        world.patients = world.register(blueprint.patients).await?.into();
        Ok(world)
    }

    /// The server's process id.
    ///
    /// # Errors
    /// If it does not run.
    pub(crate) fn server_id(&self) -> Result<u32> {
        self.server.id().context("the server does not run")
    }

    /// `count` clients, each on a connection of its own that stands already; the members take turns.
    ///
    /// # Errors
    /// If the server refuses.
    pub(crate) async fn clients(&self, count: usize) -> Result<Vec<Session>> {
        let sessions = self.members.iter().cycle().take(count);
        stream::iter(sessions.map(|member| member.connect_again())).buffered(AT_ONCE).try_collect().await
    }

    /// Makes an organisation with one person, up to the session.
    async fn admit(&self, number: usize) -> Result<Member> {
        let (kind, role) = match number {
            0 => (OrganizationKind::Clinic, Role::Doctor),
            _ => (OrganizationKind::HomeVisitNursing, Role::Nurse),
        };
        let mut identity = self.admin.identity.clone();
        let request = CreateOrganizationRequest {
            request_id: new_id(),
            kind: kind.into(),
            name: format!("計測事業所 {number}"),
        };
        let organization = identity.create_organization(request).await?.into_inner().organization;
        let organization = organization.context("organization")?.organization_id;
        self.employ(&organization, role, &number.to_string()).await
    }

    /// One person more at an organisation (UUID), up to the session; the name makes it different from others.
    ///
    /// # Errors
    /// If the server refuses.
    pub(crate) async fn employ(&self, organization: &str, role: Role, name: &str) -> Result<Member> {
        let mut identity = self.admin.identity.clone();
        let request = CreatePersonRequest {
            request_id: new_id(),
            login_name: format!("member-{name}"),
            name: format!("計測 職員{name}"),
            name_kana: "ケイソク ショクイン".to_owned(),
        };
        let person = identity.create_person(request).await?.into_inner().person;
        let person_id = person.context("person")?.person_id;
        let request = CreateAffiliationRequest {
            request_id: new_id(),
            person_id: person_id.clone(),
            organization_id: organization.to_owned(),
            role: role.into(),
        };
        identity.create_affiliation(request).await?;
        let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id };
        let code = identity.create_enrollment_code(request).await?.into_inner().code;
        let device = self.place.enroll(&code, PASSWORD).await?;
        let session = device.login().await?;
        Ok(Member { device, session })
    }

    /// Registers patients with their care team and consent, and returns their ids.
    ///
    /// # Errors
    /// If the server refuses.
    pub(crate) async fn register(&self, count: usize) -> Result<Vec<String>> {
        stream::iter((0..count).map(|_| self.register_one())).buffered(AT_ONCE).try_collect().await
    }

    async fn register_one(&self) -> Result<String> {
        let (custodian, others) = self.members.split_first().context("a region without members")?;
        let custodian = &custodian.session;
        let request = RegisterPatientRequest { request_id: new_id(), demographics: Some(demographics()) };
        let patient = custodian.patients.clone().register_patient(request).await?.into_inner().patient;
        let patient_id = patient.context("patient")?.patient_id;
        for other in others {
            let request = InviteCareTeamMemberRequest {
                request_id: new_id(),
                patient_id: patient_id.clone(),
                member: Some(Invited::OrganizationId(other.session.organization())),
                message: "在宅ケアへの参加をお願いします。".to_owned(),
            };
            custodian.patients.clone().invite_care_team_member(request).await?;
            let request = AnswerInvitationRequest {
                request_id: new_id(),
                patient_id: patient_id.clone(),
                accept: true,
                ..Default::default()
            };
            other.session.patients.clone().answer_invitation(request).await?;
        }
        let request = RecordConsentRequest {
            request_id: new_id(),
            patient_id: patient_id.clone(),
            form: Some(form_all()),
            paper_attachment_id: custodian.upload(&patient_id, "consent.pdf", fixtures::PAPER).await?,
        };
        custodian.consents.clone().record_consent(request).await?;
        Ok(patient_id)
    }
}

impl Member {
    /// The same session on a new connection that stands already.
    ///
    /// # Errors
    /// If the server refuses.
    pub(crate) async fn connect_again(&self) -> Result<Session> {
        let session = self.device.connect_again(&self.session)?;
        session.auth.clone().who_am_i(WhoAmIRequest {}).await?;
        Ok(session)
    }
}

impl Session {
    /// Uploads a file that fits into one frame, and returns its id.
    ///
    /// # Errors
    /// If the server refuses.
    pub(crate) async fn upload(
        &self,
        patient_id: &str,
        name: &str,
        content: &'static [u8],
    ) -> Result<String> {
        let header = UploadHeader {
            patient_id: patient_id.to_owned(),
            attachment_id: new_id(),
            file_name: name.to_owned(),
            content_type: "application/octet-stream".to_owned(),
            size: i64::try_from(content.len())?,
            sha256: Sha256::digest(content).to_vec().into(),
            ..Default::default()
        };
        let frames = [Frame::Header(header), Frame::Data(content.into())];
        let frames = frames.map(|frame| UploadAttachmentRequest { frame: Some(frame) });
        let answer = self.attachments.clone().upload_attachment(stream::iter(frames)).await?;
        Ok(answer.into_inner().attachment.context("attachment")?.attachment_id)
    }
}

/// An invented patient.
fn demographics() -> Demographics {
    Demographics {
        name: "山本 ふじ".to_owned(),
        name_kana: "ヤマモト フジ".to_owned(),
        birth_date: Some(Date { year: 1936, month: 5, day: 5 }),
        sex: Sex::Female.into(),
        local_identifier: String::new(),
    }
}

/// The patient permits everything to the care team, now and without end.
fn form_all() -> ConsentForm {
    ConsentForm {
        scope: Some(ConsentScope { scope: Some(Scope::AllMembers(AllMembers {})) }),
        signer: Some(ConsentSigner { kind: ConsentSignerKind::Patient.into(), ..Default::default() }),
        sign_date: Some(Date { year: 2026, month: 4, day: 1 }),
        ..Default::default()
    }
}
