//! A server that knows only attachments, and keeps what had arrived of a broken upload.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
};

use bytes::Bytes;
use renkei_proto::v1::{
    Attachment, DownloadAttachmentRequest, DownloadAttachmentResponse, GetUploadRequest, GetUploadResponse,
    UploadAttachmentRequest, UploadAttachmentResponse, UploadHeader,
    attachment_service_server::AttachmentService, download_attachment_response, upload_attachment_request,
};
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;
use tokio_stream::Stream;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_types::{ErrorDetails, StatusExt as _};

/// What the server has under an id.
#[derive(Default)]
pub(super) struct Stored {
    pub(super) header: UploadHeader,
    pub(super) data: Vec<u8>,
    pub(super) done: bool,
    /// Calls that wrote to it; the last one may go on.
    pub(super) writers: usize,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) files: HashMap<String, Stored>,
    /// A broken upload is kept up to a multiple of this, as a server does that seals pieces.
    pub(super) piece: usize,
    /// The first upload is held up after its first bytes, until another takes over.
    pub(super) hold: bool,
    /// Every offset is refused.
    pub(super) confused: bool,
    /// Times that a file became whole.
    pub(super) completed: usize,
    /// Offsets of the calls that sent data, in their order.
    pub(super) uploads: Vec<i64>,
    pub(super) downloads: Vec<i64>,
}

#[derive(Clone, Default)]
pub(super) struct Fake {
    state: Arc<Mutex<State>>,
    pub(super) held: Arc<Notify>,
    taken_over: Arc<Notify>,
}

impl Fake {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Puts a whole file there.
    pub(super) fn put(&self, id: &str, content: &[u8]) {
        let header = UploadHeader {
            attachment_id: id.into(),
            file_name: "写真.jpg".into(),
            size: content.len() as i64,
            sha256: Bytes::copy_from_slice(&Sha256::digest(content)),
            ..Default::default()
        };
        let stored = Stored { header, data: content.to_vec(), done: true, writers: 0 };
        self.state().files.insert(id.into(), stored);
    }

    fn begin(&self, header: UploadHeader) -> Result<usize, Status> {
        let mut state = self.state();
        state.uploads.push(header.offset);
        if state.confused {
            return Err(refused(Code::FailedPrecondition, "UPLOAD_OFFSET_MISMATCH"));
        }
        let stored = state.files.entry(header.attachment_id.clone()).or_default();
        if header.offset == 0 {
            stored.data.clear();
        } else if header.offset != stored.data.len() as i64 {
            return Err(refused(Code::FailedPrecondition, "UPLOAD_OFFSET_MISMATCH"));
        }
        stored.header = header;
        stored.writers += 1;
        self.taken_over.notify_waiters();
        Ok(stored.writers)
    }

    /// Writes as that writer, if it still is the last one.
    fn write(&self, id: &str, writer: usize, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), Status> {
        let mut state = self.state();
        let stored = state.files.get_mut(id).unwrap();
        if stored.writers != writer {
            return Err(refused(Code::Aborted, "UPLOAD_TAKEN_OVER"));
        }
        write(&mut stored.data);
        Ok(())
    }

    async fn receive(&self, mut frames: Streaming<UploadAttachmentRequest>) -> Result<Attachment, Status> {
        use upload_attachment_request::Frame;
        let Some(UploadAttachmentRequest { frame: Some(Frame::Header(header)) }) = frames.message().await?
        else {
            return Err(refused(Code::InvalidArgument, "REQUEST_INVALID"));
        };
        let id = header.attachment_id.clone();
        if let Some(stored) = self.state().files.get(&id).filter(|stored| stored.done) {
            return Ok(attachment(stored));
        }
        let writer = self.begin(header)?;
        loop {
            let taken_over = self.taken_over.notified();
            match frames.message().await {
                Ok(Some(UploadAttachmentRequest { frame: Some(Frame::Data(data)) })) => {
                    self.write(&id, writer, |stored| stored.extend_from_slice(&data))?;
                    if std::mem::take(&mut self.state().hold) {
                        self.held.notify_one();
                        taken_over.await;
                    }
                }
                Ok(None) => break,
                Ok(_) => return Err(refused(Code::InvalidArgument, "REQUEST_INVALID")),
                Err(broken) => {
                    let piece = self.state().piece.max(1);
                    self.write(&id, writer, |stored| stored.truncate(stored.len() / piece * piece))?;
                    return Err(broken);
                }
            }
        }
        self.finish(&id, writer)
    }

