//! Files to and from the server. A file is hashed before it is sent and refused if it changes meanwhile;
//! what arrives is verified before anybody sees it. Both go on after a lost connection.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use renkei_proto::v1::{
    Attachment, DownloadAttachmentRequest, UploadAttachmentRequest, UploadHeader,
    attachment_service_client::AttachmentServiceClient, download_attachment_response,
    upload_attachment_request::Frame,
};
use sha2::{Digest as _, Sha256};
use tokio::{sync::mpsc, task::spawn_blocking};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::{
    connection::{Connection, retry::Retry},
    error::{Error, Exit, Result},
    output::sanitize,
    text::msg,
    transfer::name::{content_type, safe_name},
};

pub(crate) mod name;

/// A file of this computer as it is announced.
#[derive(Clone, Debug)]
pub(crate) struct LocalFile {
    pub(crate) path: PathBuf,
    pub(crate) file_name: String,
    pub(crate) content_type: String,
    pub(crate) size: u64,
    pub(crate) sha256: [u8; 32],
}

/// Reads and hashes a file. Blocks the thread.
pub(crate) fn inspect(path: &Path) -> Result<LocalFile> {
    let failed = |error| Error::file(path, &error);
    let path = path.canonicalize().map_err(failed)?;
    let mut file = File::open(&path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(Error::new(Exit::LocalFile, msg!("error-not-a-file", path = path.display())));
    }
    let mut hash = Sha256::new();
    let size = io::copy(&mut file, &mut HashWriter(&mut hash)).map_err(failed)?;
    if size == 0 {
        return Err(Error::usage(msg!("error-file-empty", path = path.display())));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let content_type = content_type(&name).to_owned();
    Ok(LocalFile {
        file_name: safe_name(&name, "file"),
        content_type,
        size,
        sha256: hash.finalize().into(),
        path,
    })
}

/// Uploads a file under the header's id; a second try with the same header finds what the first stored.
pub(crate) async fn upload(connection: &Connection, header: UploadHeader, path: &Path) -> Result<Attachment> {
    let mut retry = Retry::new();
    loop {
        match upload_once(connection, &mut retry, &header, path).await {
            Ok(attachment) => return Ok(attachment),
            Err(Failure::Here(error)) => return Err(error),
            Err(Failure::Call(status)) => connection.recover(&mut retry, status).await?,
        }
    }
}

/// Downloads a file into `sink` and verifies it. What is in `sink` after an error must not be used.
pub(crate) async fn download(
    connection: &Connection,
    patient_id: &str,
    attachment_id: &str,
    sink: &mut File,
) -> Result<Attachment> {
    let mut received = Received::new(sink);
    let mut retry = Retry::new();
    loop {
        let request = DownloadAttachmentRequest {
            patient_id: patient_id.to_owned(),
            attachment_id: attachment_id.to_owned(),
            offset: received.length.cast_signed(),
            ..Default::default()
        };
        let before = received.length;
        match download_once(connection, &mut retry, request, &mut received).await {
            Ok(()) => return received.verified(),
            Err(Failure::Here(error)) => return Err(error),
            Err(Failure::Call(status)) => {
                if received.length > before {
                    retry.progressed();
                }
                connection.recover(&mut retry, status).await?;
            }
        }
    }
}

/// Why a transfer stopped.
enum Failure {
    Here(Error),
    Call(Status),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Here(error)
    }
}

async fn upload_once(
    connection: &Connection,
    retry: &mut Retry,
    header: &UploadHeader,
    path: &Path,
) -> Result<Attachment, Failure> {
    let (frames, receiver) = mpsc::channel(4);
    let request = connection.request(retry, ReceiverStream::new(receiver)).await?;
    let reader = {
        let (header, path) = (header.clone(), path.to_owned());
        spawn_blocking(move || send_frames(&header, &path, &frames))
    };
    let answer = AttachmentServiceClient::new(connection.channel()).upload_attachment(request).await;
    // What went wrong here explains best why the server refused.
    reader.await.unwrap_or_else(|_| Err(Error::interrupted()))?;
    let attachment = answer.map_err(Failure::Call)?.into_inner().attachment;
    attachment.ok_or_else(|| Error::new(Exit::Other, msg!("error-answer")).into())
}

