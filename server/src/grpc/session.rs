//! `AuthService`.

use std::net::IpAddr;

use renkei_domain::{Error, Result};
use renkei_proto::v1 as proto;
use renkei_proto::v1::auth_service_server::AuthService;
use tonic::{Request, Response, Status};

use super::account::{self, Passwords};
use super::login::{identity, parse_enroll, parse_login, tokens};
use super::status::to_status;
use super::{Services, caller, convert, service, totp};
use crate::admission::Peer;
use crate::app::session::{Presented, PresentedDevice};

#[tonic::async_trait]
impl AuthService for Services {
    async fn enroll_device(
        &self,
        request: Request<proto::EnrollDeviceRequest>,
    ) -> Result<Response<proto::EnrollDeviceResponse>, Status> {
        let from = network(&request).map_err(to_status)?;
        let command = parse_enroll(request.into_inner()).map_err(to_status)?;
        let ca_certificate = self.root_named_in(&command.code);
        let device = self.app.enroll_device(from, command).await.map_err(to_status)?;
        Ok(Response::new(proto::EnrollDeviceResponse {
            device_id: device.id.to_string(),
            certificate: device.certificate.into(),
            ca_certificate,
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
        // where one is needed, `authn` has seen to it
        let device = request.extensions().get::<Presented>().cloned();
        let token = request.into_inner().refresh_token;
        let new = self.app.refresh_session(device.as_ref(), &token).await.map_err(to_status)?;
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
        let device = holder(&request).map_err(to_status)?;
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
        let (password, second) = totp::parse_step_up(request.into_inner()).map_err(to_status)?;
        let until = self.app.step_up(&caller, &password, second).await.map_err(to_status)?;
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

    async fn login_with_totp(
        &self,
        request: Request<proto::LoginWithTotpRequest>,
    ) -> Result<Response<proto::LoginWithTotpResponse>, Status> {
        let from = network(&request).map_err(to_status)?;
        let command = totp::parse_login(request.into_inner()).map_err(to_status)?;
        let (login, left) = self.app.login_with_totp(from, command).await.map_err(to_status)?;
        Ok(Response::new(proto::LoginWithTotpResponse {
            tokens: Some(tokens(&login.tokens)),
            identity: Some(identity(&login.caller)),
            recovery_codes_left: i32::try_from(left).unwrap_or(i32::MAX),
        }))
    }

    async fn enroll_totp(
        &self,
        request: Request<proto::EnrollTotpRequest>,
    ) -> Result<Response<proto::EnrollTotpResponse>, Status> {
        let from = network(&request).map_err(to_status)?;
        let command = totp::parse_enroll(request.into_inner()).map_err(to_status)?;
        let ca_certificate = self.root_named_in(&command.code);
        let (offered, login_name) = self.app.enroll_totp(from, command).await.map_err(to_status)?;
        Ok(Response::new(proto::EnrollTotpResponse {
            offer: Some(totp::offer(&offered)),
            login_name,
            ca_certificate,
        }))
    }

    async fn add_totp(
        &self,
        request: Request<proto::AddTotpRequest>,
    ) -> Result<Response<proto::AddTotpResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let device_name = totp::parse_add(request.get_ref()).map_err(to_status)?;
        let offered = self.app.add_totp(&caller, device_name).await.map_err(to_status)?;
        Ok(Response::new(proto::AddTotpResponse { offer: Some(totp::offer(&offered)) }))
    }

    async fn confirm_totp(
        &self,
        request: Request<proto::ConfirmTotpRequest>,
    ) -> Result<Response<proto::ConfirmTotpResponse>, Status> {
        let from = network(&request).map_err(to_status)?;
        let (token, code) = totp::parse_confirm(request.into_inner()).map_err(to_status)?;
        let (device, codes) = self.app.confirm_totp(from, &token, &code).await.map_err(to_status)?;
        Ok(Response::new(proto::ConfirmTotpResponse {
            device_id: device.to_string(),
            recovery_codes: totp::revealed(&codes),
        }))
    }

    async fn renew_recovery_codes(
        &self,
        request: Request<proto::RenewRecoveryCodesRequest>,
    ) -> Result<Response<proto::RenewRecoveryCodesResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let codes = self.app.renew_recovery_codes(&caller).await.map_err(to_status)?;
        Ok(Response::new(proto::RenewRecoveryCodesResponse { recovery_codes: totp::revealed(&codes) }))
    }

    async fn enroll_service(
        &self,
        request: Request<proto::EnrollServiceRequest>,
    ) -> Result<Response<proto::EnrollServiceResponse>, Status> {
        service::enroll(self, request).await.map_err(to_status)
    }

    async fn begin_service_session(
        &self,
        request: Request<proto::BeginServiceSessionRequest>,
    ) -> Result<Response<proto::BeginServiceSessionResponse>, Status> {
        service::begin(self, request).await.map_err(to_status)
    }

    async fn allow_service(
        &self,
        request: Request<proto::AllowServiceRequest>,
    ) -> Result<Response<proto::AllowServiceResponse>, Status> {
        service::allow(self, request).await.map_err(to_status)
    }

    async fn disallow_service(
        &self,
        request: Request<proto::DisallowServiceRequest>,
    ) -> Result<Response<proto::DisallowServiceResponse>, Status> {
        service::disallow(self, request).await.map_err(to_status)
    }

    async fn list_allowed_services(
        &self,
        request: Request<proto::ListAllowedServicesRequest>,
    ) -> Result<Response<proto::ListAllowedServicesResponse>, Status> {
        service::list_allowed(self, request).await.map_err(to_status)
    }
}

fn device<T>(request: &Request<T>) -> Result<PresentedDevice> {
    request
        .extensions()
        .get::<PresentedDevice>()
        .cloned()
        .ok_or_else(|| Error::internal("a method was reached without a device"))
}

/// Whoever's certificate was shown.
fn holder<T>(request: &Request<T>) -> Result<Presented> {
    let shown = request.extensions().get::<Presented>().cloned();
    shown.ok_or_else(|| Error::internal("a method was reached without a device"))
}

/// Where a call comes from.
pub(super) fn network<T>(request: &Request<T>) -> Result<IpAddr> {
    let peer = request.extensions().get::<Peer>();
    peer.map(Peer::network).ok_or_else(|| Error::internal("a method was reached without a connection"))
}
