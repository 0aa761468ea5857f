//! Organisations, people, roles, and the caller of a request.

use uuid::Uuid;

use crate::access::Subject;
use crate::account::DeviceKind;
use crate::id::{AffiliationId, DeviceId, OrganizationId, PersonId, SessionId};
use crate::service::Service;
use crate::text_enum::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// What a person does at an organisation (FHIR R4 `PractitionerRole.code`).
    pub enum Role {
        /// 医師.
        Doctor = "DOCTOR",
        /// 歯科医師.
        Dentist = "DENTIST",
        /// 薬剤師.
        Pharmacist = "PHARMACIST",
        /// 看護師.
        Nurse = "NURSE",
        /// ケアマネジャー.
        CareManager = "CARE_MANAGER",
        /// 療法士.
        Therapist = "THERAPIST",
        /// 管理栄養士.
        Dietitian = "DIETITIAN",
        /// 介護職.
        CareWorker = "CARE_WORKER",
        /// 社会福祉士.
        SocialWorker = "SOCIAL_WORKER",
        /// 連携拠点の職員.
        Coordinator = "COORDINATOR",
        /// The region's administrator: manages organisations and people, reads no patient data.
        Administrator = "ADMINISTRATOR",
        /// 施設管理者: manages the people of the own organisation, reads no patient data.
        OrganizationAdministrator = "ORGANIZATION_ADMINISTRATOR",
        /// 個人情報保護管理者: reads what was done for the own organisation and to the records that it keeps, and no
        /// patient data.
        PrivacyOfficer = "PRIVACY_OFFICER",
    }
}

text_enum! {
    /// What data is asked for (HL7 v3 `PurposeOfUse`).
    pub enum Purpose {
        /// 診療・ケア.
        Treatment = "TREATMENT",
        /// 連絡調整.
        CareManagement = "CARE_MANAGEMENT",
        /// 質の向上・研修.
        QualityImprovement = "QUALITY_IMPROVEMENT",
        /// 緊急: only under an emergency access, never a session's.
        Emergency = "EMERGENCY",
    }
}

text_enum! {
    /// What an organisation is (FHIR R4 `Organization.type`).
    pub enum OrganizationKind {
        /// 病院.
        Hospital = "HOSPITAL",
        /// 診療所.
        Clinic = "CLINIC",
        /// 歯科診療所.
        DentalClinic = "DENTAL_CLINIC",
        /// 薬局.
        Pharmacy = "PHARMACY",
        /// 訪問看護ステーション.
        HomeVisitNursing = "HOME_VISIT_NURSING",
        /// 居宅介護支援事業所.
        CareManagement = "CARE_MANAGEMENT",
        /// 介護サービス事業所.
        CareService = "CARE_SERVICE",
        /// 地域包括支援センター.
        CommunitySupportCenter = "COMMUNITY_SUPPORT_CENTER",
        /// 連携拠点.
        CoordinationOffice = "COORDINATION_OFFICE",
    }
}

/// What a login name must be, for whoever has to say it.
pub const LOGIN_NAME_RULE: &str = "must be 3 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter";

/// Whether `text` can be a login name: [`LOGIN_NAME_RULE`].
pub fn is_login_name(text: &str) -> bool {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    (3..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(known)
}

/// An organisation.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// What it is.
    pub kind: OrganizationKind,
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
}

text_enum! {
    /// What is done with the position that an image tells.
    pub enum PositionPolicy {
        /// It stays in the image.
        Keep = "KEEP",
        /// It is removed, and nothing else.
        Remove = "REMOVE",
    }
}

/// What an organisation does with files, and how much it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrganizationPolicy {
    /// The organisation.
    pub organization: OrganizationId,
    /// What is done with positions in images that its people upload.
    pub positions: PositionPolicy,
    /// Bytes that the files of its people may have together.
    pub quota_bytes: i64,
    /// Bytes that they have.
    pub used_bytes: i64,
}

/// A person with the one account that person has.
#[derive(Clone, Debug)]
pub struct Person {
    /// The person's id.
    pub id: PersonId,
    /// Login name.
    pub login_name: String,
    /// Name.
    pub name: String,
    /// Reading of the name; may be empty.
    pub name_kana: String,
    /// What the person does where now.
    pub affiliations: Vec<Affiliation>,
    /// When the account was created.
    pub created_at: Timestamp,
    /// Since when the person is suspended.
    pub suspended_at: Option<Timestamp>,
}

/// A person's role at an organisation.
#[derive(Clone, Debug)]
pub struct Affiliation {
    /// Its id.
    pub id: AffiliationId,
    /// Where.
    pub organization: OrganizationId,
    /// Name of the organisation.
    pub organization_name: String,
    /// As what.
    pub role: Role,
}

/// Who did something, with the names as they are now.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The person.
    pub person: PersonId,
    /// Name of the person.
    pub person_name: String,
    /// The organisation the person acted for.
    pub organization: OrganizationId,
    /// Name of the organisation.
    pub organization_name: String,
    /// The role the person acted in.
    pub role: Role,
}

/// Who is calling: a live session on an enrolled device. Made by `authn` only.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person, acting for an organisation in a role.
    pub actor: Actor,
    /// Login name.
    pub login_name: String,
    /// The affiliation the session acts under.
    pub affiliation: AffiliationId,
    /// The device.
    pub device: DeviceId,
    /// What the device shows.
    pub device_kind: DeviceKind,
    /// The session.
    pub session: SessionId,
    /// End of the session, whatever is refreshed.
    pub session_ends_at: Timestamp,
    /// For what the session asks for data.
    pub purpose: Purpose,
    /// When the password was given last: at the log-in, or before a dangerous act. Never by a service.
    pub stepped_up_at: Option<Timestamp>,
    /// The service account that acts for the person, if it is not the person.
    pub service: Option<Service>,
}

impl Caller {
    /// The caller as the access rule sees it.
    pub fn subject(&self) -> Subject {
        Subject {
            person: self.actor.person,
            organization: self.actor.organization,
            role: self.actor.role,
            purpose: self.purpose,
        }
    }

    /// Whose places the caller takes where each may have a few only: a program takes its own account's, not those of the
    /// people for whom it acts.
    pub fn whose_places(&self) -> Uuid {
        self.service.as_ref().map_or(self.actor.person.0, |service| service.id.0)
    }
}
