//! Values of the right kind that the server still could not run with.

use std::net::IpAddr;

use renkei_store::DatabaseUrl;

use super::{Loaded, S3};

/// A year: nothing here needs longer, and sums of times cannot overflow.
const MAX_SECONDS: u64 = 366 * 24 * 60 * 60;

/// Everything that is wrong, each with where the value comes from.
pub(super) fn problems(loaded: &Loaded) -> Vec<String> {
    let config = &loaded.config;
    let mut problems = Vec::new();
    let mut hold = |key: &'static str, holds: bool, rule: &str| {
        if !holds {
            let origin = loaded.origins.get(key).map_or("default", String::as_str);
            problems.push(format!("{key}: {rule} (from {origin})"));
        }
    };

    let region_holds = config.region.as_deref().is_none_or(|region| {
        !region.trim().is_empty() && region.chars().count() <= 64 && !region.contains(char::is_control)
    });
    hold("region", region_holds, "must be 1 to 64 characters");
    hold("data_dir", !config.data_dir.as_os_str().is_empty(), "must not be empty");
    hold("listen", is_address(&config.listen), "must be HOST:PORT, for example 127.0.0.1:7443");
    let names_hold = config.host_names.iter().all(|name| is_host_name(name));
    hold("host_names", names_hold, "must be DNS names or IP addresses, without scheme and port");
    let tls = &config.tls;
    for (key, file, other) in
        [("tls.certificate", &tls.certificate, &tls.key), ("tls.key", &tls.key, &tls.certificate)]
    {
        let file_holds = file.as_ref().map_or(other.is_none(), |file| !file.as_os_str().is_empty());
        hold(key, file_holds, "must name a file, if the other of tls.certificate and tls.key is set");
    }
    let url_holds = config.database.url.as_ref().is_none_or(|url| DatabaseUrl::parse(&url.0).is_ok());
    hold("database.url", url_holds, "must be sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE");
    let dir_holds = config.attachments.dir.as_ref().is_none_or(|dir| !dir.as_os_str().is_empty());
    hold("attachments.dir", dir_holds, "must not be empty");
    let one_place = config.attachments.dir.is_none() || config.s3.bucket.is_none();
    hold("attachments.dir", one_place, "must not be set beside s3.bucket");
    for (key, holds, rule) in s3_rules(&config.s3, config.audit.checkpoint_bucket.as_deref()) {
        hold(key, holds, rule);
    }

    let file_holds = config.keys.root_file.as_ref().is_none_or(|file| !file.as_os_str().is_empty());
    hold("keys.root_file", file_holds, "must not be empty");
    let credential = config.keys.root_credential.as_deref();
    let name_holds = credential.is_none_or(|name| {
        !name.is_empty()
            && name != "."
            && name != ".."
            && !name.contains(|c: char| c == '/' || c.is_control())
    });
    hold("keys.root_credential", name_holds, "must be the name of a credential, not a path");
    let one_place = config.keys.root_file.is_none() || credential.is_none();
    hold("keys.root_credential", one_place, "must not be set together with keys.root_file");

    let dir_holds = config.audit.checkpoint_dir.as_ref().is_none_or(|dir| !dir.as_os_str().is_empty());
    hold("audit.checkpoint_dir", dir_holds, "must not be empty");

    let limits = &config.limits;
    let sessions = &config.sessions;
    for (key, value, least, most) in [
        ("database.max_connections", config.database.max_connections.into(), 1, 10_000),
        ("attachments.max_bytes", config.attachments.max_bytes, 1, 1 << 39),
        ("attachments.organization_quota_bytes", config.attachments.organization_quota_bytes, 1, 1 << 60),
        ("retention.years", config.retention.years.into(), 1, 100),
        ("audit.checkpoint_minutes", config.audit.checkpoint_minutes, 1, MAX_SECONDS / 60),
        ("sessions.access_seconds", sessions.access_seconds, 1, MAX_SECONDS),
        ("sessions.idle_seconds", sessions.idle_seconds, 1, MAX_SECONDS),
        ("sessions.absolute_seconds", sessions.absolute_seconds, 1, MAX_SECONDS),
        ("sessions.step_up_seconds", sessions.step_up_seconds, 1, MAX_SECONDS),
        ("limits.max_connections", limits.max_connections.into(), 1, 1_000_000),
        ("limits.max_connections_per_address", limits.max_connections_per_address.into(), 1, 1_000_000),
        ("limits.max_streams", limits.max_streams.into(), 1, 100_000),
        ("limits.max_calls", limits.max_calls.into(), 1, 1_000_000),
        ("limits.concurrent_logins", limits.concurrent_logins.into(), 1, 1024),
        ("limits.handshake_seconds", limits.handshake_seconds, 1, 600),
        ("limits.unary_seconds", limits.unary_seconds, 1, 3600),
        ("limits.keepalive_seconds", limits.keepalive_seconds, 1, MAX_SECONDS),
        ("limits.keepalive_timeout_seconds", limits.keepalive_timeout_seconds, 1, MAX_SECONDS),
        ("limits.connection_age_seconds", limits.connection_age_seconds, 1, MAX_SECONDS),
        ("limits.header_list_bytes", limits.header_list_bytes.into(), 4096, 1 << 20),
        ("limits.shutdown_seconds", limits.shutdown_seconds, 0, 3600),
    ] {
        hold(key, (least..=most).contains(&value), &format!("must be between {least} and {most}"));
    }
    problems
}

