//! A file goes up before its entry, and what was written is found however it is typed.

use std::fs;

use anyhow::{Result, ensure};

use super::{
    Scene,
    cast::{DOCTOR, NURSE},
    consent::LOCAL_ID,
    stage::{Stage, field, list, message, text_of},
};
use crate::wait;

const MESSAGE: &str = "創部を洗浄し、ｶﾞｰｾﾞを交換した。";
const SEARCHED: &str = "がーぜ";

pub(super) fn play(stage: &Stage, scene: &Scene) -> Result<()> {
    stage.scene(
        "訪問看護師は先に写真を送り、あとから記録に添える。医師はその見本を取り出す",
        "The nurse sends a photo first and names it in a record later. The doctor fetches its preview",
    );
    let photo = text_of(&stage.files.photo)?;
    let sent = stage.ask(NURSE, &["attachment", "upload", LOCAL_ID, &photo])?;
    let photo = field(&list(&sent)?[0], "attachment_id")?;
    stage.show(NURSE, &["post", LOCAL_ID, "--message", MESSAGE, "--attachment", &photo])?;

    wait::until("the preview is made", || {
        let timeline = stage.ask(DOCTOR, &["timeline", "show", &scene.patient])?;
        let entry = list(&timeline)?.iter().find(|entry| message(entry) == MESSAGE);
        Ok(entry.and_then(|entry| entry["attachments"][0]["has_preview"].as_bool()).filter(|made| *made))
    })?;
    let target = stage.server.folder().join("preview.jpg");
    let download = ["attachment", "download", &scene.patient, &photo, "--preview", "-o", &text_of(&target)?];
    stage.show(DOCTOR, &download)?;
    let preview = fs::read(&target)?;
    ensure!(preview.starts_with(&[0xff, 0xd8, 0xff]), "the preview is no JPEG");
    stage.fact(
        "見本は元の写真から作られ、同じように封印されている",
        "The preview was made of the photo, and is sealed like it",
    );

    stage.scene(
        "医師は「がーぜ」で探し、半角カナで書かれた記録を見つける",
        "The doctor searches in hiragana and finds what was written in half-width katakana",
    );
    stage.show(DOCTOR, &["search", LOCAL_ID, SEARCHED])?;
    let found = stage.ask(DOCTOR, &["search", &scene.patient, SEARCHED])?;
    ensure!(found.to_string().contains("ｶﾞｰｾﾞ"), "found: {found}");
    Ok(())
}
