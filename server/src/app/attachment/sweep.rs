//! What nobody needs any longer is removed: uploads that nobody goes on with, files that no entry names, sealed parts
//! that belong to nothing, and files of patients whose keys were destroyed. What is missing is told, and never removed.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use futures::future::BoxFuture;
use futures::{StreamExt as _, pin_mut};
use renkei_crypto::key;
use renkei_domain::id::{AttachmentId, PatientId};
use renkei_domain::{Error, Result, Timestamp};
use renkei_store::{Conn, FoundPart, StoreError, Tx, upkeep, upload};
use tokio::task::spawn_blocking;

use crate::app::App;

/// What no entry names, and what nobody goes on with, is kept for so long.
pub(super) const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How often the sweep runs.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// So many sealed parts that belong to nothing are removed without further thought. More than that, and more than a
/// tenth of all, tell of a database that is older than the store, or of another one.
const FEW_ORPHANS: usize = 100;
/// How many rows are looked at in one go.
const BATCH: i64 = 200;

type Found = std::result::Result<Vec<(PatientId, AttachmentId)>, StoreError>;
type Removed = std::result::Result<bool, StoreError>;

/// What a sweep did.
#[derive(Default)]
struct Swept {
    uploads: usize,
    unclaimed: usize,
    shredded: usize,
    orphans: usize,
    previews: usize,
}

impl App {
    /// Whether the store of sealed parts belongs to this database: to whoever has its keys. An empty one does from
    /// now on. What belongs to nothing here may be somebody else's.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::StorageUnavailable`].
    pub(crate) async fn owns_blobs(&self) -> Result<bool> {
        let owner = key::derive(&self.keys.index, "store of sealed parts");
        let owner = HEXLOWER.encode(&owner.expose()[..16]);
        Ok(self.blobs.claim(&owner).await?)
    }

