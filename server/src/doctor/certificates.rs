//! What the doctor says of the certificates: each with when it ends, and in how many days.

use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use renkei_domain::Timestamp;

use super::{Report, Verdict};
use crate::certs::{
    Authority, Certificate, DeviceCa, ISSUING_LIFE, ROOT_KEY, ServerIdentity, Shown, certificate_sha256,
};
use crate::config::Config;
use crate::installation::Places;

/// A device's certificate lasts a year, unless the CA's ends before.
const DEVICE_LIFE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// With so little left a certificate that was brought is late. Public CAs' last 90 days and are renewed after 60.
const LATE: Duration = Duration::from_secs(21 * 24 * 60 * 60);

/// Looks at them; gives the CAs if they can be read.
pub(super) fn examine(
    report: &mut Report,
    config: &Config,
    places: &Places,
    now: Timestamp,
) -> Option<DeviceCa> {
    let opened = DeviceCa::open(&places.folder);
    let ca = report.attempt("CA", opened, "certificates and key belong together")?;
    let authority = ca.authority();
    examine_clock(report, &authority, now);
    examine_root(report, places, &authority, now);
    for issuing in authority.issuing() {
        examine_issuing(report, &authority, issuing, now);
    }
    examine_server(report, config, places, &authority, now);
    Some(ca)
}

fn examine_clock(report: &mut Report, authority: &Authority, now: Timestamp) {
    // Nothing here knows the right time, but this it cannot be.
    if now < authority.signer().begins_at {
        report.add(Verdict::Fail, "clock", format!("{now} is before the installation was made"));
    } else {
        report.add(Verdict::Ok, "clock", now.to_string());
    }
}

fn examine_root(report: &mut Report, places: &Places, authority: &Authority, now: Timestamp) {
    const WHAT: &str = "root CA";
    let root = authority.root();
    let ends = ends(root, now);
    let verdict = match () {
        () if !root.is_valid_at(now) => Verdict::Fail,
        () if root.expires_at < now.after(ISSUING_LIFE) => Verdict::Warn,
        () => Verdict::Ok,
    };
    let hint = if verdict == Verdict::Ok { "" } else { "; `renkei-server ca issue` renews it too" };
    report.add(verdict, WHAT, format!("{ends}{hint}"));
    report.add(
        Verdict::Ok,
        WHAT,
        format!("fingerprint {}", BASE32_NOPAD.encode(&certificate_sha256(&root.der))),
    );
    if !authority.is_divided() {
        let text = "signs devices itself, so its key must lie here: `renkei-server ca issue` ends that";
        report.add(Verdict::Warn, WHAT, text);
    } else if places.folder.join(ROOT_KEY).exists() {
        let text =
            format!("{ROOT_KEY} lies here and is not needed: keep it where this machine cannot reach it");
        report.add(Verdict::Warn, WHAT, text);
    }
}

fn examine_issuing(report: &mut Report, authority: &Authority, issuing: &Certificate, now: Timestamp) {
    const WHAT: &str = "issuing CA";
    let ends = ends(issuing, now);
    if issuing.der != authority.signer().der {
        return report.add(Verdict::Ok, WHAT, format!("a former one, known until it ends; {ends}"));
    }
    let (verdict, hint) = match () {
        () if !issuing.is_valid_at(now) => {
            (Verdict::Fail, "; nothing can be signed before `renkei-server ca issue`")
        }
        () if issuing.expires_at < now.after(DEVICE_LIFE) => {
            (Verdict::Warn, "; devices get shorter certificates until `renkei-server ca issue`")
        }
        () => (Verdict::Ok, ""),
    };
    report.add(verdict, WHAT, format!("{ends}{hint}"));
}

fn examine_server(
    report: &mut Report,
    config: &Config,
    places: &Places,
    authority: &Authority,
    now: Timestamp,
) {
    const WHAT: &str = "server certificate";
    let shown = places.server_certificate(config);
    if shown.brought.is_some() {
        return examine_brought(report, shown.read(authority, now), now);
    }
    let identity = match ServerIdentity::read(&places.folder) {
        Ok(identity) => identity,
        Err(error) => return report.add(Verdict::Warn, WHAT, format!("{error:#}; `run` issues a new one")),
    };
    let certificate = identity.certificate;
    let missing: Vec<_> =
        config.host_names.iter().filter(|name| !certificate.names.contains(name)).cloned().collect();
    let ends = ends(&certificate, now);
    if authority.chain_above(&certificate).is_none() {
        report.add(Verdict::Fail, WHAT, "was not issued by this region");
    } else if !certificate.is_valid_at(now) {
        report.add(Verdict::Warn, WHAT, format!("{ends}; `run` issues a new one"));
    } else if !missing.is_empty() {
        report.add(Verdict::Warn, WHAT, format!("lacks {}; `run` issues a new one", missing.join(", ")));
    } else {
        let names = certificate.names.join(", ");
        report.add(Verdict::Ok, WHAT, format!("for {names}; {ends}"));
    }
}

/// One that the operator brought: nobody makes it anew but its CA.
fn examine_brought(report: &mut Report, shown: anyhow::Result<Shown>, now: Timestamp) {
    const WHAT: &str = "tls.certificate";
    let Shown { expires_at, names, uncovered, .. } = match shown {
        Ok(shown) => shown,
        Err(error) => return report.add(Verdict::Fail, WHAT, format!("{error:#}")),
    };
    let text = format!("for {}; {}", names.join(", "), days_left(expires_at, now));
    if expires_at < now.after(LATE) {
        report.add(Verdict::Warn, WHAT, format!("{text}; bring the next one"));
    } else {
        report.add(Verdict::Ok, WHAT, text);
    }
    if !uncovered.is_empty() {
        let text = format!("not for {}: only devices reach the server so", uncovered.join(", "));
        report.add(Verdict::Warn, WHAT, text);
    }
}

/// When it ends, and in how many days.
fn ends(certificate: &Certificate, now: Timestamp) -> String {
    if now < certificate.begins_at {
        return format!("begins only {}", certificate.begins_at);
    }
    days_left(certificate.expires_at, now)
}

fn days_left(end: Timestamp, now: Timestamp) -> String {
    match (end.unix_seconds() - now.unix_seconds()) / (24 * 60 * 60) {
        days if now < end => format!("ends {end}, in {days} days"),
        _ => format!("ended {end}"),
    }
}
