//! The nursing station shows the patient to assigned staff only (担当者): another nurse sees nothing, is told
//! why, and sees the patient as soon as she is assigned.

use anyhow::{Result, ensure};

use super::{
    Scene,
    cast::{COLLEAGUE, NURSE, person},
    consent::LOCAL_ID,
    stage::{Stage, list},
};

pub(super) fn play(stage: &Stage, scene: &Scene) -> Result<()> {
    stage.scene(
        "訪問看護ステーションは担当者だけに患者を見せる。担当でない看護師には、同意があっても見えない",
        "The nursing station shows the patient to assigned staff only: another nurse sees nothing in spite of \
         the consent",
    );
    stage.show(NURSE, &["care-team", "staff", LOCAL_ID])?;
    stage.refused(COLLEAGUE, &["timeline", "show", &scene.patient], 3)?;
    stage.show(COLLEAGUE, &["access", "explain", &scene.patient])?;
    let access = stage.ask(COLLEAGUE, &["access", "explain", &scene.patient])?;
    let reasons = list(&access["subjects"][0]["explanations"])?;
    ensure!(!reasons.is_empty() && reasons.iter().all(|one| one["reason"] == "not_assigned"), "{access}");

    stage.say("担当になると、すぐに見える", "Assigned, she sees the patient at once");
    stage.show(NURSE, &["care-team", "staff", LOCAL_ID, "--assign", COLLEAGUE])?;
    let staff = stage.ask(NURSE, &["care-team", "staff", &scene.patient])?;
    ensure!(list(&staff["persons"])?.len() == 2, "assigned: {staff}");
    for login in [NURSE, COLLEAGUE] {
        let name = person(login).name;
        ensure!(list(&staff["persons"])?.iter().any(|one| one["name"] == name), "no {name} in {staff}");
    }
    let timeline = stage.ask(COLLEAGUE, &["timeline", "show", LOCAL_ID])?;
    ensure!(list(&timeline)?.iter().any(|entry| entry["entry_id"] == *scene.note), "timeline: {timeline}");
    stage.fact("担当の二人だけに見える", "Exactly the two who are assigned see the patient");
    Ok(())
}
