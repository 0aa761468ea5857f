//! The patient withdraws the consent: the open watch ends for this patient at once, for the other patient
//! it goes on, and what is posted afterwards is not seen. Later the patient consents again.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{
    Scene,
    cast::{CARE_MANAGER, DOCTOR, NURSE},
    consent::{self, LOCAL_ID, OTHER_LOCAL_ID},
    stage::{Stage, field, list},
};

pub(super) fn play(stage: &Stage, scene: &mut Scene) -> Result<()> {
    stage.scene(
        "患者が同意を撤回する。開いている画面でも、この患者はただちに終わる",
        "The patient withdraws the consent. It acts at once, on the open watch too",
    );
    let consents = stage.ask(DOCTOR, &["consent", "list", &scene.patient])?;
    let given = list(&consents)?.iter().find(|consent| consent["custodian"] != true);
    let given = field(given.with_context(|| format!("no consent in {consents}"))?, "consent_id")?;
    let mut screen = stage.screen(CARE_MANAGER)?;
    let before = "夕方に電話で様子を確認した。痛みは落ち着いている。";
    stage.show(DOCTOR, &["post", LOCAL_ID, "--message", before])?;
    screen.show_until(before)?;
    stage.show(DOCTOR, &["consent", "withdraw", LOCAL_ID, &given])?;
    let patient = scene.patient.clone();
    scene.watch.expect("the end of access", |event| {
        event["event"] == "access_ended" && event["patient_id"] == *patient
    })?;
    screen.show_until(consent::NAME)?;

    let after = "撤回のあとの記録";
    stage.show(DOCTOR, &["post", LOCAL_ID, "--message", after])?;
    let elsewhere = "もう一人の患者の記録";
    stage.show(DOCTOR, &["post", OTHER_LOCAL_ID, "--message", elsewhere])?;
    let other = scene.other.clone();
    scene.watch.expect("the other patient's entry", |event| {
        text(event) == Some(elsewhere) && event["entry"]["patient_id"] == *other
    })?;
    let seen = scene.watch.seen()?;
    ensure!(!seen.iter().any(|event| text(event) == Some(after)), "seen after the withdrawal: {seen:?}");
    for login in [CARE_MANAGER, NURSE] {
        stage.refused(login, &["timeline", "show", &scene.patient], 3)?;
        stage.refused(login, &["attachment", "download", &scene.patient, &scene.photo, "-o", "-"], 3)?;
        let inbox = stage.ask(login, &["inbox"])?;
        ensure!(list(&inbox)?.iter().all(|entry| entry["patient_id"] != *scene.patient), "inbox: {inbox}");
    }
    stage.fact(
        "撤回のあとは何も届かず、ほかの患者は続いている",
        "Nothing arrives after it, and the other patient goes on",
    );

    stage.scene("患者があらためて同意する", "The patient consents again");
    let renewed = consent::record_consent(stage, &scene.patient)?;
    ensure!(renewed != given, "a withdrawn consent came back");
    scene.watch.expect("access again", |event| {
        event["event"] == "access_started" && event["patient_id"] == *patient
    })?;
    stage.show(CARE_MANAGER, &["timeline", "show", LOCAL_ID, "--limit", "2"])?;
    Ok(())
}

fn text(event: &Value) -> Option<&str> {
    event["entry"]["content"]["message"]["text"].as_str()
}
