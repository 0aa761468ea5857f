//! Service accounts: they act for who allowed it, for nobody else, and no longer than that stands.

mod accounts;
mod commands;
mod emergency;
mod endings;
mod methods;
mod nodes;
mod quota;
mod renewal;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use rcgen::{CertificateParams, KeyPair};
use renkei_proto::v1::{
    AllowServiceRequest, AllowServiceResponse, AllowedService, AuditAction, BeginServiceSessionRequest,
    BeginServiceSessionResponse, CreateServiceAccountRequest, CreateServiceEnrollmentCodeRequest,
    DisallowServiceRequest, EnrollServiceRequest, EnrollServiceResponse, ListAllowedServicesRequest,
    ListAuditEventsRequest, ListEventsRequest, ListServiceAccountsRequest, ListSessionsRequest,
    RefreshSessionRequest, Role, ServiceAccount, WhoAmIRequest, auth_service_client::AuthServiceClient,
};
use renkei_tests::database::Engine;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tonic::Code;

use crate::{
    calls::Answered,
    grpc::{Credentials, Place, Session},
    refusal::{expect_refused, visible},
    region::{Region, new_id},
};

crate::on_both_engines!(
    a_service_acts_for_who_allowed_it,
    nobody_but_the_person_makes_a_service_act_for_the_person,
);

const DENIED: Code = Code::PermissionDenied;

/// Creates a service account with as many calls as there can be.
pub(crate) async fn new_service(by: &Session, organization_id: String) -> Result<ServiceAccount> {
    service_with(by, organization_id, 60_000).await
}

async fn service_with(
    by: &Session,
    organization_id: String,
    calls_per_minute: i32,
) -> Result<ServiceAccount> {
    let name = "架空記録連携".to_owned();
    let request =
        CreateServiceAccountRequest { request_id: new_id(), organization_id, name, calls_per_minute };
    let created = by.identity.clone().create_service_account(request).await?.into_inner();
    created.service_account.context("the account")
}

/// A service account's program, with a certificate.
#[derive(Clone)]
struct Program {
    place: Place,
    credentials: Credentials,
    device: String,
    account: String,
}

async fn code_for(by: &Session, account: &str) -> Result<String> {
    let request =
        CreateServiceEnrollmentCodeRequest { request_id: new_id(), service_account_id: account.to_owned() };
    Ok(by.identity.clone().create_service_enrollment_code(request).await?.into_inner().code)
}

async fn enroll(place: &Place, code: &str, key: &KeyPair) -> Result<Answered<EnrollServiceResponse>> {
    let csr = CertificateParams::default().serialize_request(key)?;
    let request = EnrollServiceRequest { code: code.to_owned(), csr: Bytes::copy_from_slice(csr.der()) };
    Ok(AuthServiceClient::new(place.channel(None)?).enroll_service(request).await)
}

fn credentials(certificate: &Bytes, key: &KeyPair) -> Credentials {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    Credentials { certificate: CertificateDer::from(certificate.to_vec()), key }
}

impl Program {
    async fn enroll(region: &Region, account: &str) -> Result<Self> {
        let code = code_for(&region.admin, account).await?;
        let key = KeyPair::generate()?;
        let enrolled = enroll(&region.place, &code, &key).await??.into_inner();
        Ok(Self {
            place: region.place.clone(),
            credentials: credentials(&enrolled.certificate, &key),
            device: enrolled.device_id,
            account: account.to_owned(),
        })
    }

    /// An account of the organisation of `of`, with a certificate.
    async fn of(region: &Region, of: &Session) -> Result<Self> {
        let account = new_service(&region.admin, of.organization()).await?;
        Self::enroll(region, &account.service_account_id).await
    }

