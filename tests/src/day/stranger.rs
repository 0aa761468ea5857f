//! The pharmacist is in the care team, but no consent names the pharmacy: the patient does not exist, in
//! nothing that can be asked. The refusals and every disclosure stand in the audit log.

use anyhow::{Result, ensure};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Scene,
    cast::{CARE_MANAGER, DOCTOR, NURSE, PHARMACIST, person},
    consent::LOCAL_ID,
    stage::{Stage, list, message},
};
use crate::watch::Watch;

const NOT_FOUND: i32 = 3;

pub(super) fn play(stage: &Stage, scene: &mut Scene) -> Result<()> {
    stage.scene(
        "同意に含まれない薬局の薬剤師には、どこを見ても患者は存在しない",
        "For the pharmacist, whom no consent names, the patient does not exist anywhere",
    );
    let patient = scene.patient.as_str();
    let nobody = Uuid::new_v4().to_string();
    let questions: [&[&str]; 8] = [
        &["patient", "show", "PATIENT"],
        &["timeline", "show", "PATIENT"],
        &["timeline", "readers", "PATIENT", &scene.note],
        &["attachment", "download", "PATIENT", &scene.photo, "-o", "-"],
        &["consent", "list", "PATIENT"],
        &["care-team", "list", "PATIENT"],
        &["watch", "PATIENT"],
        &["audit", "list", "--patient", "PATIENT"],
    ];
    for question in questions {
        let about =
            |id| question.iter().map(|&word| if word == "PATIENT" { id } else { word }).collect::<Vec<_>>();
        let said = stage.refused(PHARMACIST, &about(patient), NOT_FOUND)?;
        let cli = stage.cli(PHARMACIST);
        let unknown = cli.run(&about(&nobody), "")?;
        ensure!(unknown.status.code() == Some(NOT_FOUND), "{question:?} for nobody: {}", unknown.status);
        let (said, unknown) = (said.replace(patient, "PATIENT"), unknown.stderr.replace(&nobody, "PATIENT"));
        ensure!(said == unknown, "{question:?} tells them apart:\n{said}\n{unknown}");
    }
    stage.refused(PHARMACIST, &["post", patient, "--message", "残薬について"], NOT_FOUND)?;
    for args in [&["patient", "list"][..], &["inbox"]] {
        let seen = stage.ask(PHARMACIST, args)?;
        ensure!(list(&seen)?.is_empty(), "{args:?} of the pharmacist: {seen}");
    }
    let mut watch = Watch::open(&stage.cli(PHARMACIST), &[])?;
    let text = "薬剤師には届かない連絡";
    stage.show(DOCTOR, &["post", LOCAL_ID, "--message", text])?;
    scene.watch.expect("the message", |event| message(&event["entry"]) == text)?;
    let seen = watch.seen()?;
    ensure!(seen.iter().all(|event| event["event"] == "connected"), "watch of the pharmacist: {seen:?}");
    stage.fact(
        "存在しない患者への答えと、一字も違わない",
        "The answers are the same as for a patient who does not exist",
    );

    stage.scene(
        "薬剤師は、なぜ見えないのか、どこに頼めばよいのかを確かめる",
        "The pharmacist asks why, and whom to ask",
    );
    stage.show(PHARMACIST, &["access", "explain", patient])?;
    let access = stage.ask(PHARMACIST, &["access", "explain", patient])?;
    let reasons = list(&access["subjects"][0]["explanations"])?;
    ensure!(!reasons.is_empty() && reasons.iter().all(|one| one["reason"] == "no_consent"), "{access}");
    ensure!(access["custodian_organization_name"] == person(DOCTOR).organization, "whom to ask: {access}");

    stage.scene("医師が監査ログを見る", "The doctor looks at the audit log");
    stage.show(DOCTOR, &["audit", "list", "--patient", LOCAL_ID, "--limit", "20"])?;
    let events = stage.ask(DOCTOR, &["audit", "list", "--patient", patient, "--limit", "200"])?;
    for (login, action, decision) in [
        (CARE_MANAGER, "entry_read", "permit"),
        (NURSE, "entry_read", "permit"),
        (NURSE, "attachment_read", "permit"),
        (DOCTOR, "entry_post", "permit"),
        (DOCTOR, "consent_record", "permit"),
        (PHARMACIST, "entry_read", "deny"),
        (PHARMACIST, "attachment_read", "deny"),
        (PHARMACIST, "patient_read", "deny"),
        (PHARMACIST, "entry_post", "deny"),
    ] {
        ensure!(stands(&events, login, action, decision)?, "no {action} {decision} of {login} in {events}");
    }
    ensure!(
        !list(&events)?.iter().any(|event| by(event, PHARMACIST)
            && event["decision"] == "permit"
            && event["action"] != "care_team_answer"
            && event["action"] != "care_team_read"
            && event["action"] != "access_read"),
        "something was disclosed to the pharmacist: {events}"
    );
    stage.fact(
        "すべての開示と、薬剤師への拒否が残っている",
        "Every disclosure and every refusal stands in it",
    );
    Ok(())
}

fn stands(events: &Value, login: &str, action: &str, decision: &str) -> Result<bool> {
    let fits = |event: &Value| by(event, login) && event["action"] == action && event["decision"] == decision;
    Ok(list(events)?.iter().any(fits))
}

fn by(event: &Value, login: &str) -> bool {
    event["actor"]["person_name"] == person(login).name
}
