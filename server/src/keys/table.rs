//! How the keys are, on paper.

use std::fmt::Write as _;

use crate::app::keys::{RootVersion, Status};

/// For people.
pub(super) fn human(status: &Status) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| _ = writeln!(text, "{name:<22} {value}");
    line("root key", status.place.clone());
    for root in &status.root {
        let kept = if root.held { "kept" } else { "not kept here" };
        line(
            &format!("  version {}", root.version),
            format!(
                "{}, since {}, {kept}; wraps {} keys of patients, {} of the server",
                state(status, root),
                root.created_at,
                root.patient_keys,
                root.server_keys
            ),
        );
    }
    line("behind", format!("{} keys", status.behind()));
    let patients: i64 = status.patients.by_versions.iter().map(|(_, patients)| patients).sum();
    line("patients with keys", patients.to_string());
    for (versions, patients) in &status.patients.by_versions {
        let name = if *versions == 1 { "  1 version".to_owned() } else { format!("  {versions} versions") };
        line(&name, format!("{patients} patients"));
    }
    if let Some(oldest) = status.patients.oldest {
        line("oldest in use", format!("made {oldest}"));
    }
    line("destroyed", format!("keys of {} patients", status.patients.shredded));
    let mut unfinished = Vec::new();
    if status.is_rotating_root() || status.behind() > 0 {
        unfinished.push("the root key's: run `renkei-server keys rotate-root` again".to_owned());
    }
    if let Some((since, waiting)) = status.rotating_patients {
        unfinished.push(format!(
            "the patients', since {since}, {waiting} wait: run `renkei-server keys rotate-patients` again"
        ));
    }
    let unfinished = if unfinished.is_empty() { "none".to_owned() } else { unfinished.join("; ") };
    line("unfinished rotation", unfinished);
    text
}

/// For programs: one object.
pub(super) fn json(status: &Status) -> String {
    let root: Vec<_> = status
        .root
        .iter()
        .map(|root| {
            serde_json::json!({
                "version": root.version,
                "state": state(status, root),
                "created": root.created_at.to_string(),
                "retired": root.retired_at.map(|at| at.to_string()),
                "kept": root.held,
                "patient_keys": root.patient_keys,
                "server_keys": root.server_keys,
            })
        })
        .collect();
    let by_versions: Vec<_> = status
        .patients
        .by_versions
        .iter()
        .map(|(versions, patients)| serde_json::json!({ "versions": versions, "patients": patients }))
        .collect();
    let document = serde_json::json!({
        "root_key": status.place,
        "root_versions": root,
        "current": status.current(),
        "behind": status.behind(),
        "rotating_root": status.is_rotating_root(),
        "rotating_patients": status.rotating_patients.map(|(since, waiting)| {
            serde_json::json!({ "since": since.to_string(), "waiting": waiting })
        }),
        "patients": by_versions,
        "oldest_patient_key": status.patients.oldest.map(|at| at.to_string()),
        "shredded": status.patients.shredded,
    });
    format!("{document}\n")
}

fn state(status: &Status, root: &RootVersion) -> &'static str {
    match root.retired_at {
        Some(_) => "retired",
        None if root.version == status.current() => "current",
        None => "being replaced",
    }
}
