//! Opening the server's own keys at the start, and telling a root key that is not the database's.

use renkei_crypto::key::Key;
use renkei_crypto::{Entropy, random};
use renkei_domain::audit::{Action, Maintenance, Operator};
use renkei_domain::id::{AuditEventId, uuid_v7};
use renkei_domain::{Clock, Error, Result, Timestamp};
use renkei_store::audit::Stamp;
use renkei_store::keyring::{self, WrappedKey};
use renkei_store::root_key::{self, RootKey};
use renkei_store::{Store, StoreError, maintenance};

use super::root::{RootKeyError, RootKeys, RootResult};
use super::{Known, server_context};

/// What the server's own keys are for.
const PURPOSES: [&str; 7] =
    ["index", "page-token", "enrollment", "request", "password-pepper", "audit-signing", "totp-seed"];
/// How often a rotation beside may come between.
const TRIES: usize = 8;

/// Compares the root key with what the database knows of it; a database that knows nothing yet is told.
pub(super) async fn settle_root(
    store: &Store,
    root: &dyn RootKeys,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Known> {
    let (mut rows, server_keys) = store
        .read(|conn| {
            Box::pin(async move { Ok((root_key::all(conn).await?, keyring::server_keys(conn).await?)) })
        })
        .await
        .map_err(|error: StoreError| Error::from(error))?;
    if rows.is_empty() {
        rows = first_row(store, root, &server_keys, clock, entropy).await?;
    }
    let (current, missing) = current(root, &rows).await.map_err(Error::internal)?;
    if let Some(missing) = missing {
        return Err(Error::internal(missing));
    }
    let generation = store
        .look(|conn| Box::pin(async move { root_key::generation(conn).await }))
        .await
        .map_err(Error::from)?;
    let current = current.ok_or_else(|| Error::internal("every version of the root key is retired"))?;
    Ok(Known { current, generation })
}

/// Notes the version of the root key that wraps everything there is. Where something is there, it must open it:
/// a wrong root key must not become the database's.
async fn first_row(
    store: &Store,
    root: &dyn RootKeys,
    server_keys: &[(String, WrappedKey)],
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Vec<RootKey>> {
    let newest = root.versions().last().copied().unwrap_or(1);
    let version = server_keys.first().map_or(newest, |(_, key)| key.root_version);
    for (purpose, key) in server_keys {
        let context = server_context(purpose, key.version, key.root_version);
        root.unwrap(&key.wrapped, &context).await.map_err(|error| match error {
            RootKeyError::Damaged(version) => {
                Error::internal(not_ours(root, version, &format!("does not open the key {purpose}")))
            }
            error => Error::internal(error),
        })?;
    }
    let (commitment, now) = (root.commitment(version).await.map_err(Error::internal)?, clock.now());
    let (stamp, act) = made(now, entropy);
    let act = act.of_key(version);
    store
        .write(move |tx| {
            Box::pin(async move {
                let is_first = root_key::all(tx).await?.is_empty();
                root_key::insert(tx, version, &commitment, now).await?;
                if is_first {
                    maintenance::append(tx, stamp, &act).await?;
                }
                root_key::all(tx).await
            })
        })
        .await
        .map_err(|error: StoreError| Error::from(error))
}

/// That the server made a key by itself.
fn made(now: Timestamp, entropy: &dyn Entropy) -> (Stamp, Maintenance) {
    let id = AuditEventId(uuid_v7(now, random(entropy)));
    let act = Maintenance::of_region(Operator::server(), Action::KeyCreate);
    (Stamp { id, time: now, session: None, service: None }, act)
}

fn not_ours(root: &dyn RootKeys, version: u32, why: &str) -> String {
    format!(
        "version {version} of the root key in {} {why}: it is not this database's root key, or the database is not \
         this installation's",
        root.place()
    )
}

/// The newest version in use that is held, and what is wrong with the first that is in use and not held.
pub(super) async fn current(
    root: &dyn RootKeys,
    rows: &[RootKey],
) -> RootResult<(Option<u32>, Option<RootKeyError>)> {
    let (mut current, mut wrong) = (None, None);
    for row in rows.iter().filter(|row| row.retired_at.is_none()) {
        let version = row.version;
        match root.commitment(version).await {
            Ok(commitment) if commitment == row.commitment => current = Some(version),
            Ok(_) => {
                let text =
                    not_ours(root, version, "is another key than the one that wrapped the stored keys");
                wrong = wrong.or(Some(RootKeyError::Unusable(text)));
            }
            Err(error @ RootKeyError::Missing { .. }) => {
                let text =
                    format!("{error}, which this database needs; put it back from the copy that was kept");
                wrong = wrong.or(Some(RootKeyError::Unusable(text)));
            }
            Err(error) => return Err(error),
        }
    }
    Ok((current, wrong))
}

/// The server's own keys, in the order of [`PURPOSES`]. Those that do not exist yet are made.
pub(super) async fn server_keys(
    store: &Store,
    root: &dyn RootKeys,
    current: u32,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<[Key; 7]> {
    let mut stored = read(store).await?;
    let now = clock.now();
    let mut fresh: Vec<(&'static str, WrappedKey)> = Vec::new();
    for purpose in PURPOSES.iter().copied().filter(|purpose| !stored.iter().any(|(it, _)| it == purpose)) {
        let context = server_context(purpose, 1, current);
        let wrapped = root.wrap(&Key::random(entropy), &context, entropy).await?;
        fresh.push((purpose, WrappedKey { version: 1, root_version: current, wrapped }));
    }
    if !fresh.is_empty() {
        // keys of the server's own have no version that anybody could look up: one event says that there are new ones
        let (stamp, act) = made(now, entropy);
        // another node may do the same at the same time: the first wins, so all are read back
        stored = store
            .write(move |tx| {
                Box::pin(async move {
                    if !root_key::hold(tx, current).await? {
                        return Err(StoreError::EpochChanged);
                    }
                    for (purpose, wrapped) in &fresh {
                        keyring::insert_server_key(tx, purpose, wrapped, now).await?;
                    }
                    maintenance::append(tx, stamp, &act).await?;
                    keyring::server_keys(tx).await
                })
            })
            .await
            .map_err(Error::from)?;
    }
    for _ in 0..TRIES {
        match opened(root, &stored).await {
            // wrapped anew by a rotation since the root key was read
            Err(RootKeyError::Missing { .. }) => root.reload().await.map_err(Error::internal)?,
            Err(error) => return Err(Error::internal(error)),
            Ok(keys) => {
                return keys.try_into().map_err(|_| Error::internal("a key of the server is missing"));
            }
        }
        stored = read(store).await?;
    }
    Err(Error::internal("the root key changes faster than it can be read"))
}

async fn read(store: &Store) -> Result<Vec<(String, WrappedKey)>> {
    store.look(|conn| Box::pin(async move { keyring::server_keys(conn).await })).await.map_err(Error::from)
}

async fn opened(root: &dyn RootKeys, stored: &[(String, WrappedKey)]) -> RootResult<Vec<Key>> {
    let mut keys = Vec::with_capacity(PURPOSES.len());
    for purpose in PURPOSES {
        if let Some((_, wrapped)) = stored.iter().find(|(it, _)| it == purpose) {
            let context = server_context(purpose, wrapped.version, wrapped.root_version);
            keys.push(root.unwrap(&wrapped.wrapped, &context).await?);
        }
    }
    Ok(keys)
}
