//! A server in this process that knows only sessions, to prove that a refresh token is never used twice.

use std::sync::Mutex;

use renkei_proto::v1::{
    AddTotpRequest, AddTotpResponse, AllowServiceRequest, AllowServiceResponse, BeginServiceSessionRequest,
    BeginServiceSessionResponse, ChangePasswordRequest, ChangePasswordResponse, ConfirmTotpRequest,
    ConfirmTotpResponse, DisallowServiceRequest, DisallowServiceResponse, EndSessionRequest,
    EndSessionResponse, EnrollDeviceRequest, EnrollDeviceResponse, EnrollServiceRequest,
    EnrollServiceResponse, EnrollTotpRequest, EnrollTotpResponse, ListAllowedServicesRequest,
    ListAllowedServicesResponse, ListDevicesRequest, ListDevicesResponse, ListSessionsRequest,
    ListSessionsResponse, LoginRequest, LoginResponse, LoginWithTotpRequest, LoginWithTotpResponse,
    LogoutRequest, LogoutResponse, RefreshSessionResponse, RenewDeviceRequest, RenewDeviceResponse,
    RenewRecoveryCodesRequest, RenewRecoveryCodesResponse, RevokeDeviceRequest, RevokeDeviceResponse,
    SetPasswordRequest, SetPasswordResponse, StepUpRequest, StepUpResponse, WhoAmIRequest, WhoAmIResponse,
    auth_service_server::{AuthService, AuthServiceServer},
};
use tonic::{
    Code, Request, Response, Status,
    transport::{Channel, Endpoint},
};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::*;
use crate::{connection::Connection, profile::Home};

/// The tokens are `a1`/`r1`, then `a2`/`r2`, and so on.
#[derive(Default)]
struct State {
    number: usize,
    refreshes: usize,
    /// So many refreshes fail as if the server were down.
    unavailable: usize,
}

#[derive(Clone)]
struct Fake(Arc<Mutex<State>>);

#[tonic::async_trait]
impl AuthService for Fake {
    async fn refresh_session(
        &self,
        request: Request<RefreshSessionRequest>,
    ) -> Result<Response<RefreshSessionResponse>, Status> {
        let mut state = self.0.lock().unwrap();
        state.refreshes += 1;
        if state.unavailable > 0 {
            state.unavailable -= 1;
            return Err(Status::unavailable("down"));
        }
        if request.get_ref().refresh_token != format!("r{}", state.number) {
            return Err(refused("REFRESH_TOKEN_INVALID"));
        }
        state.number += 1;
        let time = |seconds| Some(prost_types::Timestamp { seconds: now() + seconds, nanos: 0 });
        let tokens = SessionTokens {
            access_token: format!("a{}", state.number),
            access_expire_time: time(600),
            refresh_token: format!("r{}", state.number),
            session_expire_time: time(3600),
        };
        Ok(Response::new(RefreshSessionResponse { tokens: Some(tokens) }))
    }

    async fn who_am_i(&self, request: Request<WhoAmIRequest>) -> Result<Response<WhoAmIResponse>, Status> {
        let expected = format!("Bearer a{}", self.0.lock().unwrap().number);
        match request.metadata().get("authorization").and_then(|value| value.to_str().ok()) {
            Some(given) if given == expected => Ok(Response::new(WhoAmIResponse::default())),
            Some("Bearer expired") => Err(refused("ACCESS_TOKEN_EXPIRED")),
            _ => Err(refused("SESSION_REQUIRED")),
        }
    }

