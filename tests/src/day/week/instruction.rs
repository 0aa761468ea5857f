//! What the doctor knows and orders (problems, allergies, instruction, prescription, laboratory), and what nurse
//! and pharmacist do with it.

use anyhow::{Result, ensure};

use super::{
    LOCAL_ID, Posting,
    moment::{ago, day},
};
use crate::day::{
    cast::{CARE_WORKER, DENTIST, DOCTOR, NURSE, PHARMACIST, person},
    stage::{Stage, list},
};

pub(super) fn play(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "一日目：医師が病名・アレルギー・指示書・処方・検査結果を共有する",
        "Day 1: the doctor shares problems, allergies, the instruction, a prescription and laboratory results",
    );
    let doctor = Posting { patient, number: LOCAL_ID, author: DOCTOR, reader: NURSE };
    let problems = [
        "problem=name=慢性心不全; code=icd10#I50.9; onset=2019年頃; status=active",
        "problem=name=2型糖尿病; code=icd10#E11.9; status=active",
    ];
    let entry = doctor.post(stage, "problem_list", &problems)?;
    let told = &entry["content"]["problem_list"]["problems"];
    ensure!(list(told)?.len() == 2 && told[0]["code"]["code"] == "I50.9", "{entry}");

    let allergies = ["allergy=substance=ペニシリン系抗菌薬; reaction=全身の発疹; criticality=high"];
    let entry = Posting { reader: DENTIST, ..doctor }.post(stage, "allergy_list", &allergies)?;
    ensure!(entry["content"]["allergy_list"]["allergies"][0]["criticality"] == "high", "{entry}");

    let station = format!("station={}", person(NURSE).organization);
    let instruction = [
        "type=ordinary",
        &format!("first_date={}", day(6)),
        &format!("last_date={}", day(-80)),
        "diagnosis=慢性心不全、2型糖尿病",
        "instruction=体重と浮腫の観察。三日で2kg以上増えたら連絡する。内服の確認。",
        "rehabilitation=下肢の運動、室内の歩行",
        &station,
    ];
    let entry = doctor.post(stage, "nursing_instruction", &instruction)?;
    ensure!(entry["content"]["nursing_instruction"]["type"] == "ordinary", "{entry}");

    let prescription = [
        "event=prescription",
        "item=name=フロセミド錠20mg; dose=1回1錠; usage=1日1回 朝食後; days=14; quantity=14錠",
        "item=name=エナラプリル錠5mg; dose=1回1錠; usage=1日1回 朝食後; days=14; quantity=14錠",
        &format!("effective_date={}", day(6)),
    ];
    let entry = Posting { reader: PHARMACIST, ..doctor }.post(stage, "medication", &prescription)?;
    let items = &entry["content"]["medication"]["items"];
    ensure!(list(items)?.len() == 2 && items[0]["quantity"]["unit"] == "{tbl}", "{entry}");

    let collected = format!("collection_time={}", ago(6, 2));
    let results = [
        "result=code=BNP; value=312 pg/mL; high=18.4; interpretation=H",
        "result=code=K; value=4.4 mmol/L; low=3.6; high=4.8; interpretation=N",
        "result=code=Cre; value=1.12 mg/dL; low=0.46; high=0.79; interpretation=H",
        &collected,
    ];
    let entry = Posting { reader: PHARMACIST, ..doctor }.post(stage, "laboratory_report", &results)?;
    let told = &entry["content"]["laboratory_report"]["results"];
    ensure!(told[0]["interpretation"] == "high" && told[0]["value"]["value"] == "312", "{entry}");
    ensure!(collected.contains(entry["occur_time"].as_str().unwrap_or("no time")), "{collected}: {entry}");

    taken(stage, patient)
}

/// What is done with the drugs, and what is measured.
fn taken(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "二日目：薬剤師が調剤と残薬を、看護師と介護職がバイタルを報告する",
        "Day 2: the pharmacist reports what was dispensed and what is left, nurse and care worker the vital signs",
    );
    let pharmacist = Posting { patient, number: LOCAL_ID, author: PHARMACIST, reader: DOCTOR };
    let dispensed = [
        "event=dispensing",
        "item=name=フロセミド錠20mg; dose=1回1錠; usage=1日1回 朝食後; days=14; quantity=14錠",
        &format!("effective_date={}", day(5)),
        "remark=一包化した。",
    ];
    let entry = pharmacist.post(stage, "medication", &dispensed)?;
    ensure!(entry["content"]["medication"]["event"] == "dispensing", "{entry}");
    let residual = [
        "event=residual",
        "item=name=酸化マグネシウム錠330mg; quantity=42錠; remark=便が軟らかく自分で減らしている",
        "adherence=partial",
        &format!("effective_date={}", day(5)),
    ];
    let entry = Posting { reader: NURSE, ..pharmacist }.post(stage, "medication", &residual)?;
    ensure!(entry["content"]["medication"]["adherence"] == "partial", "{entry}");

    for (author, reader, measured, days) in [
        (NURSE, DOCTOR, "bp=138/82 pulse=84 temp=36.4 spo2=95 weight=48.2", 5),
        (CARE_WORKER, DOCTOR, "bp=142/84 temp=36.6 weight=49.1", 3),
        (NURSE, CARE_WORKER, "bp=134/78 pulse=88 temp=36.5 spo2=93 weight=50.4", 1),
    ] {
        let posting = Posting { patient, number: LOCAL_ID, author, reader };
        let fields = [&format!("observation={measured}"), &format!("measure_time={}", ago(days, 1))];
        let entry = posting.post(stage, "vital_signs", &fields.map(String::as_str))?;
        let observations = list(&entry["content"]["vital_signs"]["observations"])?;
        let weight = measured.rsplit('=').next();
        let found = observations.iter().any(|one| one["value"]["value"].as_str() == weight);
        ensure!(found, "no weight of {weight:?} in {entry}");
    }
    stage.fact(
        "処方・調剤・残薬・検査・測定値が、書いた人の事業所を越えて届いた",
        "Prescription, dispensing, what is left, results and measurements reached the other organisations",
    );
    Ok(())
}
