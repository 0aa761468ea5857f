//! From domain values to protobuf, where several services need it; and between the enums of both.

use renkei_domain::identity::{Actor, OrganizationKind, Role};
use renkei_domain::patient::{MembershipStatus, Sex};
use renkei_domain::{Category, Timestamp};
use renkei_proto::v1 as proto;

/// One table per enum, read in both directions.
macro_rules! enums {
    ($($to:ident, $from:ident: $domain:ident <-> $proto:ident { $($variant:ident)+ })+) => {$(
        pub(super) fn $to(value: $domain) -> i32 {
            match value { $($domain::$variant => proto::$proto::$variant as i32,)+ }
        }
        /// `None`: unspecified or unknown.
        pub(super) fn $from(value: i32) -> Option<$domain> {
            match proto::$proto::try_from(value) {
                $(Ok(proto::$proto::$variant) => Some($domain::$variant),)+
                Ok(proto::$proto::Unspecified) | Err(_) => None,
            }
        }
    )+};
}

enums! {
    role, from_role: Role <-> Role {
        Doctor Dentist Pharmacist Nurse CareManager Therapist Dietitian CareWorker SocialWorker Coordinator
        Administrator
    }
    organization_kind, from_organization_kind: OrganizationKind <-> OrganizationKind {
        Hospital Clinic DentalClinic Pharmacy HomeVisitNursing CareManagement CareService
        CommunitySupportCenter CoordinationOffice
    }
    category, from_category: Category <-> Category {
        VisitNote VitalSigns Medication Laboratory Nursing CarePlan DailyLife Conference Referral Message
        Document
    }
    sex, from_sex: Sex <-> Sex { Male Female Other Unknown }
}

pub(super) fn membership_status(status: MembershipStatus) -> i32 {
    match status {
        MembershipStatus::Invited => proto::MembershipStatus::Invited as i32,
        MembershipStatus::Accepted => proto::MembershipStatus::Accepted as i32,
        MembershipStatus::Declined => proto::MembershipStatus::Declined as i32,
    }
}

pub(super) fn time(time: Timestamp) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: time.unix_seconds(), nanos: time.subsecond_nanos() })
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
