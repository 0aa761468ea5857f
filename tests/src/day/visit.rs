//! The visit note: the care manager sees it at once, the nurse finds it the next day, the doctor sees who
//! has read it.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{
    Scene,
    cast::{CARE_MANAGER, DOCTOR, NURSE, person},
    consent::LOCAL_ID,
    stage::{Stage, field, list, message, notice, text_of},
};
use crate::{fixtures, watch::Watch};

const SUBJECTIVE: &str = "「昨日から腰のあたりが少し痛む」と本人。長女より、夜は眠れているとのこと。";
const OBJECTIVE: &str = "仙骨部に 3×2 cm の発赤、一部にびらん。滲出液は少量、熱感なし。";
const ASSESSMENT: &str = "褥瘡（d2）。体位変換の間隔が空いている。";
const PLAN: &str = "創部の保護と除圧。エアマットの導入をケアマネジャーに相談する。";

/// Coded vital signs as they must arrive: LOINC code, value, unit.
const VITALS: [(&str, &str, &str); 4] = [
    ("8480-6", "128", "mm[Hg]"),
    ("8462-4", "76", "mm[Hg]"),
    ("8310-5", "36.8", "Cel"),
    ("8867-4", "72", "/min"),
];

pub(super) fn play(stage: &Stage, patient: String, other: String) -> Result<Scene> {
    stage.scene(
        "ケアマネジャーは `renkei watch` を開いている。医師が訪問先から記録を送る",
        "The care manager has `renkei watch` open. The doctor posts from the visit",
    );
    let mut screen = stage.screen(CARE_MANAGER)?;
    let mut watch = Watch::open(&stage.cli(CARE_MANAGER), &[])?;
    for patient in [&patient, &other] {
        // In whichever order: each is looked for from the beginning.
        watch.rewind();
        watch.expect("access to both patients", |event| {
            event["event"] == "access_started" && event["patient_id"] == **patient
        })?;
    }

    let photo = text_of(&stage.files.photo)?;
    let soap =
        ["--subjective", SUBJECTIVE, "--objective", OBJECTIVE, "--assessment", ASSESSMENT, "--plan", PLAN];
    let vitals =
        ["--vital", "bp=128/76", "--vital", "temp=36.8", "--vital", "pulse=72", "--vital", "spo2=97"];
    stage.show(DOCTOR, &[&["post", LOCAL_ID], &soap[..], &vitals[..], &["--attach", &photo]].concat())?;

    let event = watch.expect("the visit note", |event| event["event"] == "entry")?;
    screen.show_until(fixtures::PHOTO_NAME)?;
    let entry = &event["entry"];
    check_note(entry, &patient)?;
    stage.fact(
        "記録は、開いていたケアマネジャーの画面にすぐ届いた",
        "It reached the care manager's open watch at once",
    );

    let note = field(entry, "entry_id")?;
    let photo = field(&entry["attachments"][0], "attachment_id")?;
    Ok(Scene { patient, other, note, photo, watch })
}

