//! A proxy entry (代行入力): the clerk enters the doctor's visit note; it is not final until the doctor says so.

use anyhow::{Result, ensure};

use super::{LOCAL_ID, Posting, discard, moment::ago, waits};
use crate::day::{
    cast::{CLERK, DOCTOR, NURSE, person},
    stage::{Stage, field},
};

const NOT_PERMITTED: i32 = 4;

pub(super) fn play(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "三日目：医療事務が医師の訪問記録を代行入力し、医師が確定する",
        "Day 3: the clerk enters the doctor's visit note; the doctor finalises it",
    );
    let visit = format!("visit_time={}", ago(4, 3));
    let fields =
        ["--set", "O=下腿に軽い浮腫。肺野は清。", "--set", "P=利尿薬を続け、体重をみる。", "--set", &visit];
    let note = [&["post", LOCAL_ID, "--kind", "visit_note"], &fields[..]].concat();
    stage.refused(CLERK, &note, NOT_PERMITTED)?;
    discard(stage, CLERK)?;

    stage.show(CLERK, &[&note[..], &["--for", DOCTOR]].concat())?;
    let clerks = Posting { patient, number: LOCAL_ID, author: CLERK, reader: NURSE };
    let entered = clerks.newest(stage, "visit_note")?;
    let id = field(&entered, "entry_id")?;
    let responsible = &entered["responsible"];
    ensure!(entered["status"] == "preliminary" && responsible["finalize_time"].is_null(), "{entered}");
    ensure!(responsible["person_name"] == person(DOCTOR).name, "{entered}");

    stage.show(DOCTOR, &["inbox", "--view", "to_finalize"])?;
    ensure!(waits(stage, DOCTOR, "to_finalize", &id)?, "it does not wait for the doctor");
    ensure!(!waits(stage, CLERK, "to_finalize", &id)?, "it waits for the clerk");
    stage.show(DOCTOR, &["entry", "finalize", LOCAL_ID, &id])?;
    ensure!(!waits(stage, DOCTOR, "to_finalize", &id)?, "it still waits for the doctor");
    let finalised = clerks.newest(stage, "visit_note")?;
    ensure!(finalised["entry_id"] == *id && finalised["status"] == "final", "{finalised}");
    ensure!(finalised["responsible"]["finalize_time"].is_string(), "{finalised}");
    ensure!(finalised["content"] == entered["content"], "finalising changed it: {finalised}");
    stage.fact(
        "入力した人と責任を負う人が、両方残っている",
        "Who entered it and who answers for it both stand in the record",
    );
    Ok(())
}
