//! `AuthService`.

use std::net::IpAddr;

use renkei_crypto::enrollment::named_ca;
use renkei_domain::id::AffiliationId;
use renkei_domain::identity::{Caller, Purpose};
use renkei_domain::{Error, Result};
use renkei_proto::v1 as proto;
use renkei_proto::v1::auth_service_server::AuthService;
use tonic::{Request, Response, Status};

use super::account::{self, Passwords};
use super::parse::Fields;
use super::status::to_status;
use super::{Services, caller, convert};
use crate::admission::Peer;
use crate::app::session::{EnrollDevice, Login, PresentedDevice, Tokens};

#[tonic::async_trait]
impl AuthService for Services {
    async fn enroll_device(
        &self,
        request: Request<proto::EnrollDeviceRequest>,
    ) -> Result<Response<proto::EnrollDeviceResponse>, Status> {
        let from = network(&request).map_err(to_status)?;
        let command = parse_enroll(request.into_inner()).map_err(to_status)?;
        let named = named_ca(&command.code);
        let device = self.app.enroll_device(from, command).await.map_err(to_status)?;
        Ok(Response::new(proto::EnrollDeviceResponse {
            device_id: device.id.to_string(),
            certificate: device.certificate.into(),
            ca_certificate: self.app.device_ca.authority().root_named(named).der.to_vec().into(),
            login_name: device.login_name,
            certificate_expire_time: convert::time(device.expires_at),
        }))
    }

    async fn login(
        &self,
        request: Request<proto::LoginRequest>,
    ) -> Result<Response<proto::LoginResponse>, Status> {
        let device = device(&request).map_err(to_status)?;
        let command = parse_login(request.into_inner()).map_err(to_status)?;
        let login = self.app.login(&device, command).await.map_err(to_status)?;
        Ok(Response::new(proto::LoginResponse {
            tokens: Some(tokens(&login.tokens)),
            identity: Some(identity(&login.caller)),
        }))
    }

    async fn refresh_session(
        &self,
        request: Request<proto::RefreshSessionRequest>,
    ) -> Result<Response<proto::RefreshSessionResponse>, Status> {
        let device = device(&request).map_err(to_status)?;
        let token = request.into_inner().refresh_token;
        let new = self.app.refresh_session(&device, &token).await.map_err(to_status)?;
        Ok(Response::new(proto::RefreshSessionResponse { tokens: Some(tokens(&new)) }))
    }

