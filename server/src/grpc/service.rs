//! Service accounts: for `AuthService` and `IdentityService`.

use renkei_domain::id::{AffiliationId, OrganizationId, RequestId, ServiceAccountId};
use renkei_domain::service::{AllowedService, MAX_CALLS_PER_MINUTE, ServiceAccount, ServiceCertificate};
use renkei_domain::{Error, Result};
use renkei_proto::v1 as proto;
use tonic::{Request, Response};

use super::login::{identity, tokens};
use super::parse::Fields;
use super::session::network;
use super::{Services, caller, convert};
use crate::app::service::{BeginServiceSession, NewServiceAccount};
use crate::app::session::PresentedService;

/// What a method answers.
type Answer<T> = Result<Response<T>>;

pub(super) async fn create(
    services: &Services,
    request: Request<proto::CreateServiceAccountRequest>,
) -> Answer<proto::CreateServiceAccountResponse> {
    let caller = caller(&request)?;
    let request = request.into_inner();
    let (id, new) = parse_create(&request)?;
    let key = services.request_key("CreateServiceAccount", id, &request);
    let created = services.app.create_service_account(&caller, key, new).await?;
    Ok(Response::new(proto::CreateServiceAccountResponse { service_account: Some(account(created)) }))
}

pub(super) async fn list(
    services: &Services,
    request: Request<proto::ListServiceAccountsRequest>,
) -> Answer<proto::ListServiceAccountsResponse> {
    let caller = caller(&request)?;
    let mut fields = Fields::default();
    let id = OrganizationId(fields.uuid("organization_id", &request.get_ref().organization_id));
    fields.finish(())?;
    let found = services.app.list_service_accounts(&caller, id).await?;
    let service_accounts = found.into_iter().map(account).collect();
    Ok(Response::new(proto::ListServiceAccountsResponse { service_accounts }))
}

pub(super) async fn end(
    services: &Services,
    request: Request<proto::EndServiceAccountRequest>,
) -> Answer<proto::EndServiceAccountResponse> {
    let caller = caller(&request)?;
    let request = request.into_inner();
    let (id, which) = parse_which(&request.request_id, &request.service_account_id)?;
    let key = services.request_key("EndServiceAccount", id, &request);
    let ended = services.app.end_service_account(&caller, key, which).await?;
    Ok(Response::new(proto::EndServiceAccountResponse { service_account: Some(account(ended)) }))
}

pub(super) async fn create_code(
    services: &Services,
    request: Request<proto::CreateServiceEnrollmentCodeRequest>,
) -> Answer<proto::CreateServiceEnrollmentCodeResponse> {
    let caller = caller(&request)?;
    let request = request.into_inner();
    let (id, which) = parse_which(&request.request_id, &request.service_account_id)?;
    let key = services.request_key("CreateServiceEnrollmentCode", id, &request);
    let issued = services.app.create_service_code(&caller, key, which).await?;
    Ok(Response::new(proto::CreateServiceEnrollmentCodeResponse {
        code: issued.code,
        expire_time: convert::time(issued.expires_at),
    }))
}

pub(super) async fn enroll(
    services: &Services,
    request: Request<proto::EnrollServiceRequest>,
) -> Answer<proto::EnrollServiceResponse> {
    let from = network(&request)?;
    let (code, csr) = parse_enroll(request.into_inner())?;
    let ca_certificate = services.root_named_in(&code);
    let enrolled = services.app.enroll_service(from, &code, &csr).await?;
    Ok(Response::new(proto::EnrollServiceResponse {
        device_id: enrolled.device.id.to_string(),
        certificate: enrolled.device.certificate.into(),
        ca_certificate,
        certificate_expire_time: convert::time(enrolled.device.expires_at),
        service_account_id: enrolled.service.id.to_string(),
        service_account_name: enrolled.service.name,
    }))
}

pub(super) async fn begin(
    services: &Services,
    request: Request<proto::BeginServiceSessionRequest>,
) -> Answer<proto::BeginServiceSessionResponse> {
    let shown = request.extensions().get::<PresentedService>().cloned();
    let shown = shown.ok_or_else(|| Error::internal("a method was reached without a service account"))?;
    let command = parse_begin(request.get_ref())?;
    let begun = services.app.begin_service_session(&shown, command).await?;
    Ok(Response::new(proto::BeginServiceSessionResponse {
        tokens: Some(tokens(&begun.tokens)),
        identity: Some(identity(&begun.caller)),
    }))
}

pub(super) async fn allow(
    services: &Services,
    request: Request<proto::AllowServiceRequest>,
) -> Answer<proto::AllowServiceResponse> {
    let caller = caller(&request)?;
    let request = request.into_inner();
    let (id, which) = parse_which(&request.request_id, &request.service_account_id)?;
    let key = services.request_key("AllowService", id, &request);
    let affiliation = services.app.allow_service(&caller, key, which).await?;
    Ok(Response::new(proto::AllowServiceResponse { affiliation_id: affiliation.to_string() }))
}

