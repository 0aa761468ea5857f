//! What has arrived of a download, and whether it is what was announced.

use renkei_proto::v1::Attachment;
use sha2::{Digest as _, Sha256};

use crate::{
    error::{Error, Exit, Result},
    text::msg,
    transfer::{
        download::Wanted,
        part::Part,
        progress::{Bar, Progress},
    },
};

/// A download that is under way.
pub(crate) struct Received<'a> {
    part: &'a mut Part,
    wanted: &'a Wanted,
    progress: &'a Progress,
    hash: Sha256,
    length: u64,
    announced: Option<(Attachment, Bar)>,
}

impl<'a> Received<'a> {
    /// Goes on where an earlier run ended. What it left of a range cannot be checked, so that begins anew.
    pub(crate) async fn resume(
        part: &'a mut Part,
        wanted: &'a Wanted,
        progress: &'a Progress,
    ) -> Result<Self> {
        if wanted.is_range() {
            part.discard()?;
        }
        let (hash, length) = part.hash().await?;
        Ok(Self { part, wanted, progress, hash, length, announced: None })
    }

    /// Bytes of what is wanted that are there.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Notes what the server announces; true for the first time.
    pub(crate) fn announce(&mut self, attachment: &Attachment) -> Result<bool> {
        let first = match &self.announced {
            Some((before, _)) if before.sha256 != attachment.sha256 || before.size != attachment.size => {
                return Err(not_intact());
            }
            Some(_) => false,
            None => {
                let bar = self.progress.bar(&attachment.file_name, self.wanted.expected(attachment));
                self.announced = Some((attachment.clone(), bar));
                true
            }
        };
        if let Some((_, bar)) = &self.announced {
            bar.go_on(self.length);
        }
        Ok(first)
    }

    pub(crate) fn add(&mut self, data: &[u8]) -> Result<()> {
        let Some((attachment, bar)) = &self.announced else { return Err(not_intact()) };
        if self.length + data.len() as u64 > self.wanted.expected(attachment) {
            return Err(not_intact());
        }
        self.part.add(data)?;
        self.hash.update(data);
        self.length += data.len() as u64;
        bar.set(self.length);
        Ok(())
    }

    /// Whether nothing is missing. It is not verified then.
    pub(crate) fn is_complete(&self) -> bool {
        let announced = self.announced.as_ref();
        announced.is_some_and(|(attachment, _)| self.length == self.wanted.expected(attachment))
    }

    /// What was announced, if all of it is there and nothing else. A range has no hash of its own.
    pub(crate) fn verified(self) -> Result<Attachment> {
        let complete = self.is_complete();
        let (attachment, _) = self.announced.ok_or_else(not_intact)?;
        let intact = self.wanted.is_range() || self.hash.finalize()[..] == attachment.sha256[..];
        if !complete || !intact {
            return Err(not_intact());
        }
        Ok(attachment)
    }
}

/// What is there cannot be the beginning of what was announced, or is not all of it.
pub(crate) fn is_not_intact(error: &Error) -> bool {
    error.exit() == Exit::Damaged && error.reason().is_none()
}

fn not_intact() -> Error {
    Error::new(Exit::Damaged, msg!("error-not-intact")).next(msg!("next-not-intact"))
}
