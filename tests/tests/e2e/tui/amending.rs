//! What is done to entries from the full screen, and what it shows of what others do.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    AcknowledgeEntryRequest, Entry, EntryStatus, MessageIntent, PostEntryRequest, QuestionState, Role,
};
use renkei_tests::{
    database::Engine,
    watch::{Screen, Watch},
};

use super::Ward;
use crate::{
    record::{correction, said},
    region::{PASSWORD, message, posting, text_of},
};

crate::on_both_engines!(
    a_nurse_corrects_retracts_and_finalises,
    a_question_to_the_doctor_is_seen_to_be_answered,
    a_watch_prints_what_is_done_to_entries,
);

impl Ward {
    /// What the doctor reads of the entry with this text.
    async fn entry(&self, text: &str) -> Result<Entry> {
        let entries = self.doctor.session.written_entries(&self.patient).await?;
        entries.into_iter().find(|entry| text_of(entry) == text).context("the entry")
    }

    fn post(&self, text: &str) -> Result<()> {
        self.nurse.cli.text(&["post", &self.patient, "--message", text], "").map(drop)
    }

    /// The id of the nurse, and of the nurse's organisation.
    fn who(&self) -> Result<(String, String)> {
        let me = self.nurse.cli.json(&["whoami"])?;
        let actor = &me["identity"]["actor"];
        let id = |name: &str| actor[name].as_str().map(str::to_owned).context("whoami");
        Ok((id("person_id")?, id("organization_id")?))
    }
}

async fn a_nurse_corrects_retracts_and_finalises(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    ward.post("右足の浮腫")?;
    ward.post("別の患者の記録")?;
    ward.doctor.session.post(&ward.patient, "医師の記録").await?;
    // a colleague enters something for the nurse
    let (nurse, station) = ward.who()?;
    let code = ward.region.employ(&station, "chiyo", Role::Nurse).await?;
    let colleague = ward.region.place.enroll(&code, PASSWORD).await?.login().await?;
    let entered =
        PostEntryRequest { responsible_person_id: nurse, ..posting(&ward.patient, "代行入力の記録") };
    colleague.timeline.clone().post_entry(entered).await?;

    let mut terminal = ward.terminal()?;
    terminal.expect("オンライン")?;
    terminal.expect("山本 ふじ")?;
    terminal.type_keys("\r")?;
    terminal.expect("代行入力の記録")?;
    ward.go_to(&mut terminal, "右足の浮腫")?;
    terminal.type_keys("c")?;
    terminal.expect("の訂正")?;
    terminal.type_keys("（左ではない）\x13")?;
    terminal.expect("訂正の理由:")?;
    terminal.type_keys("左右の明記\r")?;
    terminal.expect("として記録しました。")?;
    let correction = ward.entry("右足の浮腫（左ではない）").await?;
    let amendment = correction.amendment.context("what it corrects")?;
    let corrected = ward.entry("右足の浮腫").await?;
    ensure!(amendment.entry_id == corrected.entry_id && amendment.reason == "左右の明記");
    ensure!(corrected.status() == EntryStatus::Corrected);

    ward.go_to(&mut terminal, "別の患者の記録")?;
    terminal.type_keys("x")?;
    terminal.expect("を取り消す理由:")?;
    terminal.type_keys("患者の取り違え\r")?;
    terminal.expect("として記録しました。")?;
    ensure!(ward.entry("別の患者の記録").await?.status() == EntryStatus::EnteredInError);

    // what is somebody else's is not touched, and nothing is left in the outbox
    ward.go_to(&mut terminal, "医師の記録")?;
    terminal.type_keys("x")?;
    terminal.expect("記録の責任者だけができます")?;
    ensure!(ward.nurse.cli.json(&["outbox", "list"])?.as_array().is_some_and(Vec::is_empty));

    ward.go_to(&mut terminal, "代行入力の記録")?;
    terminal.type_keys("f")?;
    terminal.expect("を確定しますか")?;
    terminal.type_keys("y")?;
    terminal.expect("を確定しました。")?;
    ensure!(ward.entry("代行入力の記録").await?.status() == EntryStatus::Final);
    terminal.type_keys("q")?;
    ensure!(terminal.end()?.success());
    Ok(())
}

