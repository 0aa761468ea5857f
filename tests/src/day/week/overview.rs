//! The patient on one screen, the weight over the week from several organisations, and what the organisations did.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{LOCAL_ID, moment::day};
use crate::day::{
    cast::{ADMIN, CARE_WORKER, CLERK, DENTIST, DOCTOR, PHARMACIST, THERAPIST, person},
    stage::{Stage, list, message},
};

pub(super) fn play(stage: &Stage, patient: &str) -> Result<()> {
    stage.scene(
        "患者を一画面で：病名・アレルギー・薬・最新の測定値・未回答の質問・ケアプラン",
        "The patient on one screen: problems, allergies, drugs, newest values, open questions, care plan",
    );
    stage.show(THERAPIST, &["patient", "summary", LOCAL_ID])?;
    let shown = stage.ask(THERAPIST, &["patient", "summary", patient])?;
    let summary = &shown["summary"];
    let said = |part: &str| &summary[part]["content"][part];
    ensure!(said("problem_list")["problems"][0]["name"] == "慢性心不全", "{summary}");
    ensure!(said("allergy_list")["allergies"][0]["substance"] == "ペニシリン系抗菌薬", "{summary}");
    ensure!(said("care_plan")["care_level"] == "care_3", "{summary}");
    let drugs: BTreeSet<&str> = list(&summary["medications"])?.iter().filter_map(organization).collect();
    let wanted = [person(DOCTOR).organization, person(PHARMACIST).organization];
    ensure!(drugs == BTreeSet::from(wanted), "prescribed and dispensed by {drugs:?}");
    let open = list(&summary["open_questions"])?;
    ensure!(open.len() == 1 && open[0]["author"]["person_name"] == person(DENTIST).name, "{summary}");
    ensure!(message(&open[0]).contains("抜歯"), "{summary}");
    let newest = list(&summary["last_observations"])?.iter().find(|one| is_weight(one));
    let newest = newest.with_context(|| format!("no weight in {summary}"))?;
    ensure!(newest["value"]["value"] == "50.4", "the newest weight: {newest}");
    let to_pharmacist = stage.ask(PHARMACIST, &["patient", "summary", patient])?;
    let to_pharmacist = &to_pharmacist["summary"];
    ensure!(to_pharmacist["care_plan"].is_null(), "the pharmacist sees the care plan: {to_pharmacist}");
    let substance = &to_pharmacist["allergy_list"]["content"]["allergy_list"]["allergies"][0]["substance"];
    ensure!(substance == "ペニシリン系抗菌薬", "{to_pharmacist}");

    stage.say("一週間の体重（看護と介護の記録から）", "The weight over the week, of nurse and care worker");
    stage.show(DOCTOR, &["observation", "list", LOCAL_ID, "--code", "weight"])?;
    let weights = stage.ask(DOCTOR, &["observation", "list", patient, "--code", "weight"])?;
    let values: Vec<&Value> = list(&weights)?.iter().map(|one| &one["value"]["value"]).collect();
    ensure!(values == ["50.4", "49.1", "48.2"], "the weight, newest first: {weights}");
    ensure!(list(&weights)?.iter().all(is_weight), "something else: {weights}");
    let offices: BTreeSet<&str> = list(&weights)?.iter().filter_map(organization).collect();
    ensure!(offices.contains(person(CARE_WORKER).organization) && offices.len() == 2, "{offices:?}");
    let heart = stage.ask(THERAPIST, &["observation", "list", patient, "--code", "BNP"])?;
    ensure!(list(&heart)?.len() == 1 && heart[0]["value"]["value"] == "312", "the BNP: {heart}");
    stage.fact(
        "見てよいものだけが一画面にまとまり、薬局の画面にケアプランはない",
        "One screen shows what one may see: to the pharmacy it shows no care plan",
    );
    report(stage)
}

/// What an organisation did, for those who answer for it.
fn report(stage: &Stage) -> Result<()> {
    stage.scene(
        "週の終わり：医療事務が自院の、管理者が薬局の利用状況を見る",
        "The end of the week: the clerk looks at the clinic's usage report, the administrator at the pharmacy's",
    );
    let (from, to) = (day(1), day(0));
    let usage = ["report", "usage", "--from", &from, "--to", &to];
    stage.refused(DOCTOR, &usage, 4)?;
    stage.show(CLERK, &usage)?;
    let clinic = stage.ask(CLERK, &usage)?;
    ensure!(clinic["organization_name"] == person(CLERK).organization, "{clinic}");
    // Two notes of the doctor's: what the clerk entered counts as the clinic's.
    for (kind, posts) in [("nursing_instruction", 1), ("referral_letter", 1), ("visit_note", 2)] {
        ensure!(count(&clinic, kind) == Some(posts), "not {posts} {kind}: {clinic}");
    }
    ensure!(number(&clinic["active_people"]) == Some(2), "{clinic}");
    ensure!(number(&clinic["patients"]) == Some(3), "{clinic}");

    let organization = ["--organization", person(PHARMACIST).organization];
    stage.show(ADMIN, &[&usage[..], &organization].concat())?;
    let pharmacy = stage.ask(ADMIN, &[&usage[..], &organization].concat())?;
    ensure!(count(&pharmacy, "medication") == Some(2), "{pharmacy}");
    let asked = ["questions_received", "questions_received_open"].map(|name| number(&pharmacy[name]));
    ensure!(asked == [Some(1), Some(0)], "the care worker's question was answered: {pharmacy}");
    stage.fact(
        "利用状況は件数だけで、内容は含まない。医師には権限がない",
        "A report counts and tells nothing of what was written; the doctor may not read it",
    );
    Ok(())
}

fn organization(told: &Value) -> Option<&str> {
    told["author"]["organization_name"].as_str()
}

/// By LOINC: body weight.
fn is_weight(observed: &Value) -> bool {
    observed["code"]["code"] == "29463-7"
}

/// How many entries of a kind a report counts.
fn count(report: &Value, kind: &str) -> Option<i64> {
    let of_kind = report["posts"].as_array()?.iter().find(|one| one["kind"] == kind)?;
    number(&of_kind["count"])
}

/// A count, which JSON may carry as text.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
