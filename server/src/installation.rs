//! An installation: the data folder with its keys and certificates, and the database that belongs to it.
//!
//! `init` makes one, `run` serves one, `doctor` looks at one; where things are and how they are opened is
//! said here once.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use renkei_crypto::OsEntropy;
use renkei_domain::{Timestamp, time::SystemClock};
use renkei_store::{Blobs, DatabaseUrl, Options, Store};
use rustls::pki_types::CertificateDer;

use crate::app::keys::{HeldRootKeys, RootPlace};
use crate::app::{App, AppParts, Settings};
use crate::certs::{DeviceCa, ensure_server_certificate};
use crate::config::{Config, Keys};
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
    /// The folder of the sealed attachments.
    pub(crate) blobs: PathBuf,
    /// The root key.
    pub(crate) root: RootPlace,
}

impl Places {
    /// As configured.
    pub(crate) fn new(config: &Config) -> Self {
        let folder = config.data_dir.clone();
        let url = config.database_url();
        Self {
            database: Options {
                url: url.unwrap_or_else(|| DatabaseUrl::Sqlite(folder.join("renkei.sqlite"))),
                max_connections: config.database.max_connections,
            },
            blobs: config.attachments.dir.clone().unwrap_or_else(|| folder.join("blobs")),
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
            blobs: moved(&self.blobs),
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

    /// Makes the attachments' folder if there is none.
    pub(crate) fn create_blobs(&self) -> anyhow::Result<()> {
        if self.blobs.is_dir() {
            return Ok(());
        }
        files::create_folder(&self.blobs).with_context(|| self.blobs.display().to_string())
    }

    /// Opens keys, certificates, database and attachments. The server certificate is issued anew if need be.
    pub(crate) async fn open(&self, config: &Config, now: Timestamp) -> anyhow::Result<Opened> {
        let root_keys = self.read_root_key()?;
        let device_ca = DeviceCa::open(&self.folder)?;
        ensure_server_certificate(&self.folder, &device_ca, &config.host_names, now)?;
        self.create_blobs()?;
        let ca = CertificateDer::from(device_ca.certificate_der().to_vec());
        let store = Store::open(self.database.clone()).await.context("the database")?;
        let app = self.open_app(config, root_keys, device_ca, store).await?;
        Ok(Opened { app, ca })
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
            blobs: Blobs::local(&self.blobs).context("the attachments' folder")?,
            root_keys: Arc::new(root_keys),
            device_ca,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            settings: Settings {
                access: Duration::from_secs(config.sessions.access_seconds),
                idle: Duration::from_secs(config.sessions.idle_seconds),
                absolute: Duration::from_secs(config.sessions.absolute_seconds),
                attachment_max_bytes: config.attachments.max_bytes,
                organization_quota_bytes: config.attachments.organization_quota_bytes,
                concurrent_logins: config.limits.concurrent_logins as usize,
                retention_years: config.retention.years,
            },
        });
        app.await.map_err(explained)
    }
}

/// The folder in which systemd lays out a service's credentials. Elsewhere there is none, and the path tells it.
fn credentials() -> PathBuf {
    std::env::var_os("CREDENTIALS_DIRECTORY").map_or_else(|| "$CREDENTIALS_DIRECTORY".into(), PathBuf::from)
}

/// An installation at work.
pub(crate) struct Opened {
    /// The use cases.
    pub(crate) app: Arc<App>,
    /// The CA's certificate.
    pub(crate) ca: CertificateDer<'static>,
}

/// An error of the use cases, by the half that only the operator sees if there is one.
pub(crate) fn explained(error: renkei_domain::Error) -> anyhow::Error {
    match error.internal_text() {
        Some(text) => anyhow::anyhow!(text),
        None => error.into(),
    }
}