/// Sends the header and the file. The last frame is held back until the hash is right, so a file that
/// changed meanwhile is never complete at the server.
fn send_frames(
    header: &UploadHeader,
    path: &Path,
    frames: &mpsc::Sender<UploadAttachmentRequest>,
) -> Result<()> {
    let failed = |error| Error::file(path, &error);
    let changed = || {
        Error::new(Exit::LocalFile, msg!("error-file-changed", path = path.display()))
            .next(msg!("next-file-changed"))
    };
    let send = |frame| frames.blocking_send(UploadAttachmentRequest { frame: Some(frame) }).is_ok();
    let mut file = File::open(path).map_err(failed)?;
    let expected = header.size.unsigned_abs();
    let progress = progress(expected, &header.file_name);
    let (mut hash, mut length, mut held) = (Sha256::new(), 0, None);
    // A closed channel means that the call ended; its answer tells why.
    if !send(Frame::Header(header.clone())) {
        return Ok(());
    }
    loop {
        let mut frame = Vec::with_capacity(FRAME);
        (&mut file).take(FRAME as u64).read_to_end(&mut frame).map_err(failed)?;
        if frame.is_empty() {
            break;
        }
        hash.update(&frame);
        length += frame.len() as u64;
        progress.set_position(length);
        if length > expected {
            return Err(changed());
        }
        if let Some(before) = held.replace(Bytes::from(frame))
            && !send(Frame::Data(before))
        {
            return Ok(());
        }
    }
    if length != expected || hash.finalize()[..] != header.sha256[..] {
        return Err(changed());
    }
    if let Some(last) = held {
        send(Frame::Data(last));
    }
    Ok(())
}

async fn download_once(
    connection: &Connection,
    retry: &mut Retry,
    request: DownloadAttachmentRequest,
    received: &mut Received<'_>,
) -> Result<(), Failure> {
    let request = connection.request(retry, request).await?;
    let mut client = AttachmentServiceClient::new(connection.channel());
    let mut stream = client.download_attachment(request).await.map_err(Failure::Call)?.into_inner();
    while let Some(message) = stream.message().await.map_err(Failure::Call)? {
        match message.frame {
            Some(download_attachment_response::Frame::Attachment(attachment)) => {
                received.begin(attachment)?
            }
            Some(download_attachment_response::Frame::Data(data)) => received.add(&data)?,
            None => {}
        }
    }
    Ok(())
}

/// What has arrived so far.
struct Received<'a> {
    sink: &'a mut File,
    hash: Sha256,
    length: u64,
    attachment: Option<Attachment>,
    progress: ProgressBar,
}

impl<'a> Received<'a> {
    fn new(sink: &'a mut File) -> Self {
        Self { sink, hash: Sha256::new(), length: 0, attachment: None, progress: ProgressBar::hidden() }
    }

    fn begin(&mut self, attachment: Attachment) -> Result<()> {
        match &self.attachment {
            Some(before) if before.sha256 != attachment.sha256 => return Err(not_intact()),
            Some(_) => {}
            None => self.progress = progress(attachment.size.unsigned_abs(), &attachment.file_name),
        }
        self.attachment = Some(attachment);
        Ok(())
    }

    fn add(&mut self, data: &[u8]) -> Result<()> {
        self.length += data.len() as u64;
        if self.attachment.as_ref().is_none_or(|attachment| self.length > attachment.size.unsigned_abs()) {
            return Err(not_intact());
        }
        self.hash.update(data);
        self.progress.set_position(self.length);
        self.sink
            .write_all(data)
            .map_err(|error| Error::new(Exit::LocalFile, msg!("error-output")).detail(error.to_string()))
    }

    fn verified(self) -> Result<Attachment> {
        let attachment = self.attachment.ok_or_else(not_intact)?;
        let whole = self.length == attachment.size.unsigned_abs();
        if !whole || self.hash.finalize()[..] != attachment.sha256[..] {
            return Err(not_intact());
        }
        Ok(attachment)
    }
}

fn not_intact() -> Error {
    Error::new(Exit::Damaged, msg!("error-not-intact")).next(msg!("next-not-intact"))
}

/// Drawn on standard error, and only where that is a terminal.
fn progress(size: u64, name: &str) -> ProgressBar {
    let bar = ProgressBar::new(size);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}") {
        bar.set_style(style);
    }
    bar.set_message(sanitize::neutral(name));
    bar
}

struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The most that the server takes in one message.
const FRAME: usize = 256 * 1024;
#[cfg(test)]
mod tests;
