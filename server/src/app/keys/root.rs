//! What the server asks of whatever holds the root key: a file, a credential, or one day a key service that never
//! gives it away.

use futures::future::BoxFuture;
use renkei_crypto::Entropy;
use renkei_crypto::key::{Key, WrapContext};
use renkei_domain::{Error, Reason};

/// Why the root key was of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RootKeyError {
    /// This version is not held, or not any longer.
    #[error("{place} does not hold version {version} of the root key")]
    Missing {
        /// Where it was looked for.
        place: String,
        /// Which.
        version: u32,
    },
    /// What was wrapped does not open under this version.
    #[error("a key does not open under version {0} of the root key")]
    Damaged(u32),
    /// Where the root key is kept cannot be read, or what is there makes no sense.
    #[error("{0}")]
    Unusable(String),
}

impl From<RootKeyError> for Error {
    fn from(error: RootKeyError) -> Self {
        match error {
            RootKeyError::Damaged(_) => Self::new(Reason::StoredDataDamaged).because(error),
            // what is sealed is good: whoever holds the root key does not answer, or has not got it yet
            RootKeyError::Missing { .. } | RootKeyError::Unusable(_) => Self::new(Reason::StorageUnavailable)
                .because(error)
                .retry_after(std::time::Duration::from_secs(1)),
        }
    }
}

/// Result of whatever asks the holder of the root key.
pub(crate) type RootResult<T> = Result<T, RootKeyError>;

/// The holder of the root key. Versions count from 1; which one is current the database says. Each call may go over
/// a network; a patient's key that nobody remembers is opened inside the transaction that needs it all the same.
pub(crate) trait RootKeys: Send + Sync {
    /// Where the root key is kept, for people.
    fn place(&self) -> String;

    /// The versions that are held there, ascending.
    fn versions(&self) -> Vec<u32>;

    /// What tells whether a key is this version, and nothing of the key; 32 bytes.
    fn commitment(&self, version: u32) -> BoxFuture<'_, RootResult<Vec<u8>>>;

    /// Wraps `child` under the version that the context names as its parent.
    fn wrap<'a>(
        &'a self,
        child: &'a Key,
        context: &'a WrapContext<'a>,
        entropy: &'a dyn Entropy,
    ) -> BoxFuture<'a, RootResult<Vec<u8>>>;

    /// Opens what [`RootKeys::wrap`] wrapped.
    fn unwrap<'a>(
        &'a self,
        wrapped: &'a [u8],
        context: &'a WrapContext<'a>,
    ) -> BoxFuture<'a, RootResult<Key>>;

    /// Looks again at what is held. A version that is gone can be used for another minute: somebody may have read
    /// just before what it wraps.
    fn reload(&self) -> BoxFuture<'_, RootResult<()>>;

    /// Makes a new version beside the others. When this returns it is durable.
    fn create<'a>(&'a self, version: u32, entropy: &'a dyn Entropy) -> BoxFuture<'a, RootResult<()>>;

    /// Takes versions away for good. Says whether they are gone: what is held elsewhere the operator takes away.
    fn destroy<'a>(&'a self, versions: &'a [u32]) -> BoxFuture<'a, RootResult<bool>>;
}
