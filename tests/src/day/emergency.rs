//! The pharmacist, whom no consent names, opens the record in an emergency (緊急アクセス): everybody is told
//! at once, it is to read only, and the custodian organisation reviews it. Then who can see what now, and
//! what was provided to whom.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{
    Scene,
    cast::{CARE_MANAGER, CLERK, COLLEAGUE, DOCTOR, NURSE, PHARMACIST, Person, person},
    consent::LOCAL_ID,
    restricted,
    stage::{Stage, field, list, message, notice, text_of},
};

pub(super) fn play(stage: &Stage, scene: &mut Scene) -> Result<()> {
    stage.scene(
        "夜、患者が救急搬送される。同意のない薬剤師が、理由を記し、パスワードを再入力して記録を開く",
        "At night an ambulance comes. The pharmacist opens the record: a reason, and the password again",
    );
    let patient = scene.patient.clone();
    let why = "救急隊からの照会。内服薬と用量を確認する。";
    let reason = ["access", "break-glass", &patient, "--reason", "emergency-transport", "--text", why];
    let wrong = stage.secret("wrong.password", "machigai-00-kotoba")?;
    stage.refused(PHARMACIST, &[&reason[..], &["--password-file", &wrong, "--yes"]].concat(), 4)?;
    stage.refused(PHARMACIST, &["timeline", "show", &patient], 3)?;
    let right = stage.secret(&format!("{PHARMACIST}.password"), person(PHARMACIST).password)?;
    stage.show(PHARMACIST, &[&reason[..], &["--password-file", &right, "--yes"]].concat())?;
    let told = scene
        .watch
        .expect("the notice of the emergency access", |event| notice(&event["entry"]) == "break_glass")?;
    let entry = &told["entry"];
    ensure!(entry["urgent"] == true && is_of(&entry["author"], PHARMACIST), "{told}");
    ensure!(entry["content"]["notice"]["text"] == why, "{told}");
    for login in [DOCTOR, NURSE, COLLEAGUE] {
        let inbox = stage.ask(login, &["inbox"])?;
        let told =
            list(&inbox)?.iter().any(|entry| notice(entry) == "break_glass" && entry["urgent"] == true);
        ensure!(told, "inbox of {login}: {inbox}");
    }
    stage.show(PHARMACIST, &["timeline", "show", &patient, "--limit", "3"])?;
    let timeline = stage.ask(PHARMACIST, &["timeline", "show", &patient])?;
    for (what, found) in [
        ("the visit note", list(&timeline)?.iter().any(|entry| entry["entry_id"] == *scene.note)),
        ("the restricted note", list(&timeline)?.iter().any(|entry| message(entry) == restricted::TEXT)),
    ] {
        ensure!(found, "the pharmacist does not see {what}: {timeline}");
    }
    stage.refused(PHARMACIST, &["post", &patient, "--message", "残薬について"], 4)?;
    stage.fact(
        "記録は開き、全員に至急のお知らせが届いた。書き込みはできない",
        "The record is open, to read only, and everybody has an urgent notice",
    );
    review(stage, scene)
}

fn review(stage: &Stage, scene: &mut Scene) -> Result<()> {
    stage.scene(
        "主管機関の医師が、緊急アクセスを確認して妥当と記録する",
        "The doctor of the custodian organisation reviews the emergency access",
    );
    stage.show(DOCTOR, &["access", "review"])?;
    let waiting = stage.ask(DOCTOR, &["access", "review"])?;
    ensure!(list(&waiting)?.len() == 1 && is_of(&waiting[0]["actor"], PHARMACIST), "{waiting}");
    let (id, start) = (field(&waiting[0], "break_glass_id")?, field(&waiting[0], "start_time")?);
    let found = "搬送先で処方が確認でき、治療に役立った。";
    stage.show(DOCTOR, &["access", "review", LOCAL_ID, &id, "--justified", "--text", found])?;
    scene
        .watch
        .expect("the notice of the review", |event| notice(&event["entry"]) == "break_glass_reviewed")?;
    let waiting = stage.ask(DOCTOR, &["access", "review"])?;
    ensure!(list(&waiting)?.is_empty(), "it still waits: {waiting}");
    let events = stage.ask(DOCTOR, &["audit", "list", "--patient", &scene.patient, "--limit", "200"])?;
    for (action, names_it) in [("break_glass", "object_id"), ("entry_read", "break_glass_id")] {
        let stands = list(&events)?.iter().any(|event| {
            event["action"] == action && is_of(&event["actor"], PHARMACIST) && event[names_it] == *id
        });
        ensure!(stands, "no {action} of the emergency access in {events}");
    }
    overview(stage, &scene.patient, &id, &start)
}

fn overview(stage: &Stage, patient: &str, emergency: &str, start: &str) -> Result<()> {
    stage.scene(
        "今、誰に何が見えるのか。誰に何を提供したのか",
        "Who can see what now, and what was provided to whom",
    );
    stage.show(DOCTOR, &["access", "list", LOCAL_ID])?;
    let access = stage.ask(DOCTOR, &["access", "list", patient])?;
    let everybody = [DOCTOR, CLERK, CARE_MANAGER, NURSE, COLLEAGUE, PHARMACIST];
    ensure!(list(&access)?.len() == everybody.len(), "access list: {access}");
    for login in everybody {
        let one = list(&access)?.iter().find(|one| is_of(&one["subject"], login));
        let one = one.with_context(|| format!("{login} is not in {access}"))?;
        let through_emergency =
            list(&one["explanations"])?.iter().any(|what| what["reason"] == "break_glass");
        ensure!(through_emergency == (login == PHARMACIST), "{login}: {one}");
    }

    stage.show(DOCTOR, &["provision", "list", LOCAL_ID, "--from", start])?;
    let provisions = stage.ask(DOCTOR, &["provision", "list", patient])?;
    let to = |login: &str, what: &dyn Fn(&Value) -> bool| -> Result<bool> {
        Ok(list(&provisions)?.iter().any(|one| is_of(&one["recipient"], login) && what(one)))
    };
    let visit_note = |one: &Value| {
        one["items"].as_array().is_some_and(|items| items.iter().any(|item| item["category"] == "visit_note"))
    };
    for login in [CARE_MANAGER, NURSE, COLLEAGUE, PHARMACIST] {
        ensure!(to(login, &visit_note)?, "no visit note provided to {login}: {provisions}");
    }
    ensure!(to(PHARMACIST, &|one| one["break_glass_id"] == emergency)?, "{provisions}");
    ensure!(!to(DOCTOR, &|_| true)?, "provided to the custodian organisation itself: {provisions}");
    let page = stage.server.folder().join("第三者提供の記録.html");
    stage.show(DOCTOR, &["provision", "list", LOCAL_ID, "--print", &text_of(&page)?])?;
    let page = fs::read_to_string(page)?;
    let Person { organization, .. } = person(PHARMACIST);
    ensure!(page.starts_with("<!") && page.contains(organization), "the page to print: {page}");
    stage.fact(
        "閲覧できる人と根拠、第三者提供の記録が、主管機関にすべて見える",
        "The custodian organisation sees who has access through what, and every provision",
    );
    Ok(())
}

fn is_of(actor: &Value, login: &str) -> bool {
    actor["person_name"] == person(login).name
}
