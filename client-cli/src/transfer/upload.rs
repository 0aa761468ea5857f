//! An upload under an id that stays the same until the server has the file whole: after a break the server is
//! asked how much it has, and the rest is sent.

use std::path::PathBuf;

use renkei_proto::v1::{
    Attachment, ErrorReason, GetUploadRequest, GetUploadResponse, UploadHeader,
    attachment_service_client::AttachmentServiceClient,
};
use tokio::{sync::mpsc, task::spawn_blocking};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    connection::{Connection, retry::Retry},
    error::{Error, Exit, Result},
    text::msg,
    transfer::{
        Failure,
        local::Stamp,
        progress::{Bar, Progress},
        source::Source,
    },
};

/// A file to send.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// `offset` is not looked at.
    pub(crate) header: UploadHeader,
    pub(crate) path: PathBuf,
    /// That of the file when it was hashed, if it is known.
    pub(crate) stamp: Option<Stamp>,
    /// The id was never sent before, so nothing of it is stored.
    pub(crate) fresh: bool,
}

impl Upload {
    pub(crate) fn size(&self) -> u64 {
        self.header.size.unsigned_abs()
    }
}

/// Uploads a file, or the rest of it. Tries that brought nothing further are counted, the others are not.
pub(crate) async fn upload(
    connection: &Connection,
    upload: Upload,
    progress: &Progress,
) -> Result<Attachment> {
    let bar = progress.bar(&upload.header.file_name, upload.size());
    let mut retry = Retry::new();
    let mut ask = !upload.fresh;
    let (mut furthest, mut anew) = (0, false);
    loop {
        let mut offset = 0;
        if ask {
            let stored = stored(connection, &upload.header).await?;
            if let Some(attachment) = stored.attachment {
                return Ok(attachment);
            }
            offset = stored.stored_size.unsigned_abs();
        }
        if offset > furthest {
            furthest = offset;
            retry.progressed();
        }
        ask = true;
        let status = match upload_once(connection, &mut retry, &upload, offset, &bar).await {
            Ok(attachment) => return Ok(attachment),
            Err(Failure::Here(error)) => return Err(error),
            Err(Failure::Call(status)) => status,
        };
        // Sending took its time; only waiting is to be bounded.
        retry.was_at_work();
        let error = Error::from(status.clone());
        if error.is(ErrorReason::UploadOffsetMismatch) {
            retry.pause(status).await?;
        } else if error.is(ErrorReason::UploadMismatch) && offset > 0 && !anew {
            // All of this file is right, so what the server had was of another: an earlier try sent it while
            // somebody wrote to the file.
            (ask, anew, furthest) = (false, true, 0);
        } else {
            connection.recover(&mut retry, status).await?;
        }
    }
}

/// What the server has of it; nothing if it does not know it.
async fn stored(connection: &Connection, header: &UploadHeader) -> Result<GetUploadResponse> {
    let request = GetUploadRequest {
        patient_id: header.patient_id.clone(),
        attachment_id: header.attachment_id.clone(),
    };
    let asked = connection.call(request, async |channel, request| {
        AttachmentServiceClient::new(channel).get_upload(request).await
    });
    match asked.await {
        Err(error) if error.is(ErrorReason::NotFound) => Ok(GetUploadResponse::default()),
        other => other,
    }
}

async fn upload_once(
    connection: &Connection,
    retry: &mut Retry,
    upload: &Upload,
    offset: u64,
    bar: &Bar,
) -> Result<Attachment, Failure> {
    let source = {
        let upload = upload.clone();
        let opened = spawn_blocking(move || Source::open(upload, offset));
        opened.await.unwrap_or_else(|_| Err(Error::interrupted()))?
    };
    let (frames, receiver) = mpsc::channel(4);
    let request = connection.request(retry, ReceiverStream::new(receiver)).await?;
    let reader = {
        let bar = bar.clone();
        spawn_blocking(move || source.send(&frames, &bar))
    };
    let answer = AttachmentServiceClient::new(connection.channel()).upload_attachment(request).await;
    // What went wrong here explains best why the server refused.
    reader.await.unwrap_or_else(|_| Err(Error::interrupted()))?;
    let attachment = answer.map_err(Failure::Call)?.into_inner().attachment;
    attachment.ok_or_else(|| Error::new(Exit::Other, msg!("error-answer")).into())
}
