//! What the operator can set: defaults, then the TOML file, then the environment, then flags.
//!
//! [`load()`] promises: either a configuration with which the server can run, or every problem at once.
//! Keys that nobody knows are problems, too: a misspelt limit must not silently be the default.
//! `sample.toml` tells what each key means; a test keeps it in step.

mod check;
mod keys;
mod load;
mod show;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use renkei_store::DatabaseUrl;
use serde::{Deserialize, Serialize};

pub(crate) use load::{Flags, Loaded, Problems, load};

/// The commented sample of a configuration file: all keys, with their defaults.
pub(crate) const SAMPLE: &str = include_str!("sample.toml");

/// The configuration in force.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) region: Option<String>,
    pub(crate) data_dir: PathBuf,
    pub(crate) listen: String,
    pub(crate) host_names: Vec<String>,
    pub(crate) tls: Tls,
    pub(crate) database: Database,
    pub(crate) attachments: Attachments,
    pub(crate) keys: Keys,
    pub(crate) retention: Retention,
    pub(crate) audit: Audit,
    pub(crate) s3: S3,
    pub(crate) login: Login,
    pub(crate) sessions: Sessions,
    pub(crate) limits: Limits,
    pub(crate) log: Log,
    pub(crate) development: Development,
}

/// The server certificate that the operator brought, if there is one.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    pub(crate) url: Option<SecretUrl>,
    pub(crate) max_connections: u32,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attachments {
    pub(crate) dir: Option<PathBuf>,
    pub(crate) max_bytes: u64,
    pub(crate) organization_quota_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keys {
    pub(crate) root_file: Option<PathBuf>,
    pub(crate) root_credential: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retention {
    pub(crate) years: u16,
}

/// Where checkpoints of the audit log are laid down, and how often.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Audit {
    pub(crate) checkpoint_dir: Option<PathBuf>,
    pub(crate) checkpoint_bucket: Option<String>,
    pub(crate) checkpoint_minutes: u64,
}

/// Where attachments are if there is a bucket. The secret itself is never in the configuration.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct S3 {
    pub(crate) bucket: Option<String>,
    pub(crate) prefix: String,
    pub(crate) endpoint: Option<String>,
    pub(crate) allow_http: bool,
    pub(crate) region: String,
    pub(crate) access_key_id: Option<String>,
    pub(crate) secret_access_key_file: Option<PathBuf>,
}

/// How people log in.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    pub(crate) totp: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sessions {
    pub(crate) access_seconds: u64,
    pub(crate) idle_seconds: u64,
    pub(crate) absolute_seconds: u64,
    pub(crate) step_up_seconds: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    pub(crate) max_connections: u32,
    pub(crate) max_connections_per_address: u32,
    pub(crate) max_streams: u32,
    pub(crate) max_calls: u32,
    pub(crate) concurrent_logins: u32,
    pub(crate) handshake_seconds: u64,
    pub(crate) unary_seconds: u64,
    pub(crate) keepalive_seconds: u64,
    pub(crate) keepalive_timeout_seconds: u64,
    pub(crate) connection_age_seconds: u64,
    pub(crate) header_list_bytes: u32,
    pub(crate) shutdown_seconds: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) level: Level,
    pub(crate) format: Format,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Development {
    pub(crate) reflection: bool,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Level {
    /// As it is written.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    Json,
    Text,
}

/// A database URL, which may hold a password: it is never printed.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct SecretUrl(String);

impl std::fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[database URL]")
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            region: None,
            data_dir: PathBuf::from("./renkei-data"),
            listen: "127.0.0.1:7443".to_owned(),
            host_names: Vec::new(),
            tls: Tls { certificate: None, key: None },
            database: Database { url: None, max_connections: 16 },
            attachments: Attachments {
                dir: None,
                max_bytes: 2 * 1024 * 1024 * 1024,
                organization_quota_bytes: 100 * 1024 * 1024 * 1024,
            },
            keys: Keys { root_file: None, root_credential: None },
            retention: Retention { years: 5 },
            audit: Audit { checkpoint_dir: None, checkpoint_bucket: None, checkpoint_minutes: 60 },
            s3: S3 {
                bucket: None,
                prefix: String::new(),
                endpoint: None,
                allow_http: false,
                region: "us-east-1".to_owned(),
                access_key_id: None,
                secret_access_key_file: None,
            },
            login: Login { totp: false },
            sessions: Sessions {
                access_seconds: 600,
                idle_seconds: 1800,
                absolute_seconds: 43200,
                step_up_seconds: 300,
            },
            limits: Limits {
                max_connections: 2000,
                max_connections_per_address: 50,
                max_streams: 100,
                max_calls: 512,
                concurrent_logins: 8,
                handshake_seconds: 5,
                unary_seconds: 30,
                keepalive_seconds: 30,
                keepalive_timeout_seconds: 10,
                connection_age_seconds: 3600,
                header_list_bytes: 8192,
                shutdown_seconds: 25,
            },
            log: Log { level: Level::Info, format: Format::Json },
            development: Development { reflection: false },
        }
    }
}

impl Config {
    /// The database, if the configuration names one.
    pub(crate) fn database_url(&self) -> Option<DatabaseUrl> {
        self.database.url.as_ref().and_then(|url| DatabaseUrl::parse(&url.0).ok())
    }
}

impl Limits {
    /// How long a handshake may take.
    pub(crate) fn handshake(&self) -> Duration {
        Duration::from_secs(self.handshake_seconds)
    }

    /// How long a call that is no stream may take.
    pub(crate) fn unary(&self) -> Duration {
        Duration::from_secs(self.unary_seconds)
    }

    /// How long calls have to end after SIGTERM.
    pub(crate) fn shutdown(&self) -> Duration {
        Duration::from_secs(self.shutdown_seconds)
    }
}
