//! Patients and their care teams.

use crate::id::{OrganizationId, PatientId};
use crate::identity::Actor;
use crate::text_enum::text_enum;
use crate::time::Timestamp;

text_enum! {
    /// Administrative sex (FHIR R4 `AdministrativeGender`).
    pub enum Sex {
        /// 男性.
        Male = "MALE",
        /// 女性.
        Female = "FEMALE",
        /// その他.
        Other = "OTHER",
        /// 不明.
        Unknown = "UNKNOWN",
    }
}

text_enum! {
    /// Where an organisation stands in a care team.
    pub enum MembershipStatus {
        /// Invited, not answered yet: sees nothing of the patient.
        Invited = "INVITED",
        /// Accepted: sees what consent permits.
        Accepted = "ACCEPTED",
        /// Declined: sees nothing.
        Declined = "DECLINED",
    }
}

/// What identifies a patient. It is stored sealed, as this struct in JSON.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Demographics {
    /// Name in kanji.
    pub name: String,
    /// Reading of the name.
    pub name_kana: String,
    /// Birth date.
    pub birth_date: jiff::civil::Date,
    /// Administrative sex.
    pub sex: Sex,
    /// The custodian organisation's own number for the patient; empty: none.
    pub local_identifier: String,
}

/// A patient as somebody sees it.
#[derive(Clone, Debug)]
pub struct Patient {
    /// The patient's id.
    pub id: PatientId,
    /// What identifies the patient; absent where the stored bytes do not open.
    pub demographics: Option<Demographics>,
    /// 主管機関.
    pub custodian: OrganizationId,
    /// When the patient was registered.
    pub registered_at: Timestamp,
}

/// An organisation in a care team.
#[derive(Clone, Debug)]
pub struct CareTeamMember {
    /// Whose care team.
    pub patient: PatientId,
    /// Which organisation.
    pub organization: OrganizationId,
    /// Name of the organisation.
    pub organization_name: String,
    /// Where it stands.
    pub status: MembershipStatus,
    /// Who invited it.
    pub invited_by: Actor,
    /// When it was invited.
    pub invited_at: Timestamp,
    /// When it answered.
    pub answered_at: Option<Timestamp>,
}

/// What an invited organisation is shown before it answers.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The membership that waits.
    pub member: CareTeamMember,
    /// What the inviter wrote; absent where the stored bytes do not open.
    pub message: Option<String>,
}
