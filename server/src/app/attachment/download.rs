//! Downloading a file from any offset: only the chunks that are needed are fetched and opened.
//!
//! Three things are done at once: sending a piece, opening the next one, and fetching the one after, sealed.
//! For a client that does not read, a download holds two opened pieces and a sealed one, that is 768 KiB,
//! beside what the connection holds.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use renkei_crypto::OpenError;
use renkei_crypto::blob::{
    CHUNK_SIZE, HEADER_LEN, Manifest, PART_SIZE, PartContext, PartOpener, SEALED_CHUNK_SIZE, chunk_count,
    chunk_range, locate,
};
use renkei_crypto::key::Key;
use renkei_domain::access::Access;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AttachmentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::{Attachment, File};
use renkei_domain::{Error, Reason, Result};
use renkei_store::PartName;
use renkei_store::attachment;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::app::outgoing::outgoing;
use crate::app::{App, Outgoing};
use crate::live::Mailbox;

/// Chunks of a piece, which is fetched, opened and sent at once: 256 KiB.
const CHUNKS: u32 = 4;

/// An access asked for longer ago than this is asked for again before more bytes leave.
const FRESH: Duration = Duration::from_millis(500);

impl App {
    /// What the file is, and its bytes from `offset` on.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RequestInvalid`] for an offset behind the end,
    /// [`Reason::StoredDataDamaged`], [`Reason::Busy`] for a person with too many downloads.
    pub(crate) async fn download_attachment(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        id: AttachmentId,
        offset: u64,
    ) -> Result<(Attachment, Outgoing<Bytes>)> {
        let slot = self.downloads.take(caller.actor.person.0)?;
        // before the first look, so that no change falls between
        let mailbox = self.live.subscribe(caller.session, caller.actor.person);
        let (key, manifest, upload) = self
            .disclose_under(
                Access::read_entries,
                caller,
                patient,
                Action::AttachmentRead,
                move |app, conn, permit| {
                    Box::pin(async move {
                        let stored = attachment::by_id(conn, &permit, id)
                            .await?
                            .ok_or_else(|| Error::new(Reason::NotFound))?;
                        let (key, manifest) = app
                            .open_manifest(conn, patient, &stored)
                            .await?
                            .ok_or_else(|| Error::new(Reason::StoredDataDamaged))?;
                        let act = Act::permitted(&permit, Action::AttachmentRead).about(id.0);
                        Ok(((key, manifest, stored.upload), act))
                    })
                },
            )
            .await?;
        if offset > manifest.total_len {
            return Err(Error::invalid_field("offset", "must not be greater than the file's length"));
        }
        let file = File {
            name: manifest.file_name.clone(),
            content_type: manifest.content_type.clone(),
            size: manifest.total_len,
            sha256: manifest.sha256,
        };
        let reader = Reader {
            app: Arc::clone(self),
            caller: Arc::clone(caller),
            patient,
            id,
            upload,
            key,
            manifest,
            offset,
            part: None,
            ahead: None,
            asked: Instant::now(),
            mailbox,
        };
        let bytes = outgoing(slot, |outlet| async move {
            let mut reader = reader;
            while let Some(bytes) = reader.next().await? {
                outlet.send(bytes).await?;
            }
            Ok(())
        });
        Ok((Attachment { id, patient, file: Some(file) }, bytes))
    }

    /// A long download must not outlive the consent or the session.
    async fn still_readable(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        patient: PatientId,
        id: AttachmentId,
    ) -> Result<()> {
        let (app, by) = (Arc::clone(self), Arc::clone(caller));
        self.store
            .read(move |conn| {
                Box::pin(async move {
                    app.check_live_session(conn, &by).await?;
                    let permit = app.access(conn, &by, patient).await?.read_entries()?;
                    attachment::by_id(conn, &permit, id)
                        .await?
                        .ok_or_else(|| Error::new(Reason::NotFound))?;
                    Ok(())
                })
            })
            .await
    }
}

