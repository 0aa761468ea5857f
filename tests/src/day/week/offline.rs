//! A visit where there is no network: the note waits in the nurse's outbox and goes out later with both times.

use anyhow::{Result, ensure};

use super::{LOCAL_ID, Posting, seen};
use crate::day::{
    cast::{DOCTOR, NURSE, person},
    stage::{Stage, field, list},
};

const FOUND: &str = "下腿の浮腫が増え、体重は二日で2kg増。夜間に息苦しさ。";

pub(super) fn play(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "六日目：圏外の訪問先で書いた記録が、あとから書いた時刻とともに届く",
        "Day 6: a note written without a connection arrives later, with the time when it was written",
    );
    let soap = ["--objective", FOUND, "--plan", "主治医に連絡する。", "--vital", "spo2=91"];
    stage.show(NURSE, &[&["post", LOCAL_ID], &soap[..], &["--urgent", "--offline"]].concat())?;
    stage.show(NURSE, &["outbox", "list"])?;
    let waiting = stage.ask(NURSE, &["outbox", "list"])?;
    ensure!(list(&waiting)?.len() == 1, "the outbox: {waiting}");
    let id = field(&waiting[0], "entry_id")?;
    ensure!(!seen(stage, DOCTOR, patient, &["--kind", "visit_note"])?.contains(&id), "it was sent already");

    stage.show(NURSE, &["outbox", "send"])?;
    ensure!(list(&stage.ask(NURSE, &["outbox", "list"])?)?.is_empty(), "the outbox is not empty");
    let nurse = Posting { patient, number: LOCAL_ID, author: NURSE, reader: DOCTOR };
    let entry = nurse.newest(stage, "visit_note")?;
    ensure!(entry["entry_id"] == *id && entry["urgent"] == true, "{entry}");
    ensure!(entry["content"]["visit_note"]["objective"] == FOUND, "{entry}");
    let written: jiff::Timestamp = field(&entry, "write_time")?.parse()?;
    let posted: jiff::Timestamp = field(&entry, "post_time")?.parse()?;
    ensure!(written < posted && entry["occur_time"] == entry["write_time"], "both times: {entry}");
    ensure!(entry["author"]["person_name"] == person(NURSE).name, "{entry}");
    stage.show(DOCTOR, &["entry", "show", LOCAL_ID, &id])?;
    stage.fact(
        "書いた時刻とサーバーが受け取った時刻の両方が残っている",
        "When it was written and when the server took it both stand there",
    );
    Ok(())
}
