//! On paper: the weight as a curve, and the record as a PDF, which holds what the one who prints it may see.

use std::fs;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{LOCAL_ID, seen};
use crate::day::{
    cast::{CARE_WORKER, DOCTOR, PHARMACIST, person},
    stage::{Stage, list, text_of},
};

pub(super) fn play(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "一週間の体重をグラフで見て、記録を PDF に印刷する",
        "The weight over the week as a curve, and the record as a PDF",
    );
    stage.show(DOCTOR, &["observation", "graph", LOCAL_ID, "weight"])?;
    let drawn = stage.ask(DOCTOR, &["observation", "graph", patient, "weight"])?;
    let points = list(&drawn[0]["points"])?;
    let values: Vec<&Value> = points.iter().map(|point| &point["value"]).collect();
    ensure!(list(&drawn)?.len() == 1 && values == ["48.2", "49.1", "50.4"], "the curve: {drawn}");
    ensure!(points[1]["organization_name"] == person(CARE_WORKER).organization, "the curve: {drawn}");

    let mut printed = Vec::new();
    for login in [DOCTOR, PHARMACIST] {
        let pdf = stage.server.folder().join(format!("{login}.pdf"));
        let path = text_of(&pdf)?;
        stage.show(login, &["timeline", "print", LOCAL_ID, "--out", &path, "--graphs"])?;
        ensure!(fs::read(&pdf)?.starts_with(b"%PDF-"), "what {login} printed is no PDF");
        let told = stage.ask(login, &["timeline", "print", patient, "--out", &path, "--force"])?;
        let entries = seen(stage, login, patient, &["--limit", "500"])?.len();
        ensure!(told["entries"] == entries, "{login} sees {entries} entries, and printed {told}");
        printed.push(entries);
    }
    ensure!(printed[0] == printed[1] + 1, "all but the care plan are on the pharmacist's paper: {printed:?}");
    stage.fact(
        "薬剤師の PDF にはケアプランだけがない",
        "The pharmacist's PDF lacks the care plan, and nothing else",
    );
    Ok(())
}
