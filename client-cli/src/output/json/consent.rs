//! Consents as JSON.

use renkei_proto::v1::{self, consent_scope::Scope};
use serde_json::{Value, json};

use crate::output::{
    json::{Json, names},
    label::name,
};

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

impl Json for v1::ConsentException {
    fn json(&self) -> Value {
        json!({
            "organization_ids": self.organization_ids,
            "person_ids": self.person_ids,
            "roles": names::<v1::Role>(&self.roles),
            "categories": names::<v1::Category>(&self.categories),
            "sensitivities": names::<v1::Sensitivity>(&self.sensitivities),
        })
    }
}

impl Json for v1::ConsentSigner {
    fn json(&self) -> Value {
        json!({
            "kind": name::<v1::ConsentSignerKind>(self.kind),
            "name": self.name,
            "relation": name::<v1::ConsentSignerRelation>(self.relation),
        })
    }
}

impl Json for v1::ConsentForm {
    fn json(&self) -> Value {
        json!({
            "effect": name::<v1::ConsentEffect>(self.effect),
            "scope": self.scope.json(),
            "roles": names::<v1::Role>(&self.roles),
            "categories": names::<v1::Category>(&self.categories),
            "sensitivities": names::<v1::Sensitivity>(&self.sensitivities),
            "purposes": names::<v1::PurposeOfUse>(&self.purposes),
            "period": self.period.json(),
            "exceptions": self.exceptions.json(),
            "signer": self.signer.json(),
            "sign_date": self.sign_date.json(),
            "review_date": self.review_date.json(),
        })
    }
}

impl Json for v1::Consent {
    fn json(&self) -> Value {
        json!({
            "consent_id": self.consent_id,
            "patient_id": self.patient_id,
            "version": self.version,
            "form": self.form.json(),
            "paper_attachment_id": self.paper_attachment_id,
            "recorded_by": self.recorded_by.json(),
            "record_time": self.record_time.json(),
            "supersede_time": self.supersede_time.json(),
            "withdrawn_by": self.withdrawn_by.json(),
            "withdraw_time": self.withdraw_time.json(),
            "custodian": self.custodian,
            "damaged": self.damaged,
        })
    }
}
