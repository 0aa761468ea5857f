//! A note of restricted sensitivity is seen only by those whom a consent names for it: at first by nobody
//! but the custodian organisation, then, under a newer form with an exception, by the nurses.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{
    Scene,
    cast::{CARE_MANAGER, COLLEAGUE, DOCTOR, NURSE, person},
    consent::{self, LOCAL_ID},
    stage::{Stage, field, list, message, notice, text_of},
};

/// The note.
pub(super) const TEXT: &str = "眠れない夜が続き、気分の落ち込みが強い。抗うつ薬を少量から始める。";

pub(super) fn play(stage: &Stage, scene: &mut Scene) -> Result<()> {
    stage.scene(
        "医師が「精神」の機微な連絡を残す。名指しの同意がないので、ほかの誰にも見えない",
        "The doctor posts a restricted note (mental health). No consent names that: nobody else sees it",
    );
    stage.show(DOCTOR, &["post", LOCAL_ID, "--message", TEXT, "--sensitivity", "mental-health"])?;
    ensure!(sees(stage, DOCTOR, &scene.patient)?, "the doctor does not see it");
    let after = "次の訪問は木曜日の午前十時です。";
    stage.show(DOCTOR, &["post", LOCAL_ID, "--message", after])?;
    scene.watch.expect("what follows the restricted note", |event| message(&event["entry"]) == after)?;
    let came = scene.watch.seen()?;
    ensure!(came.iter().all(|event| message(&event["entry"]) != TEXT), "it reached the watch: {came:?}");
    for login in [CARE_MANAGER, NURSE, COLLEAGUE] {
        ensure!(!sees(stage, login, &scene.patient)?, "{login} sees it");
        let why = mental_health(stage, login, &scene.patient)?;
        ensure!(why["read"] == false && why["reason"] == "sensitivity_not_named", "{login}: {why}");
    }

    stage.scene(
        "患者は新しい同意書で訪問看護に「精神」を認める。ケアマネジャーには認めない（除外）",
        "In a newer form the patient permits it to the nurses, and excepts the care manager from it",
    );
    let given = consent::standing(stage, &scene.patient)?;
    let [care_manager, nurse] = [CARE_MANAGER, NURSE].map(|login| person(login).organization);
    let except = format!("organization={care_manager},sensitivity=mental_health");
    let paper = text_of(&stage.files.paper)?;
    let whom = ["--organization", care_manager, "--organization", nurse, "--except", &except];
    let what = ["--sensitivity", "normal", "--sensitivity", "mental-health", "--paper", &paper];
    stage.show(DOCTOR, &[&["consent", "amend", LOCAL_ID, &given], &whom[..], &what].concat())?;
    let amended = scene
        .watch
        .expect("the notice of the new form", |event| notice(&event["entry"]) == "consent_amended")?;
    ensure!(amended["entry"]["content"]["notice"]["object_id"] == *given, "about another consent: {amended}");
    let versions = stage.ask(DOCTOR, &["consent", "show", &scene.patient, &given])?;
    let numbers: Vec<&Value> = list(&versions)?.iter().map(|version| &version["version"]).collect();
    ensure!(numbers == [2, 1], "the versions: {versions}");

    stage.show(NURSE, &["inbox"])?;
    let inbox = stage.ask(NURSE, &["inbox"])?;
    ensure!(list(&inbox)?.iter().any(|entry| message(entry) == TEXT), "inbox of the nurse: {inbox}");
    ensure!(!sees(stage, CARE_MANAGER, &scene.patient)?, "the care manager sees it");
    let why = mental_health(stage, CARE_MANAGER, &scene.patient)?;
    ensure!(why["reason"] == "denied" && field(&why["rules"][0], "consent_id")? == given, "{why}");
    stage.fact(
        "看護師には見え、ケアマネジャーには見えない。理由も示される",
        "The nurse sees it, the care manager does not, and is told why",
    );
    Ok(())
}

fn sees(stage: &Stage, login: &str, patient: &str) -> Result<bool> {
    let timeline = stage.ask(login, &["timeline", "show", patient, "--no-mark-read"])?;
    Ok(list(&timeline)?.iter().any(|entry| message(entry) == TEXT))
}

/// What a person is told of messages about mental health.
fn mental_health(stage: &Stage, login: &str, patient: &str) -> Result<Value> {
    let access = stage.ask(login, &["access", "explain", patient])?;
    let explanations = list(&access["subjects"][0]["explanations"])?;
    let found =
        explanations.iter().find(|one| one["category"] == "message" && one["sensitivity"] == "mental_health");
    Ok(found.cloned().unwrap_or_default())
}
