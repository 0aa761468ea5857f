//! Downloading a file or a range of it: only the chunks that are needed are fetched and opened.
//!
//! Three things are done at once: sending a piece, opening the next one, and fetching the one after, sealed.
//! For a client that does not read, a download holds two opened pieces and a sealed one, that is 768 KiB,
//! beside what the connection holds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use renkei_domain::access::Access;
use renkei_domain::audit::{Act, Action};
use renkei_domain::id::{AttachmentId, PatientId};
use renkei_domain::identity::Caller;
use renkei_domain::timeline::Attachment;
use renkei_domain::{Error, Reason, Result};
use renkei_store::attachment;
use tokio::task::spawn_blocking;

use super::stored::{Begun, Sealed, StoredFile};
use crate::app::outgoing::outgoing;
use crate::app::{App, Outgoing};
use crate::live::Mailbox;

/// An access asked for longer ago than this is asked for again before more bytes leave.
const FRESH: Duration = Duration::from_millis(500);

/// What is wanted of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) patient: PatientId,
    pub(crate) id: AttachmentId,
    /// The preview instead.
    pub(crate) preview: bool,
    /// The first byte.
    pub(crate) offset: u64,
    /// At most so many; 0 is all.
    pub(crate) length: u64,
}

impl App {
    /// What the file is, and the bytes of it that are wanted.
    ///
    /// # Errors
    /// [`Reason::NotFound`], [`Reason::RequestInvalid`] for an offset behind the end,
    /// [`Reason::StoredDataDamaged`], [`Reason::Busy`] for a person with too many downloads.
    pub(crate) async fn download_attachment(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        wanted: Wanted,
    ) -> Result<(Attachment, Outgoing<Bytes>)> {
        let slot = self.downloads.take(caller.whose_places())?;
        // before the first look, so that no change falls between
        let mailbox = self.live.subscribe(caller.session, caller.actor.person);
        let (described, file) = self
            .disclose_under(
                Access::read_entries,
                caller,
                wanted.patient,
                Action::AttachmentRead,
                move |app, conn, permit| {
                    Box::pin(async move {
                        let stored = attachment::by_id(conn, &permit, wanted.id)
                            .await?
                            .ok_or_else(|| Error::new(Reason::NotFound))?;
                        let file = app.open_file(conn, wanted.patient, &stored, wanted.preview).await?;
                        let act = Act::permitted(&permit, Action::AttachmentRead).about(wanted.id.0);
                        Ok((file, act))
                    })
                },
            )
            .await?;
        let len = file.len();
        if wanted.offset > len {
            return Err(Error::invalid_field("offset", "must not be greater than the file's length"));
        }
        let end = match wanted.length {
            0 => len,
            length => wanted.offset.saturating_add(length).min(len),
        };
        let reader = Reader {
            app: Arc::clone(self),
            caller: Arc::clone(caller),
            file,
            offset: wanted.offset,
            end,
            begun: None,
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
        Ok((described, bytes))
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
    file: StoredFile,
    offset: u64,
    end: u64,
    begun: Begun,
    /// What begins at the offset, if it was fetched before it was asked for.
    ahead: Option<Result<Sealed>>,
    asked: Instant,
    /// Tells at once of what `FRESH` would find late.
    mailbox: Arc<Mailbox>,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        if self.offset >= self.end {
            return Ok(None);
        }
        let patient = self.file.patient;
        if self.asked.elapsed() > FRESH || self.mailbox.warns_of(patient) {
            self.mailbox.looking_at(patient);
            self.app.still_readable(&self.caller, patient, self.file.id).await?;
            self.asked = Instant::now();
        }
        let sealed = match self.ahead.take() {
            Some(ahead) => ahead?,
            None => self.file.fetch(self.offset, self.end, &self.begun).await?,
        };
        let next = sealed.end();
        self.begun = Some(sealed.begun());
        let opening = spawn_blocking(move || sealed.open());
        // what comes of it counts only after the next look at the access
        let ahead = async {
            if next < self.end { Some(self.file.fetch(next, self.end, &self.begun).await) } else { None }
        };
        let (opened, ahead) = tokio::join!(opening, ahead);
        let opened = opened.map_err(Error::internal)?.map_err(|e| self.file.damaged(e))?;
        (self.ahead, self.offset) = (ahead, next);
        Ok(Some(opened))
    }
}