    async fn enroll_device(
        &self,
        _: Request<EnrollDeviceRequest>,
    ) -> Result<Response<EnrollDeviceResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn login(&self, _: Request<LoginRequest>) -> Result<Response<LoginResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn logout(&self, _: Request<LogoutRequest>) -> Result<Response<LogoutResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_sessions(
        &self,
        _: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn end_session(
        &self,
        _: Request<EndSessionRequest>,
    ) -> Result<Response<EndSessionResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_devices(
        &self,
        _: Request<ListDevicesRequest>,
    ) -> Result<Response<ListDevicesResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn revoke_device(
        &self,
        _: Request<RevokeDeviceRequest>,
    ) -> Result<Response<RevokeDeviceResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn renew_device(
        &self,
        _: Request<RenewDeviceRequest>,
    ) -> Result<Response<RenewDeviceResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn change_password(
        &self,
        _: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn set_password(
        &self,
        _: Request<SetPasswordRequest>,
    ) -> Result<Response<SetPasswordResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn step_up(&self, _: Request<StepUpRequest>) -> Result<Response<StepUpResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn login_with_totp(
        &self,
        _: Request<LoginWithTotpRequest>,
    ) -> Result<Response<LoginWithTotpResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn enroll_totp(
        &self,
        _: Request<EnrollTotpRequest>,
    ) -> Result<Response<EnrollTotpResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn add_totp(&self, _: Request<AddTotpRequest>) -> Result<Response<AddTotpResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn confirm_totp(
        &self,
        _: Request<ConfirmTotpRequest>,
    ) -> Result<Response<ConfirmTotpResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn renew_recovery_codes(
        &self,
        _: Request<RenewRecoveryCodesRequest>,
    ) -> Result<Response<RenewRecoveryCodesResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn enroll_service(
        &self,
        _: Request<EnrollServiceRequest>,
    ) -> Result<Response<EnrollServiceResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn begin_service_session(
        &self,
        _: Request<BeginServiceSessionRequest>,
    ) -> Result<Response<BeginServiceSessionResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn allow_service(
        &self,
        _: Request<AllowServiceRequest>,
    ) -> Result<Response<AllowServiceResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn disallow_service(
        &self,
        _: Request<DisallowServiceRequest>,
    ) -> Result<Response<DisallowServiceResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_allowed_services(
        &self,
        _: Request<ListAllowedServicesRequest>,
    ) -> Result<Response<ListAllowedServicesResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}

fn refused(reason: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, renkei_proto::ERROR_DOMAIN, []);
    Status::with_error_details(Code::Unauthenticated, "", details)
}

struct World {
    profile: Profile,
    channel: Channel,
    state: Arc<Mutex<State>>,
    _home: tempfile::TempDir,
}

impl World {
    /// A logged-in profile whose access token is due, and the server.
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let profile = Home::at(home.path()).profile("default").unwrap();
        profile.make_folder().unwrap();
        profile.save_session(&session("expired", "r0", now() - 600, now() - 1)).unwrap();

        let state = Arc::new(Mutex::new(State::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
        let service = AuthServiceServer::new(Fake(state.clone()));
        tokio::spawn(tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming));
        let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy();
        Self { profile, channel, state, _home: home }
    }

    /// Another process of the same profile.
    fn process(&self) -> Connection {
        Connection::over(&self.profile, self.channel.clone())
    }

    fn refreshes(&self) -> usize {
        self.state.lock().unwrap().refreshes
    }
}

fn session(access: &str, refresh: &str, obtained: i64, access_expires: i64) -> StoredSession {
    StoredSession {
        access_token: access.to_owned(),
        refresh_token: refresh.to_owned(),
        obtained,
        access_expires,
        session_expires: now() + 3600,
        totp: false,
    }
}

async fn who_am_i(connection: &Connection) -> Result<WhoAmIResponse> {
    connection
        .call(WhoAmIRequest {}, async |channel, request| {
            AuthServiceClient::new(channel).who_am_i(request).await
        })
        .await
}

#[test]
fn renewal_is_due_before_the_end_of_the_token() {
    let due = |obtained, expires| due(&session("", "", obtained, expires));
    assert_eq!(due(1000, 1600), 1570);
    assert_eq!(due(1000, 1006), 1004);
    assert_eq!(due(1000, 400), 1002, "a clock that is ahead does not renew without pause");
}

#[tokio::test]
async fn processes_of_one_profile_refresh_once_between_them() {
    let world = World::new().await;
    let processes: Vec<_> = (0..8).map(|_| world.process()).collect();
    let tokens = futures::future::join_all(processes.iter().map(|process| process.session.token())).await;
    assert!(tokens.iter().all(|token| token.as_ref().unwrap() == "a1"), "{tokens:?}");
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn a_token_that_another_process_replaced_is_no_failure() {
    let world = World::new().await;
    let slow = world.process();
    who_am_i(&slow).await.unwrap();
    // Another process refreshes before its time; the server knows the old token no longer.
    world.process().session.renew("a1").await.unwrap();
    who_am_i(&slow).await.unwrap();
    assert_eq!(world.refreshes(), 2);
}

#[tokio::test]
async fn an_access_token_that_ended_early_is_renewed() {
    let world = World::new().await;
    world.profile.save_session(&session("expired", "r0", now(), now() + 600)).unwrap();
    who_am_i(&world.process()).await.unwrap();
    assert_eq!(world.refreshes(), 1);
}

#[tokio::test]
async fn a_server_that_is_down_for_a_moment_costs_no_session() {
    let world = World::new().await;
    world.state.lock().unwrap().unavailable = 2;
    who_am_i(&world.process()).await.unwrap();
    assert_eq!(world.refreshes(), 3);
}

#[tokio::test]
async fn a_session_that_ended_says_to_log_in_and_leaves_no_tokens() {
    let world = World::new().await;
    world.profile.save_session(&session("expired", "stolen", now() - 600, now() - 1)).unwrap();
    let process = world.process();
    assert_eq!(who_am_i(&process).await.unwrap_err().exit(), Exit::LogIn);
    assert!(world.profile.session().unwrap().is_none());
    assert_eq!(process.session.clone().keep_alive().await.exit(), Exit::LogIn);
    assert_eq!(who_am_i(&world.process()).await.unwrap_err().exit(), Exit::LogIn);
}
