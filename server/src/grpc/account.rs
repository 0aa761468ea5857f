//! One's own sessions, devices and password: for `AuthService`.

use renkei_domain::Result;
use renkei_domain::account::{LiveSession, OwnDevice};
use renkei_domain::id::{DeviceId, PersonId, RequestId, SessionId};
use renkei_domain::identity::Caller;
use renkei_proto::v1 as proto;
use renkei_proto::v1::end_session_request::Which;

use super::convert;
use super::parse::Fields;
use crate::app::session::EndedSessions;

pub(super) fn parse_end(request: &proto::EndSessionRequest) -> Result<EndedSessions> {
    let mut fields = Fields::default();
    let which = match &request.which {
        Some(Which::SessionId(id)) => EndedSessions::One(SessionId(fields.uuid("session_id", id))),
        Some(Which::AllOthers(true)) => EndedSessions::Others,
        Some(Which::AllOthers(false)) => {
            fields.wrong("all_others", "must be true, or session_id be given");
            EndedSessions::Others
        }
        None => {
            fields.wrong("session_id", "or all_others is required");
            EndedSessions::Others
        }
    };
    fields.finish(which)
}

pub(super) fn parse_whose(request: &proto::ListDevicesRequest) -> Result<Option<PersonId>> {
    let mut fields = Fields::default();
    let person = fields.optional_uuid("person_id", &request.person_id).map(PersonId);
    fields.finish(person)
}

pub(super) fn parse_revoke(request: &proto::RevokeDeviceRequest) -> Result<(RequestId, DeviceId)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let device = DeviceId(fields.uuid("device_id", &request.device_id));
    fields.finish((id, device))
}

pub(super) fn parse_renew(request: proto::RenewDeviceRequest) -> Result<Vec<u8>> {
    let mut fields = Fields::default();
    if request.csr.is_empty() || request.csr.len() > 4096 {
        fields.wrong("csr", "must be 1 to 4096 bytes");
    }
    fields.finish(request.csr.to_vec())
}

/// The old and the new password.
pub(super) struct Passwords {
    pub(super) old: String,
    pub(super) new: String,
}

/// The passwords; and the request without them, of which no fingerprint may be kept.
pub(super) fn parse_passwords(
    mut request: proto::ChangePasswordRequest,
) -> Result<(proto::ChangePasswordRequest, RequestId, Passwords)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let old = std::mem::take(&mut request.old_password);
    let new = std::mem::take(&mut request.new_password);
    fields.password("old_password", &old);
    fields.password("new_password", &new);
    fields.finish((request, id, Passwords { old, new }))
}

/// The code and the password.
pub(super) fn parse_set(request: proto::SetPasswordRequest) -> Result<(String, String)> {
    let mut fields = Fields::default();
    let code = fields.line("code", &request.code, 1, 200);
    fields.password("password", &request.password);
    fields.finish((code, request.password))
}

pub(super) fn session(session: LiveSession, caller: &Caller) -> proto::Session {
    proto::Session {
        session_id: session.id.to_string(),
        device_id: session.device.to_string(),
        device_name: session.device_name,
        organization_name: session.organization_name,
        role: convert::role(session.role),
        purpose: convert::purpose(session.purpose),
        create_time: convert::time(session.created_at),
        last_seen_time: convert::time(session.last_seen_at),
        expire_time: convert::time(session.expires_at),
        current: session.id == caller.session,
        service_account_id: convert::optional_text(session.service.as_ref().map(|(id, _)| *id)),
        service_account_name: session.service.map(|(_, name)| name).unwrap_or_default(),
    }
}

pub(super) fn device(device: OwnDevice, caller: &Caller) -> proto::Device {
    proto::Device {
        device_id: device.id.to_string(),
        name: device.name,
        enroll_time: convert::time(device.enrolled_at),
        certificate_expire_time: device.expires_at.and_then(convert::time),
        revoke_time: device.revoked_at.and_then(convert::time),
        current: device.id == caller.device,
        kind: convert::device_kind(device.kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::parse::{taken, violated};

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn one_session_ends_or_all_others_and_never_by_default() {
        let end = |which| parse_end(&proto::EndSessionRequest { which });
        assert!(matches!(taken(end(Some(Which::SessionId(ID.into())))), EndedSessions::One(_)));
        assert!(matches!(taken(end(Some(Which::AllOthers(true)))), EndedSessions::Others));
        assert_eq!(violated(end(Some(Which::AllOthers(false)))), ["all_others"]);
        assert_eq!(violated(end(Some(Which::SessionId(String::new())))), ["session_id"]);
        assert_eq!(violated(end(None)), ["session_id"]);
    }

    #[test]
    fn no_password_is_left_in_what_a_fingerprint_is_made_of() {
        let request = proto::ChangePasswordRequest {
            request_id: ID.into(),
            old_password: "kinou-no-aikotoba".into(),
            new_password: "kyou-no-aikotoba".into(),
        };
        let (left, _, Passwords { old, new }) = taken(parse_passwords(request.clone()));
        assert_eq!((left.old_password.as_str(), left.new_password.as_str()), ("", ""));
        assert_eq!((old, new), (request.old_password, request.new_password));
        let empty = proto::ChangePasswordRequest::default();
        assert_eq!(violated(parse_passwords(empty)), ["request_id", "old_password", "new_password"]);
    }
}
