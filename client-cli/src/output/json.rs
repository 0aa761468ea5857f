//! The proto's messages as JSON: field names as in the proto, enums in lower case without their prefix,
//! times in RFC 3339 UTC, days as `YYYY-MM-DD`, hashes in hexadecimal. Every field is there; what is
//! absent is `null`, what is empty is empty.

use data_encoding::HEXLOWER;
use renkei_proto::v1;
use serde_json::{Value, json};

use crate::{
    output::{
        label::{Named, name},
        time,
    },
    reflect,
};

mod access;
mod account;
mod audit;
mod consent;
mod dynamic;
mod search;
mod summary;

/// A message that programs can read.
pub(crate) trait Json {
    fn json(&self) -> Value;
}

impl<T: Json> Json for Option<T> {
    fn json(&self) -> Value {
        self.as_ref().map_or(Value::Null, Json::json)
    }
}

impl<T: Json> Json for Vec<T> {
    fn json(&self) -> Value {
        self.iter().map(Json::json).collect()
    }
}

impl Json for prost_types::Timestamp {
    fn json(&self) -> Value {
        time::rfc3339(self).into()
    }
}

impl Json for v1::Date {
    fn json(&self) -> Value {
        time::day(self).into()
    }
}

impl Json for v1::Actor {
    fn json(&self) -> Value {
        json!({
            "person_id": self.person_id,
            "person_name": self.person_name,
            "organization_id": self.organization_id,
            "organization_name": self.organization_name,
            "role": name::<v1::Role>(self.role),
        })
    }
}

impl Json for v1::Identity {
    fn json(&self) -> Value {
        json!({
            "actor": self.actor.json(),
            "login_name": self.login_name,
            "affiliation_id": self.affiliation_id,
            "device_id": self.device_id,
            "purpose": name::<v1::PurposeOfUse>(self.purpose),
            "service_account_id": self.service_account_id,
            "service_account_name": self.service_account_name,
        })
    }
}

impl Json for v1::WhoAmIResponse {
    fn json(&self) -> Value {
        json!({
            "identity": self.identity.json(),
            "server_time": self.server_time.json(),
            "session_expire_time": self.session_expire_time.json(),
        })
    }
}

impl Json for v1::Organization {
    fn json(&self) -> Value {
        json!({
            "organization_id": self.organization_id,
            "kind": name::<v1::OrganizationKind>(self.kind),
            "name": self.name,
            "create_time": self.create_time.json(),
        })
    }
}

impl Json for v1::OrganizationPolicy {
    fn json(&self) -> Value {
        json!({
            "organization_id": self.organization_id,
            "position_policy": name::<v1::PositionPolicy>(self.position_policy),
            "attachment_quota_bytes": self.attachment_quota_bytes,
            "attachment_used_bytes": self.attachment_used_bytes,
        })
    }
}

impl Json for v1::Affiliation {
    fn json(&self) -> Value {
        json!({
            "affiliation_id": self.affiliation_id,
            "organization_id": self.organization_id,
            "organization_name": self.organization_name,
            "role": name::<v1::Role>(self.role),
        })
    }
}

impl Json for v1::Person {
    fn json(&self) -> Value {
        json!({
            "person_id": self.person_id,
            "login_name": self.login_name,
            "name": self.name,
            "name_kana": self.name_kana,
            "affiliations": self.affiliations.json(),
            "create_time": self.create_time.json(),
            "suspend_time": self.suspend_time.json(),
        })
    }
}

impl Json for v1::CreateEnrollmentCodeResponse {
    fn json(&self) -> Value {
        json!({"code": self.code, "expire_time": self.expire_time.json()})
    }
}

impl Json for v1::Demographics {
    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "name_kana": self.name_kana,
            "birth_date": self.birth_date.json(),
            "sex": name::<v1::Sex>(self.sex),
            "local_identifier": self.local_identifier,
        })
    }
}

impl Json for v1::Patient {
    fn json(&self) -> Value {
        json!({
            "patient_id": self.patient_id,
            "demographics": self.demographics.json(),
            "custodian_organization_id": self.custodian_organization_id,
            "create_time": self.create_time.json(),
            "damaged": self.damaged,
            "offered_custodian_organization_id": self.offered_custodian_organization_id,
        })
    }
}

impl Json for v1::CareTeamMember {
    fn json(&self) -> Value {
        json!({
            "patient_id": self.patient_id,
            "organization_id": self.organization_id,
            "organization_name": self.organization_name,
            "status": name::<v1::MembershipStatus>(self.status),
            "invited_by": self.invited_by.json(),
            "invite_time": self.invite_time.json(),
            "answer_time": self.answer_time.json(),
            "person_id": self.person_id,
            "person_name": self.person_name,
            "end_time": self.end_time.json(),
            "staff_access": name::<v1::StaffAccess>(self.staff_access),
        })
    }
}

impl Json for v1::StaffAssignment {
    fn json(&self) -> Value {
        json!({
            "staff_access": name::<v1::StaffAccess>(self.staff_access),
            "persons": self.persons.json(),
        })
    }
}

impl Json for v1::AssignedPerson {
    fn json(&self) -> Value {
        json!({"person_id": self.person_id, "name": self.name})
    }
}

impl Json for v1::Invitation {
    fn json(&self) -> Value {
        json!({"member": self.member.json(), "message": self.message, "damaged": self.damaged})
    }
}

impl Json for v1::Entry {
    fn json(&self) -> Value {
        described("Entry", self)
    }
}

impl Json for v1::EntryMarked {
    fn json(&self) -> Value {
        described("EntryMarked", self)
    }
}

impl Json for v1::WatchPosition {
    fn json(&self) -> Value {
        described("WatchPosition", self)
    }
}

impl Json for v1::EntryContent {
    fn json(&self) -> Value {
        described("EntryContent", self)
    }
}

impl Json for v1::Attachment {
    fn json(&self) -> Value {
        json!({
            "attachment_id": self.attachment_id,
            "patient_id": self.patient_id,
            "file_name": self.file_name,
            "content_type": self.content_type,
            "size": self.size,
            "sha256": HEXLOWER.encode(&self.sha256),
            "position": name::<v1::Position>(self.position),
            "has_preview": self.has_preview,
        })
    }
}

impl Json for v1::Reader {
    fn json(&self) -> Value {
        described("Reader", self)
    }
}

impl Json for v1::Acknowledgement {
    fn json(&self) -> Value {
        described("Acknowledgement", self)
    }
}

/// A message by its description in the proto. `name`: that of its type.
fn described(name: &str, message: &impl prost::Message) -> Value {
    reflect::dynamic(name, message).map_or(Value::Null, |message| dynamic::message(&message))
}

/// The names of several values.
fn names<E: Named>(values: &[i32]) -> Vec<String> {
    values.iter().map(|value| name::<E>(*value)).collect()
}

#[cfg(test)]
mod tests;
