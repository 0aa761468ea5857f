//! Looking into a file that is stored, before anybody sees it (R21): what it is, whether it is accepted, and whether
//! it tells where it was taken.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use renkei_content::{Found, Patch, Refusal, inspect, safe_name};
use renkei_crypto::blob::PART_SIZE;
use renkei_crypto::key::Key;
use renkei_domain::identity::{Caller, PositionPolicy};
use renkei_domain::timeline::{File, Position};
use renkei_domain::{Error, Reason, Result};
use renkei_store::upload::StoredPart;
use renkei_store::{PartName, organization};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::attempt::Attempt;
use super::sealer::seal_part;
use super::stored::{Begun, StoredFile};
use super::upload::NewAttachment;
use crate::app::App;

/// A file that is accepted, as it is stored.
pub(super) struct Accepted {
    pub(super) file: File,
    pub(super) position: Position,
    /// Whether a preview can be made.
    pub(super) can_preview: bool,
}

impl App {
    /// Looks into the file of which the attempt has stored all parts. If it tells where it was taken and the
    /// uploader's organisation wants that removed, the parts that tell it are stored anew without.
    ///
    /// # Errors
    /// [`Reason::ContentExecutable`], [`Reason::ContentScript`], [`Reason::ContentMacro`],
    /// [`Reason::ContentArchive`], [`Reason::ContentPosition`]; [`Reason::StoredDataDamaged`],
    /// [`Reason::StorageUnavailable`].
    pub(super) async fn accept(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        new: &NewAttachment,
        key: &Key,
        attempt: &mut Attempt,
    ) -> Result<Accepted> {
        let file = Arc::new(self.stored_file(key, (new.patient, new.id), attempt.parts().to_vec()));
        let Found { content_type, position, can_preview } = look_into(&file, &new.file).await?;
        let mut accepted = File { name: safe_name(&new.file.name), content_type, ..new.file.clone() };
        let position = match position {
            renkei_content::Position::None => Position::None,
            found if self.position_policy(caller).await? == PositionPolicy::Keep => {
                drop(found);
                Position::Kept
            }
            renkei_content::Position::Stuck => return Err(Error::new(Reason::ContentPosition)),
            renkei_content::Position::Removable(patches) => {
                self.remove_position(&file, patches, attempt).await?;
                let patched = self.stored_file(key, (new.patient, new.id), attempt.parts().to_vec());
                accepted.sha256 = sha256(&patched).await?;
                Position::Removed
            }
        };
        Ok(Accepted { file: accepted, position, can_preview })
    }

    async fn position_policy(self: &Arc<Self>, caller: &Caller) -> Result<PositionPolicy> {
        let organization = caller.actor.organization;
        let policy = self
            .store
            .look(move |conn| Box::pin(async move { organization::policy(conn, organization).await }))
            .await
            .map_err(Error::from)?;
        Ok(policy.map_or(PositionPolicy::Remove, |policy| policy.positions))
    }

    /// Stores the parts anew that the patches change. One part at a time is held, of one file at a time.
    async fn remove_position(
        &self,
        file: &StoredFile,
        patches: Vec<Patch>,
        attempt: &mut Attempt,
    ) -> Result<()> {
        let _turn = self.rewriting.acquire().await.map_err(Error::internal)?;
        let upload = self.new_uuid();
        for part in file.parts.clone() {
            let start = u64::from(part.part) * PART_SIZE as u64;
            let len = u64::from(part.plain_len);
            if !patches.iter().any(|patch| overlap(patch, start, len).is_some()) {
                continue;
            }
            let mut plain = file.read_part(part.part).await?;
            for patch in &patches {
                if let Some((at, bytes)) = overlap(patch, start, len) {
                    plain[at..at + bytes.len()].copy_from_slice(bytes);
                }
            }
            let name = PartName { upload, ..part.name(file.patient, file.id) };
            attempt.replace(self.store_part(&file.key, name, plain).await?);
        }
        Ok(())
    }

    /// Seals a part that is there whole, and stores it durably.
    pub(super) async fn store_part(&self, key: &Key, name: PartName, plain: Vec<u8>) -> Result<StoredPart> {
        let (key, entropy) = (key.clone(), Arc::clone(&self.entropy));
        let sealing = spawn_blocking(move || seal_part(&key, name, &plain, entropy.as_ref()));
        let (sealed, part) = sealing.await.map_err(Error::internal)?;
        let mut writer = self.blobs.begin(name).await?;
        writer.write(sealed).await?;
        writer.finish().await?;
        Ok(part)
    }
}

/// Where in a part of `len` bytes, which begins at `start`, the patch lies, and its bytes there.
fn overlap(patch: &Patch, start: u64, len: u64) -> Option<(usize, &[u8])> {
    let from = patch.offset.max(start);
    let to = (patch.offset + patch.bytes.len() as u64).min(start + len);
    let bytes =
        patch.bytes.get(from.checked_sub(patch.offset)? as usize..to.checked_sub(patch.offset)? as usize)?;
    (!bytes.is_empty()).then(|| ((from - start) as usize, bytes))
}

async fn look_into(file: &Arc<StoredFile>, announced: &File) -> Result<Found> {
    let (name, content_type) = (announced.name.clone(), announced.content_type.clone());
    let mut reader = Readable {
        file: Arc::clone(file),
        handle: Handle::current(),
        at: 0,
        piece: Bytes::new(),
        begun: None,
    };
    let found =
        spawn_blocking(move || inspect(&mut reader, &name, &content_type)).await.map_err(Error::internal)?;
    let found = found.map_err(|error| match error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => Error::internal(error),
    })?;
    found.map_err(|refusal| {
        Error::new(match refusal {
            Refusal::Executable => Reason::ContentExecutable,
            Refusal::Script => Reason::ContentScript,
            Refusal::Macro => Reason::ContentMacro,
            Refusal::Archive => Reason::ContentArchive,
        })
    })
}

async fn sha256(file: &StoredFile) -> Result<[u8; 32]> {
    let (mut hash, mut at, mut begun) = (Sha256::new(), 0, None);
    while at < file.len() {
        let bytes = file.read(at, file.len(), &mut begun).await?;
        at += bytes.len() as u64;
        hash.update(&bytes);
    }
    Ok(hash.finalize().into())
}

/// A stored file as libraries read files, on a thread that may block.
struct Readable {
    file: Arc<StoredFile>,
    handle: Handle,
    at: u64,
    /// Opened, from `at` on.
    piece: Bytes,
    begun: Begun,
}

impl Read for Readable {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = self.file.len();
        if self.piece.is_empty() && self.at < len && !into.is_empty() {
            let read = self.file.read(self.at, len, &mut self.begun);
            self.piece = self.handle.block_on(read).map_err(io::Error::other)?;
        }
        let take = self.piece.len().min(into.len());
        self.piece.copy_to_slice(&mut into[..take]);
        self.at += take as u64;
        Ok(take)
    }
}

impl Seek for Readable {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.file.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let target = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        match target.checked_sub(self.at) {
            Some(ahead) if ahead <= self.piece.len() as u64 => self.piece.advance(ahead as usize),
            _ => self.piece.clear(),
        }
        self.at = target;
        Ok(target)
    }
}
