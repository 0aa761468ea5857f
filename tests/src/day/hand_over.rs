//! At the end the clinic hands the other patient over: the care management office becomes the custodian
//! organisation (主管機関), and the clinic sees what consent permits.

use anyhow::{Result, ensure};

use super::{
    Scene,
    cast::{CARE_MANAGER, DOCTOR, person},
    consent::OTHER_LOCAL_ID,
    stage::{Stage, list, notice},
};

/// The new custodian organisation's number for the other patient.
const NEW_LOCAL_ID: &str = "H-0031";

pub(super) fn play(stage: &Stage, scene: &mut Scene) -> Result<()> {
    stage.scene(
        "もう一人の患者の主管機関を、クリニックから居宅介護支援事業所に引き継ぐ",
        "The clinic hands the other patient over to the care management office as custodian organisation",
    );
    let (other, office) = (scene.other.clone(), person(CARE_MANAGER).organization);
    let why = "往診を終えるため";
    stage
        .show(DOCTOR, &["care-team", "hand-over", OTHER_LOCAL_ID, "--organization", office, "--text", why])?;
    stage.refused(CARE_MANAGER, &["access", "list", &other], 4)?;
    stage.show(CARE_MANAGER, &["care-team", "take-over", &other, "--local-id", NEW_LOCAL_ID])?;
    scene.watch.expect("the notice of the hand-over", |event| {
        notice(&event["entry"]) == "custodian_changed" && event["entry"]["patient_id"] == *other
    })?;
    let shown = stage.ask(CARE_MANAGER, &["patient", "show", NEW_LOCAL_ID])?;
    ensure!(shown["patient_id"] == *other, "patient show {NEW_LOCAL_ID}: {shown}");
    stage.show(CARE_MANAGER, &["access", "list", NEW_LOCAL_ID])?;
    let access = stage.ask(CARE_MANAGER, &["access", "list", &other])?;
    let doctor = list(&access)?.iter().find(|one| one["subject"]["person_name"] == person(DOCTOR).name);
    ensure!(doctor.is_some(), "the doctor is permitted by the consent: {access}");
    stage.refused(DOCTOR, &["access", "list", &other], 4)?;
    stage.fact(
        "管理は引き継がれ、医師には患者の同意の範囲で見える",
        "The office decides now; the doctor sees what the patient's consent permits",
    );
    Ok(())
}
