//! Versions of the root key, by commitment, and the number that tells whoever remembers keys that they changed.

use renkei_domain::Timestamp;

use crate::row::timestamp;
use crate::sql::{run, statements};
use crate::{Conn, StoreError, Tx, dialect};

statements! {
    ALL = "SELECT version, commitment, created_at, retired_at FROM root_key ORDER BY version";
    INSERT = "INSERT INTO root_key (version, commitment, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    RETIRE = "UPDATE root_key SET retired_at = $2 WHERE version = $1 AND retired_at IS NULL";
    GENERATION = "SELECT generation FROM key_state WHERE key_state_id = 1";
    RAISE_GENERATION = "UPDATE key_state SET generation = generation + 1 WHERE key_state_id = 1";
}

/// A version of the root key. The key itself is elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootKey {
    /// Its number, from 1.
    pub version: u32,
    /// Derived from the key: tells whether a key is this version.
    pub commitment: Vec<u8>,
    /// Since when it wraps keys.
    pub created_at: Timestamp,
    /// Since when it wraps none.
    pub retired_at: Option<Timestamp>,
}

/// All versions that there ever were, oldest first.
///
/// # Errors
/// As every query.
pub async fn all(conn: &mut Conn) -> Result<Vec<RootKey>, StoreError> {
    run!(conn, all (i64, Vec<u8>, i64, Option<i64>): ALL)?
        .into_iter()
        .map(|(version, commitment, created_at, retired_at)| {
            Ok(RootKey {
                version: number(version)?,
                commitment,
                created_at: Timestamp(created_at),
                retired_at: timestamp(retired_at),
            })
        })
        .collect()
}

/// Stores a version, unless it is there: then the commitment that is there stays.
///
/// # Errors
/// As every query.
pub async fn insert(tx: &mut Tx, version: u32, commitment: &[u8], now: Timestamp) -> Result<(), StoreError> {
    run!(tx, INSERT, i64::from(version), commitment, now.0)?;
    Ok(())
}

/// Keeps the version from being retired until the transaction ends. Whoever stores a key that it wraps asks first;
/// `false`: it is retired or unknown, and nothing may be wrapped by it any longer.
///
/// # Errors
/// As every query.
pub async fn hold(tx: &mut Tx, version: u32) -> Result<bool, StoreError> {
    dialect::hold_root_key(tx, version).await
}

/// Retires the version; says whether it was in use. Returns after all who hold it have stored their keys: what is
/// counted behind it in the same transaction is all that there is.
///
/// # Errors
/// As every query.
pub async fn retire(tx: &mut Tx, version: u32, now: Timestamp) -> Result<bool, StoreError> {
    Ok(run!(tx, RETIRE, i64::from(version), now.0)? == 1)
}

/// Counts the changes of keys.
///
/// # Errors
/// As every query.
pub async fn generation(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(run!(conn, one (i64,): GENERATION)?.0)
}

/// Tells whoever remembers keys to look again. To be called in the transaction that changes them.
///
/// # Errors
/// As every query.
pub async fn raise_generation(tx: &mut Tx) -> Result<(), StoreError> {
    run!(tx, RAISE_GENERATION)?;
    Ok(())
}

pub(crate) fn number(n: i64) -> Result<u32, StoreError> {
    u32::try_from(n).map_err(|_| StoreError::Corrupt("key version"))
}
