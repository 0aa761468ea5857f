//! `AttachmentService`.

use std::pin::Pin;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use renkei_domain::id::{AttachmentId, PatientId};
use renkei_domain::timeline::{Attachment, File};
use renkei_domain::{Error, Reason, Result};
use renkei_proto::v1 as proto;
use renkei_proto::v1::attachment_service_server::AttachmentService;
use renkei_proto::v1::{download_attachment_response, upload_attachment_request};
use tonic::{Request, Response, Status, Streaming};

use super::parse::Fields;
use super::status::to_status;
use super::{Services, caller, convert};
use crate::app::attachment::{NewAttachment, Wanted};

/// Largest frame in either direction.
const FRAME: usize = 256 * 1024;

#[tonic::async_trait]
impl AttachmentService for Services {
    async fn upload_attachment(
        &self,
        request: Request<Streaming<proto::UploadAttachmentRequest>>,
    ) -> Result<Response<proto::UploadAttachmentResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let mut frames = request.into_inner();
        let header = match frames.message().await?.and_then(|first| first.frame) {
            Some(upload_attachment_request::Frame::Header(header)) => header,
            _ => return Err(to_status(Error::invalid_field("header", "must come first"))),
        };
        let new = parse_header(&header).map_err(to_status)?;
        let uploaded = self.app.upload_attachment(&caller, new, data(frames)).await.map_err(to_status)?;
        Ok(Response::new(proto::UploadAttachmentResponse { attachment: Some(attachment(uploaded)) }))
    }

    async fn get_upload(
        &self,
        request: Request<proto::GetUploadRequest>,
    ) -> Result<Response<proto::GetUploadResponse>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let mut fields = Fields::default();
        let patient = PatientId(fields.uuid("patient_id", &request.get_ref().patient_id));
        let id = AttachmentId(fields.uuid("attachment_id", &request.get_ref().attachment_id));
        fields.finish(()).map_err(to_status)?;
        let found = self.app.get_upload(&caller, patient, id).await.map_err(to_status)?;
        Ok(Response::new(proto::GetUploadResponse {
            stored_size: int64(found.stored),
            attachment: found.attachment.map(attachment),
        }))
    }

    type DownloadAttachmentStream =
        Pin<Box<dyn Stream<Item = Result<proto::DownloadAttachmentResponse, Status>> + Send>>;

    async fn download_attachment(
        &self,
        request: Request<proto::DownloadAttachmentRequest>,
    ) -> Result<Response<Self::DownloadAttachmentStream>, Status> {
        let caller = caller(&request).map_err(to_status)?;
        let wanted = parse_download(request.get_ref()).map_err(to_status)?;
        let (found, bytes) = self.app.download_attachment(&caller, wanted).await.map_err(to_status)?;
        let frame = |frame| proto::DownloadAttachmentResponse { frame: Some(frame) };
        let first = frame(download_attachment_response::Frame::Attachment(attachment(found)));
        let rest = bytes.map(move |bytes| {
            bytes.map(|bytes| frame(download_attachment_response::Frame::Data(bytes))).map_err(to_status)
        });
        Ok(Response::new(Box::pin(stream::once(async { Ok(first) }).chain(rest))))
    }
}

/// The data frames that follow the header.
fn data(
    frames: Streaming<proto::UploadAttachmentRequest>,
) -> impl Stream<Item = Result<Bytes>> + Send + Unpin {
    let data = frames.map(|frame| match frame.map(|frame| frame.frame) {
        Ok(Some(upload_attachment_request::Frame::Data(data))) if (1..=FRAME).contains(&data.len()) => {
            Ok(data)
        }
        Ok(_) => Err(Error::invalid_field("data", "must be 1 to 262,144 bytes after the header")),
        // the client broke off: there is nobody to tell
        Err(status) => Err(Error::new(Reason::UploadMismatch).because(format!("{:?}", status.code()))),
    });
    Box::pin(data)
}

fn parse_header(header: &proto::UploadHeader) -> Result<NewAttachment> {
    let mut fields = Fields::default();
    let name = fields.file_name("header.file_name", &header.file_name);
    let content_type = fields.line("header.content_type", &header.content_type, 3, 100);
    if !is_mime_type(&content_type) {
        fields.wrong("header.content_type", "must be a MIME type like image/jpeg");
    }
    let size = u64::try_from(header.size).ok().filter(|size| *size > 0);
    if size.is_none() {
        fields.wrong("header.size", "must be at least 1");
    }
    let offset = u64::try_from(header.offset).ok();
    if offset.is_none_or(|offset| size.is_some_and(|size| offset > size)) {
        fields.wrong("header.offset", "must be 0 to the size");
    }
    let sha256 = <[u8; 32]>::try_from(header.sha256.as_ref()).ok();
    if sha256.is_none() {
        fields.wrong("header.sha256", "must be 32 bytes");
    }
    let new = NewAttachment {
        patient: PatientId(fields.uuid("header.patient_id", &header.patient_id)),
        id: AttachmentId(fields.uuid("header.attachment_id", &header.attachment_id)),
        file: File { name, content_type, size: size.unwrap_or(1), sha256: sha256.unwrap_or_default() },
        offset: offset.unwrap_or(0),
    };
    fields.finish(new)
}

fn is_mime_type(text: &str) -> bool {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    text.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

fn parse_download(request: &proto::DownloadAttachmentRequest) -> Result<Wanted> {
    let mut fields = Fields::default();
    let mut count = |name: &str, value: i64| {
        let count = u64::try_from(value).ok();
        if count.is_none() {
            fields.wrong(name, "must not be negative");
        }
        count.unwrap_or(0)
    };
    let (offset, length) = (count("offset", request.offset), count("length", request.length));
    let wanted = Wanted {
        patient: PatientId(fields.uuid("patient_id", &request.patient_id)),
        id: AttachmentId(fields.uuid("attachment_id", &request.attachment_id)),
        preview: request.preview,
        offset,
        length,
    };
    fields.finish(wanted)
}

fn int64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn attachment(attachment: Attachment) -> proto::Attachment {
    let (attachment_id, patient_id) = (attachment.id.to_string(), attachment.patient.to_string());
    match attachment.file {
        Some(file) => proto::Attachment {
            attachment_id,
            patient_id,
            file_name: file.name,
            content_type: file.content_type,
            size: int64(file.size),
            sha256: file.sha256.to_vec().into(),
            position: attachment.position.map_or(0, convert::position),
            has_preview: attachment.has_preview,
        },
        None => proto::Attachment { attachment_id, patient_id, ..Default::default() },
    }
}
