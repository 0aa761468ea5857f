//! A download into a part: it goes on where the part ends, also where an earlier run has left it, and is
//! verified as a whole before anybody sees it.

use renkei_proto::v1::{
    Attachment, DownloadAttachmentRequest, ErrorReason, attachment_service_client::AttachmentServiceClient,
    download_attachment_response::Frame,
};

use crate::{
    connection::{Connection, retry::Retry},
    error::Result,
    transfer::{
        Failure,
        part::Part,
        progress::Progress,
        received::{Received, is_not_intact},
    },
};

/// What to download.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) patient_id: String,
    pub(crate) attachment_id: String,
    /// First byte.
    pub(crate) offset: u64,
    /// Bytes at most; 0 is all.
    pub(crate) length: u64,
    /// The preview instead of the file.
    pub(crate) preview: bool,
}

impl Wanted {
    pub(crate) fn is_range(&self) -> bool {
        self.offset > 0 || self.length > 0
    }

    /// Bytes that will come.
    pub(crate) fn expected(&self, attachment: &Attachment) -> u64 {
        let rest = attachment.size.unsigned_abs().saturating_sub(self.offset);
        if self.length > 0 { rest.min(self.length) } else { rest }
    }

    /// Name of the part, the same for every run.
    pub(crate) fn part_name(&self) -> String {
        let id = &self.attachment_id;
        match (self.preview, self.is_range()) {
            (true, _) => format!(".renkei-{id}.preview.part"),
            (_, true) => format!(".renkei-{id}.{}+{}.part", self.offset, self.length),
            _ => format!(".renkei-{id}.part"),
        }
    }

    /// The request for what is missing behind so many bytes.
    fn request(&self, there: u64) -> DownloadAttachmentRequest {
        DownloadAttachmentRequest {
            patient_id: self.patient_id.clone(),
            attachment_id: self.attachment_id.clone(),
            offset: (self.offset + there).cast_signed(),
            length: self.length.saturating_sub(there).cast_signed(),
            preview: self.preview,
        }
    }
}

/// Downloads into the part and verifies it. `announced` is told once per beginning what will come, and may
/// refuse it. A part that an earlier run left and that does not fit is thrown away, and all is fetched once
/// more. After an error the part must not be used, but a later run may go on with it.
pub(crate) async fn download(
    connection: &Connection,
    wanted: &Wanted,
    part: &mut Part,
    progress: &Progress,
    announced: &mut (impl FnMut(&Attachment) -> Result<()> + Send),
) -> Result<Attachment> {
    let resumed = part.length()? > 0;
    let first = fetch(connection, wanted, part, progress, announced).await;
    let misfit = |result: &Result<Attachment>| {
        result.as_ref().is_err_and(|error| {
            // A part that is longer than the file asks for what is behind its end.
            is_not_intact(error) || resumed && error.is(ErrorReason::RequestInvalid)
        })
    };
    if !misfit(&first) {
        return first;
    }
    part.discard()?;
    if !resumed {
        return first;
    }
    let second = fetch(connection, wanted, part, progress, announced).await;
    if misfit(&second) {
        part.discard()?;
    }
    second
}

async fn fetch(
    connection: &Connection,
    wanted: &Wanted,
    part: &mut Part,
    progress: &Progress,
    announced: &mut (impl FnMut(&Attachment) -> Result<()> + Send),
) -> Result<Attachment> {
    let mut received = Received::resume(part, wanted, progress).await?;
    let mut retry = Retry::new();
    loop {
        let before = received.length();
        match fetch_once(connection, wanted, &mut retry, &mut received, announced).await {
            Ok(()) => return received.verified(),
            Err(Failure::Here(error)) => return Err(error),
            Err(Failure::Call(_)) if received.is_complete() => return received.verified(),
            Err(Failure::Call(status)) => {
                if received.length() > before {
                    retry.progressed();
                }
                connection.recover(&mut retry, status).await?;
            }
        }
    }
}

async fn fetch_once(
    connection: &Connection,
    wanted: &Wanted,
    retry: &mut Retry,
    received: &mut Received<'_>,
    announced: &mut (impl FnMut(&Attachment) -> Result<()> + Send),
) -> Result<(), Failure> {
    let request = connection.request(retry, wanted.request(received.length())).await?;
    let mut client = AttachmentServiceClient::new(connection.channel());
    let mut stream = client.download_attachment(request).await.map_err(Failure::Call)?.into_inner();
    while let Some(message) = stream.message().await.map_err(Failure::Call)? {
        match message.frame {
            Some(Frame::Attachment(attachment)) => {
                let first = received.announce(&attachment)?;
                if first {
                    announced(&attachment)?;
                }
            }
            Some(Frame::Data(data)) => received.add(&data)?,
            None => {}
        }
    }
    Ok(())
}
