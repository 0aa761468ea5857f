//! Eight organisations care for a third patient, who permits all of them everything but one thing: the pharmacy
//! is not to see care plans.

use anyhow::{Context as _, Result, ensure};

use super::LOCAL_ID;
use crate::day::{
    cast::{
        CARE_MANAGER, CARE_WORKER, COLLEAGUE, DENTIST, DOCTOR, NURSE, PEOPLE, PHARMACIST, SOCIAL_WORKER,
        THERAPIST, person,
    },
    consent,
    stage::{Stage, list, text_of},
};

const NAME: &str = "森 ハル";

pub(super) fn play(stage: &Stage) -> Result<String> {
    stage.scene(
        "一週間：三人目の患者を、八つの事業所が支える",
        "The week: eight organisations care for a third patient",
    );
    let patient = consent::register(stage, NAME, "モリ ハル", "1934-02-20", "female", LOCAL_ID)?;
    let invited = [CARE_MANAGER, NURSE, PHARMACIST, DENTIST, SOCIAL_WORKER, CARE_WORKER, THERAPIST];
    for login in invited {
        consent::invite(stage, &patient, LOCAL_ID, login)?;
    }

    stage.say(
        "患者は全員に同意する。ただし薬局にはケアプランを見せない",
        "The patient consents for all of them, but the pharmacy is not to see care plans",
    );
    let except = format!("organization={},category=care_plan", person(PHARMACIST).organization);
    let paper = text_of(&stage.files.paper)?;
    let scope = ["--all-members", "--except", &except, "--paper", &paper];
    stage.show(DOCTOR, &[&["consent", "record", LOCAL_ID], &scope[..]].concat())?;

    stage.show(DOCTOR, &["access", "list", LOCAL_ID])?;
    let access = stage.ask(DOCTOR, &["access", "list", &patient])?;
    for one in &PEOPLE {
        let listed = list(&access)?.iter().any(|who| who["subject"]["person_name"] == one.name);
        // The station shows its patients to assigned staff only.
        ensure!(listed == (one.login != COLLEAGUE), "{} in {access}", one.login);
    }
    let team = stage.ask(THERAPIST, &["care-team", "list", LOCAL_ID])?;
    let custodian = person(DOCTOR).organization;
    for one in &PEOPLE {
        let found = list(&team)?.iter().find(|member| member["organization_name"] == one.organization);
        let is_custodian = one.organization == custodian;
        ensure!(found.is_some() || is_custodian, "{} is not in the team: {team}", one.organization);
        let accepted = found.is_none_or(|member| member["status"] == "accepted");
        ensure!(accepted, "{}: {team}", one.organization);
    }
    let shown = stage.ask(CARE_WORKER, &["patient", "show", LOCAL_ID]).context("the care worker")?;
    ensure!(shown["demographics"]["name"] == NAME, "patient show: {shown}");
    stage.fact(
        "八つの事業所の九人に見える。担当でない看護師には見えない",
        "Nine people of eight organisations see the patient; the nurse who is not assigned does not",
    );
    Ok(patient)
}
