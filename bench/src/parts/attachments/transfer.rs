//! Who sends and fetches files. An operation is a whole file.

use anyhow::{Context as _, Result, bail, ensure};
use futures::stream;
use renkei_proto::v1::{
    Attachment, DownloadAttachmentRequest, UploadAttachmentRequest, UploadHeader,
    download_attachment_response, upload_attachment_request::Frame,
};
use tonic::transport::Channel;

use super::file::{FRAME, File};
use crate::{
    client::Session,
    limits::proto::{Payload, PourRequest, limit_service_client::LimitServiceClient},
    load,
    world::new_id,
};

/// Uploads a file again and again, each time as another attachment.
pub(in crate::parts) struct Upload {
    pub(in crate::parts) session: Session,
    pub(in crate::parts) patient_id: String,
    pub(in crate::parts) file: File,
    /// The attachment that was uploaded last. Empty before the first.
    pub(in crate::parts) attachment_id: String,
}

impl load::Client for Upload {
    async fn operate(&mut self) -> Result<()> {
        let header = UploadHeader {
            patient_id: self.patient_id.clone(),
            attachment_id: new_id(),
            file_name: "wound.bin".to_owned(),
            content_type: "application/octet-stream".to_owned(),
            size: i64::try_from(self.file.size)?,
            sha256: self.file.sha256.clone(),
            ..Default::default()
        };
        self.attachment_id.clone_from(&header.attachment_id);
        let frames = std::iter::once(Frame::Header(header)).chain(self.file.frames().map(Frame::Data));
        let requests = frames.map(|frame| UploadAttachmentRequest { frame: Some(frame) });
        let answer = self.session.attachments.upload_attachment(stream::iter(requests)).await?.into_inner();
        self.file.is_meant(&answer.attachment.context("attachment")?, &self.attachment_id)
    }
}

/// Downloads an attachment again and again.
pub(super) struct Download {
    session: Session,
    patient_id: String,
    file: File,
    attachment_id: String,
}

impl Download {
    /// Of what was uploaded last.
    pub(super) fn of(upload: &Upload) -> Self {
        let Upload { session, patient_id, file, attachment_id } = upload;
        Self {
            session: session.clone(),
            patient_id: patient_id.clone(),
            file: file.clone(),
            attachment_id: attachment_id.clone(),
        }
    }
}

impl load::Client for Download {
    async fn operate(&mut self) -> Result<()> {
        use download_attachment_response::Frame;
        let request = DownloadAttachmentRequest {
            patient_id: self.patient_id.clone(),
            attachment_id: self.attachment_id.clone(),
            offset: 0,
            ..Default::default()
        };
        let mut frames = self.session.attachments.download_attachment(request).await?.into_inner();
        let Some(Frame::Attachment(announced)) = frames.message().await?.and_then(|first| first.frame) else {
            bail!("the download does not begin with what it is");
        };
        self.file.is_meant(&announced, &self.attachment_id)?;
        let mut at = 0;
        while let Some(frame) = frames.message().await? {
            let Some(Frame::Data(data)) = frame.frame else { bail!("a frame without bytes at {at}") };
            ensure!(self.file.has(at, &data), "other bytes came at {at}");
            at += data.len();
        }
        ensure!(at == self.file.size, "{at} bytes of {} came", self.file.size);
        Ok(())
    }
}

impl File {
    /// Checks that it is what is described.
    fn is_meant(&self, attachment: &Attachment, attachment_id: &str) -> Result<()> {
        ensure!(attachment.attachment_id == attachment_id, "another attachment");
        ensure!(attachment.size == i64::try_from(self.size)?, "another size");
        ensure!(attachment.sha256 == self.sha256, "another hash");
        Ok(())
    }
}

/// Sends the bytes of a file to where nothing is done with them.
pub(super) struct Swallow {
    pub(super) client: LimitServiceClient<Channel>,
    pub(super) file: File,
}

impl load::Client for Swallow {
    async fn operate(&mut self) -> Result<()> {
        let frames = self.file.frames().map(|data| Payload { data });
        let size = self.client.swallow(stream::iter(frames)).await?.into_inner().size;
        ensure!(size == self.file.size as u64, "{size} bytes of {} arrived", self.file.size);
        Ok(())
    }
}

/// Fetches as many bytes as a file has from where they only have to be sent.
pub(super) struct Pour {
    pub(super) client: LimitServiceClient<Channel>,
    pub(super) size: usize,
}

impl load::Client for Pour {
    async fn operate(&mut self) -> Result<()> {
        let request = PourRequest { size: self.size as u64, frame: u32::try_from(FRAME)? };
        let mut frames = self.client.pour(request).await?.into_inner();
        let mut size = 0;
        while let Some(frame) = frames.message().await? {
            size += frame.data.len();
        }
        ensure!(size == self.size, "{size} bytes of {} came", self.size);
        Ok(())
    }
}
