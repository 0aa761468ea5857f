//! A new version of the root key: every key is wrapped anew, nothing that is sealed is touched. It runs beside
//! servers, and goes on where it was broken off.
//!
//! The order keeps everything openable at every moment: the new version is durable before the database hears of it,
//! and the old one goes last, when the database has said in one transaction that it is retired and wraps nothing.

use std::time::{Duration, Instant};

use renkei_domain::audit::{Action, Maintenance, Operator};
use renkei_domain::id::PatientId;
use renkei_domain::{Error, Result};
use renkei_store::keyring::{self, WrappedKey};
use renkei_store::root_key::{self, RootKey};
use renkei_store::{Store, StoreError, maintenance};
use uuid::Uuid;

use super::{RootKeyError, patient_context, server_context};
use crate::app::App;

/// Keys in a transaction: a server beside waits for it.
const BATCH: i64 = 100;

/// Whoever is shown how far it is.
pub(crate) trait Progress {
    /// Something begins that takes `total` steps, about.
    fn begin(&mut self, what: &str, total: u64);
    /// So many steps more are done.
    fn advance(&mut self, steps: u64);
}

/// What a rotation of the root key did.
#[derive(Debug)]
pub(crate) struct RootRotation {
    /// The version that wraps everything now.
    pub(crate) version: u32,
    /// Keys that were wrapped anew.
    pub(crate) rewrapped: u64,
    /// Versions that were retired.
    pub(crate) retired: Vec<u32>,
    /// It went on with one that was broken off.
    pub(crate) resumed: bool,
    /// The retired versions are gone from where the root key is kept; otherwise the operator takes them away.
    pub(crate) removed: bool,
}

impl App {
    /// Rotates the root key, or finishes the rotation that is under way.
    ///
    /// # Errors
    /// [`renkei_domain::Reason::Internal`] with what is in the way, for the operator.
    pub(crate) async fn rotate_root_key(
        &self,
        operator: &Operator,
        progress: &mut dyn Progress,
    ) -> Result<RootRotation> {
        let root = self.keys.root.as_ref();
        root.reload().await.map_err(Error::internal)?;
        let rows = self.root_key_rows().await?;
        let in_use: Vec<u32> =
            rows.iter().filter(|row| row.retired_at.is_none()).map(|row| row.version).collect();
        let newest = rows.iter().map(|row| row.version).max().unwrap_or(0);
        let leftover: Vec<u32> = rows
            .iter()
            .filter(|row| row.retired_at.is_some() && root.versions().contains(&row.version))
            .map(|row| row.version)
            .collect();
        if let ([version], false) = (in_use.as_slice(), leftover.is_empty()) {
            let version = *version;
            if root.destroy(&leftover).await.map_err(Error::internal)? {
                // it was broken off before the last step
                self.announce_destroyed(operator, &leftover).await?;
                return Ok(RootRotation {
                    version,
                    rewrapped: 0,
                    retired: leftover,
                    resumed: true,
                    removed: true,
                });
            }
        }
        let resumed = in_use.len() > 1;
        let version = if resumed { newest } else { self.new_root_version(operator, newest).await? };
        let old: Vec<u32> = in_use.into_iter().filter(|it| *it != version).collect();
        let mut rewrapped = 0;
        loop {
            let before = rewrapped;
            let total = self.count_behind(version).await?;
            progress.begin("keys", u64::try_from(total).unwrap_or(0));
            for from in &old {
                rewrapped += self.rewrap_server_keys(*from, version, progress).await?;
                rewrapped += self.rewrap_patient_keys(*from, version, progress).await?;
            }
            let behind = self.retire(operator, &old, version).await?;
            if behind == 0 {
                break;
            }
            if rewrapped == before {
                return Err(Error::internal(format!(
                    "{behind} keys do not open and are still wrapped by an old version of the root key, which \
                     therefore stays; the other keys are wrapped by version {version}"
                )));
            }
        }
        let removed = root.destroy(&old).await.map_err(Error::internal)?;
        if removed {
            self.announce_destroyed(operator, &old).await?;
        } else {
            self.announce().await?;
        }
        Ok(RootRotation { version, rewrapped, retired: old, resumed, removed })
    }

