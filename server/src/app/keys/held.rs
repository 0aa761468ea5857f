//! The root key in our own memory, read from a file or from a systemd credential.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use futures::future::{self, BoxFuture, FutureExt as _};
use renkei_crypto::Entropy;
use renkei_crypto::key::{self, Key, WrapContext};
use zeroize::Zeroizing;

use super::file;
use super::root::{RootKeyError, RootKeys, RootResult};
use crate::files;

/// How long a version that is gone can still be used: longer than a call that has read what it wraps.
pub(super) const GRACE: Duration = Duration::from_secs(60);

/// Where the root key is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RootPlace {
    /// A file that is ours to write.
    File(PathBuf),
    /// A credential that systemd lays out for the service, to be read only.
    Credential(PathBuf),
}

impl RootPlace {
    /// The file that is read.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Credential(path) => path,
        }
    }

    fn read(&self) -> Result<BTreeMap<u32, Key>, String> {
        let path = self.path();
        let shown = path.display();
        let missing = match self {
            Self::File(_) => "`renkei-server init` makes a new installation",
            Self::Credential(_) => "systemd lays it out by LoadCredential= or LoadCredentialEncrypted=",
        };
        let (mode, private) = files::mode(path)
            .map_err(|error| format!("the root key {shown} is missing ({error}); {missing}"))?;
        // systemd closes the folder, and lets ACLs show in a credential's mode
        if !private && matches!(self, Self::File(_)) {
            return Err(format!("{shown} has mode {mode:04o}: others may read it; chmod 600 it"));
        }
        let length = fs::metadata(path).map_err(|error| format!("{shown}: {error}"))?.len();
        if length > file::MAX_LEN {
            return Err(format!("{shown} is too long for a root key"));
        }
        let content = fs::read(path).map(Zeroizing::new).map_err(|error| format!("{shown}: {error}"))?;
        file::parse(&content).map_err(|error| format!("{shown}: {error}"))
    }
}

/// A version in memory.
struct Held {
    key: Key,
    /// When it was found to be no longer where it is kept.
    gone_since: Option<Instant>,
}

/// The root key in memory.
pub(crate) struct HeldRootKeys {
    place: RootPlace,
    held: RwLock<BTreeMap<u32, Held>>,
}

impl HeldRootKeys {
    /// Reads all versions.
    ///
    /// # Errors
    /// If there are none, if they are damaged, or if others than the owner may read them.
    pub(crate) fn open(place: RootPlace) -> RootResult<Self> {
        let keys = Self { place, held: RwLock::default() };
        keys.read_again()?;
        Ok(keys)
    }

    fn read_again(&self) -> RootResult<()> {
        let found = self.place.read().map_err(RootKeyError::Unusable)?;
        let now = Instant::now();
        let mut held = self.held_to_write();
        for (version, held) in held.iter_mut() {
            if !found.contains_key(version) {
                held.gone_since.get_or_insert(now);
            }
        }
        held.retain(|_, held| held.gone_since.is_none_or(|gone| now.duration_since(gone) < GRACE));
        held.extend(found.into_iter().map(|(version, key)| (version, Held { key, gone_since: None })));
        Ok(())
    }

    fn key(&self, version: u32) -> RootResult<Key> {
        let held = self.held().get(&version).map(|held| held.key.clone());
        held.ok_or_else(|| RootKeyError::Missing { place: self.place(), version })
    }

    /// Writes what is there now, changed by `change`, in one step.
    fn rewrite(&self, change: impl FnOnce(&mut BTreeMap<u32, Key>)) -> RootResult<()> {
        let RootPlace::File(path) = &self.place else { return Ok(()) };
        // not what we remember: it may have been put there since
        let mut keys = self.place.read().map_err(RootKeyError::Unusable)?;
        change(&mut keys);
        let text = file::written(keys.iter().map(|(version, key)| (*version, key)));
        files::replace(path, text.as_bytes())
            .map_err(|error| RootKeyError::Unusable(format!("{}: {error}", path.display())))?;
        self.read_again()
    }

    fn held(&self) -> RwLockReadGuard<'_, BTreeMap<u32, Held>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn held_to_write(&self) -> RwLockWriteGuard<'_, BTreeMap<u32, Held>> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RootKeys for HeldRootKeys {
    fn place(&self) -> String {
        match &self.place {
            RootPlace::File(path) => path.display().to_string(),
            RootPlace::Credential(path) => format!("the credential {}", path.display()),
        }
    }

    fn versions(&self) -> Vec<u32> {
        self.held()
            .iter()
            .filter(|(_, held)| held.gone_since.is_none())
            .map(|(version, _)| *version)
            .collect()
    }

    fn commitment(&self, version: u32) -> BoxFuture<'_, RootResult<Vec<u8>>> {
        let key = self.key(version);
        future::ready(key.map(|key| key::derive(&key, "root-key-commitment").expose().to_vec())).boxed()
    }

    fn wrap<'a>(
        &'a self,
        child: &'a Key,
        context: &'a WrapContext<'a>,
        entropy: &'a dyn Entropy,
    ) -> BoxFuture<'a, RootResult<Vec<u8>>> {
        let key = self.key(context.parent_version);
        future::ready(key.map(|key| key::wrap(&key, child, context, entropy))).boxed()
    }

    fn unwrap<'a>(
        &'a self,
        wrapped: &'a [u8],
        context: &'a WrapContext<'a>,
    ) -> BoxFuture<'a, RootResult<Key>> {
        let version = context.parent_version;
        let opened = self
            .key(version)
            .and_then(|key| key::unwrap(&key, wrapped, context).map_err(|_| RootKeyError::Damaged(version)));
        future::ready(opened).boxed()
    }

    fn reload(&self) -> BoxFuture<'_, RootResult<()>> {
        future::ready(self.read_again()).boxed()
    }

    fn create<'a>(&'a self, version: u32, entropy: &'a dyn Entropy) -> BoxFuture<'a, RootResult<()>> {
        let created = match &self.place {
            RootPlace::File(_) => {
                let key = Key::random(entropy);
                // one that is there already, of a try that was broken off, stays: something may be wrapped by it
                self.rewrite(|keys| _ = keys.entry(version).or_insert(key))
            }
            RootPlace::Credential(path) => Err(RootKeyError::Unusable(format!(
                "{} can only be read here. Put a new version into the credential, in a line of its own behind the \
                 old ones, `{version}:` followed by 64 random hexadecimal digits (a credential of 32 bytes first \
                 becomes the line `1:` with its 64 digits); let every server of this database start again with \
                 it; then run this command again, with the same credential",
                path.display()
            ))),
        };
        future::ready(created).boxed()
    }

    fn destroy<'a>(&'a self, versions: &'a [u32]) -> BoxFuture<'a, RootResult<bool>> {
        let is_file = matches!(self.place, RootPlace::File(_));
        let rewritten = self.rewrite(|keys| keys.retain(|version, _| !versions.contains(version)));
        future::ready(rewritten.map(|()| is_file)).boxed()
    }
}

#[cfg(test)]
#[path = "held_tests.rs"]
mod tests;
