//! Uploads that break and go on, what is not accepted, and what becomes of files that nobody wants.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use futures::stream;
use renkei_proto::v1::{
    Attachment, DownloadAttachmentRequest, GetUploadRequest, GetUploadResponse, UploadAttachmentRequest,
    UploadHeader, download_attachment_response, upload_attachment_request::Frame,
};
use renkei_tests::wait;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use crate::{
    grpc::Session,
    refusal::expect,
    region::{Region, new_id},
};

mod content;
mod life;
mod ranges;
mod resume;

/// A file that is to be uploaded.
#[derive(Clone)]
struct Source {
    header: UploadHeader,
    content: Bytes,
}

impl Source {
    fn new(patient: &str, file_name: &str, content_type: &str, content: impl Into<Bytes>) -> Self {
        let content: Bytes = content.into();
        let header = UploadHeader {
            patient_id: patient.to_owned(),
            attachment_id: new_id(),
            file_name: file_name.to_owned(),
            content_type: content_type.to_owned(),
            size: content.len() as i64,
            sha256: Bytes::copy_from_slice(&Sha256::digest(&content)),
            offset: 0,
        };
        Self { header, content }
    }

    fn frames(&self, from: u64, until: u64) -> Vec<UploadAttachmentRequest> {
        let header = UploadHeader { offset: from as i64, ..self.header.clone() };
        let data = self.content.slice(from as usize..until as usize);
        let data = (0..data.len()).step_by(200_000).map(|at| data.slice(at..data.len().min(at + 200_000)));
        let frames = std::iter::once(Frame::Header(header)).chain(data.map(Frame::Data));
        frames.map(|frame| UploadAttachmentRequest { frame: Some(frame) }).collect()
    }

    /// Sends everything from `offset` on.
    async fn send(&self, session: &Session, offset: u64) -> Result<Attachment, Status> {
        self.send_until(session, offset, self.content.len() as u64).await
    }

    /// Sends the bytes from `from` to `until` as if that were all.
    async fn send_until(&self, session: &Session, from: u64, until: u64) -> Result<Attachment, Status> {
        let frames = self.frames(from, until);
        let answer = session.attachments.clone().upload_attachment(stream::iter(frames)).await?;
        answer.into_inner().attachment.ok_or_else(|| Status::internal("no attachment"))
    }

    /// Sends the bytes from `from` to `until`, then is gone as a client whose connection is cut. As every client it asks
    /// again where to go on if the server is still storing what came before an earlier break.
    async fn break_off(&self, session: &Session, mut from: u64, until: u64) -> Result<()> {
        while let Some(status) = self.try_to_break_off(session, from, until).await? {
            expect(&status, Code::Aborted, "UPLOAD_OFFSET_MISMATCH")?;
            from = self.state(session).await?.stored_size as u64;
        }
        Ok(())
    }

    /// The same; what the server said if it did not take it.
    async fn try_to_break_off(&self, session: &Session, from: u64, until: u64) -> Result<Option<Status>> {
        let (sender, receiver) = mpsc::channel(1);
        let mut client = session.attachments.clone();
        let call = tokio::spawn(async move { client.upload_attachment(ReceiverStream::new(receiver)).await });
        for frame in self.frames(from, until) {
            if sender.send(frame).await.is_err() {
                return Ok(Some(call.await?.err().context("the server took half a file")?));
            }
        }
        // what is asked later on this connection is answered later: the last frame has left
        let _on_its_way = sender.reserve().await;
        let _asked = self.state(session).await;
        if call.is_finished() {
            return Ok(Some(call.await?.err().context("the server took half a file")?));
        }
        call.abort();
        Ok(None)
    }

    /// Sends everything that is not stored yet, as every client does.
    async fn send_rest(&self, session: &Session, mut offset: u64) -> Result<Attachment> {
        loop {
            match self.send(session, offset).await {
                Ok(file) => return Ok(file),
                Err(status) => expect(&status, Code::Aborted, "UPLOAD_OFFSET_MISMATCH")?,
            }
            offset = self.state(session).await?.stored_size as u64;
        }
    }

    async fn state(&self, session: &Session) -> Result<GetUploadResponse, Status> {
        let request = GetUploadRequest {
            patient_id: self.header.patient_id.clone(),
            attachment_id: self.header.attachment_id.clone(),
        };
        session.attachments.clone().get_upload(request).await.map(tonic::Response::into_inner)
    }

    async fn download(&self, session: &Session, offset: u64, length: u64) -> Result<Vec<u8>, Status> {
        let request = DownloadAttachmentRequest {
            patient_id: self.header.patient_id.clone(),
            attachment_id: self.header.attachment_id.clone(),
            offset: offset as i64,
            length: length as i64,
            preview: false,
        };
        download(session, request).await.map(|(_, bytes)| bytes)
    }
}

async fn download(
    session: &Session,
    request: DownloadAttachmentRequest,
) -> Result<(Attachment, Vec<u8>), Status> {
    let mut stream = session.attachments.clone().download_attachment(request).await?.into_inner();
    let (mut attachment, mut bytes) = (None, Vec::new());
    while let Some(message) = stream.message().await? {
        match message.frame {
            Some(download_attachment_response::Frame::Attachment(it)) => attachment = Some(it),
            Some(download_attachment_response::Frame::Data(data)) => bytes.extend_from_slice(&data),
            None => {}
        }
    }
    Ok((attachment.ok_or_else(|| Status::internal("no attachment"))?, bytes))
}

/// Bytes without a pattern, and of no known type.
fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut bytes: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    })
    .take(len)
    .collect();
    for byte in bytes.iter_mut().take(4) {
        *byte = 0x91;
    }
    bytes
}

/// Waits until nothing but what was there before is in the folder of the sealed parts.
fn wait_for_blobs(region: &Region, before: &[String]) -> Result<()> {
    wait::until("the sealed parts that were there before, and no others", || {
        Ok((blobs(region)? == before).then_some(()))
    })
}

/// Every file in the folder of the sealed parts, unfinished ones too.
pub(crate) fn blobs(region: &Region) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![region.server.data_dir().join("blobs")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.display().to_string());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A doctor with a patient.
async fn doctor_of(region: &Region) -> Result<(Session, String)> {
    let doctor = region.doctor("sakai").await?.session;
    let patient = doctor.register().await?;
    Ok((doctor, patient))
}

fn ensure_same(what: &str, left: &[u8], right: &[u8]) -> Result<()> {
    ensure!(left.len() == right.len(), "{what}: {} bytes, not {}", left.len(), right.len());
    let at = left.iter().zip(right).position(|(left, right)| left != right);
    ensure!(at.is_none(), "{what}: other bytes from {at:?} on");
    Ok(())
}

fn expect_no<T>(answer: Result<T, Status>, code: Code, reason: &str) -> Result<()> {
    let status = answer.err().with_context(|| format!("it was not refused as {reason}"))?;
    expect(&status, code, reason)
}