pub(super) async fn disallow(
    services: &Services,
    request: Request<proto::DisallowServiceRequest>,
) -> Answer<proto::DisallowServiceResponse> {
    let caller = caller(&request)?;
    let request = request.into_inner();
    let (id, which) = parse_which(&request.request_id, &request.service_account_id)?;
    let key = services.request_key("DisallowService", id, &request);
    let ended = services.app.disallow_service(&caller, key, which).await?;
    Ok(Response::new(proto::DisallowServiceResponse { ended_sessions: convert::count(ended) }))
}

pub(super) async fn list_allowed(
    services: &Services,
    request: Request<proto::ListAllowedServicesRequest>,
) -> Answer<proto::ListAllowedServicesResponse> {
    let caller = caller(&request)?;
    let found = services.app.list_allowed_services(&caller).await?;
    Ok(Response::new(proto::ListAllowedServicesResponse {
        services: found.into_iter().map(allowed).collect(),
    }))
}

fn parse_create(request: &proto::CreateServiceAccountRequest) -> Result<(RequestId, NewServiceAccount)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", &request.request_id));
    let organization = OrganizationId(fields.uuid("organization_id", &request.organization_id));
    let name = fields.line("name", &request.name, 1, 100);
    let calls_per_minute = i64::from(request.calls_per_minute);
    if !(1..=MAX_CALLS_PER_MINUTE).contains(&calls_per_minute) {
        fields.wrong("calls_per_minute", "must be between 1 and 60000");
    }
    fields.finish((id, NewServiceAccount { organization, name, calls_per_minute }))
}

/// The two fields of a change of one account.
fn parse_which(request: &str, account: &str) -> Result<(RequestId, ServiceAccountId)> {
    let mut fields = Fields::default();
    let id = RequestId(fields.uuid("request_id", request));
    let which = ServiceAccountId(fields.uuid("service_account_id", account));
    fields.finish((id, which))
}

/// The code and the request for a certificate.
fn parse_enroll(request: proto::EnrollServiceRequest) -> Result<(String, Vec<u8>)> {
    let mut fields = Fields::default();
    let code = fields.line("code", &request.code, 1, 200);
    if request.csr.is_empty() || request.csr.len() > 4096 {
        fields.wrong("csr", "must be 1 to 4096 bytes");
    }
    fields.finish((code, request.csr.to_vec()))
}

fn parse_begin(request: &proto::BeginServiceSessionRequest) -> Result<BeginServiceSession> {
    let mut fields = Fields::default();
    let affiliation = AffiliationId(fields.uuid("affiliation_id", &request.affiliation_id));
    let purpose = fields.session_purpose(request.purpose);
    fields.finish(BeginServiceSession { affiliation, purpose })
}

fn account(account: ServiceAccount) -> proto::ServiceAccount {
    let certificate = |found: ServiceCertificate| proto::ServiceCertificate {
        device_id: found.device.to_string(),
        enroll_time: convert::time(found.enrolled_at),
        certificate_expire_time: convert::time(found.expires_at),
    };
    proto::ServiceAccount {
        service_account_id: account.service.id.to_string(),
        organization_id: account.organization.to_string(),
        name: account.service.name,
        calls_per_minute: account.service.calls_per_minute.try_into().unwrap_or(i32::MAX),
        create_time: convert::time(account.created_at),
        end_time: account.ended_at.and_then(convert::time),
        certificates: account.certificates.into_iter().map(certificate).collect(),
    }
}

fn allowed(allowed: AllowedService) -> proto::AllowedService {
    proto::AllowedService {
        service_account_id: allowed.service.id.to_string(),
        name: allowed.service.name,
        affiliation_id: allowed.affiliation.to_string(),
        organization_name: allowed.organization_name,
        role: convert::role(allowed.role),
        allow_time: convert::time(allowed.allowed_at),
    }
}

#[cfg(test)]
mod tests {
    use renkei_domain::identity::Purpose;

    use super::*;
    use crate::grpc::parse::{taken, violated};

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn new(name: &str, calls_per_minute: i32) -> proto::CreateServiceAccountRequest {
        let (request_id, organization_id) = (ID.to_owned(), ID.to_owned());
        proto::CreateServiceAccountRequest {
            request_id,
            organization_id,
            name: name.into(),
            calls_per_minute,
        }
    }

    #[test]
    fn an_account_has_a_name_and_some_calls() {
        assert_eq!(taken(parse_create(&new(" 記録連携 ", 60_000))).1.name, "記録連携");
        for calls in [0, -1, 60_001] {
            assert_eq!(violated(parse_create(&new("", calls))), ["name", "calls_per_minute"]);
        }
    }

    #[test]
    fn no_session_of_a_service_is_for_emergencies() {
        let request = |purpose| proto::BeginServiceSessionRequest { affiliation_id: ID.into(), purpose };
        assert_eq!(taken(parse_begin(&request(0))).purpose, Purpose::Treatment);
        let emergency = proto::PurposeOfUse::Emergency as i32;
        for purpose in [emergency, 99, -1] {
            assert_eq!(violated(parse_begin(&request(purpose))), ["purpose"]);
        }
    }
}
