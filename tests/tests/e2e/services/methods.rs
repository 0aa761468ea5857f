//! Every method, called by a service: what is not on the list is refused before anything else is looked at.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use bytes::{Buf as _, BufMut as _, Bytes};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use renkei_proto::v1::{AuditAction, ListEventsRequest};
use renkei_tests::database::Engine;
use tonic::{
    Code, Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};
use tonic_types::StatusExt as _;

use super::{Program, allow};
use crate::region::Region;

crate::on_both_engines!(a_service_calls_nothing_but_what_is_listed);

/// What docs/integrators.md lists.
const LISTED: [&str; 18] = [
    "AttachmentService/DownloadAttachment",
    "AttachmentService/GetUpload",
    "AttachmentService/UploadAttachment",
    "AuditService/GetCheckpoint",
    "AuditService/GetConsistencyProof",
    "AuthService/Logout",
    "AuthService/WhoAmI",
    "PatientService/GetPatient",
    "PatientService/ListCareTeam",
    "PatientService/ListPatients",
    "SummaryService/GetPatientSummary",
    "SummaryService/ListObservations",
    "TimelineService/GetEntry",
    "TimelineService/ListEntries",
    "TimelineService/ListInbox",
    "TimelineService/PostEntry",
    "TimelineService/SearchEntries",
    "TimelineService/Watch",
];
/// What wants no session.
const WITHOUT: [&str; 10] = [
    "AuthService/BeginServiceSession",
    "AuthService/ConfirmTotp",
    "AuthService/EnrollDevice",
    "AuthService/EnrollService",
    "AuthService/EnrollTotp",
    "AuthService/LoginWithTotp",
    "AuthService/RefreshSession",
    "AuthService/RenewDevice",
    "AuthService/Login",
    "AuthService/SetPassword",
];

async fn a_service_calls_nothing_but_what_is_listed(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("kimura").await?.session;
    let program = Program::of(&region, &doctor).await?;
    allow(&doctor, &program.account).await?;
    let session = program.begin(&doctor).await?;
    let channel = program.place.channel(Some(&program.credentials))?;

    let files = FileDescriptorSet::decode(renkei_proto::DESCRIPTOR_SET)?.file;
    let methods: BTreeSet<String> = files
        .iter()
        .flat_map(|file| &file.service)
        .flat_map(|service| {
            service.method.iter().map(|method| format!("{}/{}", service.name(), method.name()))
        })
        .collect();
    ensure!(LISTED.iter().chain(&WITHOUT).all(|listed| methods.contains(*listed)));
    let mut refused = 0;
    // the log-out last: it is listed, and ends the session
    let ends = |method: &String| method == "AuthService/Logout";
    for method in methods.iter().filter(|one| !ends(one)).chain(methods.iter().filter(|one| ends(one))) {
        let reason = call(channel.clone(), &session.tokens.access_token, method).await?;
        let is_refused = reason == "SERVICE_METHOD_NOT_ALLOWED";
        let listed = LISTED.contains(&method.as_str());
        if WITHOUT.contains(&method.as_str()) {
            let for_people = ["AuthService/Login", "AuthService/SetPassword"].contains(&method.as_str());
            ensure!(is_refused == for_people, "{method}: {reason}");
        } else {
            ensure!(is_refused != listed, "{method}: {reason}");
            refused += usize::from(is_refused);
        }
    }
    ensure!(refused == methods.len() - LISTED.len() - WITHOUT.len(), "{refused} of {methods:?}");

    // each of them is on record with the person, and through what
    let request = ListEventsRequest {
        person_id: doctor.person(),
        action: AuditAction::ServiceSession.into(),
        page_size: 200,
        ..Default::default()
    };
    let events = region.admin.audit.clone().list_events(request).await?.into_inner().events;
    let on_record = events.iter().filter(|event| event.reason == "SERVICE_METHOD_NOT_ALLOWED");
    let on_record: Vec<_> = on_record.collect();
    ensure!(on_record.len() == refused, "{} of {refused}", on_record.len());
    ensure!(on_record.iter().all(|event| event.service_account_id == program.account));
    Ok(())
}

/// The reason of the refusal; empty: none.
async fn call(channel: tonic::transport::Channel, token: &str, method: &str) -> Result<String> {
    let path = PathAndQuery::try_from(format!("/renkei.v1.{method}"))?;
    let mut request = Request::new(tokio_stream::iter([Bytes::new()]));
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse()?);
    let mut grpc = Grpc::new(channel);
    grpc.ready().await?;
    let answer = match grpc.streaming(request, path, Frames).await {
        Ok(answer) => answer.into_inner().message().await.map(drop),
        Err(status) => Err(status),
    };
    let Err(status) = answer else { return Ok(String::new()) };
    ensure!(
        status.code() != Code::Unauthenticated || method.starts_with("AuthService/"),
        "{method}: {status:?}"
    );
    Ok(status.get_details_error_info().with_context(|| format!("{method}: {status:?}"))?.reason)
}

/// Passes frames through as they are.
struct Frames;

impl Codec for Frames {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Frames {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, frame: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(frame);
        Ok(())
    }
}

impl Decoder for Frames {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
