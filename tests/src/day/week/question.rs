//! Questions to somebody: one is answered, one stays open and waits for whom it is to; and a word that something was
//! taken note of.

use anyhow::{Result, ensure};

use super::{LOCAL_ID, Posting, waits};
use crate::day::{
    cast::{CARE_MANAGER, CARE_WORKER, DENTIST, DOCTOR, NURSE, PHARMACIST, THERAPIST, person},
    stage::{Stage, field, list, message},
};

const WORD: &str = "了解しました。送迎の時間を合わせます。";

pub(super) fn play(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "五日目：介護職が薬剤師に質問し、薬剤師が答える。歯科医師の質問はまだ答えを待つ",
        "Day 5: the care worker asks the pharmacist, who answers. The dentist's question still waits",
    );
    let asker = Posting { patient, number: LOCAL_ID, author: CARE_WORKER, reader: PHARMACIST };
    let text = "text=朝の薬を昼に飲んだ日があります。そのままでよいですか。";
    let question = asker.post_with(stage, "message", &[text], &["--question", "--mention", PHARMACIST])?;
    let id = field(&question, "entry_id")?;
    ensure!(question["question_state"] == "open", "{question}");
    ensure!(question["mentions"][0]["name"] == person(PHARMACIST).name, "{question}");
    stage.show(PHARMACIST, &["inbox", "--view", "open_questions"])?;
    for (login, view, expected) in [
        (PHARMACIST, "mentions", true),
        (PHARMACIST, "open_questions", true),
        (CARE_WORKER, "open_questions", true),
        (THERAPIST, "open_questions", false),
    ] {
        ensure!(waits(stage, login, view, &id)? == expected, "{view} of {login}");
    }
    let answer = "気づいた時点で飲み、次の朝からは元どおりで結構です。";
    let args = ["post", LOCAL_ID, "--answer", "--reply-to", &id, "--message", answer];
    stage.show(PHARMACIST, &args)?;
    let answered = stage.ask(CARE_WORKER, &["entry", "show", patient, &id])?;
    ensure!(answered["question_state"] == "answered", "{answered}");
    for (login, view) in
        [(PHARMACIST, "mentions"), (PHARMACIST, "open_questions"), (CARE_WORKER, "open_questions")]
    {
        ensure!(!waits(stage, login, view, &id)?, "it still waits in {view} of {login}");
    }

    let asker = Posting { patient, number: LOCAL_ID, author: DENTIST, reader: DOCTOR };
    let text = "text=抜歯を考えています。抗血栓薬はありますか。";
    let open = asker.post_with(stage, "message", &[text], &["--question", "--mention", "role:doctor"])?;
    let open = field(&open, "entry_id")?;
    stage.show(DOCTOR, &["inbox", "--view", "open_questions"])?;
    for login in [DOCTOR, DENTIST] {
        ensure!(waits(stage, login, "open_questions", &open)?, "{login} does not see that it is open");
    }
    ensure!(!waits(stage, PHARMACIST, "open_questions", &open)?, "it is not to the pharmacist");
    stage.fact(
        "答えられた質問は消え、答えを待つ質問は宛先と質問者の新着に残る",
        "The answered one is gone; the open one stays in the inbox of the doctor and of the dentist",
    );
    acknowledged(stage, patient)
}

fn acknowledged(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "ケアマネジャーが確認のひとことを返し、医師はまだ読んでいない人を見る",
        "The care manager acknowledges with a word, and the doctor sees who has not read",
    );
    let doctor = Posting { patient, number: LOCAL_ID, author: DOCTOR, reader: CARE_MANAGER };
    let entry =
        doctor.post(stage, "message", &["text=来週の往診は火曜の午後に変わります。", "intent=report"])?;
    let id = field(&entry, "entry_id")?;
    ensure!(message(&entry).contains("火曜") && entry["acknowledged"] == false, "{entry}");
    stage.show(CARE_MANAGER, &["entry", "acknowledge", LOCAL_ID, &id, "--word", WORD])?;
    stage.show(DOCTOR, &["timeline", "readers", LOCAL_ID, &id])?;
    let told = stage.ask(DOCTOR, &["timeline", "readers", patient, &id])?;
    let given = list(&told["acknowledgements"])?;
    ensure!(given.len() == 1 && given[0]["word"] == WORD, "{told}");
    ensure!(given[0]["actor"]["person_name"] == person(CARE_MANAGER).name, "{told}");
    let unread = |login| -> Result<bool> {
        Ok(list(&told["not_read"])?.iter().any(|actor| actor["person_name"] == person(login).name))
    };
    ensure!(!unread(CARE_MANAGER)?, "who acknowledged it has read it: {told}");
    for login in [NURSE, DENTIST, PHARMACIST, CARE_WORKER, THERAPIST] {
        ensure!(unread(login)?, "{login} has not read it: {told}");
    }
    stage.fact(
        "読んだ人・確認した人・まだの人がわかる",
        "Who has read it, who acknowledged it, and who has not",
    );
    Ok(())
}