struct Reader {
    app: Arc<App>,
    caller: Arc<Caller>,
    patient: PatientId,
    id: AttachmentId,
    upload: Uuid,
    key: Key,
    manifest: Manifest,
    offset: u64,
    /// What opens the part that was begun.
    part: Option<(u32, Arc<PartOpener>)>,
    /// What begins at the offset, if it was fetched before it was asked for.
    ahead: Option<Result<Sealed>>,
    asked: Instant,
    /// Tells at once of what `FRESH` would find late.
    mailbox: Arc<Mailbox>,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        if self.offset >= self.manifest.total_len {
            return Ok(None);
        }
        if self.asked.elapsed() > FRESH || self.mailbox.warns_of(self.patient) {
            self.mailbox.looking_at(self.patient);
            self.app.still_readable(&self.caller, self.patient, self.id).await?;
            self.asked = Instant::now();
        }
        let sealed = match self.ahead.take() {
            Some(ahead) => ahead?,
            None => self.fetch(self.offset).await?,
        };
        let (skip, end) = (sealed.piece.skip, sealed.piece.end);
        self.part = Some((sealed.piece.part, Arc::clone(&sealed.opener)));
        let opening = spawn_blocking(move || sealed.open());
        // what comes of it counts only after the next look at the access
        let ahead = async { if end < self.manifest.total_len { Some(self.fetch(end).await) } else { None } };
        let (opened, ahead) = tokio::join!(opening, ahead);
        let opened = opened.map_err(Error::internal)?.map_err(|e| self.damaged(e))?;
        (self.ahead, self.offset) = (ahead, end);
        Ok(Some(Bytes::from(opened).slice(skip..)))
    }

    /// The piece of which byte `offset` of the file is one.
    async fn fetch(&self, offset: u64) -> Result<Sealed> {
        let piece = Piece::at(&self.manifest, offset).ok_or_else(|| Error::new(Reason::StoredDataDamaged))?;
        let name =
            PartName { patient: self.patient, attachment: self.id, upload: self.upload, part: piece.part };
        let opener = match &self.part {
            Some((part, opener)) if *part == piece.part => Arc::clone(opener),
            _ => {
                let header = self.app.blobs.get(name, 0..HEADER_LEN as u64).await?;
                let context = PartContext {
                    patient: self.patient.as_bytes(),
                    attachment: self.id.as_bytes(),
                    part: piece.part,
                };
                Arc::new(PartOpener::new(&self.key, &context, &header).map_err(|e| self.damaged(e))?)
            }
        };
        let bytes = self.app.blobs.get(name, piece.range.clone()).await?;
        Ok(Sealed { piece, opener, bytes })
    }

    fn damaged(&self, error: OpenError) -> Error {
        tracing::error!(patient = %self.patient, attachment = %self.id, %error, "a part of an attachment does not open");
        Error::new(Reason::StoredDataDamaged)
    }
}

/// Some chunks of a part, one after the other.
struct Piece {
    part: u32,
    chunks: Range<u32>,
    /// Whether the last of them is the last one of the part.
    is_last: bool,
    /// Where they lie in the sealed part.
    range: Range<u64>,
    /// Bytes before the one that was asked for.
    skip: usize,
    /// Where in the file the next piece begins.
    end: u64,
}

impl Piece {
    /// That of which byte `offset` of the file is one, from its chunk on. `None` behind the end.
    fn at(manifest: &Manifest, offset: u64) -> Option<Self> {
        let at = locate(offset)?;
        let plain_len = manifest.parts.get(at.part as usize)?.plain_len;
        let count = chunk_count(plain_len);
        let chunks = at.chunk..(at.chunk + CHUNKS).min(count);
        let range =
            chunk_range(plain_len, at.chunk)?.start..chunk_range(plain_len, chunks.end.checked_sub(1)?)?.end;
        let end_in_part = u64::from(plain_len).min(u64::from(chunks.end) * CHUNK_SIZE as u64);
        let end = u64::from(at.part) * PART_SIZE as u64 + end_in_part;
        (offset < end).then_some(Self {
            part: at.part,
            is_last: chunks.end == count,
            chunks,
            range,
            skip: at.skip,
            end,
        })
    }
}

/// A piece as it is stored, and what opens it.
struct Sealed {
    piece: Piece,
    opener: Arc<PartOpener>,
    bytes: Bytes,
}

impl Sealed {
    fn open(&self) -> std::result::Result<Vec<u8>, OpenError> {
        let Piece { chunks, is_last, .. } = &self.piece;
        let mut plain = Vec::with_capacity(self.bytes.len());
        for (chunk, bytes) in chunks.clone().zip(self.bytes.chunks(SEALED_CHUNK_SIZE)) {
            let last = *is_last && chunk + 1 == chunks.end;
            self.opener.open_chunk_into(chunk, bytes, last, &mut plain)?;
        }
        Ok(plain)
    }
}

#[cfg(test)]
mod tests {
    use renkei_crypto::blob::{PartEntry, sealed_len};

    use super::*;

    #[test]
    fn pieces_cover_the_file_from_any_offset() {
        const PIECE: usize = CHUNKS as usize * CHUNK_SIZE;
        let lens = [PART_SIZE, PART_SIZE, 2 * PIECE + CHUNK_SIZE + 5];
        let part = |len: usize| PartEntry {
            plain_len: len as u32,
            sealed_len: sealed_len(len as u32),
            sealed_sha256: [0; 32],
        };
        let manifest = Manifest {
            total_len: lens.iter().sum::<usize>() as u64,
            sha256: [0; 32],
            parts: lens.map(part).to_vec(),
            file_name: "scan.dcm".to_owned(),
            content_type: "application/dicom".to_owned(),
        };
        for from in [0, 1, CHUNK_SIZE, PIECE - 1, PART_SIZE - 1, PART_SIZE, 2 * PART_SIZE + 5] {
            let (mut offset, mut lasts) = (from as u64, 0);
            while offset < manifest.total_len {
                let piece = Piece::at(&manifest, offset).unwrap();
                let sealed = (piece.range.end - piece.range.start) as usize;
                let plain = sealed - piece.chunks.len() * (SEALED_CHUNK_SIZE - CHUNK_SIZE);
                assert_eq!(piece.end - offset, (plain - piece.skip) as u64, "from {offset}");
                assert!(plain <= PIECE);
                let sealed_part = manifest.parts[piece.part as usize].sealed_len;
                assert_eq!(piece.is_last, piece.range.end == sealed_part);
                lasts += usize::from(piece.is_last);
                offset = piece.end;
            }
            assert_eq!(offset, manifest.total_len);
            assert_eq!(lasts, lens.len() - from / PART_SIZE);
        }
        assert!(Piece::at(&manifest, manifest.total_len).is_none());
    }
}
