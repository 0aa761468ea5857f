//! Devices that enrol, and people who log in: for `AuthService`.

use renkei_domain::Result;
use renkei_domain::id::AffiliationId;
use renkei_domain::identity::{Caller, Purpose};
use renkei_proto::v1 as proto;

use super::convert;
use super::parse::Fields;
use crate::app::session::{EnrollDevice, Login, Tokens};

pub(super) fn parse_enroll(request: proto::EnrollDeviceRequest) -> Result<EnrollDevice> {
    let mut fields = Fields::default();
    let code = fields.line("code", &request.code, 1, 200);
    let device_name = fields.line("device_name", &request.device_name, 1, 100);
    if request.csr.is_empty() || request.csr.len() > 4096 {
        fields.wrong("csr", "must be 1 to 4096 bytes");
    }
    fields.password("password", &request.password);
    fields.finish(EnrollDevice { code, csr: request.csr.to_vec(), password: request.password, device_name })
}

pub(super) fn parse_login(request: proto::LoginRequest) -> Result<Login> {
    let mut fields = Fields::default();
    let login_name = fields.line("login_name", &request.login_name, 1, 64);
    let (affiliation, purpose) = acting(&mut fields, &request.affiliation_id, request.purpose);
    fields.password("password", &request.password);
    fields.finish(Login { login_name, password: request.password, affiliation, purpose })
}

/// What a session acts under, and for what.
pub(super) fn acting(
    fields: &mut Fields,
    affiliation_id: &str,
    purpose: i32,
) -> (Option<AffiliationId>, Purpose) {
    let affiliation = fields.optional_uuid("affiliation_id", affiliation_id).map(AffiliationId);
    (affiliation, fields.session_purpose(purpose))
}

pub(super) fn tokens(tokens: &Tokens) -> proto::SessionTokens {
    proto::SessionTokens {
        access_token: tokens.access.reveal(),
        access_expire_time: convert::time(tokens.access_expires_at),
        refresh_token: tokens.refresh.reveal(),
        session_expire_time: convert::time(tokens.session_expires_at),
    }
}

pub(super) fn identity(caller: &Caller) -> proto::Identity {
    proto::Identity {
        actor: convert::actor(caller.actor.clone()),
        login_name: caller.login_name.clone(),
        affiliation_id: caller.affiliation.to_string(),
        device_id: caller.device.to_string(),
        purpose: convert::purpose(caller.purpose),
        service_account_id: convert::optional_text(caller.service.as_ref().map(|service| service.id)),
        service_account_name: caller.service.as_ref().map(|service| service.name.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::parse::{taken, violated};

    fn login() -> proto::LoginRequest {
        proto::LoginRequest {
            login_name: "hanako".into(),
            password: "correct horse".into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_session_is_for_treatment_unless_it_names_another_purpose() {
        assert_eq!(taken(parse_login(login())).purpose, Purpose::Treatment);
        let purpose = proto::PurposeOfUse::CareManagement as i32;
        let named = taken(parse_login(proto::LoginRequest { purpose, ..login() }));
        assert_eq!(named.purpose, Purpose::CareManagement);
    }

    #[test]
    fn no_session_is_for_emergencies() {
        let emergency = proto::PurposeOfUse::Emergency as i32;
        for purpose in [emergency, 99, -1] {
            assert_eq!(violated(parse_login(proto::LoginRequest { purpose, ..login() })), ["purpose"]);
        }
    }

    #[test]
    fn every_violation_of_a_login_is_reported() {
        let request = proto::LoginRequest {
            login_name: String::new(),
            password: "x".repeat(257),
            affiliation_id: "mine".into(),
            purpose: 4,
        };
        assert_eq!(violated(parse_login(request)), ["login_name", "affiliation_id", "purpose", "password"]);
    }
}