    /// The version to rotate to: one that is held and the database does not know yet, or a new one.
    async fn new_root_version(&self, operator: &Operator, newest: u32) -> Result<u32> {
        let root = self.keys.root.as_ref();
        let prepared = root.versions().into_iter().filter(|version| *version > newest).max();
        let version = match prepared {
            Some(version) => version,
            None => {
                root.create(newest + 1, self.entropy.as_ref()).await.map_err(Error::internal)?;
                newest + 1
            }
        };
        let (commitment, now) = (root.commitment(version).await.map_err(Error::internal)?, self.now());
        let stamp = self.stamp(None);
        let act = Maintenance::of_region(operator.clone(), Action::KeyCreate).of_key(version);
        let stored = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    root_key::insert(tx, version, &commitment, now).await?;
                    root_key::raise_generation(tx).await?;
                    let rows = root_key::all(tx).await?;
                    let is_stored =
                        rows.into_iter().any(|row| row.version == version && row.commitment == commitment);
                    if is_stored {
                        maintenance::append(tx, stamp, &act).await?;
                    }
                    Ok(is_stored)
                })
            })
            .await
            .map_err(|error: StoreError| Error::from(error))?;
        if stored { Ok(version) } else { Err(Error::internal("another rotation of the root key has begun")) }
    }

    pub(super) async fn root_key_rows(&self) -> Result<Vec<RootKey>> {
        self.store.look(|conn| Box::pin(async move { root_key::all(conn).await })).await.map_err(Error::from)
    }

    async fn count_behind(&self, version: u32) -> Result<i64> {
        let work = self.store.look(move |conn| Box::pin(async move { keyring::behind(conn, version).await }));
        work.await.map_err(Error::from)
    }

    /// Tells the servers that keys have changed.
    pub(super) async fn announce(&self) -> Result<()> {
        let work = self.store.write(|tx| Box::pin(async move { root_key::raise_generation(tx).await }));
        work.await.map_err(Error::from)
    }

    async fn rewrap_server_keys(&self, from: u32, to: u32, progress: &mut dyn Progress) -> Result<u64> {
        let keys = self
            .store
            .look(|conn| Box::pin(async move { keyring::server_keys(conn).await }))
            .await
            .map_err(Error::from)?;
        let mut wrapped = Vec::new();
        for (purpose, key) in keys.into_iter().filter(|(_, key)| key.root_version == from) {
            let (old, new) =
                (server_context(&purpose, key.version, from), server_context(&purpose, key.version, to));
            if let Some(key) = self.rewrap(&key, &old, &new).await? {
                wrapped.push((purpose, key));
            }
        }
        let done = self
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let mut done = 0;
                    for (purpose, key) in &wrapped {
                        done += u64::from(keyring::rewrap_server_key(tx, purpose, from, key).await?);
                    }
                    Ok(done)
                })
            })
            .await
            .map_err(|error: StoreError| Error::from(error))?;
        progress.advance(done);
        Ok(done)
    }

    async fn rewrap_patient_keys(&self, from: u32, to: u32, progress: &mut dyn Progress) -> Result<u64> {
        let mut after = (PatientId(Uuid::nil()), 0);
        let mut rewrapped = 0;
        loop {
            let keys = self
                .store
                .look(move |conn| {
                    Box::pin(async move { keyring::patient_keys_under(conn, from, after, BATCH).await })
                })
                .await
                .map_err(Error::from)?;
            let Some((last, key)) = keys.last() else { return Ok(rewrapped) };
            after = (*last, key.version);
            let mut wrapped = Vec::with_capacity(keys.len());
            for (patient, key) in &keys {
                let (old, new) =
                    (patient_context(patient, key.version, from), patient_context(patient, key.version, to));
                if let Some(key) = self.rewrap(key, &old, &new).await? {
                    wrapped.push((*patient, key));
                } else {
                    tracing::error!(%patient, version = key.version, "a key of this patient does not open");
                }
            }
            let done = written(&self.store, from, wrapped).await?;
            rewrapped += done;
            progress.advance(done);
        }
    }

    /// The same key wrapped by another version of the root key, opened once to see that it can be. `None`: damaged.
    async fn rewrap(
        &self,
        key: &WrappedKey,
        old: &renkei_crypto::key::WrapContext<'_>,
        new: &renkei_crypto::key::WrapContext<'_>,
    ) -> Result<Option<WrappedKey>> {
        let root = self.keys.root.as_ref();
        let child = match root.unwrap(&key.wrapped, old).await {
            Err(RootKeyError::Damaged(_)) => return Ok(None),
            opened => opened.map_err(Error::internal)?,
        };
        let wrapped = root.wrap(&child, new, self.entropy.as_ref()).await.map_err(Error::internal)?;
        let opened = root.unwrap(&wrapped, new).await.map_err(Error::internal)?;
        if opened.expose() != child.expose() {
            return Err(Error::internal("a key that was wrapped anew does not open as it was"));
        }
        let root_version = new.parent_version;
        Ok(Some(WrappedKey { version: key.version, root_version, wrapped }))
    }
}

/// Stores keys that were wrapped anew, and then leaves the database to others for as long as that took.
async fn written(store: &Store, from: u32, keys: Vec<(PatientId, WrappedKey)>) -> Result<u64> {
    let begun = Instant::now();
    let done = store
        .write(move |tx| {
            Box::pin(async move {
                let mut done = 0;
                for (patient, key) in &keys {
                    done += u64::from(keyring::rewrap_patient_key(tx, *patient, from, key).await?);
                }
                Ok(done)
            })
        })
        .await
        .map_err(|error: StoreError| Error::from(error))?;
    give_way(begun).await;
    Ok(done)
}

/// Leaves the database to others for as long as the work since `begun` took.
pub(super) async fn give_way(begun: Instant) {
    tokio::time::sleep(begun.elapsed().min(Duration::from_secs(1))).await;
}
