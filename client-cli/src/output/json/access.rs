//! Who may see what, and emergency accesses, as JSON.

use renkei_proto::v1;
use serde_json::{Value, json};

use crate::output::{json::Json, label::name};

impl Json for v1::RuleReference {
    fn json(&self) -> Value {
        json!({"consent_id": self.consent_id, "version": self.version, "rule": self.rule})
    }
}

impl Json for v1::AccessExplanation {
    fn json(&self) -> Value {
        json!({
            "category": name::<v1::Category>(self.category),
            "sensitivity": name::<v1::Sensitivity>(self.sensitivity),
            "read": self.read,
            "post": self.post,
            "reason": name::<v1::AccessReason>(self.reason),
            "rules": self.rules.json(),
        })
    }
}

impl Json for v1::SubjectAccess {
    fn json(&self) -> Value {
        json!({
            "subject": self.subject.json(),
            "explanations": self.explanations.json(),
            "change_time": self.change_time.json(),
            "purpose": name::<v1::PurposeOfUse>(self.purpose),
        })
    }
}

impl Json for v1::ExplainAccessResponse {
    fn json(&self) -> Value {
        json!({
            "subjects": self.subjects.json(),
            "custodian_organization_id": self.custodian_organization_id,
            "custodian_organization_name": self.custodian_organization_name,
        })
    }
}

impl Json for v1::BreakGlassAccess {
    fn json(&self) -> Value {
        json!({
            "break_glass_id": self.break_glass_id,
            "patient_id": self.patient_id,
            "actor": self.actor.json(),
            "reason": name::<v1::BreakGlassReason>(self.reason),
            "text": self.text,
            "start_time": self.start_time.json(),
            "end_time": self.end_time.json(),
            "review_due_time": self.review_due_time.json(),
            "verdict": name::<v1::BreakGlassVerdict>(self.verdict),
            "reviewed_by": self.reviewed_by.json(),
            "review_time": self.review_time.json(),
            "review_text": self.review_text,
            "damaged": self.damaged,
        })
    }
}
