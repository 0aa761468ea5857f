//! Authenticator apps: log-in without an enrolled device, where the operator allows it.

pub(crate) mod commands;
mod door;
mod enrollment;
mod guessing;
mod once;
pub(crate) mod phone;
mod recovery;
mod step_up;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AddTotpRequest, ConfirmTotpRequest, ConfirmTotpResponse, EnrollTotpRequest, LoginWithTotpRequest,
    LoginWithTotpResponse, OrganizationKind, Role, TotpOffer, auth_service_client::AuthServiceClient,
    login_with_totp_request::Second,
};
use renkei_tests::{database::Engine, server::Server};
use tonic::{Status, transport::Channel};

use self::phone::Phone;
use crate::{
    calls::Answered,
    grpc::{Place, Session},
    region::{PASSWORD, Region},
};

/// Log-ins with an authenticator app are allowed.
pub(crate) const ALLOWED: &str = "[login]\ntotp = true\n";

/// Somebody with an authenticator app.
struct Owner {
    place: Place,
    login_name: String,
    phone: Phone,
    device_id: String,
    recovery_codes: Vec<String>,
}

/// Makes the server forget which codes it has taken. It has no other memory of them.
fn let_codes_be_new(server: &Server) -> Result<()> {
    server.sql("UPDATE totp SET last_step = 0").map(drop)
}

/// A region where apps are allowed.
async fn open(engine: Engine) -> Result<Region> {
    Region::open_with(engine, ALLOWED).await
}

fn anybody(place: &Place) -> Result<AuthServiceClient<Channel>> {
    Ok(AuthServiceClient::new(place.channel(None)?))
}

fn request_to_enroll(code: &str, password: &str) -> EnrollTotpRequest {
    EnrollTotpRequest {
        code: code.to_owned(),
        password: password.to_owned(),
        device_name: "私用スマートフォン".to_owned(),
    }
}

async fn confirm(place: &Place, offer: &TotpOffer, code: String) -> Result<Answered<ConfirmTotpResponse>> {
    let request =
        ConfirmTotpRequest { confirmation_token: offer.confirmation_token.clone(), totp_code: code };
    Ok(anybody(place)?.confirm_totp(request).await)
}

impl Owner {
    /// A doctor who has nothing else.
    async fn hired(region: &Region, login_name: &str) -> Result<Self> {
        let code = region.admit(login_name, OrganizationKind::Clinic, Role::Doctor).await?;
        let answer = anybody(&region.place)?.enroll_totp(request_to_enroll(&code, PASSWORD)).await?;
        let answer = answer.into_inner();
        ensure!(answer.login_name == login_name && answer.ca_certificate == *region.place.authority);
        Self::confirmed(region, login_name, &answer.offer.context("offer")?).await
    }

    /// Of a session of the person.
    async fn added(region: &Region, session: &Session) -> Result<Self> {
        let request = AddTotpRequest { device_name: "私用スマートフォン".to_owned() };
        let offer = session.auth.clone().add_totp(request).await?.into_inner().offer.context("offer")?;
        Self::confirmed(region, &session.me.login_name, &offer).await
    }

    async fn confirmed(region: &Region, login_name: &str, offer: &TotpOffer) -> Result<Self> {
        let phone = Phone::scan(&offer.uri)?;
        let done = confirm(&region.place, offer, phone.code()?).await??.into_inner();
        Ok(Self {
            place: region.place.clone(),
            login_name: login_name.to_owned(),
            phone,
            device_id: done.device_id,
            recovery_codes: done.recovery_codes,
        })
    }

    fn request(&self, second: Second) -> LoginWithTotpRequest {
        LoginWithTotpRequest {
            login_name: self.login_name.clone(),
            password: PASSWORD.to_owned(),
            second: Some(second),
            ..Default::default()
        }
    }

    /// What the phone shows.
    fn code(&self) -> Result<Second> {
        Ok(Second::TotpCode(self.phone.code()?))
    }

    async fn try_login(&self, second: Second) -> Result<Result<LoginWithTotpResponse, Status>> {
        let answer = anybody(&self.place)?.login_with_totp(self.request(second)).await;
        Ok(answer.map(tonic::Response::into_inner))
    }

    /// Logs in with the code of now, whether it was taken before or not.
    async fn login(&self, server: &Server) -> Result<Session> {
        let_codes_be_new(server)?;
        self.login_with(self.code()?).await
    }

    async fn login_with(&self, second: Second) -> Result<Session> {
        let answer = self.try_login(second).await??;
        let (me, tokens) = (answer.identity.context("identity")?, answer.tokens.context("tokens")?);
        Session::new(self.place.channel(None)?, me, tokens)
    }
}