    /// Sweeps soon after the start and once an hour, until the server goes down.
    pub(crate) async fn keep_swept(self: Arc<Self>) {
        let mut shutdown = self.live.shutdown_signal();
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = shutdown.wait_for(|down| *down) => return,
            }
            match self.sweep().await {
                Ok(Swept { uploads, unclaimed, shredded, orphans, previews }) => {
                    tracing::info!(
                        uploads,
                        unclaimed,
                        shredded,
                        orphans,
                        previews,
                        "the attachments are swept"
                    );
                }
                Err(error) => tracing::warn!(reason = error.reason().as_str(), "the sweep goes on later"),
            }
        }
    }

    /// One sweep.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::StorageUnavailable`]: what was begun is done next time.
    async fn sweep(self: &Arc<Self>) -> Result<Swept> {
        let before = Timestamp(self.now().0 - KEPT.as_micros() as i64);
        let mut swept = Swept {
            uploads: self
                .remove_all(
                    move |conn| Box::pin(upload::outdated(conn, before, BATCH)),
                    move |tx, patient, id| Box::pin(upload::forget(tx, patient, id, before)),
                )
                .await?,
            unclaimed: self
                .remove_all(
                    move |conn| Box::pin(upkeep::unclaimed(conn, before, BATCH)),
                    |tx, patient, id| Box::pin(upkeep::remove_unclaimed(tx, patient, id)),
                )
                .await?,
            shredded: self
                .remove_all(
                    |conn| Box::pin(upkeep::of_shredded(conn, BATCH)),
                    |tx, patient, id| Box::pin(upkeep::remove_shredded(tx, patient, id)),
                )
                .await?,
            ..Swept::default()
        };
        let (found, orphans) = self.orphans(before).await?;
        if !self.owns_blobs().await? {
            tracing::error!(
                "the store of sealed parts belongs to another installation: nothing of it is removed"
            );
            return Ok(swept);
        }
        if orphans.len() > FEW_ORPHANS && orphans.len() > found / 10 {
            tracing::error!(
                orphans = orphans.len(),
                found,
                "too many sealed parts belong to nothing, and none is removed: is this the database that belongs to the \
                 store? `renkei-server doctor --deep` lists them"
            );
        } else {
            swept.orphans = orphans.len();
            self.blobs.remove(orphans.into_iter().map(|orphan| orphan.name).collect::<Vec<_>>()).await;
        }
        let blobs = self.blobs.clone();
        let begun = spawn_blocking(move || blobs.remove_begun(KEPT)).await.map_err(Error::internal)?;
        swept.orphans += begun.map_err(Error::from)?;
        let waiting = self.store.look(|conn| Box::pin(upkeep::all_waiting_for_preview(conn, BATCH))).await;
        for (patient, id) in waiting.map_err(Error::from)? {
            match self.make_preview(patient, id).await {
                Ok(()) => swept.previews += 1,
                // the others are made all the same
                Err(error) => {
                    tracing::warn!(%patient, attachment = %id, reason = error.reason().as_str(), "no preview now")
                }
            }
        }
        Ok(swept)
    }

    /// Removes what `find` finds, as far as `remove` agrees, with its sealed parts; says how many there were. The
    /// preview, and parts that are noted nowhere, are orphans then.
    async fn remove_all(
        self: &Arc<Self>,
        find: impl for<'a> Fn(&'a mut Conn) -> BoxFuture<'a, Found> + Send + Copy,
        remove: impl for<'a> Fn(&'a mut Tx, PatientId, AttachmentId) -> BoxFuture<'a, Removed>
        + Send
        + Copy
        + 'static,
    ) -> Result<usize> {
        let mut removed = 0;
        loop {
            let found = self.store.look(find).await.map_err(Error::from)?;
            let before = removed;
            for (patient, id) in &found {
                let (patient, id) = (*patient, *id);
                let parts = self.store.write(move |tx| {
                    Box::pin(async move {
                        let parts = upload::parts(tx, patient, id).await?;
                        if !remove(tx, patient, id).await? {
                            // somebody was quicker: an entry that names it, a client that goes on
                            return Ok::<_, StoreError>(None);
                        }
                        upload::delete_parts(tx, patient, id).await?;
                        Ok(Some(parts))
                    })
                });
                if let Some(parts) = parts.await.map_err(Error::from)? {
                    let names: Vec<_> = parts.iter().map(|part| part.name(patient, id)).collect();
                    self.blobs.remove(names).await;
                    removed += 1;
                }
            }
            if (found.len() as i64) < BATCH || removed == before {
                return Ok(removed);
            }
        }
    }

    /// How many sealed parts there are, and those that were stored before `before` and belong to no file, no upload
    /// and no preview.
    pub(super) async fn orphans(self: &Arc<Self>, before: Timestamp) -> Result<(usize, Vec<FoundPart>)> {
        let found = self.blobs.list();
        pin_mut!(found);
        let (mut count, mut orphans, mut group) = (0, Vec::new(), Vec::<FoundPart>::new());
        // those of one attachment come one after the other, or at least mostly so
        while let Some(part) = found.next().await {
            let part = part.map_err(Error::from)?;
            count += 1;
            if part.stored_at >= before {
                continue;
            }
            if group.first().is_some_and(|first| !is_same(first, &part)) {
                orphans.extend(self.orphans_of(std::mem::take(&mut group)).await?);
            }
            group.push(part);
        }
        orphans.extend(self.orphans_of(group).await?);
        Ok((count, orphans))
    }

    /// Those of the parts, all of one attachment, that belong to nothing.
    async fn orphans_of(self: &Arc<Self>, parts: Vec<FoundPart>) -> Result<Vec<FoundPart>> {
        let Some(first) = parts.first() else { return Ok(parts) };
        let (patient, id) = (first.name.patient, first.name.attachment);
        let known =
            self.store.read(move |conn| Box::pin(async move { upkeep::objects(conn, patient, id).await }));
        let known = known.await.map_err(Error::from)?;
        Ok(parts.into_iter().filter(|part| !known.has(&part.name)).collect())
    }
}

fn is_same(a: &FoundPart, b: &FoundPart) -> bool {
    (a.name.patient, a.name.attachment) == (b.name.patient, b.name.attachment)
}
