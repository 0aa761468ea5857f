//! The proto's messages as JSON: field names as in the proto, enums in lower case without their prefix,
//! times in RFC 3339 UTC, days as `YYYY-MM-DD`, hashes in hexadecimal. Every field is there; what is
//! absent is `null`, what is empty is empty.

use data_encoding::HEXLOWER;
use renkei_proto::v1::{self, consent_scope::Scope, entry_content::Content};
use serde_json::{Value, json};

use crate::output::{label::name, time};

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
        })
    }
}

impl Json for v1::Invitation {
    fn json(&self) -> Value {
        json!({"member": self.member.json(), "message": self.message, "damaged": self.damaged})
    }
}

impl Json for v1::ConsentScope {
    fn json(&self) -> Value {
        match &self.scope {
            Some(Scope::AllMembers(_)) => json!({"all_members": {}}),
            Some(Scope::Organizations(list)) => {
                json!({"organizations": {"organization_ids": list.organization_ids}})
            }
            Some(Scope::PersonId(id)) => json!({"person_id": id}),
            None => json!({}),
        }
    }
}

impl Json for v1::Period {
    fn json(&self) -> Value {
        json!({"start": self.start.json(), "end": self.end.json()})
    }
}

impl Json for v1::Consent {
    fn json(&self) -> Value {
        let categories: Vec<_> =
            self.categories.iter().map(|category| name::<v1::Category>(*category)).collect();
        json!({
            "consent_id": self.consent_id,
            "patient_id": self.patient_id,
            "scope": self.scope.json(),
            "categories": categories,
            "period": self.period.json(),
            "paper_attachment_id": self.paper_attachment_id,
            "recorded_by": self.recorded_by.json(),
            "record_time": self.record_time.json(),
            "withdrawn_by": self.withdrawn_by.json(),
            "withdraw_time": self.withdraw_time.json(),
            "custodian": self.custodian,
        })
    }
}

impl Json for v1::Entry {
    fn json(&self) -> Value {
        json!({
            "entry_id": self.entry_id,
            "patient_id": self.patient_id,
            "seq": self.seq,
            "category": name::<v1::Category>(self.category),
            "author": self.author.json(),
            "post_time": self.post_time.json(),
            "reply_to_entry_id": self.reply_to_entry_id,
            "urgent": self.urgent,
            "content": self.content.json(),
            "attachments": self.attachments.json(),
            "damaged": self.damaged,
            "read": self.read,
        })
    }
}

impl Json for v1::EntryContent {
    fn json(&self) -> Value {
        match &self.content {
            Some(Content::VisitNote(note)) => json!({"visit_note": {
                "subjective": note.subjective,
                "objective": note.objective,
                "assessment": note.assessment,
                "plan": note.plan,
                "visit_time": note.visit_time.json(),
                "observations": note.observations.json(),
            }}),
            Some(Content::Message(message)) => json!({"message": {"text": message.text}}),
            None => json!({}),
        }
    }
}

impl Json for v1::Observation {
    fn json(&self) -> Value {
        let code = self
            .code
            .as_ref()
            .map(|code| json!({"system": code.system, "code": code.code, "display": code.display}));
        let value = self.value.as_ref().map(|value| json!({"value": value.value, "unit": value.unit}));
        json!({"code": code, "value": value})
    }
}

impl Json for v1::AttachmentSummary {
    fn json(&self) -> Value {
        json!({
            "attachment_id": self.attachment_id,
            "file_name": self.file_name,
            "content_type": self.content_type,
            "size": self.size,
            "sha256": HEXLOWER.encode(&self.sha256),
            "damaged": self.damaged,
        })
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
        })
    }
}

impl Json for v1::Reader {
    fn json(&self) -> Value {
        json!({"actor": self.actor.json(), "read_time": self.read_time.json()})
    }
}

impl Json for v1::AuditEvent {
    fn json(&self) -> Value {
        let seqs: Vec<_> =
            self.seqs.iter().map(|range| json!({"first": range.first, "last": range.last})).collect();
        json!({
            "event_id": self.event_id,
            "time": self.time.json(),
            "actor": self.actor.json(),
            "action": name::<v1::AuditAction>(self.action),
            "decision": name::<v1::AuditDecision>(self.decision),
            "patient_id": self.patient_id,
            "object_id": self.object_id,
            "seqs": seqs,
            "consent_ids": self.consent_ids,
            "reason": self.reason,
        })
    }
}

#[cfg(test)]
mod tests;