    async fn try_begin(&self, affiliation: &str) -> Result<Answered<BeginServiceSessionResponse>> {
        let channel = self.place.channel(Some(&self.credentials))?;
        let affiliation_id = affiliation.to_owned();
        let request = BeginServiceSessionRequest { affiliation_id, ..Default::default() };
        Ok(AuthServiceClient::new(channel).begin_service_session(request).await)
    }

    /// Begins a session for the person of `of`.
    async fn begin(&self, of: &Session) -> Result<Session> {
        let answer = self.try_begin(&of.me.affiliation_id).await??.into_inner();
        let channel = self.place.channel(Some(&self.credentials))?;
        Session::new(channel, answer.identity.context("identity")?, answer.tokens.context("tokens")?)
    }

    async fn is_not_permitted(&self, affiliation: &str) -> Result<()> {
        expect_refused(self.try_begin(affiliation).await?, DENIED, "SERVICE_NOT_PERMITTED")?;
        Ok(())
    }
}

async fn allow(person: &Session, account: &str) -> Answered<AllowServiceResponse> {
    let service_account_id = account.to_owned();
    person.auth.clone().allow_service(AllowServiceRequest { request_id: new_id(), service_account_id }).await
}

async fn disallow(person: &Session, account: &str) -> Result<i32> {
    let request = DisallowServiceRequest { request_id: new_id(), service_account_id: account.to_owned() };
    Ok(person.auth.clone().disallow_service(request).await?.into_inner().ended_sessions)
}

async fn allowed(person: &Session) -> Result<Vec<AllowedService>> {
    Ok(person.auth.clone().list_allowed_services(ListAllowedServicesRequest {}).await?.into_inner().services)
}

async fn accounts(by: &Session, organization_id: String) -> Result<Vec<ServiceAccount>> {
    let request = ListServiceAccountsRequest { organization_id };
    Ok(by.identity.clone().list_service_accounts(request).await?.into_inner().service_accounts)
}

async fn a_service_acts_for_who_allowed_it(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?.session;
    let patient = doctor.register().await?;
    let program = Program::of(&region, &doctor).await?;
    program.is_not_permitted(&doctor.me.affiliation_id).await?;
    let granted = allow(&doctor, &program.account).await?.into_inner();
    ensure!(granted.affiliation_id == doctor.me.affiliation_id, "{granted:?}");
    let listed = allowed(&doctor).await?;
    ensure!(listed.len() == 1 && listed[0].service_account_id == program.account, "{listed:?}");

    let session = program.begin(&doctor).await?;
    ensure!(
        session.me.actor == doctor.me.actor && session.me.device_id == program.device,
        "{:?}",
        session.me
    );
    let me =
        session.auth.clone().who_am_i(WhoAmIRequest {}).await?.into_inner().identity.context("identity")?;
    ensure!(me == session.me && me.service_account_id == program.account, "{me:?}");
    ensure!(me.service_account_name == "架空記録連携" && doctor.me.service_account_id.is_empty(), "{me:?}");
    let posted = session.post(&patient, "血圧計からの記録です").await?;
    ensure!(posted.author == doctor.me.actor, "{posted:?}");
    ensure!(session.written_entries(&patient).await?.len() == 1);

    // the person sees it, in the list of sessions and in what was done
    let live = doctor.auth.clone().list_sessions(ListSessionsRequest {}).await?.into_inner().sessions;
    let through: Vec<_> = live.iter().filter(|one| one.service_account_id == program.account).collect();
    ensure!(live.len() == 2 && through.len() == 1 && !through[0].current, "{live:?}");
    ensure!(through[0].service_account_name == "架空記録連携", "{live:?}");
    ensure!(live[0].current, "a program's sessions come behind the person's: {live:?}");
    let request = ListAuditEventsRequest { patient_id: patient.clone(), ..Default::default() };
    let events = doctor.audit.clone().list_audit_events(request).await?.into_inner().events;
    for action in [AuditAction::EntryPost, AuditAction::EntryRead] {
        let event = events.iter().find(|event| event.action() == action).context("an event")?;
        ensure!(event.service_account_id == program.account && event.actor == doctor.me.actor, "{event:?}");
        ensure!(event.service_account_name == "架空記録連携", "{event:?}");
    }
    let own =
        events.iter().find(|event| event.action() == AuditAction::PatientRegister).context("an event")?;
    ensure!(own.service_account_id.is_empty(), "{own:?}");

    // its tokens are refreshed with its certificate, and with no other
    let refresh_token = session.tokens.refresh_token.clone();
    let mut auth = AuthServiceClient::new(program.place.channel(Some(&program.credentials))?);
    let fresh = auth.refresh_session(RefreshSessionRequest { refresh_token }).await?.into_inner().tokens;
    let channel = program.place.channel(Some(&program.credentials))?;
    let fresh = Session::new(channel, session.me.clone(), fresh.context("tokens")?)?;
    fresh.auth.clone().who_am_i(WhoAmIRequest {}).await?;
    let other = Program::enroll(&region, &program.account).await?;
    let stolen = Session::new(other.place.channel(Some(&other.credentials))?, fresh.me, fresh.tokens)?;
    let answer = stolen.auth.clone().who_am_i(WhoAmIRequest {}).await;
    expect_refused(answer, Code::Unauthenticated, "SESSION_REQUIRED")?;
    Ok(())
}

