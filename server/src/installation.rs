//! An installation: the data folder with its keys and certificates, and the database that belongs to it.
//!
//! `init` makes one, `run` serves one, `doctor` looks at one; where things are and how they are opened is
//! said here once.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use renkei_crypto::OsEntropy;
use renkei_domain::{Timestamp, time::SystemClock};
use renkei_store::witness::Witness;
use renkei_store::{Blobs, DatabaseUrl, Options, S3Options, Store};
use zeroize::Zeroizing;

use crate::app::audit::Checkpoints;
use crate::app::keys::{HeldRootKeys, RootPlace};
use crate::app::{App, AppParts, Settings};
use crate::certs::{BroughtFiles, DeviceCa, ServerCertificate};
use crate::config::{Config, Keys, S3};
use crate::files;

/// Region of an installation that was not given one.
pub(crate) const USUAL_REGION: &str = "local";

/// Where the things of an installation are.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// The data folder.
    pub(crate) folder: PathBuf,
    /// The database.
    pub(crate) database: Options,
    /// The sealed attachments.
    pub(crate) blobs: BlobPlace,
    /// The root key.
    pub(crate) root: RootPlace,
}

/// Where the sealed attachments are.
#[derive(Clone, Debug)]
pub(crate) enum BlobPlace {
    /// A folder.
    Folder(PathBuf),
    /// A bucket.
    S3(S3),
}

impl Places {
    /// As configured.
    pub(crate) fn new(config: &Config) -> Self {
        let folder = config.data_dir.clone();
        let url = config.database_url();
        let blobs = match &config.s3.bucket {
            Some(_) => BlobPlace::S3(config.s3.clone()),
            None => BlobPlace::Folder(config.attachments.dir.clone().unwrap_or_else(|| folder.join("blobs"))),
        };
        Self {
            database: Options {
                url: url.unwrap_or_else(|| DatabaseUrl::Sqlite(folder.join("renkei.sqlite"))),
                max_connections: config.database.max_connections,
            },
            blobs,
            root: match &config.keys {
                Keys { root_credential: Some(name), .. } => RootPlace::Credential(credentials().join(name)),
                Keys { root_file: Some(file), .. } => RootPlace::File(file.clone()),
                _ => RootPlace::File(folder.join("root.key")),
            },
            folder,
        }
    }

    /// The same installation while its data folder still has another name.
    pub(crate) fn moved_to(&self, folder: &Path) -> Self {
        let moved = |path: &Path| match path.strip_prefix(&self.folder) {
            Ok(inside) => folder.join(inside),
            Err(_) => path.to_owned(),
        };
        let url = match &self.database.url {
            DatabaseUrl::Sqlite(path) => DatabaseUrl::Sqlite(moved(path)),
            url => url.clone(),
        };
        Self {
            folder: folder.to_owned(),
            database: Options { url, ..self.database.clone() },
            blobs: match &self.blobs {
                BlobPlace::Folder(path) => BlobPlace::Folder(moved(path)),
                s3 => s3.clone(),
            },
            root: match &self.root {
                RootPlace::File(path) => RootPlace::File(moved(path)),
                credential => credential.clone(),
            },
        }
    }

    /// Reads the root key.
    ///
    /// # Errors
    /// If there is none, if it is damaged, or if others than the owner may read it.
    pub(crate) fn read_root_key(&self) -> anyhow::Result<HeldRootKeys> {
        Ok(HeldRootKeys::open(self.root.clone())?)
    }

    /// Makes the attachments' folder if there is none, and is to be.
    pub(crate) fn create_blobs(&self) -> anyhow::Result<()> {
        match &self.blobs {
            BlobPlace::Folder(folder) if !folder.is_dir() => {
                files::create_folder(folder).with_context(|| folder.display().to_string())
            }
            _ => Ok(()),
        }
    }

    /// Opens the store of the sealed attachments. Nothing is asked of a bucket yet.
    ///
    /// # Errors
    /// If there is no such folder, or if the bucket's secret is missing or others may read it.
    pub(crate) fn open_blobs(&self) -> anyhow::Result<Blobs> {
        match &self.blobs {
            BlobPlace::Folder(folder) => Blobs::local(folder).context("the attachments' folder"),
            BlobPlace::S3(s3) => Blobs::s3(s3_options(s3)?).context("the attachments' bucket"),
        }
    }

