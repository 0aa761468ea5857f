//! From domain values to protobuf, where several services need it; and between the enums of both.

use renkei_domain::access::AccessReason;
use renkei_domain::accesses::Kind;
use renkei_domain::account::DeviceKind;
use renkei_domain::break_glass::{BreakGlassReason, Verdict};
use renkei_domain::consent::{Effect, Relation, SignerKind};
use renkei_domain::identity::{Actor, OrganizationKind, PositionPolicy, Purpose, Role};
use renkei_domain::patient::{MembershipStatus, Sex, StaffAccess};
use renkei_domain::timeline::{
    Adherence, AdlItem, AllergyCriticality, CareLevel, ConferenceType, DementiaLevel, DisabilityLevel,
    EntryKind, Intent, Interpretation, MedicationEvent, NoticeKind, NursingInstructionType, Position,
    ProblemStatus, Status,
};
use renkei_domain::{Category, Sensitivity, Timestamp};
use renkei_proto::v1 as proto;

/// One table per enum that stands in answers only.
macro_rules! answers {
    ($($to:ident: $domain:ident -> $proto:ident { $($variant:ident)+ })+) => {$(
        pub(super) fn $to(value: $domain) -> i32 {
            match value { $($domain::$variant => proto::$proto::$variant as i32,)+ }
        }
    )+};
}

/// One table per enum, read in both directions.
macro_rules! enums {
    ($($to:ident, $from:ident: $domain:ident <-> $proto:ident { $($variant:ident)+ })+) => {
        answers! { $($to: $domain -> $proto { $($variant)+ })+ }
        $(
            /// `None`: unspecified or unknown.
            pub(super) fn $from(value: i32) -> Option<$domain> {
                match proto::$proto::try_from(value) {
                    $(Ok(proto::$proto::$variant) => Some($domain::$variant),)+
                    Ok(proto::$proto::Unspecified) | Err(_) => None,
                }
            }
        )+
    };
}

enums! {
    role, from_role: Role <-> Role {
        Doctor Dentist Pharmacist Nurse CareManager Therapist Dietitian CareWorker SocialWorker Coordinator
        Administrator OrganizationAdministrator PrivacyOfficer
    }
    organization_kind, from_organization_kind: OrganizationKind <-> OrganizationKind {
        Hospital Clinic DentalClinic Pharmacy HomeVisitNursing CareManagement CareService
        CommunitySupportCenter CoordinationOffice
    }
    position_policy, from_position_policy: PositionPolicy <-> PositionPolicy { Keep Remove }
    category, from_category: Category <-> Category {
        VisitNote VitalSigns Medication Laboratory Nursing CarePlan DailyLife Conference Referral Message
        Document Notice
    }
    sensitivity, from_sensitivity: Sensitivity <-> Sensitivity {
        Normal MentalHealth SubstanceUse Infection Genetic Abuse
    }
    entry_kind, from_entry_kind: EntryKind <-> EntryKind {
        VisitNote Message Notice VitalSigns Medication LaboratoryReport NursingInstruction ReferralLetter CarePlan DailyLife
        ConferenceMinutes AdmissionInformation DischargeSummary Wound Memo Document ProblemList AllergyList Retraction
    }
    intent, from_intent: Intent <-> MessageIntent { Question Answer Report }
    medication_event, from_medication_event: MedicationEvent <-> MedicationEvent {
        Prescription Dispensing Residual Adherence
    }
    adherence, from_adherence: Adherence <-> Adherence { Good Partial Poor Stopped }
    interpretation, from_interpretation: Interpretation <-> Interpretation {
        Normal Low High CriticalLow CriticalHigh Abnormal
    }
    nursing_instruction_type, from_nursing_instruction_type: NursingInstructionType <-> NursingInstructionType {
        Ordinary Special Infusion Psychiatric
    }
    care_level, from_care_level: CareLevel <-> CareLevel {
        NotEligible Support1 Support2 Care1 Care2 Care3 Care4 Care5 Pending
    }
    conference_type, from_conference_type: ConferenceType <-> ConferenceType { Service Discharge Other }
    adl_item, from_adl_item: AdlItem <-> AdlItem {
        Feeding Transfer Grooming ToiletUse Bathing Mobility Stairs Dressing Bowels Bladder
    }
    disability_level, from_disability_level: DisabilityLevel <-> DisabilityLevel {
        Independent J1 J2 A1 A2 B1 B2 C1 C2
    }
    dementia_level, from_dementia_level: DementiaLevel <-> DementiaLevel {
        Independent I Iia Iib Iiia Iiib Iv M
    }
    problem_status, from_problem_status: ProblemStatus <-> ProblemStatus { Active Remission Resolved }
    allergy_criticality, from_allergy_criticality: AllergyCriticality <-> AllergyCriticality { Low High }
    purpose, from_purpose: Purpose <-> PurposeOfUse {
        Treatment CareManagement QualityImprovement Emergency
    }
    sex, from_sex: Sex <-> Sex { Male Female Other Unknown }
    staff_access, from_staff_access: StaffAccess <-> StaffAccess { All Assigned }
    effect, from_effect: Effect <-> ConsentEffect { Permit Deny }
    signer_kind, from_signer_kind: SignerKind <-> ConsentSignerKind { Patient Representative }
    relation, from_relation: Relation <-> ConsentSignerRelation {
        Spouse Child Parent Sibling Guardian OtherRelative Other
    }
    break_glass_reason, from_break_glass_reason: BreakGlassReason <-> BreakGlassReason {
        LifeThreatening EmergencyTransport Disaster PatientUnable
    }
    verdict, from_verdict: Verdict <-> BreakGlassVerdict { Justified NotJustified }
    access_kind, from_access_kind: Kind <-> AccessKind {
        Maintenance Refused Emergency FileOpened Searched Viewed Exported LogViewed Changed
    }
}

