//! Downloading a file from any offset: only the chunks that are needed are fetched and opened.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use renkei_crypto::OpenError;
use renkei_crypto::blob::{HEADER_LEN, Manifest, PartContext, PartOpener, chunk_count, chunk_range, locate};
use renkei_crypto::key::Key;
use renkei_domain::access::Access;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AttachmentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::{Attachment, File};
use renkei_domain::{Error, Reason, Result};
use renkei_store::PartName;
use renkei_store::attachment;
use uuid::Uuid;

use crate::app::outgoing::outgoing;
use crate::app::{App, Outgoing};
use crate::live::Mailbox;

/// Chunks fetched and sent at once: 256 KiB.
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
    part: Option<(u32, PartOpener)>,
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
        let at = locate(self.offset).ok_or_else(|| Error::new(Reason::StoredDataDamaged))?;
        let name =
            PartName { patient: self.patient, attachment: self.id, upload: self.upload, part: at.part };
        if self.part.as_ref().is_none_or(|(part, _)| *part != at.part) {
            let header = self.app.blobs.get(name, 0..HEADER_LEN as u64).await?;
            let context = PartContext {
                patient: self.patient.as_bytes(),
                attachment: self.id.as_bytes(),
                part: at.part,
            };
            let opener = PartOpener::new(&self.key, &context, &header).map_err(|e| self.damaged(e))?;
            self.part = Some((at.part, opener));
        }
        let plain_len = self.manifest.parts.get(at.part as usize).map_or(0, |part| part.plain_len);
        let chunks = chunk_count(plain_len);
        let last = (at.chunk + CHUNKS).min(chunks);
        let range =
            |chunk| chunk_range(plain_len, chunk).ok_or_else(|| Error::new(Reason::StoredDataDamaged));
        let start = range(at.chunk)?.start;
        let sealed = self.app.blobs.get(name, start..range(last.saturating_sub(1))?.end).await?;
        let mut plain = Vec::with_capacity(sealed.len());
        if let Some((_, opener)) = &self.part {
            for chunk in at.chunk..last {
                let here = range(chunk)?;
                let bytes = &sealed[(here.start - start) as usize..(here.end - start) as usize];
                let opened = opener.open_chunk_at(chunk, bytes, chunk + 1 == chunks);
                plain.extend_from_slice(&opened.map_err(|e| self.damaged(e))?);
            }
        }
        let bytes = Bytes::from(plain).slice(at.skip..);
        self.offset += bytes.len() as u64;
        Ok(Some(bytes))
    }

    fn damaged(&self, error: OpenError) -> Error {
        tracing::error!(patient = %self.patient, attachment = %self.id, %error, "a part of an attachment does not open");
        Error::new(Reason::StoredDataDamaged)
    }
}