    /// Where checkpoints go. Nothing is asked of a bucket yet.
    fn checkpoints(&self, config: &Config) -> anyhow::Result<Checkpoints> {
        let bucket = config.audit.checkpoint_bucket.as_ref().map(|bucket| {
            // an account for both, but nothing of the attachments' place
            let s3 = S3 { bucket: Some(bucket.clone()), prefix: String::new(), ..config.s3.clone() };
            Witness::s3(s3_options(&s3)?).context("the checkpoints' bucket")
        });
        Ok(Checkpoints {
            folder: config.audit.checkpoint_dir.clone(),
            bucket: bucket.transpose()?,
            every: Duration::from_secs(config.audit.checkpoint_minutes.saturating_mul(60)),
        })
    }

    /// Opens keys, certificates, database and attachments. The server certificate is issued anew if need be.
    pub(crate) async fn open(&self, config: &Config, now: Timestamp) -> anyhow::Result<Arc<App>> {
        let root_keys = self.read_root_key()?;
        let device_ca = DeviceCa::open(&self.folder)?;
        self.server_certificate(config).ensure(&device_ca.authority(), now)?;
        self.create_blobs()?;
        let store = Store::open(self.database.clone()).await.context("the database")?;
        self.open_app(config, root_keys, device_ca, store).await
    }

    /// The certificate that the server shows.
    pub(crate) fn server_certificate(&self, config: &Config) -> ServerCertificate {
        let (certificate, key) = (config.tls.certificate.clone(), config.tls.key.clone());
        let brought = certificate.zip(key).map(|(certificate, key)| BroughtFiles { certificate, key });
        ServerCertificate { folder: self.folder.clone(), names: config.host_names.clone(), brought }
    }

    /// Puts the parts together. Fails if the root key is not the one that sealed the stored keys.
    pub(crate) async fn open_app(
        &self,
        config: &Config,
        root_keys: HeldRootKeys,
        device_ca: DeviceCa,
        store: Store,
    ) -> anyhow::Result<Arc<App>> {
        let app = App::open(AppParts {
            store,
            blobs: self.open_blobs()?,
            root_keys: Arc::new(root_keys),
            device_ca,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            settings: Settings {
                region: config.region.clone(),
                host_name: config.host_names.first().cloned().unwrap_or_else(|| "localhost".to_owned()),
                access: Duration::from_secs(config.sessions.access_seconds),
                idle: Duration::from_secs(config.sessions.idle_seconds),
                absolute: Duration::from_secs(config.sessions.absolute_seconds),
                totp: config.login.totp,
                step_up: Duration::from_secs(config.sessions.step_up_seconds),
                attachment_max_bytes: config.attachments.max_bytes,
                organization_quota_bytes: i64::try_from(config.attachments.organization_quota_bytes)
                    .unwrap_or(i64::MAX),
                concurrent_logins: config.limits.concurrent_logins as usize,
                checkpoints: self.checkpoints(config)?,
                retention_years: config.retention.years,
            },
        });
        app.await.map_err(explained)
    }
}

fn s3_options(s3: &S3) -> anyhow::Result<S3Options> {
    let file = s3.secret_access_key_file.as_ref().context("s3.secret_access_key_file is not set")?;
    let shown = file.display();
    let (mode, private) = files::mode(file).with_context(|| shown.to_string())?;
    if !private {
        bail!("{shown} has mode {mode:04o}: others may read the secret; chmod 600 it");
    }
    let secret = Zeroizing::new(std::fs::read_to_string(file).with_context(|| shown.to_string())?);
    let secret = secret.trim();
    if secret.is_empty() {
        bail!("{shown} is empty");
    }
    Ok(S3Options {
        bucket: s3.bucket.clone().context("s3.bucket is not set")?,
        prefix: s3.prefix.clone(),
        endpoint: s3.endpoint.clone(),
        region: s3.region.clone(),
        allow_http: s3.allow_http,
        access_key_id: s3.access_key_id.clone().context("s3.access_key_id is not set")?,
        secret_access_key: secret.to_owned(),
    })
}

/// The folder in which systemd lays out a service's credentials. Elsewhere there is none, and the path tells it.
fn credentials() -> PathBuf {
    std::env::var_os("CREDENTIALS_DIRECTORY").map_or_else(|| "$CREDENTIALS_DIRECTORY".into(), PathBuf::from)
}

/// An error of the use cases, by the half that only the operator sees if there is one.
pub(crate) fn explained(error: renkei_domain::Error) -> anyhow::Error {
    match error.internal_text() {
        Some(text) => anyhow::anyhow!(text),
        None => error.into(),
    }
}
