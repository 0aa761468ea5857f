//! One's own sessions and devices as JSON.

use renkei_proto::v1;
use serde_json::{Value, json};

use crate::output::{json::Json, label::name};

impl Json for v1::Session {
    fn json(&self) -> Value {
        json!({
            "session_id": self.session_id,
            "device_id": self.device_id,
            "device_name": self.device_name,
            "organization_name": self.organization_name,
            "role": name::<v1::Role>(self.role),
            "purpose": name::<v1::PurposeOfUse>(self.purpose),
            "create_time": self.create_time.json(),
            "last_seen_time": self.last_seen_time.json(),
            "expire_time": self.expire_time.json(),
            "current": self.current,
            "service_account_id": self.service_account_id,
            "service_account_name": self.service_account_name,
        })
    }
}

impl Json for v1::Device {
    fn json(&self) -> Value {
        json!({
            "device_id": self.device_id,
            "name": self.name,
            "kind": name::<v1::DeviceKind>(self.kind),
            "enroll_time": self.enroll_time.json(),
            "certificate_expire_time": self.certificate_expire_time.json(),
            "revoke_time": self.revoke_time.json(),
            "current": self.current,
        })
    }
}

impl Json for v1::ServiceAccount {
    fn json(&self) -> Value {
        let certificates: Vec<Value> = self.certificates.iter().map(Json::json).collect();
        json!({
            "service_account_id": self.service_account_id,
            "organization_id": self.organization_id,
            "name": self.name,
            "calls_per_minute": self.calls_per_minute,
            "create_time": self.create_time.json(),
            "end_time": self.end_time.json(),
            "certificates": certificates,
        })
    }
}

impl Json for v1::ServiceCertificate {
    fn json(&self) -> Value {
        json!({
            "device_id": self.device_id,
            "enroll_time": self.enroll_time.json(),
            "certificate_expire_time": self.certificate_expire_time.json(),
        })
    }
}

impl Json for v1::AllowedService {
    fn json(&self) -> Value {
        json!({
            "service_account_id": self.service_account_id,
            "name": self.name,
            "affiliation_id": self.affiliation_id,
            "organization_name": self.organization_name,
            "role": name::<v1::Role>(self.role),
            "allow_time": self.allow_time.json(),
        })
    }
}

impl Json for v1::CreateServiceEnrollmentCodeResponse {
    fn json(&self) -> Value {
        json!({"code": self.code, "expire_time": self.expire_time.json()})
    }
}