answers! {
    entry_status: Status -> EntryStatus { Final Preliminary Corrected EnteredInError }
    device_kind: DeviceKind -> DeviceKind { Certificate Totp Service }
    position: Position -> Position { None Kept Removed }
    membership_status: MembershipStatus -> MembershipStatus { Invited Accepted Declined Left Removed }
    access_reason: AccessReason -> AccessReason {
        Permitted BreakGlass Denied NoConsent SensitivityNotNamed NotAccepted NotMember NotAssigned Role
        Inactive
    }
    notice_kind: NoticeKind -> NoticeKind {
        ConsentRecorded ConsentAmended ConsentWithdrawnInPart ConsentWithdrawn MemberInvited MemberJoined
        MemberDeclined MemberLeft MemberRemoved CustodianOffered CustodianOfferEnded CustodianChanged
        BreakGlass BreakGlassReviewed
    }
}

/// The category that a consent, a part of one or a post names: never notices.
pub(super) fn from_consentable(value: i32) -> Option<Category> {
    from_category(value).filter(|category| category.is_consentable())
}

/// The purpose that a session or a consent names: never an emergency.
pub(super) fn from_named_purpose(value: i32) -> Option<Purpose> {
    from_purpose(value).filter(|purpose| *purpose != Purpose::Emergency)
}

pub(super) fn time(time: Timestamp) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: time.unix_seconds(), nanos: time.subsecond_nanos() })
}

pub(super) fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

pub(super) fn date(date: jiff::civil::Date) -> Option<proto::Date> {
    Some(proto::Date { year: date.year().into(), month: date.month().into(), day: date.day().into() })
}

pub(super) fn actor(actor: Actor) -> Option<proto::Actor> {
    Some(proto::Actor {
        person_id: actor.person.to_string(),
        person_name: actor.person_name,
        organization_id: actor.organization.to_string(),
        organization_name: actor.organization_name,
        role: role(actor.role),
    })
}

/// Ids, or what else is written as its text.
pub(super) fn texts<T: ToString>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}

/// An id that may be missing, then empty.
pub(super) fn optional_text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the values that the proto has, without their prefix and the one that is unspecified.
    fn names(name: impl Fn(i32) -> Option<&'static str>) -> Vec<&'static str> {
        (1..100).filter_map(name).collect()
    }

    /// The domain's values have the names that the proto has, in its order.
    macro_rules! same {
        ($domain:ident, $proto:ident, $prefix:literal, $to:ident) => {
            let proto =
                names(|value| proto::$proto::try_from(value).ok()?.as_str_name().strip_prefix($prefix));
            let domain: Vec<&str> = $domain::ALL.iter().map(|value| value.as_str()).collect();
            assert_eq!(domain, proto);
            for value in $domain::ALL {
                let name = proto::$proto::try_from($to(*value)).unwrap().as_str_name();
                assert_eq!(name.strip_prefix($prefix), Some(value.as_str()));
            }
        };
    }

    #[test]
    fn what_stands_in_answers_has_the_same_values_in_the_proto() {
        same!(DeviceKind, DeviceKind, "DEVICE_KIND_", device_kind);
        same!(MembershipStatus, MembershipStatus, "MEMBERSHIP_STATUS_", membership_status);
        same!(AccessReason, AccessReason, "ACCESS_REASON_", access_reason);
        same!(NoticeKind, NoticeKind, "NOTICE_KIND_", notice_kind);
    }

    #[test]
    fn what_entries_hold_is_stored_as_the_proto_calls_it() {
        same!(EntryKind, EntryKind, "ENTRY_KIND_", entry_kind);
        same!(Intent, MessageIntent, "MESSAGE_INTENT_", intent);
        same!(MedicationEvent, MedicationEvent, "MEDICATION_EVENT_", medication_event);
        same!(Adherence, Adherence, "ADHERENCE_", adherence);
        same!(Interpretation, Interpretation, "INTERPRETATION_", interpretation);
        same!(
            NursingInstructionType,
            NursingInstructionType,
            "NURSING_INSTRUCTION_TYPE_",
            nursing_instruction_type
        );
        same!(CareLevel, CareLevel, "CARE_LEVEL_", care_level);
        same!(ConferenceType, ConferenceType, "CONFERENCE_TYPE_", conference_type);
        same!(AdlItem, AdlItem, "ADL_ITEM_", adl_item);
        same!(DisabilityLevel, DisabilityLevel, "DISABILITY_LEVEL_", disability_level);
        same!(DementiaLevel, DementiaLevel, "DEMENTIA_LEVEL_", dementia_level);
        same!(ProblemStatus, ProblemStatus, "PROBLEM_STATUS_", problem_status);
        same!(AllergyCriticality, AllergyCriticality, "ALLERGY_CRITICALITY_", allergy_criticality);
    }

    #[test]
    fn nobody_names_notices_or_emergencies() {
        assert_eq!(from_consentable(proto::Category::Notice as i32), None);
        assert_eq!(from_consentable(proto::Category::Document as i32), Some(Category::Document));
        assert_eq!(from_named_purpose(proto::PurposeOfUse::Emergency as i32), None);
        assert_eq!(
            from_named_purpose(proto::PurposeOfUse::CareManagement as i32),
            Some(Purpose::CareManagement)
        );
    }
}