    async fn logout(
        &self,
        request: Request<proto::LogoutRequest>,
    ) -> Result<Response<proto::LogoutResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        self.app.logout(&caller).await.map_err(to_status)?;
        Ok(Response::new(proto::LogoutResponse {}))
    }

    async fn who_am_i(
        &self,
        request: Request<proto::WhoAmIRequest>,
    ) -> Result<Response<proto::WhoAmIResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        Ok(Response::new(proto::WhoAmIResponse {
            identity: Some(identity(&caller)),
            server_time: convert::time(self.app.now()),
            session_expire_time: convert::time(caller.session_ends_at),
        }))
    }

    async fn list_sessions(
        &self,
        request: Request<proto::ListSessionsRequest>,
    ) -> Result<Response<proto::ListSessionsResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let found = self.app.list_sessions(&caller).await.map_err(to_status)?;
        let sessions = found.into_iter().map(|session| account::session(session, &caller)).collect();
        Ok(Response::new(proto::ListSessionsResponse { sessions }))
    }

    async fn end_session(
        &self,
        request: Request<proto::EndSessionRequest>,
    ) -> Result<Response<proto::EndSessionResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let which = account::parse_end(request.get_ref()).map_err(to_status)?;
        let ended = self.app.end_sessions(&caller, which).await.map_err(to_status)?;
        Ok(Response::new(proto::EndSessionResponse { ended: convert::count(ended) }))
    }

    async fn list_devices(
        &self,
        request: Request<proto::ListDevicesRequest>,
    ) -> Result<Response<proto::ListDevicesResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let whose = account::parse_whose(request.get_ref()).map_err(to_status)?;
        let found = self.app.list_devices(&caller, whose).await.map_err(to_status)?;
        let devices = found.into_iter().map(|device| account::device(device, &caller)).collect();
        Ok(Response::new(proto::ListDevicesResponse { devices }))
    }

    async fn revoke_device(
        &self,
        request: Request<proto::RevokeDeviceRequest>,
    ) -> Result<Response<proto::RevokeDeviceResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let request = request.into_inner();
        let (id, device) = account::parse_revoke(&request).map_err(to_status)?;
        let key = self.request_key("RevokeDevice", id, &request);
        let revoked = self.app.revoke_device(&caller, key, device).await.map_err(to_status)?;
        Ok(Response::new(proto::RevokeDeviceResponse { device: Some(account::device(revoked, &caller)) }))
    }

    async fn renew_device(
        &self,
        request: Request<proto::RenewDeviceRequest>,
    ) -> Result<Response<proto::RenewDeviceResponse>, Status> {
        let device = device(&request).map_err(to_status)?;
        let csr = account::parse_renew(request.into_inner()).map_err(to_status)?;
        let next = self.app.renew_device(&device, csr).await.map_err(to_status)?;
        Ok(Response::new(proto::RenewDeviceResponse {
            certificate: next.certificate.into(),
            ca_certificate: self.app.device_ca.certificate_der().into(),
            certificate_expire_time: convert::time(next.expires_at),
        }))
    }

    async fn change_password(
        &self,
        request: Request<proto::ChangePasswordRequest>,
    ) -> Result<Response<proto::ChangePasswordResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let (request, id, passwords) = account::parse_passwords(request.into_inner()).map_err(to_status)?;
        let key = self.request_key("ChangePassword", id, &request);
        let Passwords { old, new } = passwords;
        let ended = self.app.change_password(&caller, key, old, new).await.map_err(to_status)?;
        Ok(Response::new(proto::ChangePasswordResponse { ended_sessions: convert::count(ended) }))
    }

    async fn step_up(
        &self,
        request: Request<proto::StepUpRequest>,
    ) -> Result<Response<proto::StepUpResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let password = account::parse_step_up(request.into_inner()).map_err(to_status)?;
        let until = self.app.step_up(&caller, &password).await.map_err(to_status)?;
        Ok(Response::new(proto::StepUpResponse { expire_time: convert::time(until) }))
    }

    async fn set_password(
        &self,
        request: Request<proto::SetPasswordRequest>,
    ) -> Result<Response<proto::SetPasswordResponse>, Status> {
        let device = device(&request).map_err(to_status)?;
        let from = network(&request).map_err(to_status)?;
        let (code, password) = account::parse_set(request.into_inner()).map_err(to_status)?;
        self.app.set_password(from, &device, &code, password).await.map_err(to_status)?;
        Ok(Response::new(proto::SetPasswordResponse {}))
    }
}

fn device<T>(request: &Request<T>) -> Result<PresentedDevice> {
    request
        .extensions()
        .get::<PresentedDevice>()
        .cloned()
        .ok_or_else(|| Error::internal("a method was reached without a device"))
}

/// Where a call comes from.
fn network<T>(request: &Request<T>) -> Result<IpAddr> {
    let peer = request.extensions().get::<Peer>();
    peer.map(Peer::network).ok_or_else(|| Error::internal("a method was reached without a connection"))
}

fn parse_enroll(request: proto::EnrollDeviceRequest) -> Result<EnrollDevice> {
    let mut fields = Fields::default();
    let code = fields.line("code", &request.code, 1, 200);
    let device_name = fields.line("device_name", &request.device_name, 1, 100);
    if request.csr.is_empty() || request.csr.len() > 4096 {
        fields.wrong("csr", "must be 1 to 4096 bytes");
    }
    fields.password("password", &request.password);
    fields.finish(EnrollDevice { code, csr: request.csr.to_vec(), password: request.password, device_name })
}

fn parse_login(request: proto::LoginRequest) -> Result<Login> {
    let mut fields = Fields::default();
    let login_name = fields.line("login_name", &request.login_name, 1, 64);
    let affiliation = fields.optional_uuid("affiliation_id", &request.affiliation_id).map(AffiliationId);
    let purpose = convert::from_named_purpose(request.purpose);
    if purpose.is_none() && request.purpose != 0 {
        fields.wrong("purpose", "must be a known purpose other than EMERGENCY, or be left out");
    }
    let purpose = purpose.unwrap_or(Purpose::Treatment);
    fields.password("password", &request.password);
    fields.finish(Login { login_name, password: request.password, affiliation, purpose })
}

fn tokens(tokens: &Tokens) -> proto::SessionTokens {
    proto::SessionTokens {
        access_token: tokens.access.reveal(),
        access_expire_time: convert::time(tokens.access_expires_at),
        refresh_token: tokens.refresh.reveal(),
        session_expire_time: convert::time(tokens.session_expires_at),
    }
}

fn identity(caller: &Caller) -> proto::Identity {
    proto::Identity {
        actor: convert::actor(caller.actor.clone()),
        login_name: caller.login_name.clone(),
        affiliation_id: caller.affiliation.to_string(),
        device_id: caller.device.to_string(),
        purpose: convert::purpose(caller.purpose),
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