    fn finish(&self, id: &str, writer: usize) -> Result<Attachment, Status> {
        self.write(id, writer, |_| {})?;
        let mut state = self.state();
        let stored = state.files.get_mut(id).unwrap();
        if Sha256::digest(&stored.data)[..] != stored.header.sha256[..] {
            stored.data.clear();
            return Err(refused(Code::InvalidArgument, "UPLOAD_MISMATCH"));
        }
        stored.done = true;
        let attachment = attachment(stored);
        state.completed += 1;
        Ok(attachment)
    }
}

#[tonic::async_trait]
impl AttachmentService for Fake {
    type DownloadAttachmentStream =
        Pin<Box<dyn Stream<Item = Result<DownloadAttachmentResponse, Status>> + Send>>;

    async fn upload_attachment(
        &self,
        request: Request<Streaming<UploadAttachmentRequest>>,
    ) -> Result<Response<UploadAttachmentResponse>, Status> {
        // What has arrived is taken in also when the connection has ended meanwhile.
        let fake = self.clone();
        let task = tokio::spawn(async move { fake.receive(request.into_inner()).await });
        let attachment = Some(task.await.unwrap()?);
        Ok(Response::new(UploadAttachmentResponse { attachment }))
    }

    async fn get_upload(
        &self,
        request: Request<GetUploadRequest>,
    ) -> Result<Response<GetUploadResponse>, Status> {
        let state = self.state();
        let stored = state.files.get(&request.get_ref().attachment_id);
        let stored = stored.ok_or_else(|| refused(Code::NotFound, "NOT_FOUND"))?;
        let attachment = stored.done.then(|| attachment(stored));
        Ok(Response::new(GetUploadResponse { stored_size: stored.data.len() as i64, attachment }))
    }

    async fn download_attachment(
        &self,
        request: Request<DownloadAttachmentRequest>,
    ) -> Result<Response<Self::DownloadAttachmentStream>, Status> {
        use download_attachment_response::Frame;
        let DownloadAttachmentRequest { attachment_id, offset, length, .. } = request.into_inner();
        let mut state = self.state();
        state.downloads.push(offset);
        let stored = state.files.get(&attachment_id);
        let stored = stored.ok_or_else(|| refused(Code::NotFound, "NOT_FOUND"))?;
        let rest = stored.data.get(offset as usize..);
        let rest = rest.ok_or_else(|| refused(Code::InvalidArgument, "REQUEST_INVALID"))?;
        let wanted = if length > 0 { rest.len().min(length as usize) } else { rest.len() };
        let mut frames = vec![Frame::Attachment(attachment(stored))];
        frames.extend(rest[..wanted].chunks(3000).map(|data| Frame::Data(Bytes::copy_from_slice(data))));
        let frames = frames.into_iter().map(|frame| Ok(DownloadAttachmentResponse { frame: Some(frame) }));
        Ok(Response::new(Box::pin(tokio_stream::iter(frames))))
    }
}

fn attachment(stored: &Stored) -> Attachment {
    Attachment {
        attachment_id: stored.header.attachment_id.clone(),
        file_name: stored.header.file_name.clone(),
        size: stored.header.size,
        sha256: stored.header.sha256.clone(),
        ..Default::default()
    }
}

fn refused(code: Code, reason: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, renkei_proto::ERROR_DOMAIN, []);
    Status::with_error_details(code, "", details)
}
