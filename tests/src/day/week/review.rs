//! The week is looked at: every kind of entry is there, filters find what is asked for, and the dentist sees what was
//! written since the last visit.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{LOCAL_ID, moment::ago, seen};
use crate::day::{
    cast::{CARE_MANAGER, DENTIST, DOCTOR, PHARMACIST, person},
    stage::{Stage, list},
};

/// The kinds that people post, but the wound, which stands in another patient's record.
const KINDS: [&str; 16] = [
    "admission_information",
    "allergy_list",
    "care_plan",
    "conference_minutes",
    "daily_life",
    "discharge_summary",
    "document",
    "laboratory_report",
    "medication",
    "memo",
    "message",
    "nursing_instruction",
    "problem_list",
    "referral_letter",
    "visit_note",
    "vital_signs",
];

pub(super) fn play(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "一週間を振り返る：絞り込み、前回の訪問からの記録",
        "The week is looked at: filters, and what is new since one's last visit",
    );
    let all = stage.ask(DOCTOR, &["timeline", "show", patient, "--limit", "500", "--no-mark-read"])?;
    let kinds: BTreeSet<&str> = list(&all)?.iter().filter_map(|entry| entry["kind"].as_str()).collect();
    let missing: Vec<&&str> = KINDS.iter().filter(|kind| !kinds.contains(**kind)).collect();
    ensure!(missing.is_empty(), "no {missing:?} in {kinds:?}");
    let offices: BTreeSet<&str> =
        list(&all)?.iter().filter_map(|entry| entry["author"]["organization_name"].as_str()).collect();
    ensure!(offices.len() == 8, "not eight organisations wrote: {offices:?}");

    let pharmacy = person(PHARMACIST).organization;
    let filter = ["--kind", "medication", "--organization", pharmacy];
    stage.show(DOCTOR, &[&["timeline", "show", LOCAL_ID], &filter[..]].concat())?;
    ensure!(seen(stage, DOCTOR, patient, &filter)?.len() == 2, "what the pharmacy told of drugs");
    let (from, to) = (ago(6, 4), ago(4, 0));
    let early =
        stage.ask(DOCTOR, &["timeline", "show", patient, "--from", &from, "--to", &to, "--no-mark-read"])?;
    let early: Vec<&str> = list(&early)?.iter().filter_map(|entry| entry["kind"].as_str()).collect();
    // By the authors' account, not by when they were posted: all were posted today.
    ensure!(early == ["laboratory_report", "vital_signs", "visit_note"], "the days before: {early:?}");
    let files = seen(stage, CARE_MANAGER, patient, &["--with-attachments", "--kind", "document"])?;
    ensure!(files.len() == 1, "entries with files: {files:?}");

    let since = ["--since-last-visit", "--author", DOCTOR];
    stage.show(DENTIST, &[&["timeline", "show", LOCAL_ID, "--since-last-visit"][..]].concat())?;
    let new = stage.ask(DENTIST, &[&["timeline", "show", patient, "--no-mark-read"], &since[..]].concat())?;
    let new: Vec<&Value> = list(&new)?.iter().map(|entry| &entry["kind"]).collect();
    ensure!(new == ["message", "referral_letter"], "what is new of the doctor: {new:?}");
    stage.fact(
        "八つの事業所のすべての種類の記録が、日・種類・事業所で絞り込める",
        "Entries of every kind of eight organisations, by day, kind and organisation",
    );
    Ok(())
}
