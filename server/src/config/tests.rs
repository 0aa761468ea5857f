use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use super::keys::KEYS;
use super::*;

fn from_file(text: &str) -> Result<Loaded, Problems> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    load(Some(file.path()), std::iter::empty(), &Flags::default())
}

fn from_variables(variables: &[(&str, &str)]) -> Result<Loaded, Problems> {
    let variables = variables.iter().map(|(name, text)| (OsString::from(name), OsString::from(text)));
    load(None, variables, &Flags::default())
}

#[test]
fn the_sample_says_the_defaults() {
    assert_eq!(from_file(SAMPLE).unwrap().config, Config::default());
}

/// In the sample, `#key = value` (without a space) is a key without a default.
#[test]
fn the_sample_names_every_key_and_no_other() {
    let uncommented = SAMPLE.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if setting.contains(" = ") && !setting.starts_with(' ') => setting,
        _ => line,
    });
    let text = uncommented.collect::<Vec<_>>().join("\n");
    let table: toml::Table = text.parse().unwrap();
    // the one pair that excludes itself
    let text = text.replace("dir = \"/var/lib/renkei/blobs\"", "");
    let mut named = BTreeSet::new();
    for (name, value) in table {
        match value {
            toml::Value::Table(section) => named.extend(section.keys().map(|key| format!("{name}.{key}"))),
            _ => _ = named.insert(name),
        }
    }
    assert_eq!(named, KEYS.iter().map(|(key, _)| (*key).to_owned()).collect());
    // of the two places of the root key only one may be named
    assert_eq!(from_file(&text).unwrap_err().0.len(), 1);
    let one_place: Vec<_> = text.lines().filter(|line| !line.starts_with("root_credential")).collect();
    assert!(from_file(&one_place.join("\n")).is_ok());
}

#[test]
fn a_credential_is_a_name() {
    for good in ["renkei-root-key", "a.b"] {
        assert!(from_variables(&[("RENKEI_SERVER_KEYS__ROOT_CREDENTIAL", good)]).is_ok(), "{good}");
    }
    for bad in ["", ".", "..", "../x", "/run/x", "a\nb"] {
        assert!(from_variables(&[("RENKEI_SERVER_KEYS__ROOT_CREDENTIAL", bad)]).is_err(), "{bad}");
    }
    assert!(from_variables(&[("RENKEI_SERVER_KEYS__ROOT_FILE", "")]).is_err());
    assert!(from_variables(&[("RENKEI_SERVER_RETENTION__YEARS", "0")]).is_err());
}

#[test]
fn a_certificate_and_its_key_are_brought_together() {
    let (certificate, key) = (("RENKEI_SERVER_TLS__CERTIFICATE", "a"), ("RENKEI_SERVER_TLS__KEY", "b"));
    assert!(from_variables(&[certificate, key]).is_ok());
    for (one, missing) in [(certificate, "tls.key"), (key, "tls.certificate")] {
        for variables in [&[one][..], &[one, (if missing == "tls.key" { key.0 } else { certificate.0 }, "")]]
        {
            let Problems(problems) = from_variables(variables).unwrap_err();
            assert!(problems.len() == 1 && problems[0].starts_with(missing), "{problems:?}");
        }
    }
}

#[test]
fn the_environment_wins_over_the_file_and_flags_over_both() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "listen = \"[::]:1\"\n[limits]\nmax_streams = 7\nmax_calls = 9\n").unwrap();
    let variables = [
        ("RENKEI_SERVER_LISTEN", "0.0.0.0:2"),
        ("RENKEI_SERVER_LIMITS__MAX_STREAMS", "8"),
        ("RENKEI_SERVER_HOST_NAMES", "a.example, 192.0.2.1"),
        ("RENKEI_SERVER_DEVELOPMENT__REFLECTION", "true"),
        ("RENKEI_SERVER_REGION", "42"),
        ("RENKEI_SERVER_CONFIG", "elsewhere.toml"),
        ("RENKEI_SERVERS", "not ours"),
    ];
    let variables = variables.map(|(name, text)| (OsString::from(name), OsString::from(text)));
    let flags = Flags { listen: Some("127.0.0.1:3".to_owned()), ..Flags::default() };
    let loaded = load(Some(file.path()), variables.into_iter(), &flags).unwrap();
    let config = &loaded.config;
    assert_eq!(config.listen, "127.0.0.1:3");
    assert_eq!((config.limits.max_streams, config.limits.max_calls), (8, 9));
    assert_eq!(config.host_names, ["a.example", "192.0.2.1"]);
    assert_eq!(config.region.as_deref(), Some("42"));
    assert!(config.development.reflection);
    assert_eq!(loaded.origins["listen"], "flag");
    assert_eq!(loaded.origins["limits.max_streams"], "RENKEI_SERVER_LIMITS__MAX_STREAMS");
    assert_eq!(loaded.origins["limits.max_calls"], file.path().display().to_string());
    assert_eq!(loaded.origins["data_dir"], "default");
}

