//! Every key with its kind: what the environment's texts are read as, and what the file is held to.

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Switch,
    List,
}

impl Kind {
    /// For "… must be …".
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Number => "a whole number, 0 or more",
            Self::Switch => "true or false",
            Self::List => "a list of texts",
        }
    }
}

/// All keys, in the order of the sample.
pub(super) const KEYS: &[(&str, Kind)] = &[
    ("region", Kind::Text),
    ("data_dir", Kind::Text),
    ("listen", Kind::Text),
    ("host_names", Kind::List),
    ("tls.certificate", Kind::Text),
    ("tls.key", Kind::Text),
    ("database.url", Kind::Text),
    ("database.max_connections", Kind::Number),
    ("attachments.dir", Kind::Text),
    ("attachments.max_bytes", Kind::Number),
    ("attachments.organization_quota_bytes", Kind::Number),
    ("keys.root_file", Kind::Text),
    ("keys.root_credential", Kind::Text),
    ("retention.years", Kind::Number),
    ("audit.checkpoint_dir", Kind::Text),
    ("audit.checkpoint_bucket", Kind::Text),
    ("audit.checkpoint_minutes", Kind::Number),
    ("s3.bucket", Kind::Text),
    ("s3.prefix", Kind::Text),
    ("s3.endpoint", Kind::Text),
    ("s3.allow_http", Kind::Switch),
    ("s3.region", Kind::Text),
    ("s3.access_key_id", Kind::Text),
    ("s3.secret_access_key_file", Kind::Text),
    ("login.totp", Kind::Switch),
    ("sessions.access_seconds", Kind::Number),
    ("sessions.idle_seconds", Kind::Number),
    ("sessions.absolute_seconds", Kind::Number),
    ("sessions.step_up_seconds", Kind::Number),
    ("limits.max_connections", Kind::Number),
    ("limits.max_connections_per_address", Kind::Number),
    ("limits.max_streams", Kind::Number),
    ("limits.max_calls", Kind::Number),
    ("limits.concurrent_logins", Kind::Number),
    ("limits.handshake_seconds", Kind::Number),
    ("limits.unary_seconds", Kind::Number),
    ("limits.keepalive_seconds", Kind::Number),
    ("limits.keepalive_timeout_seconds", Kind::Number),
    ("limits.connection_age_seconds", Kind::Number),
    ("limits.header_list_bytes", Kind::Number),
    ("limits.shutdown_seconds", Kind::Number),
    ("log.level", Kind::Text),
    ("log.format", Kind::Text),
    ("development.reflection", Kind::Switch),
];

/// The kind of `key`, if there is such a key.
pub(super) fn kind(key: &str) -> Option<Kind> {
    KEYS.iter().find(|(name, _)| *name == key).map(|(_, kind)| *kind)
}

/// The environment variable that sets `key`.
pub(super) fn variable(key: &str) -> String {
    format!("{VARIABLE_PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// What the variables' names begin with.
pub(super) const VARIABLE_PREFIX: &str = "RENKEI_SERVER_";
