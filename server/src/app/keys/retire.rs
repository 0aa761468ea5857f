//! The last steps of a rotation of the root key: the old versions are retired when nothing is wrapped by them any longer,
//! and then destroyed where they are kept.

use renkei_domain::audit::{Action, Maintenance, Operator};
use renkei_domain::{Error, Result};
use renkei_store::{StoreError, keyring, maintenance, root_key};

use super::opening;
use crate::app::App;

impl App {
    /// Retires the old versions if nothing is behind; how many keys are.
    pub(super) async fn retire(&self, operator: &Operator, old: &[u32], version: u32) -> Result<i64> {
        // what wraps everything from now on must be where it is kept, not only in our memory
        let root = self.keys.root.as_ref();
        root.reload().await.map_err(Error::internal)?;
        let rows = self.root_key_rows().await?;
        let held = root.versions().contains(&version);
        let (current, wrong) = opening::current(root, &rows).await.map_err(Error::internal)?;
        if let Some(wrong) = wrong {
            return Err(Error::internal(wrong));
        }
        if !held || current != Some(version) {
            return Err(Error::internal(format!(
                "version {version} of the root key is not kept in {}",
                root.place()
            )));
        }
        let now = self.now();
        let old: Vec<_> = old
            .iter()
            .map(|old| {
                let act = Maintenance::of_region(operator.clone(), Action::KeyRetire).of_key(*old);
                (*old, self.stamp(None), act)
            })
            .collect();
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    for (old, stamp, act) in &old {
                        root_key::retire(tx, *old, now).await?;
                        maintenance::append(tx, *stamp, act).await?;
                    }
                    match keyring::behind(tx, version).await? {
                        0 => root_key::raise_generation(tx).await.map(|()| 0).map_err(Retired::Failed),
                        behind => Err(Retired::Behind(behind)),
                    }
                })
            })
            .await
            .or_else(|kept| match kept {
                Retired::Behind(behind) => Ok(behind),
                Retired::Failed(error) => Err(error.into()),
            })
    }

    /// Puts on record that these versions are gone from where the root key is kept, and tells the servers. Not before
    /// they are: where the root key can only be read, they stay until the operator takes them away.
    pub(super) async fn announce_destroyed(&self, operator: &Operator, versions: &[u32]) -> Result<()> {
        let acts: Vec<_> = versions
            .iter()
            .map(|version| {
                let act = Maintenance::of_region(operator.clone(), Action::KeyDestroy).of_key(*version);
                (self.stamp(None), act)
            })
            .collect();
        let work = self.store.write(move |tx| {
            Box::pin(async move {
                for (stamp, act) in &acts {
                    maintenance::append(tx, *stamp, act).await?;
                }
                root_key::raise_generation(tx).await
            })
        });
        work.await.map_err(Error::from)
    }
}

/// Why nothing was retired.
enum Retired {
    Behind(i64),
    Failed(StoreError),
}

impl From<StoreError> for Retired {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}
