//! Audit events and provisions as JSON.

use renkei_proto::v1;
use serde_json::{Value, json};

use crate::output::{json::Json, label::name};

impl Json for v1::SeqRange {
    fn json(&self) -> Value {
        json!({"first": self.first, "last": self.last})
    }
}

impl Json for v1::AuditEvent {
    fn json(&self) -> Value {
        json!({
            "event_id": self.event_id,
            "time": self.time.json(),
            "actor": self.actor.json(),
            "action": name::<v1::AuditAction>(self.action),
            "decision": name::<v1::AuditDecision>(self.decision),
            "patient_id": self.patient_id,
            "object_id": self.object_id,
            "seqs": self.seqs.json(),
            "consent_ids": self.consent_ids,
            "reason": self.reason,
            "purpose": name::<v1::PurposeOfUse>(self.purpose),
            "break_glass_id": self.break_glass_id,
            "service_account_id": self.service_account_id,
            "service_account_name": self.service_account_name,
            "operator": self.operator,
            "number": self.number,
        })
    }
}

impl Json for v1::RecordAccess {
    fn json(&self) -> Value {
        json!({
            "event_id": self.event_id,
            "first_time": self.first_time.json(),
            "last_time": self.last_time.json(),
            "actor": self.actor.json(),
            "operator": self.operator,
            "kind": name::<v1::AccessKind>(self.kind),
            "actions": self.actions.iter().map(|action| name::<v1::AuditAction>(*action)).collect::<Vec<_>>(),
            "count": self.count,
            "items": self.items.json(),
            "seqs": self.seqs.json(),
            "object_id": self.object_id,
            "consent_ids": self.consent_ids,
            "break_glass_id": self.break_glass_id,
            "purpose": name::<v1::PurposeOfUse>(self.purpose),
            "reason": self.reason,
            "service_account_id": self.service_account_id,
            "service_account_name": self.service_account_name,
        })
    }
}

impl Json for v1::MaintenanceCount {
    fn json(&self) -> Value {
        json!({
            "patient_id": self.patient_id,
            "count": self.count,
            "first_time": self.first_time.json(),
            "last_time": self.last_time.json(),
        })
    }
}

impl Json for v1::ProvidedItems {
    fn json(&self) -> Value {
        json!({"category": name::<v1::Category>(self.category), "count": self.count})
    }
}

impl Json for v1::Provision {
    fn json(&self) -> Value {
        json!({
            "event_id": self.event_id,
            "time": self.time.json(),
            "recipient": self.recipient.json(),
            "action": name::<v1::AuditAction>(self.action),
            "items": self.items.json(),
            "seqs": self.seqs.json(),
            "attachment_id": self.attachment_id,
            "consent_ids": self.consent_ids,
            "break_glass_id": self.break_glass_id,
            "purpose": name::<v1::PurposeOfUse>(self.purpose),
        })
    }
}