/// The next day: inbox, timeline, photo, readers, reply, and a note of 10,000 characters.
pub(super) fn play_next_day(stage: &Stage, scene: &Scene) -> Result<()> {
    stage.scene(
        "翌日、訪問看護師が新着から記録を読み、写真を取り出す",
        "The next day the nurse finds the note in the inbox, reads it and fetches the photo",
    );
    stage.show(NURSE, &["inbox"])?;
    let inbox = stage.ask(NURSE, &["inbox"])?;
    ensure!(list(&inbox)?.iter().any(|entry| entry["entry_id"] == *scene.note), "inbox: {inbox}");
    let readers = stage.ask(DOCTOR, &["timeline", "readers", &scene.patient, &scene.note])?;
    ensure!(!read_by(&readers, NURSE)?, "the inbox alone is not reading: {readers}");

    stage.show(NURSE, &["timeline", "show", LOCAL_ID])?;
    let timeline = stage.ask(NURSE, &["timeline", "show", &scene.patient])?;
    let written: Vec<&Value> = list(&timeline)?.iter().filter(|entry| notice(entry).is_empty()).collect();
    ensure!(written.len() == 1, "timeline: {timeline}");
    check_note(written[0], &scene.patient)?;

    let target = text_of(&stage.server.folder().join("downloaded.jpg"))?;
    stage.show(NURSE, &["attachment", "download", LOCAL_ID, &scene.photo, "-o", &target])?;
    ensure!(fs::read(&target)? == fixtures::PHOTO, "the photo is not what was sent");
    stage.fact("写真は一バイトも違わない", "The photo is the same, byte for byte");

    stage.scene(
        "医師は誰が読んだかを見る。看護師が返信する",
        "The doctor sees who has read it. The nurse replies",
    );
    stage.show(DOCTOR, &["timeline", "readers", LOCAL_ID, &scene.note])?;
    let readers = stage.ask(DOCTOR, &["timeline", "readers", &scene.patient, &scene.note])?;
    ensure!(read_by(&readers, NURSE)?, "readers: {readers}");

    let reply = "エアマットの件、明日の訪問時に手配状況を確認します。";
    let args = ["post", LOCAL_ID, "--reply-to", &scene.note, "--message", reply];
    stage.show(NURSE, &args)?;
    let timeline = stage.ask(DOCTOR, &["timeline", "show", &scene.patient])?;
    let answer = list(&timeline)?.iter().find(|entry| message(entry) == reply);
    let answer = answer.with_context(|| format!("no reply in {timeline}"))?;
    ensure!(answer["reply_to_entry_id"] == *scene.note, "the reply answers something else: {answer}");
    ensure!(answer["category"] == "visit_note", "a reply has the category of what it answers: {answer}");

    stage.say("看護師は一万字の看護記録も送る", "The nurse also posts a record of 10,000 characters");
    let file = format!("@{}", text_of(&stage.files.note)?);
    stage.show(NURSE, &["post", LOCAL_ID, "--message", &file, "--category", "nursing", "--urgent"])?;
    let timeline = stage.ask(DOCTOR, &["timeline", "show", &scene.patient])?;
    let long = list(&timeline)?.iter().find(|entry| entry["urgent"] == true);
    let long = long.with_context(|| format!("no urgent entry in {timeline}"))?;
    ensure!(message(long) == fixtures::long_note(), "the long note was changed");
    stage.fact("一万字がそのまま届いた", "All 10,000 characters arrived as they were");
    Ok(())
}

fn check_note(entry: &Value, patient: &str) -> Result<()> {
    ensure!(entry["patient_id"] == patient && entry["sensitivity"] == "normal", "{entry}");
    ensure!(entry["category"] == "visit_note", "{entry}");
    ensure!(entry["author"]["person_name"] == person(DOCTOR).name, "{entry}");
    let note = &entry["content"]["visit_note"];
    for (part, text) in
        [("subjective", SUBJECTIVE), ("objective", OBJECTIVE), ("assessment", ASSESSMENT), ("plan", PLAN)]
    {
        ensure!(note[part] == text, "{part} of {note}");
    }
    let observations = list(&note["observations"])?;
    for (code, value, unit) in VITALS {
        let found = observations.iter().any(|one| {
            one["code"]["code"] == code && one["value"]["value"] == value && one["value"]["unit"] == unit
        });
        ensure!(found, "no {code} = {value} {unit} in {note}");
    }
    ensure!(observations.iter().any(|one| one["value"]["value"] == "97"), "no SpO2 in {note}");
    ensure!(
        entry["attachments"][0]["size"].to_string().contains(&fixtures::PHOTO.len().to_string()),
        "{entry}"
    );
    Ok(())
}

fn read_by(readers: &Value, login: &str) -> Result<bool> {
    Ok(list(&readers["readers"])?.iter().any(|reader| reader["actor"]["person_name"] == person(login).name))
}