/// Without a bucket, for attachments or for checkpoints, nothing else may be set: files would go elsewhere than was
/// thought.
fn s3_rules(s3: &S3, checkpoints: Option<&str>) -> [(&'static str, bool, &'static str); 7] {
    let is_used = s3.bucket.is_some() || checkpoints.is_some();
    let is_meant = s3.endpoint.is_some()
        || s3.access_key_id.is_some()
        || s3.secret_access_key_file.is_some()
        || !s3.prefix.is_empty();
    let is_bucket = |name: &str| {
        (3..=63).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
    };
    let prefix_holds = s3.prefix.split('/').all(|part| is_word(part) && !matches!(part, "." | ".."));
    let endpoint_holds = s3.endpoint.as_deref().is_none_or(|url| {
        let host = url.strip_prefix("https://");
        let host = host.or_else(|| url.strip_prefix("http://").filter(|_| s3.allow_http));
        host.is_some_and(|host| is_word(host.trim_end_matches('/')) && !host.contains('@'))
    });
    let has_id = s3.access_key_id.as_deref().is_some_and(is_word);
    let has_secret = s3.secret_access_key_file.as_ref().is_some_and(|file| !file.as_os_str().is_empty());
    [
        (
            "s3.bucket",
            s3.bucket.as_deref().map_or(!is_meant || is_used, is_bucket),
            "must be the name of a bucket, if anything of s3 is set",
        ),
        ("audit.checkpoint_bucket", checkpoints.is_none_or(is_bucket), "must be the name of a bucket"),
        (
            "s3.prefix",
            s3.prefix.is_empty() || prefix_holds,
            "must be words of letters, digits and -_. with slashes between",
        ),
        ("s3.endpoint", endpoint_holds, "must be https://HOST[:PORT], or http:// with s3.allow_http"),
        ("s3.region", is_word(&s3.region), "must be a word of letters, digits and -_."),
        ("s3.access_key_id", !is_used || has_id, "must be set, as a bucket is"),
        ("s3.secret_access_key_file", !is_used || has_secret, "must be set, as a bucket is"),
    ]
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:[]".contains(&b))
}

fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => return address.parse::<IpAddr>().is_ok() && port.parse::<u16>().is_ok(),
        None => host,
    };
    is_host_name(host) && !host.contains(':') && port.parse::<u16>().is_ok()
}

fn is_host_name(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok()
        || rustls::pki_types::DnsName::try_from(name.strip_prefix("*.").unwrap_or(name)).is_ok()
}