#[test]
fn all_problems_are_told_at_once() {
    let Problems(problems) = from_file(
        "lisen = 1\nregion = 4\nlimits = 3\n[sessions]\nidle = 3\nidle_seconds = -1\naccess_seconds = 0\n\
         [log]\nlevel = true\n",
    )
    .unwrap_err();
    let keys: Vec<_> = problems.iter().map(|problem| problem.split(':').next().unwrap()).collect();
    let expected = [
        "limits",
        "lisen",
        "log.level",
        "region",
        "sessions.idle",
        "sessions.idle_seconds",
        "sessions.access_seconds",
    ];
    assert_eq!(keys, expected);

    let Problems(problems) = from_file(
        "listen = \"here\"\nhost_names = [\"https://a.example\"]\n[database]\nurl = \"mysql://u:hunter2@h/d\"\n\
         [sessions]\nidle_seconds = 0\n",
    )
    .unwrap_err();
    let keys: Vec<_> = problems.iter().map(|problem| problem.split(':').next().unwrap()).collect();
    assert_eq!(keys, ["listen", "host_names", "database.url", "sessions.idle_seconds"]);
    assert!(!problems.concat().contains("hunter2"));

    let Problems(problems) = from_variables(&[
        ("RENKEI_SERVER_DATABASE__URLS", "postgres://u:hunter2@h/d"),
        ("RENKEI_SERVER_LIMITS__MAX_STREAMS", "many"),
    ])
    .unwrap_err();
    assert_eq!(problems.len(), 2);
    assert!(!problems.concat().contains("hunter2"));
}

#[test]
fn a_bucket_is_named_with_all_that_it_needs_or_not_at_all() {
    let with = |more: &str| {
        let text = format!("[s3]\naccess_key_id = \"AKIA\"\nsecret_access_key_file = \"s3.secret\"\n{more}");
        from_file(&text).err().map(|Problems(problems)| problems.join("\n"))
    };
    for good in [
        "bucket = \"renkei\"",
        "bucket = \"renkei\"\nprefix = \"a/b_c\"\nendpoint = \"https://s3.example:9000\"",
        "bucket = \"renkei\"\nendpoint = \"http://127.0.0.1:9000\"\nallow_http = true",
    ] {
        assert_eq!(with(good), None, "{good}");
    }
    for (key, bad) in [
        ("s3.bucket", ""),
        ("s3.bucket", "bucket = \"No\""),
        ("s3.prefix", "bucket = \"renkei\"\nprefix = \"/a\""),
        ("s3.prefix", "bucket = \"renkei\"\nprefix = \"a/../b\""),
        ("s3.endpoint", "bucket = \"renkei\"\nendpoint = \"http://127.0.0.1:9000\""),
        ("s3.endpoint", "bucket = \"renkei\"\nendpoint = \"https://u:hunter2@s3.example\""),
        ("s3.region", "bucket = \"renkei\"\nregion = \"\""),
        ("attachments.dir", "bucket = \"renkei\"\n[attachments]\ndir = \"/a\""),
    ] {
        let problems = with(bad).unwrap_or_default();
        assert!(problems.starts_with(key) && problems.lines().count() == 1, "{bad}: {problems}");
        assert!(!problems.contains("hunter2"));
    }
    let Problems(problems) = from_file("[s3]\nbucket = \"renkei\"").unwrap_err();
    let keys: Vec<_> = problems.iter().map(|problem| problem.split(':').next().unwrap()).collect();
    assert_eq!(keys, ["s3.access_key_id", "s3.secret_access_key_file"]);
}

#[test]
fn words_and_sizes_are_checked() {
    for text in
        ["[log]\nlevel = \"verbose\"", "[limits]\nmax_streams = 4294967296", "[limits]\nmax_streams = 1.5"]
    {
        assert_eq!(from_file(text).unwrap_err().0.len(), 1, "{text}");
    }
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_a_problem() {
    assert!(
        load(Some(Path::new("/nonexistent/renkei.toml")), std::iter::empty(), &Flags::default()).is_err()
    );
    assert!(from_file("listen = ").is_err());
}

#[test]
fn addresses_to_listen_on() {
    for good in ["127.0.0.1:0", "[::1]:7443", "localhost:7443", "renkei.example:7443"] {
        assert!(from_variables(&[("RENKEI_SERVER_LISTEN", good)]).is_ok(), "{good}");
    }
    for bad in ["", "7443", "127.0.0.1", "::1:7443", "localhost:65536", "https://localhost:7443"] {
        assert!(from_variables(&[("RENKEI_SERVER_LISTEN", bad)]).is_err(), "{bad}");
    }
}

#[test]
fn what_is_shown_holds_no_password_and_can_be_read_again() {
    let url = "postgres://renkei:hunter2@db.example:5433/renkei?sslmode=require";
    let loaded = from_variables(&[
        ("RENKEI_SERVER_DATABASE__URL", url),
        ("RENKEI_SERVER_HOST_NAMES", "a.example,b.example"),
    ])
    .unwrap();
    let shown = loaded.show();
    assert!(!shown.contains("hunter2") && !format!("{loaded:?}").contains("hunter2"));
    assert!(shown.contains("db.example"));
    assert_eq!(shown.lines().count(), KEYS.len());
    let again = from_file(&shown).unwrap().config;
    assert_eq!(again.host_names, loaded.config.host_names);
    assert_eq!(again.limits, loaded.config.limits);
}
