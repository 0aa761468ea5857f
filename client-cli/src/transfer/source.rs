//! The file that an upload reads. What was announced is sent or nothing that completes it: the whole file is
//! hashed on the way, also the part that the server has, and the last frame is held back until the hash is
//! right.

use std::{
    fs::File,
    io::{Read as _, Seek as _},
};

use bytes::Bytes;
use renkei_proto::v1::{UploadAttachmentRequest, UploadHeader, upload_attachment_request::Frame};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::Sender;

use crate::{
    error::{Error, Exit, Result},
    text::msg,
    transfer::{
        FRAME,
        local::{Stamp, hash_into},
        progress::Bar,
        upload::Upload,
    },
};

/// A file opened where the upload goes on. All of this blocks the thread.
pub(crate) struct Source {
    upload: Upload,
    file: File,
    stamp: Stamp,
    /// Of the bytes before `at`.
    hash: Sha256,
    at: u64,
}

impl Source {
    /// Opens the file and hashes what the server has of it. A file that is seen to have changed is refused
    /// before anything is sent.
    pub(crate) fn open(upload: Upload, offset: u64) -> Result<Self> {
        let failed = |error| Error::file(&upload.path, &error);
        let mut file = File::open(&upload.path).map_err(failed)?;
        let stamp = Stamp::of(&file.metadata().map_err(failed)?);
        let size = upload.size();
        if stamp.size != size {
            return Err(changed(&upload));
        }
        // Somebody wrote to it, or only touched it: that is known before the first byte goes out.
        if upload.stamp != Some(stamp) {
            let mut hash = Sha256::new();
            let length = hash_into(&mut hash, &mut file).map_err(failed)?;
            if length != size || hash.finalize()[..] != upload.header.sha256[..] {
                return Err(changed(&upload));
            }
            file.rewind().map_err(failed)?;
        }
        let mut hash = Sha256::new();
        let at = hash_into(&mut hash, &mut (&mut file).take(offset)).map_err(failed)?;
        let source = Self { upload, file, stamp, hash, at };
        if at != offset || at == size && !source.is_right() {
            return Err(changed(&source.upload));
        }
        Ok(source)
    }

    /// Sends the header and the rest of the file.
    pub(crate) fn send(mut self, frames: &Sender<UploadAttachmentRequest>, bar: &Bar) -> Result<()> {
        // A closed channel means that the call ended; its answer tells why.
        let send = |frame| frames.blocking_send(UploadAttachmentRequest { frame: Some(frame) }).is_ok();
        let size = self.upload.size();
        bar.go_on(self.at);
        let header = UploadHeader { offset: self.at.cast_signed(), ..self.upload.header.clone() };
        if !send(Frame::Header(header)) {
            return Ok(());
        }
        let mut held = None;
        while let Some(frame) = self.next()? {
            self.at += frame.len() as u64;
            if self.at > size {
                return Err(changed(&self.upload));
            }
            if let Some(before) = held.replace(frame)
                && !send(Frame::Data(before))
            {
                return Ok(());
            }
            bar.set(self.at);
        }
        if self.at != size || !self.is_right() {
            return Err(changed(&self.upload));
        }
        if let Some(last) = held {
            send(Frame::Data(last));
        }
        Ok(())
    }

    /// The next bytes; `None` at the end.
    fn next(&mut self) -> Result<Option<Bytes>> {
        let failed = |error| Error::file(&self.upload.path, &error);
        let mut frame = Vec::with_capacity(FRAME);
        (&mut self.file).take(FRAME as u64).read_to_end(&mut frame).map_err(failed)?;
        // What was written while it was read is not sent.
        if Stamp::of(&self.file.metadata().map_err(failed)?) != self.stamp {
            return Err(changed(&self.upload));
        }
        self.hash.update(&frame);
        Ok((!frame.is_empty()).then(|| frame.into()))
    }

    fn is_right(&self) -> bool {
        self.hash.clone().finalize()[..] == self.upload.header.sha256[..]
    }
}

fn changed(upload: &Upload) -> Error {
    Error::new(Exit::LocalFile, msg!("error-file-changed", path = upload.path.display()))
        .next(msg!("next-file-changed"))
}
