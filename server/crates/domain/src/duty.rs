//! Which role may do what (R8). A fixed table: consent can never widen it.

use crate::category::{Category, CategorySet};
use crate::identity::Role;
use crate::text_enum::text_enum;

text_enum! {
    /// What a role may do or not, whichever patient it is about.
    pub enum Duty {
        /// Manage the region's organisations, people and enrolment codes, and say who administers an organisation.
        AdministerRegion = "ADMINISTER_REGION",
        /// Manage people, affiliations and enrolment codes: of the own organisation, unless one administers the region.
        AdministerOrganization = "ADMINISTER_ORGANIZATION",
        /// Read the events that concern no patient, and refusals: of the own organisation, unless one administers the
        /// region.
        ReadEvents = "READ_EVENTS",
        /// Register a patient.
        RegisterPatient = "REGISTER_PATIENT",
        /// Invite organisations to a care team. Of the custodian organisation only.
        ManageCareTeam = "MANAGE_CARE_TEAM",
        /// Answer an invitation for one's organisation.
        AnswerInvitation = "ANSWER_INVITATION",
        /// Record and withdraw consent. Of the custodian organisation only.
        ManageConsent = "MANAGE_CONSENT",
        /// Read a patient's audit events. Of the custodian organisation only.
        ReadAudit = "READ_AUDIT",
        /// List and review emergency accesses. Of the custodian organisation only.
        ReviewBreakGlass = "REVIEW_BREAK_GLASS",
        /// See patient data at all, as far as consent permits.
        SeePatients = "SEE_PATIENTS",
        /// Say which staff of one's organisation see a patient.
        AssignStaff = "ASSIGN_STAFF",
        /// Open a record in an emergency (R12).
        BreakGlass = "BREAK_GLASS",
        /// Save and delete templates. Of the own organisation only.
        WriteTemplates = "WRITE_TEMPLATES",
        /// Read usage reports: of the own organisation, unless one administers the region.
        ReadUsage = "READ_USAGE",
    }
}

/// Whether `role` has `duty`.
pub fn has(role: Role, duty: Duty) -> bool {
    use Role::{
        Administrator, CareManager, CareWorker, Coordinator, Dentist, Doctor, Nurse,
        OrganizationAdministrator, Pharmacist, PrivacyOfficer, SocialWorker,
    };
    match duty {
        Duty::AdministerRegion => role == Administrator,
        Duty::AdministerOrganization => matches!(role, Administrator | OrganizationAdministrator),
        Duty::ReadEvents => matches!(role, Administrator | PrivacyOfficer),
        Duty::SeePatients | Duty::AnswerInvitation => !is_reserved(role),
        Duty::AssignStaff => !is_reserved(role) && role != CareWorker,
        Duty::BreakGlass => matches!(role, Doctor | Dentist | Pharmacist | Nurse),
        Duty::WriteTemplates => may_post(role) != CategorySet::EMPTY || role == OrganizationAdministrator,
        Duty::ReadUsage => {
            matches!(role, Administrator | OrganizationAdministrator | PrivacyOfficer | Coordinator)
        }
        Duty::ReadAudit if role == PrivacyOfficer => true,
        Duty::RegisterPatient
        | Duty::ManageCareTeam
        | Duty::ManageConsent
        | Duty::ReadAudit
        | Duty::ReviewBreakGlass => {
            matches!(role, Doctor | Dentist | Nurse | CareManager | SocialWorker | Coordinator)
        }
    }
}

/// Whether only the region's administrator gives and ends `role`: who has one watches over others, and no patient.
pub fn is_reserved(role: Role) -> bool {
    matches!(role, Role::Administrator | Role::OrganizationAdministrator | Role::PrivacyOfficer)
}

/// The categories in which `role` may post; notices are the server's. What a role may read is consent's to
/// say, as long as it may see patients at all.
pub fn may_post(role: Role) -> CategorySet {
    use Category::{
        CarePlan, Conference, DailyLife, Document, Laboratory, Medication, Message, Referral, VisitNote,
        VitalSigns,
    };
    match role {
        Role::Doctor | Role::Dentist | Role::Nurse => Category::consentable().collect(),
        Role::Pharmacist => [VisitNote, VitalSigns, Medication, Laboratory, Conference, Message, Document]
            .into_iter()
            .collect(),
        Role::CareManager => {
            [VisitNote, VitalSigns, CarePlan, DailyLife, Conference, Referral, Message, Document]
                .into_iter()
                .collect()
        }
        Role::Therapist | Role::Dietitian => {
            [VisitNote, VitalSigns, DailyLife, Conference, Message, Document].into_iter().collect()
        }
        Role::CareWorker => [VisitNote, VitalSigns, DailyLife, Message, Document].into_iter().collect(),
        Role::SocialWorker => {
            [VisitNote, CarePlan, DailyLife, Conference, Referral, Message, Document].into_iter().collect()
        }
        Role::Coordinator => [Conference, Message, Document].into_iter().collect(),
        Role::Administrator | Role::OrganizationAdministrator | Role::PrivacyOfficer => CategorySet::EMPTY,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_whole_matrix() {
        let mut table = String::new();
        for &role in Role::ALL {
            let duties: Vec<_> =
                Duty::ALL.iter().filter(|duty| has(role, **duty)).map(|duty| duty.as_str()).collect();
            writeln!(table, "{role}\n  {:<12} {}", "duties", duties.join(" ")).unwrap();
            for &category in Category::ALL {
                let read = if has(role, Duty::SeePatients) { "read" } else { "-" };
                let post = if may_post(role).contains(category) { "post" } else { "-" };
                writeln!(table, "  {:<12} {read:<4} {post}", category.as_str()).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }
}
