//! The doctor registers a patient and invites the others; until the patient's consent is recorded nobody
//! else sees anything, after it exactly those whom it names do, and they are told of it.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{
    cast::{CARE_MANAGER, DOCTOR, NURSE, PHARMACIST, person},
    stage::{Stage, field, list, notice, text_of},
};

/// The clinic's own number for the patient of the day.
pub(super) const LOCAL_ID: &str = "S-1024";
/// Name of the patient of the day.
pub(super) const NAME: &str = "山田 花子";
/// Its number for the other one.
pub(super) const OTHER_LOCAL_ID: &str = "S-2048";

pub(super) fn play(stage: &Stage) -> Result<(String, String)> {
    stage.scene(
        "医師が患者を登録し、三つの事業所をケアチームに招く",
        "The doctor registers a patient and invites three organisations to the care team",
    );
    let patient = register(stage, NAME, "ヤマダ ハナコ", "1938-04-12", "female", LOCAL_ID)?;
    for login in [CARE_MANAGER, NURSE, PHARMACIST] {
        invite(stage, &patient, LOCAL_ID, login)?;
    }

    stage.scene(
        "ケアチームに入っても、同意がなければ何も見えない",
        "In the care team, but without a consent: nothing is seen",
    );
    stage.refused(CARE_MANAGER, &["patient", "show", &patient], 3)?;

    stage.scene(
        "患者の同意を、紙の同意書とともに二つの事業所について記録する（薬局は含まない）",
        "The patient's consent is recorded with the scanned paper, for two organisations (not the pharmacy)",
    );
    record_consent(stage, &patient)?;
    stage.show(CARE_MANAGER, &["patient", "show", LOCAL_ID])?;
    let shown = stage.ask(CARE_MANAGER, &["patient", "show", &patient])?;
    ensure!(shown["demographics"]["name"] == NAME, "patient show: {shown}");
    ensure!(shown["demographics"]["name_kana"] == "ヤマダ ハナコ", "patient show: {shown}");
    stage.show(CARE_MANAGER, &["inbox"])?;
    let inbox = stage.ask(CARE_MANAGER, &["inbox"])?;
    let told = list(&inbox)?.iter().find(|entry| notice(entry) == "consent_recorded");
    let told = told.with_context(|| format!("no notice of the consent in {inbox}"))?;
    ensure!(told["category"] == "notice" && told["author"]["person_name"] == person(DOCTOR).name, "{told}");
    stage.fact(
        "ケアマネジャーに患者が見え、同意のお知らせが新着に届いた",
        "Now the care manager sees the patient, and the inbox tells of the consent",
    );

    stage.say("もう一人の患者（今日は何も変わらない）", "Another patient, for whom nothing changes today");
    let other = register(stage, "斎藤 次郎", "サイトウ ジロウ", "1941-11-03", "male", OTHER_LOCAL_ID)?;
    invite(stage, &other, OTHER_LOCAL_ID, CARE_MANAGER)?;
    let paper = text_of(&stage.files.paper)?;
    stage.show(DOCTOR, &["consent", "record", OTHER_LOCAL_ID, "--all-members", "--paper", &paper])?;
    Ok((patient, other))
}

/// Records the consent for care manager and nurse, and returns its id.
pub(super) fn record_consent(stage: &Stage, patient: &str) -> Result<String> {
    let [care_manager, nurse] = [CARE_MANAGER, NURSE].map(|login| person(login).organization);
    let paper = text_of(&stage.files.paper)?;
    let whom = ["--organization", care_manager, "--organization", nurse];
    stage.show(DOCTOR, &[&["consent", "record", LOCAL_ID], &whom[..], &["--paper", &paper]].concat())?;
    let consents = stage.ask(DOCTOR, &["consent", "list", patient])?;
    let newest = &list(&consents)?[0];
    let form = &newest["form"];
    let named = form["scope"]["organizations"]["organization_ids"].as_array().map_or(0, Vec::len);
    ensure!(named == 2, "the newest consent names {named} organisations: {newest}");
    ensure!(form["signer"]["kind"] == "patient" && form["sign_date"].is_string(), "who signed: {newest}");
    ensure!(!field(newest, "paper_attachment_id")?.is_empty(), "a consent without its paper: {newest}");
    field(newest, "consent_id")
}

/// UUID of the patient's consent that stands.
pub(super) fn standing(stage: &Stage, patient: &str) -> Result<String> {
    let consents = stage.ask(DOCTOR, &["consent", "list", patient])?;
    let stands = |one: &&Value| one["custodian"] != true && one["withdraw_time"].is_null();
    let given = list(&consents)?.iter().find(stands);
    field(given.with_context(|| format!("no consent in {consents}"))?, "consent_id")
}

/// Registers a patient of the clinic under its own number, and returns the UUID.
pub(super) fn register(
    stage: &Stage,
    name: &str,
    kana: &str,
    birth: &str,
    sex: &str,
    number: &str,
) -> Result<String> {
    let who = ["--name", name, "--kana", kana, "--birth-date", birth, "--sex", sex, "--local-id", number];
    stage.show(DOCTOR, &[&["patient", "register"], &who[..]].concat())?;
    let found = stage.ask(DOCTOR, &["patient", "list", "--local-id", number])?;
    ensure!(list(&found)?.len() == 1, "patients with the number {number}: {found}");
    field(&found[0], "patient_id")
}

/// Invites the organisation of this person, who accepts.
pub(super) fn invite(stage: &Stage, patient: &str, number: &str, login: &str) -> Result<()> {
    let organization = person(login).organization;
    let message = "在宅療養の支援をお願いします";
    let whom = ["--organization", organization, "--message", message];
    stage.show(DOCTOR, &[&["care-team", "invite", number], &whom[..]].concat())?;
    let invitations = stage.ask(login, &["care-team", "invitations"])?;
    let invitation = list(&invitations)?.iter().find(|one| one["member"]["patient_id"] == patient);
    ensure!(invitation.is_some_and(|one| one["message"] == message), "invitations of {login}: {invitations}");
    // The nursing station shows its patients to assigned staff only.
    let staff: &[&str] = if login == NURSE { &["--assigned-only"] } else { &[] };
    stage.show(login, &[&["care-team", "accept", patient], staff].concat())?;
    let team = stage.ask(DOCTOR, &["care-team", "list", patient])?;
    let member = list(&team)?.iter().find(|one| one["organization_name"] == organization);
    ensure!(member.is_some_and(|one| one["status"] == "accepted"), "care team: {team}");
    Ok(())
}
