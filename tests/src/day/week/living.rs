//! How the patient lives: care plan, ADL, the mouth, a memo. The pharmacist sees all of it but the care plan.

use anyhow::{Context as _, Result, ensure};

use super::{
    LOCAL_ID, Posting,
    moment::{ago, day},
    seen,
};
use crate::day::{
    cast::{CARE_MANAGER, CARE_WORKER, DENTIST, DOCTOR, NURSE, PHARMACIST, SOCIAL_WORKER, THERAPIST, person},
    stage::{Stage, field, list},
};

pub(super) fn play(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "四日目：ケアプラン・生活・口腔・リハビリの記録がそろう",
        "Day 4: care plan, daily life, the mouth and the exercises",
    );
    let posting = |author, reader| Posting { patient, number: LOCAL_ID, author, reader };
    let service =
        format!("service=service=訪問介護; provider={}; frequency=週3回", person(CARE_WORKER).organization);
    let plan = [
        "care_level=care_3",
        &format!("first_date={}", day(3)),
        &format!("last_date={}", day(-180)),
        "wishes=住み慣れた家で、花の世話を続けたい。",
        "policy=心不全の悪化を早く見つけ、入院を避ける。",
        "goal=need=体重と塩分の管理; long_term=入院せずに過ごす; short_term=毎朝の体重測定が続く",
        &service,
    ];
    let plan = posting(CARE_MANAGER, CARE_WORKER).post(stage, "care_plan", &plan)?;
    let told = &plan["content"]["care_plan"];
    ensure!(told["care_level"] == "care_3" && list(&told["goals"])?.len() == 1, "{plan}");

    let life = [
        "meals=朝は半分。漬物をよく食べる。",
        "sleep=夜に二度起きる。",
        "mood=花の話をよくする。",
        &format!("assess_time={}", ago(3, 2)),
    ];
    let life = posting(CARE_WORKER, PHARMACIST).post(stage, "daily_life", &life)?;
    let exercises = [
        "score=食事=10 移乗=10 整容=5 歩行=10 階段昇降=5",
        "disability_level=a1",
        "remark=連続歩行は20m。息切れなし。",
        &format!("assess_time={}", ago(3, 1)),
    ];
    let entry = posting(THERAPIST, DOCTOR).post(stage, "daily_life", &exercises)?;
    ensure!(list(&entry["content"]["daily_life"]["scores"])?.len() == 5, "{entry}");

    let mouth = [
        "O=下顎義歯の不適合。口腔乾燥あり。",
        "P=義歯を調整し、二週間後に再訪。",
        &format!("visit_time={}", ago(3, 0)),
    ];
    posting(DENTIST, CARE_MANAGER).post(stage, "visit_note", &mouth)?;
    let memo = ["title=鍵の場所", "text=玄関の鍵は郵便受けの番号錠の中。番号は事務所で管理。"];
    let memo = posting(CARE_WORKER, NURSE).post(stage, "memo", &memo)?;
    ensure!(memo["content"]["memo"]["title"] == "鍵の場所", "{memo}");

    let id = field(&plan, "entry_id")?;
    for login in [DOCTOR, NURSE, DENTIST, SOCIAL_WORKER, THERAPIST] {
        ensure!(
            seen(stage, login, patient, &["--kind", "care_plan"])? == [id.as_str()],
            "{login} sees no plan"
        );
    }
    let to_pharmacist = seen(stage, PHARMACIST, patient, &[])?;
    ensure!(!to_pharmacist.contains(&id), "the pharmacist sees the care plan");
    ensure!(to_pharmacist.contains(&field(&life, "entry_id")?), "the pharmacist does not see the daily life");
    stage.refused(PHARMACIST, &["entry", "show", LOCAL_ID, &id], 3)?;
    let access = stage.ask(PHARMACIST, &["access", "explain", patient])?;
    let why = list(&access["subjects"][0]["explanations"])?.iter();
    let mut why = why.filter(|one| one["category"] == "care_plan" && one["sensitivity"] == "normal");
    let why = why.next().with_context(|| format!("nothing of care plans in {access}"))?;
    ensure!(why["read"] == false && why["reason"] == "denied", "{why}");
    stage.fact(
        "ケアプランは薬局だけに見えない。ほかの記録は薬局にも見える",
        "Of all of them only the pharmacy does not see the care plan; the rest it does see",
    );
    Ok(())
}
