//! The server stops and starts: nothing is lost, and the open watch goes on by itself without printing
//! anything twice.

use std::collections::HashSet;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{
    Scene,
    cast::{CARE_MANAGER, DOCTOR, NURSE},
    consent::LOCAL_ID,
    stage::{Stage, message},
};

pub(super) fn play(stage: &mut Stage, scene: &mut Scene) -> Result<()> {
    stage.scene(
        "サーバーを再起動する。何も失われず、開いている画面は自分でつなぎ直す",
        "The server restarts. Nothing is lost, and the open watch reconnects by itself",
    );
    let before = everything(stage, scene)?;
    stage.say("停止（SIGTERM）……", "Stopping (SIGTERM) …");
    stage.server.stop()?;
    scene.watch.expect("the connection's end", |event| event["event"] == "disconnected")?;
    stage.server.start()?;
    stage.say("……起動した", "… and running again");
    scene.watch.expect("the connection again", |event| event["event"] == "connected")?;
    let after = everything(stage, scene)?;
    for (before, after) in before.iter().zip(&after) {
        ensure!(before == after, "before the restart:\n{before}\nafter it:\n{after}");
    }

    let text = "再起動のあとの記録";
    stage.show(DOCTOR, &["post", LOCAL_ID, "--message", text])?;
    let posted = |event: &Value| message(&event["entry"]) == text;
    scene.watch.expect("the entry after the restart", posted)?;
    let mut ids = HashSet::new();
    for event in scene.watch.seen()?.iter().filter(|event| event["event"] == "entry") {
        ensure!(ids.insert(event["entry"]["entry_id"].to_string()), "watch printed twice: {event}");
    }
    stage.fact(
        "再起動の前後で、記録・同意・既読・閲覧できる範囲は同じ",
        "Entries, consents, readers and what each may see are the same as before",
    );
    Ok(())
}

/// What three people see of the patient.
fn everything(stage: &Stage, scene: &Scene) -> Result<Vec<Value>> {
    let patient = scene.patient.as_str();
    let mut seen = Vec::new();
    for login in [DOCTOR, CARE_MANAGER, NURSE] {
        seen.push(stage.ask(login, &["timeline", "show", patient, "--no-mark-read"])?);
        seen.push(stage.ask(login, &["patient", "show", patient])?);
        seen.push(stage.ask(login, &["access", "explain", patient])?);
    }
    // These are the same for everybody who sees them.
    seen.push(stage.ask(CARE_MANAGER, &["consent", "list", patient])?);
    seen.push(stage.ask(CARE_MANAGER, &["care-team", "list", patient])?);
    seen.push(stage.ask(CARE_MANAGER, &["timeline", "readers", patient, &scene.note])?);
    Ok(seen)
}
