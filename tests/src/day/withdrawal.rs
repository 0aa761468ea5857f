//! The patient withdraws a part of the consent, then all of it: the open watch ends for this patient at once,
//! for the other patient it goes on, and what is posted afterwards is not seen. Later the patient consents
//! again.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{
    Scene,
    cast::{CARE_MANAGER, COLLEAGUE, DOCTOR, NURSE, person},
    consent::{self, LOCAL_ID, OTHER_LOCAL_ID},
    stage::{Stage, list, message, notice},
};

/// The nursing record is no longer for the care manager. All else goes on.
pub(super) fn play_part(stage: &Stage, scene: &mut Scene) -> Result<()> {
    stage.scene(
        "患者が同意を一部撤回する：看護記録はケアマネジャーに見せない。開いている画面にもただちに効く",
        "The patient withdraws a part: no nursing records to the care manager. It acts at once, on the watch too",
    );
    let nursing = |login: &str| -> Result<usize> {
        let timeline = stage.ask(login, &["timeline", "show", &scene.patient])?;
        Ok(list(&timeline)?.iter().filter(|entry| entry["category"] == "nursing").count())
    };
    ensure!(nursing(CARE_MANAGER)? == 1, "the care manager does not see the nursing record");
    let given = consent::standing(stage, &scene.patient)?;
    let part = ["--category", "nursing", "--organization", person(CARE_MANAGER).organization];
    stage.show(DOCTOR, &[&["consent", "withdraw", LOCAL_ID, &given], &part[..]].concat())?;
    ensure!(nursing(CARE_MANAGER)? == 0, "the care manager still sees the nursing record");
    let hidden = "保清と創処置を実施。";
    stage.show(NURSE, &["post", LOCAL_ID, "--message", hidden, "--category", "nursing"])?;
    let open = "明日の時間を十一時に変更します。";
    stage.show(NURSE, &["post", LOCAL_ID, "--message", open])?;
    scene.watch.expect("the notice of the withdrawal in part", |event| {
        notice(&event["entry"]) == "consent_withdrawn_in_part"
    })?;
    scene.watch.expect("what is still permitted", |event| message(&event["entry"]) == open)?;
    let seen = scene.watch.seen()?;
    ensure!(seen.iter().all(|event| message(&event["entry"]) != hidden), "it reached the watch: {seen:?}");
    ensure!(nursing(COLLEAGUE)? == 2, "the nurses lost what only the care manager was to lose");
    stage.show(DOCTOR, &["consent", "show", LOCAL_ID, &given])?;
    let versions = stage.ask(DOCTOR, &["consent", "show", &scene.patient, &given])?;
    ensure!(versions[0]["version"] == 3 && versions[2]["version"] == 1, "the versions: {versions}");
    stage.fact(
        "撤回した分だけが見えなくなり、同意の版はすべて残る",
        "Exactly that part is hidden, and every version of the consent is kept",
    );
    Ok(())
}

pub(super) fn play(stage: &Stage, scene: &mut Scene) -> Result<()> {
    stage.scene(
        "患者が同意を撤回する。開いている画面でも、この患者はただちに終わる",
        "The patient withdraws the consent. It acts at once, on the open watch too",
    );
    let given = consent::standing(stage, &scene.patient)?;
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
        message(&event["entry"]) == elsewhere && event["entry"]["patient_id"] == *other
    })?;
    let seen = scene.watch.seen()?;
    ensure!(
        seen.iter().all(|event| message(&event["entry"]) != after),
        "seen after the withdrawal: {seen:?}"
    );
    for login in [CARE_MANAGER, COLLEAGUE] {
        stage.refused(login, &["timeline", "show", &scene.patient], 3)?;
    }
    for login in [CARE_MANAGER, NURSE] {
        stage.refused(login, &["attachment", "download", &scene.patient, &scene.photo, "-o", "-"], 3)?;
        let inbox = stage.ask(login, &["inbox"])?;
        ensure!(list(&inbox)?.iter().all(|entry| entry["patient_id"] != *scene.patient), "inbox: {inbox}");
    }
    let own = stage.ask(NURSE, &["timeline", "show", &scene.patient])?;
    let is_own = |entry: &Value| entry["author"]["person_name"] == person(NURSE).name;
    ensure!(list(&own)?.iter().all(is_own), "the nurse sees more than her own records: {own}");
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
