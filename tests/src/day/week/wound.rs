//! A wound over the week, with photos: a slip is corrected, a message in the wrong record is taken back, and
//! both stay readable.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{Posting, discard, moment::ago, seen};
use crate::day::{
    cast::{CARE_MANAGER, COLLEAGUE, DOCTOR, NURSE},
    consent,
    stage::{Stage, field, list, text_of},
};

/// How many days ago, length and width in millimetres, DESIGN-R.
const SEEN: [(i64, &str, &str, &str); 3] = [
    (6, "30", "20", "d2-e3s6i0g0n0p0:9"),
    (3, "24", "16", "d2-e1s6i0g0n0p0:7"),
    (1, "18", "120", "d2-e1s3i0g0n0p0:4"),
];
const WHY: &str = "短径の桁を誤った（120 → 12 mm）";

pub(super) fn play(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "五日目：訪問看護師が褥瘡の経過を写真とともに残し、誤りを訂正する",
        "Day 5: the nurse records the pressure ulcer over the week with photos, and corrects a slip",
    );
    let number = consent::LOCAL_ID;
    let nurse = Posting { patient, number, author: NURSE, reader: DOCTOR };
    let photo = text_of(&stage.files.photo)?;
    let mut ids = Vec::new();
    for (days, length, width, design) in SEEN {
        let fields = [
            "series=仙骨部".to_owned(),
            "type=褥瘡".to_owned(),
            format!("observe_time={}", ago(days, 1)),
            format!("length_mm={length}"),
            format!("width_mm={width}"),
            format!("design_r={design}"),
        ];
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let entry = nurse.post_with(stage, "wound", &fields, &["--attach", &photo])?;
        ensure!(list(&entry["attachments"])?.len() == 1, "no photo: {entry}");
        ids.push(field(&entry, "entry_id")?);
    }

    let [first, second, wrong] = <[String; 3]>::try_from(ids).expect("one a row above");
    let fix = ["--reason", WHY, "--set", "width_mm=12"];
    stage.show(NURSE, &[&["entry", "correct", number, &wrong], &fix[..]].concat())?;
    stage.show(DOCTOR, &["entry", "show", number, &wrong, "--history"])?;
    let history = stage.ask(DOCTOR, &["entry", "show", patient, &wrong, "--history"])?;
    let [old, new] = list(&history)?.as_slice() else { anyhow::bail!("not two revisions: {history}") };
    let width = |entry: &Value| entry["content"]["wound"]["width_mm"].clone();
    ensure!(old["status"] == "corrected" && width(old) == 120, "the old one: {old}");
    ensure!(old["amended_by_entry_id"] == new["entry_id"], "{history}");
    ensure!(new["status"] == "final" && width(new) == 12 && new["revision"] == 2, "the new one: {new}");
    ensure!(new["amendment"]["reason"] == WHY && new["amendment"]["entry_id"] == *wrong, "{new}");
    ensure!(list(&old["attachments"])?.len() == 1, "the old one lost its photo: {old}");
    ensure!(new["attachments"] == old["attachments"], "the correction does not show the photo: {new}");
    let right = field(new, "entry_id")?;
    let all = [&first, &second, &wrong, &right].map(String::clone);
    ensure!(seen(stage, DOCTOR, patient, &["--kind", "wound"])? == all, "not all wounds");
    let photos = ["--kind", "wound", "--current", "--with-attachments"];
    let current = seen(stage, DOCTOR, patient, &photos)?;
    ensure!(current == [first, second, right], "the record as it stands: {current:?}");
    stage.refused(
        COLLEAGUE,
        &["entry", "correct", number, &wrong, "--reason", WHY, "--set", "width_mm=11"],
        4,
    )?;
    discard(stage, COLLEAGUE)?;
    stage.fact(
        "訂正の前後がどちらも写真とともに読め、理由が残っている",
        "Both are readable with the photo, the old one is marked, and the reason stands there",
    );
    taken_back(stage, patient)
}

fn taken_back(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "別の患者の連絡を書いてしまった看護師が、取り消す",
        "A nurse who wrote into the wrong record takes it back",
    );
    let number = consent::LOCAL_ID;
    let nurse = Posting { patient, number, author: COLLEAGUE, reader: CARE_MANAGER };
    let entry = nurse.post(stage, "message", &["text=インスリンを4単位に減らしました。"])?;
    let id = field(&entry, "entry_id")?;
    stage.show(COLLEAGUE, &["entry", "retract", number, &id, "--reason", "別の患者の連絡", "--yes"])?;
    stage.show(CARE_MANAGER, &["entry", "show", number, &id])?;
    let marked = stage.ask(CARE_MANAGER, &["entry", "show", patient, &id])?;
    ensure!(marked["status"] == "entered_in_error" && marked["content"] == entry["content"], "{marked}");
    let standing = seen(stage, CARE_MANAGER, patient, &["--kind", "message", "--current"])?;
    ensure!(!standing.contains(&id), "it still counts: {standing:?}");
    stage.fact(
        "取り消した連絡は印がついて残り、現在の記録には数えない",
        "It stays, marked, and no longer counts as the record as it stands",
    );
    Ok(())
}
