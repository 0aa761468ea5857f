//! A template (ひな形) of the nursing station: its nurses begin a note with it, and nobody else has it.

use anyhow::{Result, ensure};

use super::Posting;
use crate::day::{
    cast::{COLLEAGUE, DOCTOR, NURSE},
    consent,
    stage::{Stage, list},
};

const NAME: &str = "創傷の定期訪問";
const OBJECTIVE: &str = "創部の洗浄と保護。滲出液・発赤・熱感を確認。";

pub(super) fn play(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "七日目：訪問看護ステーションのひな形から、同僚が記録を書く",
        "Day 7: a colleague begins a note with a template of the nursing station",
    );
    let number = consent::LOCAL_ID;
    let beginning = format!("O={OBJECTIVE}");
    stage.show(NURSE, &["template", "save", NAME, "--kind", "visit_note", "--set", &beginning])?;
    stage.show(COLLEAGUE, &["template", "list"])?;
    let own = stage.ask(COLLEAGUE, &["template", "list"])?;
    ensure!(list(&own)?.len() == 1 && own[0]["name"] == NAME, "templates of the station: {own}");
    let others = stage.ask(DOCTOR, &["template", "list"])?;
    ensure!(list(&others)?.is_empty(), "templates of the clinic: {others}");

    let plan = "除圧を続ける。次回は二日後。";
    let rest = format!("P={plan}");
    stage.show(COLLEAGUE, &["post", number, "--template", NAME, "--set", &rest])?;
    let posting = Posting { patient, number, author: COLLEAGUE, reader: DOCTOR };
    let entry = posting.newest(stage, "visit_note")?;
    let note = &entry["content"]["visit_note"];
    ensure!(note["objective"] == OBJECTIVE && note["plan"] == plan, "{entry}");
    stage.fact(
        "記録はひな形の文から始まり、ほかの事業所にひな形は見えない",
        "The note begins as the template does, which other organisations do not see",
    );
    Ok(())
}
