//! The sealed bytes of attachments in a bucket of an S3-compatible store.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};

use super::Blobs;
use crate::StoreError;

/// A bucket, and who may use it. Has no `Debug`: it holds a secret.
pub struct S3Options {
    /// Name of the bucket, which is there.
    pub bucket: String,
    /// What the objects' names begin with, without slashes at its ends; empty: nothing.
    pub prefix: String,
    /// URL of the store; none: that of AWS in the region.
    pub endpoint: Option<String>,
    /// Region, which is signed; stores that have none take any.
    pub region: String,
    /// Whether an endpoint without TLS is used.
    pub allow_http: bool,
    /// The account.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
}

/// Time for a connection, with its TLS handshake.
const CONNECT: Duration = Duration::from_secs(5);
/// Time for a request with its answer, of 8 MiB at most: 2.3 Mbit/s.
const REQUEST: Duration = Duration::from_secs(30);
/// No further attempt begins after this, so that a call ends within 90 s whatever happens.
const RETRY: Duration = Duration::from_secs(60);
/// Five attempts: over within seconds where nobody answers.
const RETRIES: usize = 4;

impl Blobs {
    /// A bucket of an S3-compatible store. Nothing is asked of it yet.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for options that can not be: an endpoint that is no URL, or one without TLS that was
    /// not allowed.
    pub fn s3(options: S3Options) -> Result<Self, StoreError> {
        Ok(Self { store: Arc::new(open(options)?), folder: None })
    }

    /// Looks whether the store answers and lets us in; changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Refused`] with the reason, for the operator.
    pub async fn reach(&self) -> Result<(), StoreError> {
        match self.store.list(None).next().await {
            None | Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(StoreError::Refused(error.to_string())),
        }
    }
}

/// The bucket. Nothing is asked of it yet.
///
/// # Errors
/// As [`Blobs::s3`].
pub(crate) fn open(options: S3Options) -> Result<PrefixStore<AmazonS3>, StoreError> {
    let refused = |error| StoreError::Refused(format!("the bucket can not be used: {error}"));
    if !options.allow_http && options.endpoint.as_ref().is_some_and(|url| !url.starts_with("https://")) {
        return Err(refused("its endpoint is without TLS, which is not allowed".to_owned()));
    }
    let client = ClientOptions::new()
        .with_allow_http(options.allow_http)
        .with_connect_timeout(CONNECT)
        .with_timeout(REQUEST);
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(2),
        base: 2.0,
    };
    let mut builder = AmazonS3Builder::new()
        .with_client_options(client)
        .with_retry(RetryConfig { backoff, max_retries: RETRIES, retry_timeout: RETRY })
        .with_bucket_name(options.bucket)
        .with_region(options.region)
        .with_access_key_id(options.access_key_id)
        .with_secret_access_key(options.secret_access_key);
    if let Some(endpoint) = options.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    let store = builder.build().map_err(|error| refused(error.to_string()))?;
    Ok(PrefixStore::new(store, ObjectPath::from(options.prefix)))
}

#[cfg(test)]
#[path = "s3_tests.rs"]
mod tests;