async fn nobody_but_the_person_makes_a_service_act_for_the_person(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?;
    let nurse = region.colleague(&doctor.session, "endo", Role::Nurse).await?.session;
    let role = Role::OrganizationAdministrator;
    let head = region.colleague(&doctor.session, "ono", role).await?.session;
    let other = region.doctor("sano").await?.session;
    let account = new_service(&head, doctor.session.organization()).await?.service_account_id;
    let program = Program::enroll(&region, &account).await?;

    // one colleague's word is not another's, and none is for whom the account is not
    allow(&nurse, &account).await?;
    program.begin(&nurse).await?;
    let foreign = [&doctor.session, &head, &other, &region.admin].map(|one| one.me.affiliation_id.clone());
    for affiliation in foreign.iter().chain([&new_id()]) {
        program.is_not_permitted(affiliation).await?;
    }
    for administrator in [&head, &region.admin] {
        expect_refused(allow(administrator, &account).await, DENIED, "ROLE_NOT_ALLOWED")?;
    }
    let foreign = expect_refused(allow(&other, &account).await, Code::NotFound, "NOT_FOUND")?;
    let unknown = expect_refused(allow(&other, &new_id()).await, Code::NotFound, "NOT_FOUND")?;
    ensure!(visible(&foreign) == visible(&unknown));

    // another affiliation of who allowed it is another matter
    let second = region.affiliate(&nurse.person(), &nurse.organization(), Role::CareManager).await?;
    program.is_not_permitted(&second).await?;

    // whom it was refused for finds that among the events
    let request = ListEventsRequest {
        person_id: doctor.session.person(),
        action: AuditAction::ServiceSession.into(),
        ..Default::default()
    };
    let events = region.admin.audit.clone().list_events(request).await?.into_inner().events;
    ensure!(events.len() == 1 && events[0].reason == "SERVICE_NOT_PERMITTED", "{events:?}");
    ensure!(events[0].service_account_id == account, "{events:?}");

    // with a person's certificate there is no such session, and with a service's no log-in
    let person = Program { credentials: doctor.device.credentials.clone(), ..program.clone() };
    let answer = person.try_begin(&nurse.me.affiliation_id).await?;
    expect_refused(answer, Code::Unauthenticated, "DEVICE_REQUIRED")?;
    let mut device = doctor.device.clone();
    device.credentials = program.credentials.clone();
    let refused = device.login().await.err().context("the log-in succeeded")?.downcast()?;
    crate::refusal::expect(&refused, DENIED, "SERVICE_METHOD_NOT_ALLOWED")
}
