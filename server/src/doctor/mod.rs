//! `renkei-server doctor`: looks at an installation and says what is in order and what is not.
//!
//! It changes nothing, not even what `run` would mend, but puts on record that it read every attachment, and may run
//! beside a server.

mod certificates;

use std::fmt;
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::statvfs::statvfs;
use renkei_domain::audit::{Action, Maintenance, Operator};
use renkei_domain::{Clock as _, time::SystemClock};
use renkei_store::Store;

use crate::app::keys::HeldRootKeys;
use crate::app::{App, audit};
use crate::certs::DeviceCa;
use crate::config::Config;
use crate::files;
use crate::installation::{BlobPlace, Places, explained};

const MIB: u64 = 1024 * 1024;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Ok,
    /// The server runs, but somebody should see to it.
    Warn,
    /// The server does not run, or must not.
    Fail,
}

/// Everything that was looked at.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<(Verdict, &'static str, String)>);

impl Report {
    /// Whether the server can run.
    pub(crate) fn is_good(&self) -> bool {
        self.0.iter().all(|(verdict, ..)| *verdict != Verdict::Fail)
    }

    fn add(&mut self, verdict: Verdict, what: &'static str, text: impl Into<String>) {
        self.0.push((verdict, what, text.into()));
    }

    /// Adds how an attempt went; gives what it brought.
    fn attempt<T>(&mut self, what: &'static str, result: anyhow::Result<T>, good: &str) -> Option<T> {
        match result {
            Ok(value) => {
                self.add(Verdict::Ok, what, good);
                Some(value)
            }
            Err(error) => {
                self.add(Verdict::Fail, what, format!("{error:#}"));
                None
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (verdict, what, text) in &self.0 {
            let verdict = match verdict {
                Verdict::Ok => "ok",
                Verdict::Warn => "warn",
                Verdict::Fail => "fail",
            };
            writeln!(f, "{verdict:<5} {what:<20} {text}")?;
        }
        Ok(())
    }
}

/// Looks at the installation of `config`; as `deep`, who reads every attachment, which goes on record.
pub(crate) async fn examine(config: &Config, deep: Option<Operator>) -> Report {
    let mut report = Report::default();
    let places = Places::new(config);
    let now = SystemClock.now();
    examine_folder(&mut report, "data folder", &places.folder);
    examine_blobs(&mut report, &places).await;
    examine_space(&mut report, &places);
    let root_keys = report.attempt("root key", places.read_root_key(), "readable, for the owner only");
    let ca = certificates::examine(&mut report, config, &places, now);
    let app = examine_database(&mut report, config, &places, root_keys, ca).await;
    if let (Some(operator), Some(app)) = (deep, app) {
        examine_attachments(&mut report, &app, operator).await;
    }
    report
}

/// Looks at the certificates only.
pub(crate) fn examine_certificates(config: &Config) -> Report {
    let mut report = Report::default();
    certificates::examine(&mut report, config, &Places::new(config), SystemClock.now());
    report
}

fn examine_folder(report: &mut Report, what: &'static str, path: &Path) {
    let shown = path.display();
    match files::mode(path) {
        Ok((mode, true)) => report.add(Verdict::Ok, what, format!("{shown}, mode {mode:04o}")),
        Ok((mode, false)) => {
            report.add(Verdict::Fail, what, format!("{shown} has mode {mode:04o}: chmod 700 it"));
        }
        Err(error) => report.add(Verdict::Fail, what, format!("{shown}: {error}")),
    }
}

async fn examine_blobs(report: &mut Report, places: &Places) {
    const WHAT: &str = "attachments' bucket";
    let s3 = match &places.blobs {
        BlobPlace::Folder(folder) => return examine_folder(report, "attachments' folder", folder),
        BlobPlace::S3(s3) => s3,
    };
    let reached = match places.open_blobs() {
        Ok(blobs) => blobs.reach().await.map_err(anyhow::Error::from),
        Err(error) => Err(error),
    };
    let (bucket, prefix) = (s3.bucket.as_deref().unwrap_or_default(), &s3.prefix);
    let endpoint = s3.endpoint.as_deref().unwrap_or("AWS");
    report.attempt(WHAT, reached, &format!("{bucket}/{prefix} at {endpoint} answers and lets us in"));
}

fn examine_space(report: &mut Report, places: &Places) {
    let Ok(space) = statvfs(&places.folder) else { return };
    let free = space.blocks_available() * space.fragment_size() / MIB;
    let percent = space.blocks_available() * 100 / space.blocks().max(1);
    let verdict = match free {
        0..256 => Verdict::Fail,
        _ if free < 2048 || percent < 5 => Verdict::Warn,
        _ => Verdict::Ok,
    };
    report.add(verdict, "free space", format!("{free} MiB ({percent} %)"));
}

async fn examine_database(
    report: &mut Report,
    config: &Config,
    places: &Places,
    root_keys: Option<HeldRootKeys>,
    ca: Option<DeviceCa>,
) -> Option<Arc<App>> {
    let url = places.database.url.to_string();
    let opened = Store::open(places.database.clone()).await.map_err(anyhow::Error::from);
    let store = report.attempt("database", opened, &format!("{url} answers, its schema is ours"))?;
    match store.checks().await {
        Ok(checks) => {
            for (what, value) in checks {
                report.add(Verdict::Ok, "database", format!("{what}: {value}"));
            }
        }
        Err(error) => report.add(Verdict::Fail, "database", error.to_string()),
    }
    let app = places.open_app(config, root_keys?, ca?, store).await;
    let app = report.attempt("stored keys", app, "the root key opens them")?;
    examine_keys(report, &app).await;
    examine_audit_log(report, &app).await;
    Some(app)
}

async fn examine_audit_log(report: &mut Report, app: &App) {
    const WHAT: &str = "audit log";
    report.add(Verdict::Ok, WHAT, format!("signed by {}", app.log.verifying()));
    match audit::overdue(&app.store, SystemClock.now()).await {
        Ok(None) => {}
        Ok(Some(since)) => {
            let text = format!(
                "events wait since {since} for their places, and nothing proves them: no server runs, or \
                 audit_log.sequencer_id and leased_until are set by somebody who gives none"
            );
            report.add(Verdict::Warn, WHAT, text);
        }
        Err(error) => report.add(Verdict::Fail, WHAT, explained(error).to_string()),
    }
}

/// How often somebody who looks on is told how far it is.
const TOLD: Duration = Duration::from_millis(200);

async fn examine_attachments(report: &mut Report, app: &Arc<App>, operator: Operator) {
    const WHAT: &str = "attachments";
    let act = Maintenance::of_region(operator, Action::FilesCheck);
    if let Err(error) = app.record_maintenance(act).await {
        let text = format!("not read, since that could not be put on record: {:#}", explained(error));
        return report.add(Verdict::Fail, WHAT, text);
    }
    let (mut told, mut read) = (Instant::now(), (0, 0));
    let looks_on = std::io::stderr().is_terminal();
    let examined = app.examine_attachments(|files, bytes| {
        read = (files, bytes / MIB);
        if looks_on && told.elapsed() > TOLD {
            told = Instant::now();
            eprint!("\r{files} attachments, {} MiB", bytes / MIB);
        }
    });
    let examined = examined.await;
    if looks_on {
        eprint!("\r{:40}\r", "");
    }
    let (files, mib) = read;
    match examined {
        Err(error) => report.add(Verdict::Fail, WHAT, explained(error).to_string()),
        Ok(findings) if findings.is_empty() => {
            report.add(Verdict::Ok, WHAT, format!("{files} read, {mib} MiB, all as they were sealed"));
        }
        Ok(findings) => {
            report.add(Verdict::Ok, WHAT, format!("{files} read, {mib} MiB"));
            for finding in findings {
                let verdict = if finding.is_loss { Verdict::Fail } else { Verdict::Warn };
                report.add(verdict, WHAT, finding.text);
            }
        }
    }
}

async fn examine_keys(report: &mut Report, app: &App) {
    const WHAT: &str = "rotation of keys";
    let status = match app.key_status().await {
        Ok(status) => status,
        Err(error) => return report.add(Verdict::Fail, WHAT, format!("{:#}", explained(error))),
    };
    let behind = status.behind();
    let leftover: Vec<_> = status.leftover().map(|version| version.to_string()).collect();
    if status.is_rotating_root() || behind > 0 {
        let text = format!("{behind} keys wait for `renkei-server keys rotate-root` to be run again");
        report.add(Verdict::Warn, WHAT, text);
    }
    if !leftover.is_empty() {
        let text = format!("version {} of the root key is retired and still kept", leftover.join(", "));
        report.add(Verdict::Warn, WHAT, text);
    }
    if let Some((since, waiting)) = status.rotating_patients {
        let text = format!(
            "{waiting} patients wait since {since} for `renkei-server keys rotate-patients` to be run again"
        );
        report.add(Verdict::Warn, WHAT, text);
    }
    if !report.0.iter().any(|(_, what, _)| *what == WHAT) {
        let text = format!("everything is wrapped by version {} of the root key", status.current());
        report.add(Verdict::Ok, WHAT, text);
    }
}
