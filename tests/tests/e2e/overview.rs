//! Summaries, measurements, templates and reports with the real client.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{OrganizationKind, Role};
use renkei_tests::database::Engine;

use crate::{account::commands::Computer, region::Region};

crate::on_both_engines!(
    a_patient_is_shown_on_one_screen,
    a_template_is_saved_changed_and_deleted,
    an_organisation_sees_what_it_did,
);

/// A nurse, and a patient `12345` of hers.
async fn open(engine: Engine, role: Role) -> Result<(Region, Computer)> {
    let region = Region::open(engine).await?;
    let code = region.admit("hana", OrganizationKind::HomeVisitNursing, role).await?;
    let hana = Computer::enroll(&region, "hana", &code)?;
    let register = [
        "patient",
        "register",
        "--name",
        "山本 ふじ",
        "--kana",
        "ヤマモト フジ",
        "--birth-date",
        "1936-05-05",
    ];
    let rest = ["--sex", "female", "--local-id", "12345"];
    hana.cli.json(&[&register[..], &rest].concat())?;
    Ok((region, hana))
}

async fn a_patient_is_shown_on_one_screen(engine: Engine) -> Result<()> {
    let (_region, hana) = open(engine, Role::Nurse).await?;
    let shown = hana.cli.text(&["patient", "summary", "12345"], "")?;
    ensure!(shown.contains("山本 ふじ") && shown.contains("nothing recorded"), "{shown}");
    let post = |args: &[&str]| hana.cli.json(&[&["post", "12345"], args].concat());
    post(&["--kind", "allergy_list", "--set", "allergies=ペニシリン"])?;
    post(&["--kind", "problem_list", "--set", "problems=脳梗塞後遺症"])?;
    post(&["--subjective", "よく眠れた", "--vital", "bp=128/76", "--vital", "temp=36.50"])?;
    post(&["--question", "--message", "眠剤は続けますか"])?;

    let shown = hana.cli.text(&["patient", "summary", "12345"], "")?;
    for part in ["! ペニシリン", "#1 脳梗塞後遺症", "36.50 ℃", "128 mmHg", "眠剤は続けますか", "事業所 hana"]
    {
        ensure!(shown.contains(part), "{part} is not in {shown}");
    }
    let json = hana.cli.json(&["patient", "summary", "12345"])?;
    let values = json["summary"]["last_observations"].as_array().context("values")?;
    ensure!(values.len() == 3 && values[0]["code"]["code"] == "8480-6", "{json}");
    ensure!(json["patient"]["demographics"]["name"] == "山本 ふじ", "{json}");
    ensure!(json["summary"]["allergy_list"]["kind"] == "allergy_list", "{json}");
    ensure!(json["care_team"].as_array().is_some_and(|team| team.len() == 1), "{json}");

    let listed = hana.cli.json(&["observation", "list", "12345", "--code", "temp"])?;
    let [value] = &listed.as_array().context("a list")?[..] else { panic!("{listed}") };
    ensure!(value["value"]["value"] == "36.50" && value["value"]["unit"] == "Cel", "{value}");
    ensure!(value["observe_time"].is_string() && value["author"]["role"] == "nurse", "{value}");
    let pressure = hana.cli.json(&["observation", "list", "12345", "--code", "bp"])?;
    ensure!(pressure.as_array().is_some_and(|values| values.len() == 2), "{pressure}");
    let past = hana.cli.text(&["observation", "list", "12345", "--to", "2001-01-01"], "")?;
    ensure!(past.contains("No measurements"), "{past}");
    ensure!(hana.code(&["patient", "summary", "99999"])? == Some(3));
    Ok(())
}

async fn a_template_is_saved_changed_and_deleted(engine: Engine) -> Result<()> {
    let (region, hana) = open(engine, Role::Nurse).await?;
    ensure!(hana.code(&["template", "save", "報告", "--set", "text=a"])? == Some(2), "without a kind");
    let new = ["template", "save", "報告", "--kind", "message", "--set", "text=変わりありません。"];
    let saved = hana.cli.json(&new)?;
    ensure!(saved["content"]["message"]["text"] == "変わりありません。", "{saved}");
    ensure!(saved["actor"]["role"] == "nurse" && saved["update_time"].is_string(), "{saved}");
    // what must be filled in of an entry may be missing
    let unfinished = ["template", "save", "処方", "--kind", "medication", "--set", "remark=一包化"];
    hana.cli.json(&unfinished)?;

    // what is shown is what is filled in
    let form = region.server.folder().join("form.txt");
    let shown = hana.cli.text(&["template", "show", "報告"], "")?;
    fs::write(&form, shown.replace("変わりありません。", "変わりありません。\n食欲あり。"))?;
    let file = form.display().to_string();
    let changed = hana.cli.json(&["template", "save", "報告", "--form", &file, "--rename", "訪問報告"])?;
    ensure!(changed["template_id"] == saved["template_id"] && changed["etag"] != saved["etag"], "{changed}");
    ensure!(changed["content"]["message"]["text"] == "変わりありません。\n食欲あり。", "{changed}");
    let renamed = hana.cli.json(&["template", "save", "訪問報告", "--rename", "報告"])?;
    ensure!(renamed["content"] == changed["content"] && renamed["name"] == "報告", "{renamed}");
    let taken = hana.code(&["template", "save", "処方", "--rename", "報告"])?;
    ensure!(taken == Some(6), "{taken:?}");

    let list = hana.cli.text(&["template", "list"], "")?;
    ensure!(list.contains("報告") && list.contains("変わりありません。"), "{list}");
    hana.cli.json(&["post", "12345", "--template", "報告", "--set", "text=特記なし。"])?;
    ensure!(hana.code(&["template", "delete", "報告"])? == Some(2), "nobody confirmed it");
    hana.cli.text(&["template", "delete", "報告", "--yes"], "")?;
    ensure!(hana.code(&["template", "show", "報告"])? == Some(3));
    let left = hana.cli.json(&["template", "list"])?;
    ensure!(left.as_array().is_some_and(|left| left.len() == 1), "{left}");
    Ok(())
}

async fn an_organisation_sees_what_it_did(engine: Engine) -> Result<()> {
    let (_region, office) = open(engine, Role::Coordinator).await?;
    let day = || -> Result<String> {
        let me = office.cli.json(&["whoami"])?;
        let day = me["server_time"].as_str().and_then(|time| time.get(..10));
        day.map(str::to_owned).context("server_time")
    };
    let before = day()?;
    office.cli.json(&["post", "12345", "--message", "退院の連絡がありました"])?;
    let (start, end) = (format!("{before}T00:00:00Z"), format!("{}T23:59:59Z", day()?));
    let report = ["report", "usage", "--from", &start, "--to"];
    let found = office.cli.json(&[&report[..], &[&end]].concat())?;
    ensure!(found["organization_name"] == "事業所 hana", "{found}");
    ensure!(found["posts"][0]["kind"] == "message" && found["posts"][0]["count"] == 1, "{found}");
    ensure!(found["active_people"] == 1 && found["patients"] == 1, "{found}");
    let shown = office.cli.text(&[&report[..], &[&end]].concat(), "")?;
    ensure!(shown.contains("Entries posted") && shown.contains("  message"), "{shown}");
    ensure!(office.code(&[&report[..], &["2999-12-31"]].concat())? == Some(2), "longer than a year");
    Ok(())
}
