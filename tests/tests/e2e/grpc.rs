//! A small client of its own: enrolment, log-in, calls.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use hyper_util::rt::TokioIo;
use rcgen::{CertificateParams, KeyPair};
use renkei_proto::v1::{
    EnrollDeviceRequest, Identity, LoginRequest, PurposeOfUse, SessionTokens,
    attachment_service_client::AttachmentServiceClient, audit_service_client::AuditServiceClient,
    auth_service_client::AuthServiceClient, consent_service_client::ConsentServiceClient,
    identity_service_client::IdentityServiceClient, patient_service_client::PatientServiceClient,
    report_service_client::ReportServiceClient, summary_service_client::SummaryServiceClient,
    template_service_client::TemplateServiceClient, timeline_service_client::TimelineServiceClient,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName},
    version::TLS13,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint, Uri},
};

/// Where a server is and whom to trust there.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) address: String,
    pub(crate) authority: CertificateDer<'static>,
}

/// What a device shows in the handshake.
pub(crate) struct Credentials {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Clone for Credentials {
    fn clone(&self) -> Self {
        Self { certificate: self.certificate.clone(), key: self.key.clone_key() }
    }
}

/// An enrolled device.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) place: Place,
    pub(crate) login_name: String,
    pub(crate) password: String,
    pub(crate) credentials: Credentials,
}

/// A channel that carries a session's token.
pub(crate) type Authorized = InterceptedService<Channel, Bearer>;

/// A logged-in person: a client for each service, to be cloned for a call.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) me: Identity,
    pub(crate) tokens: SessionTokens,
    pub(crate) auth: AuthServiceClient<Authorized>,
    pub(crate) identity: IdentityServiceClient<Authorized>,
    pub(crate) patients: PatientServiceClient<Authorized>,
    pub(crate) consents: ConsentServiceClient<Authorized>,
    pub(crate) timeline: TimelineServiceClient<Authorized>,
    pub(crate) attachments: AttachmentServiceClient<Authorized>,
    pub(crate) audit: AuditServiceClient<Authorized>,
    pub(crate) summaries: SummaryServiceClient<Authorized>,
    pub(crate) templates: TemplateServiceClient<Authorized>,
    pub(crate) reports: ReportServiceClient<Authorized>,
}

impl Place {
    /// A channel that connects when it is first used, and again when it broke.
    pub(crate) fn channel(&self, credentials: Option<&Credentials>) -> Result<Channel> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone())?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])?
            .with_root_certificates(roots);
        let mut config = match credentials {
            None => config.with_no_client_auth(),
            Some(shown) => {
                config.with_client_auth_cert(vec![shown.certificate.clone()], shown.key.clone_key())?
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        let tls = TlsConnector::from(Arc::new(config));
        let (address, name) = (self.address.clone(), ServerName::try_from("127.0.0.1")?);
        let connect = tower::service_fn(move |_: Uri| {
            let (tls, address, name) = (tls.clone(), address.clone(), name.clone());
            async move {
                let plain = TcpStream::connect(address).await?;
                plain.set_nodelay(true)?;
                Ok::<_, std::io::Error>(TokioIo::new(tls.connect(name, plain).await?))
            }
        });
        Ok(Endpoint::from_shared(format!("https://{}", self.address))?.connect_with_connector_lazy(connect))
    }

    /// Enrols a device with a new key.
    pub(crate) async fn enroll(&self, code: &str, password: &str) -> Result<Device> {
        let key = KeyPair::generate()?;
        let csr = CertificateParams::default().serialize_request(&key)?;
        let request = EnrollDeviceRequest {
            code: code.to_owned(),
            csr: csr.der().to_vec().into(),
            password: password.to_owned(),
            device_name: "試験用端末".to_owned(),
        };
        let answer = AuthServiceClient::new(self.channel(None)?).enroll_device(request).await?.into_inner();
        let certificate = CertificateDer::from(answer.certificate.to_vec());
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        Ok(Device {
            place: self.clone(),
            login_name: answer.login_name,
            password: password.to_owned(),
            credentials: Credentials { certificate, key },
        })
    }
}

impl Device {
    /// Begins a session as somebody who has one affiliation, for treatment.
    pub(crate) async fn login(&self) -> Result<Session> {
        self.login_as("", PurposeOfUse::Unspecified).await
    }

    /// Begins a session under this affiliation, or the only one, for this purpose.
    pub(crate) async fn login_as(&self, affiliation_id: &str, purpose: PurposeOfUse) -> Result<Session> {
        let channel = self.place.channel(Some(&self.credentials))?;
        let request = LoginRequest {
            login_name: self.login_name.clone(),
            password: self.password.clone(),
            affiliation_id: affiliation_id.to_owned(),
            purpose: purpose.into(),
        };
        let answer = AuthServiceClient::new(channel.clone()).login(request).await?.into_inner();
        let tokens = answer.tokens.context("tokens")?;
        Session::new(channel, answer.identity.context("identity")?, tokens)
    }

    /// The same session over a connection of its own.
    pub(crate) fn connect_again(&self, session: &Session) -> Result<Session> {
        let channel = self.place.channel(Some(&self.credentials))?;
        Session::new(channel, session.me.clone(), session.tokens.clone())
    }
}

impl Session {
    pub(crate) fn new(channel: Channel, me: Identity, tokens: SessionTokens) -> Result<Self> {
        let bearer = Bearer(format!("Bearer {}", tokens.access_token).parse()?);
        let with = |channel: &Channel| InterceptedService::new(channel.clone(), bearer.clone());
        Ok(Self {
            me,
            tokens,
            auth: AuthServiceClient::new(with(&channel)),
            identity: IdentityServiceClient::new(with(&channel)),
            patients: PatientServiceClient::new(with(&channel)),
            consents: ConsentServiceClient::new(with(&channel)),
            timeline: TimelineServiceClient::new(with(&channel)),
            attachments: AttachmentServiceClient::new(with(&channel)),
            audit: AuditServiceClient::new(with(&channel)),
            summaries: SummaryServiceClient::new(with(&channel)),
            templates: TemplateServiceClient::new(with(&channel)),
            reports: ReportServiceClient::new(with(&channel)),
        })
    }

    /// UUID of the organisation of the session.
    pub(crate) fn organization(&self) -> String {
        self.me.actor.as_ref().map(|actor| actor.organization_id.clone()).unwrap_or_default()
    }

    /// UUID of the person of the session.
    pub(crate) fn person(&self) -> String {
        self.me.actor.as_ref().map(|actor| actor.person_id.clone()).unwrap_or_default()
    }
}

/// Puts the access token on every call.
#[derive(Clone)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}