async fn a_question_to_the_doctor_is_seen_to_be_answered(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    let mut terminal = ward.terminal()?;
    terminal.expect("オンライン")?;
    terminal.type_keys("5")?;
    terminal.expect("山本 ふじ")?;
    terminal.type_keys("\rn")?;
    terminal.expect("新しい連絡")?;
    terminal.type_keys("眠剤は続けますか\x1bi")?;
    terminal.expect("質問")?;
    terminal.type_keys("\x1bm")?;
    terminal.expect("宛先（")?;
    terminal.type_keys("nobody\r")?;
    terminal.expect("宛先「nobody」？")?;
    // what was not found stands there to be mended
    terminal.type_keys("\x1bm")?;
    terminal.expect("宛先（")?;
    terminal.type_keys(&format!("{}asano\r", "\x7f".repeat("nobody".len())))?;
    terminal.expect("宛先 asano")?;
    terminal.type_keys("\x13")?;
    terminal.expect("として記録しました。")?;
    let asked = ward.entry("眠剤は続けますか").await?;
    ensure!(asked.question_state() == QuestionState::Open);
    let me = ward.doctor.session.me.actor.clone().context("the doctor")?;
    ensure!(asked.mentions.len() == 1 && asked.mentions[0].person_id == me.person_id, "{asked:?}");

    // the answer is seen without a key
    terminal.expect("質問: 未回答")?;
    let answer = PostEntryRequest {
        content: said(MessageIntent::Answer, "続けてください"),
        reply_to_entry_id: asked.entry_id.clone(),
        ..posting(&ward.patient, "")
    };
    let answer = ward.doctor.session.timeline.clone().post_entry(answer).await?.into_inner().entry;
    terminal.expect("質問: 回答済み")?;
    // and so is what happens to entries that nobody answered
    let corrected = correction(&answer.context("the answer")?, said(MessageIntent::Answer, "半量に"));
    ward.doctor.session.timeline.clone().correct_entry(corrected).await?;
    terminal.expect("訂正済み")?;
    Ok(())
}

async fn a_watch_prints_what_is_done_to_entries(engine: Engine) -> Result<()> {
    let ward = Ward::open(engine).await?;
    let noted = ward.doctor.session.post(&ward.patient, "減量します").await?;
    let mut watch = Watch::open(&ward.nurse.cli, &[&ward.patient])?;
    watch.expect("access", |event| event["event"] == "access_started")?;
    let mut screen = Screen::open(&ward.nurse.cli)?;
    let request = AcknowledgeEntryRequest {
        patient_id: ward.patient.clone(),
        entry_id: noted.entry_id.clone(),
        word: "了解".to_owned(),
    };
    ward.doctor.session.timeline.clone().acknowledge_entry(request).await?;
    let marked = watch.expect("the mark", |event| event["event"] == "entry_marked")?;
    ensure!(marked["entry_id"] == *noted.entry_id && marked["mark"] == "acknowledged", "{marked}");
    ensure!(marked["seq"] == noted.seq && marked["status"] == "final" && marked["acknowledged"] == false);
    ensure!(marked["position"]["mark"] == 1 && !marked.to_string().contains("了解"), "{marked}");
    let corrected = correction(&noted, message("中止します"));
    ward.doctor.session.timeline.clone().correct_entry(corrected).await?;
    let marked = watch.expect("the correction", |event| event["event"] == "entry_marked")?;
    ensure!(marked["mark"] == "corrected" && marked["status"] == "corrected", "{marked}");
    for line in ["acknowledged", "corrected"] {
        screen.show_until(&format!("✓ 山本 ふじ #{}: {line} (", noted.seq))?;
    }
    Ok(())
}
