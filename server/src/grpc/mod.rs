//! Between protobuf and the domain, and nothing else: a file a noun. Requests are parsed into domain types
//! with every field violation reported at once; [`status`] is the only place that builds a
//! [`tonic::Status`].

mod access;
mod accesses;
mod account;
mod attachment;
mod audit;
mod break_glass;
mod care_team;
mod consent;
mod convert;
mod identity;
mod login;
mod parse;
mod patient;
mod report;
mod service;
mod session;
pub(crate) mod status;
mod summary;
mod template;
mod timeline;
mod totp;

use std::sync::Arc;

use bytes::Bytes;
use renkei_crypto::enrollment::named_ca;
use renkei_domain::id::RequestId;
use renkei_domain::identity::Caller;
use renkei_domain::{Error, Result};
use renkei_proto::v1::{
    attachment_service_server::AttachmentServiceServer, audit_service_server::AuditServiceServer,
    auth_service_server::AuthServiceServer, consent_service_server::ConsentServiceServer,
    identity_service_server::IdentityServiceServer, patient_service_server::PatientServiceServer,
    report_service_server::ReportServiceServer, summary_service_server::SummaryServiceServer,
    template_service_server::TemplateServiceServer, timeline_service_server::TimelineServiceServer,
};
use tonic::Request;
use tonic::service::Routes;

use crate::app::{App, RequestKey};

/// Largest message that is taken; frames of an upload stay far below it.
const DECODE_LIMIT: usize = 1024 * 1024;
/// Largest message that is sent.
const ENCODE_LIMIT: usize = 4 * 1024 * 1024;

/// All services.
pub(crate) fn routes(app: Arc<App>) -> Routes {
    macro_rules! limited {
        ($server:ident) => {
            $server::new(Services { app: Arc::clone(&app) })
                .max_decoding_message_size(DECODE_LIMIT)
                .max_encoding_message_size(ENCODE_LIMIT)
        };
    }
    Routes::new(limited!(AuthServiceServer))
        .add_service(limited!(IdentityServiceServer))
        .add_service(limited!(PatientServiceServer))
        .add_service(limited!(ConsentServiceServer))
        .add_service(limited!(TimelineServiceServer))
        .add_service(limited!(AttachmentServiceServer))
        .add_service(limited!(AuditServiceServer))
        .add_service(limited!(SummaryServiceServer))
        .add_service(limited!(TemplateServiceServer))
        .add_service(limited!(ReportServiceServer))
}

/// Implements every service.
struct Services {
    app: Arc<App>,
}

impl Services {
    /// The mark of a mutation, from its request id and its whole body.
    fn request_key(&self, method: &str, id: RequestId, body: &impl prost::Message) -> RequestKey {
        self.app.request_key(id, method, &body.encode_to_vec())
    }

    /// The root CA's certificate that an enrolment code names, DER; the present one if it names none.
    fn root_named_in(&self, code: &str) -> Bytes {
        self.app.device_ca.authority().root_named(named_ca(code)).der.to_vec().into()
    }
}

/// Who is calling. `authn` has put it there, else the method would not have been reached.
fn caller<T>(request: &Request<T>) -> Result<Arc<Caller>> {
    request
        .extensions()
        .get::<Arc<Caller>>()
        .cloned()
        .ok_or_else(|| Error::internal("a method was reached without a caller"))
}
