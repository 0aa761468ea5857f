//! Patients and their care teams.

use crate::id::{OrganizationId, PatientId, PersonId};
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
    /// Where a member stands in a care team.
    pub enum MembershipStatus {
        /// Invited, not answered yet: sees nothing of the patient.
        Invited = "INVITED",
        /// Accepted: sees what consent permits.
        Accepted = "ACCEPTED",
        /// Declined: sees nothing.
        Declined = "DECLINED",
        /// Left: sees nothing.
        Left = "LEFT",
        /// Removed: sees nothing.
        Removed = "REMOVED",
    }
}

text_enum! {
    /// Which staff of an organisation see a patient, as far as consent permits.
    pub enum StaffAccess {
        /// Everybody.
        All = "ALL",
        /// Assigned persons only (担当者).
        Assigned = "ASSIGNED",
    }
}

/// Who is in a care team: an organisation, or a person in whichever role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Participant {
    /// An organisation.
    Organization(OrganizationId),
    /// A person.
    Person(PersonId),
}

impl Participant {
    /// The id, of whichever it is.
    pub fn id(self) -> uuid::Uuid {
        match self {
            Self::Organization(id) => id.0,
            Self::Person(id) => id.0,
        }
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
    /// The organisation that was asked to become the custodian organisation.
    pub offered_custodian: Option<OrganizationId>,
}

/// An organisation or a person in a care team.
#[derive(Clone, Debug)]
pub struct CareTeamMember {
    /// Whose care team.
    pub patient: PatientId,
    /// Who.
    pub participant: Participant,
    /// Name of the organisation or the person.
    pub name: String,
    /// Where it stands.
    pub status: MembershipStatus,
    /// Which staff of an organisation see the patient; all where a person is the member.
    pub staff: StaffAccess,
    /// Who invited it.
    pub invited_by: Actor,
    /// When it was invited.
    pub invited_at: Timestamp,
    /// When it answered.
    pub answered_at: Option<Timestamp>,
    /// When it left or was removed.
    pub ended_at: Option<Timestamp>,
}

/// Which staff of an organisation see a patient.
#[derive(Clone, Debug)]
pub struct StaffAssignment {
    /// Everybody, or the assigned.
    pub access: StaffAccess,
    /// The assigned persons with their names, by login name.
    pub persons: Vec<(PersonId, String)>,
}

/// What an invited organisation is shown before it answers.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The membership that waits.
    pub member: CareTeamMember,
    /// What the inviter wrote; absent where the stored bytes do not open.
    pub message: Option<String>,
}
