//! A record on paper: what a reader of PDFs finds in it is what the person who printed it may see.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use anyhow::{Context as _, Result, ensure};
use data_encoding::HEXLOWER;
use renkei_proto::v1::{
    AuditAction, Category, ListProvisionsRequest, OrganizationKind, PostEntryRequest, Role, Sensitivity,
};
use renkei_tests::{cli::Cli, database::Engine, fixtures};
use sha2::{Digest as _, Sha256};

use crate::region::{PASSWORD, Region, invitation, posting};

#[path = "../../../client-cli/src/paper/reading.rs"]
mod reading;

crate::on_both_engines!(a_record_is_printed, measurements_are_drawn);

/// A nurse of a station of her own, with the real client.
async fn nurse(region: &Region, login_name: &str) -> Result<Cli> {
    let secret = region.admit(login_name, OrganizationKind::HomeVisitNursing, Role::Nurse).await?;
    let folder = region.server.folder().join(format!("secrets-{login_name}"));
    fs::create_dir(&folder)?;
    let (code, password) = (folder.join("code"), folder.join("password"));
    fs::write(&code, secret)?;
    fs::write(&password, PASSWORD)?;
    let (code, password) = (code.display().to_string(), password.display().to_string());
    let cli = Cli::new(&region.server.folder().join("home"), login_name, "ja");
    let server = region.server.url();
    let secrets = ["--code-file", &code, "--password-file", &password];
    cli.text(&[&["device", "enroll", "--server", &server], &secrets[..]].concat(), "")?;
    cli.text(&["login", "--password-file", &password], "")?;
    Ok(cli)
}

fn read(file: &Path) -> Result<String> {
    Ok(reading::text(&reading::pages(&fs::read(file)?)))
}

async fn a_record_is_printed(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("sugita").await?.session;
    let patient = doctor.register().await?;
    let texts = ["仙骨部の発赤は消退した。髙橋さん・𠮷田さんと確認。", "「よく眠れた。」と話す。"];
    for text in texts {
        doctor.post(&patient, text).await?;
    }
    let hidden = "ここだけの話です";
    doctor.post_as(&patient, Category::Message, Sensitivity::MentalHealth, hidden).await?;
    let file = doctor.upload(&patient, "創部の写真.jpg", fixtures::PHOTO).await?;
    let photo = PostEntryRequest {
        attachment_ids: vec![file.attachment_id.clone()],
        urgent: true,
        ..posting(&patient, "写真です")
    };
    doctor.timeline.clone().post_entry(photo).await?;

    let cli = nurse(&region, "terada").await?;
    let me = cli.json(&["whoami"])?;
    let me = &me["identity"]["actor"];
    let organization = me["organization_id"].as_str().context("whoami")?.to_owned();
    doctor.patients.clone().invite_care_team_member(invitation(&patient, organization)).await?;
    let path = region.server.folder().join("record.pdf");
    let out = path.display().to_string();
    let print = ["timeline", "print", &patient, "--out", &out];
    let refused = cli.run(&print, "")?;
    ensure!(
        refused.status.code() == Some(3) && !path.exists(),
        "printed without a consent: {}",
        refused.stderr
    );
    cli.text(&["care-team", "accept", &patient], "")?;
    doctor.consent_to_all(&patient).await?;

    let unread = cli.json(&["inbox"])?;
    let printed = cli.json(&print)?;
    let shown = cli.json(&["timeline", "show", &patient, "--no-mark-read"])?;
    let shown = shown.as_array().context("a list")?;
    ensure!(printed["entries"] == shown.len() && printed["missing_characters"] == serde_json::json!([]));
    ensure!(fs::metadata(&path)?.permissions().mode() & 0o777 == 0o600, "others can read it");
    let text = read(&path)?;
    for entry in shown {
        let place = format!("#{}  ", entry["seq"]);
        ensure!(
            text.contains(&place) && text.contains(entry["entry_id"].as_str().context("id")?),
            "{place}: {text}"
        );
    }
    let hash = HEXLOWER.encode(&Sha256::digest(fixtures::PHOTO));
    let patient_read = doctor.patient(&patient).await?.into_inner().patient.context("patient")?;
    let known = patient_read.demographics.context("demographics")?;
    let name = |value: &serde_json::Value| value.as_str().map(str::to_owned).context("a name");
    let (reader, station) = (name(&me["person_name"])?, name(&me["organization_name"])?);
    let author = doctor.me.actor.clone().context("the doctor")?;
    let expected = [
        texts[0],
        texts[1],
        "写真です",
        "至急",
        "創部の写真.jpg",
        &hash,
        &known.name,
        "1936-05-05",
        "印刷 ",
        "（サーバー時刻）",
        &reader,
        &station,
        &author.person_name,
        &author.organization_name,
        "1 / ",
        "以上",
    ];
    for expected in expected {
        ensure!(text.contains(expected), "{expected} is not in {text}");
    }
    ensure!(!text.contains(hidden), "{text}");
    ensure!(cli.json(&["inbox"])? == unread, "printing is not reading");
    let request = ListProvisionsRequest { patient_id: patient.clone(), ..Default::default() };
    let provided = doctor.audit.clone().list_provisions(request).await?.into_inner().provisions;
    let read_by_nurse = provided.iter().any(|row| row.action() == AuditAction::EntryRead);
    ensure!(read_by_nurse, "what was printed is not on record: {provided:?}");

    let before = fs::read(&path)?;
    let refused = cli.run(&print, "")?;
    ensure!(refused.status.code() == Some(8) && fs::read(&path)? == before, "{}", refused.stderr);
    doctor.post(&patient, "あとから").await?;
    cli.text(&[&print[..], &["--force"]].concat(), "")?;
    ensure!(read(&path)?.contains("あとから"));
    Ok(())
}

async fn measurements_are_drawn(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("sugita").await?.session;
    let patient = doctor.register().await?;
    let cli = nurse(&region, "terada").await?;
    let organization = cli.json(&["whoami"])?["identity"]["actor"]["organization_id"].clone();
    let organization = organization.as_str().context("whoami")?.to_owned();
    doctor.patients.clone().invite_care_team_member(invitation(&patient, organization)).await?;
    cli.text(&["care-team", "accept", &patient], "")?;
    doctor.consent_to_all(&patient).await?;
    let none = cli.json(&["observation", "graph", &patient, "bp"])?;
    ensure!(none == serde_json::json!([]), "{none}");
    doctor.post(&patient, "バイタルの前").await?;
    for pressure in ["bp=128/76", "bp=142/84", "bp=119/70"] {
        cli.text(
            &["post", &patient, "--subjective", "変わりなし", "--vital", pressure, "--vital", "temp=36.8"],
            "",
        )?;
    }

    let drawn = cli.json(&["observation", "graph", &patient, "血圧", "8310-5"])?;
    let series = drawn.as_array().context("a list")?;
    let values = |series: &serde_json::Value| -> Vec<String> {
        let points = series["points"].as_array().into_iter().flatten();
        points.filter_map(|point| point["value"].as_str().map(str::to_owned)).collect()
    };
    let codes: Vec<_> = series.iter().filter_map(|series| series["code"].as_str()).collect();
    ensure!(codes == ["8480-6", "8462-4", "8310-5"], "{drawn}");
    ensure!(values(&series[0]) == ["128", "142", "119"] && values(&series[2]) == ["36.8"; 3], "{drawn}");
    let shown = cli.text(&["observation", "graph", &patient, "bp"], "")?;
    ensure!(shown.contains("血圧  mmHg") && shown.contains("最新 119") && shown.contains("\nA "), "{shown}");

    let folder = region.server.folder();
    let (svg, png, pdf) = (folder.join("bp.svg"), folder.join("bp.png"), folder.join("bp.pdf"));
    for picture in [&svg, &png] {
        let out = picture.display().to_string();
        cli.text(&["observation", "graph", &patient, "bp", "--out", &out], "")?;
        ensure!(fs::metadata(picture)?.permissions().mode() & 0o777 == 0o600, "others can read {out}");
        let again = cli.run(&["observation", "graph", &patient, "bp", "--out", &out], "")?;
        ensure!(again.status.code() == Some(8), "{}", again.stderr);
    }
    // the values are moments apart, so the picture writes the newest beside its mark, and the others in words
    let drawn = fs::read_to_string(&svg)?;
    ensure!(drawn.contains("最高 142") && drawn.contains(">119</text>"), "{drawn}");
    ensure!(fs::read(&png)?.starts_with(b"\x89PNG\r\n"));

    let out = pdf.display().to_string();
    let print = ["timeline", "print", &patient, "--out", &out, "--graphs", "--kind", "visit_note"];
    let printed = cli.json(&print)?;
    let text = read(&pdf)?;
    ensure!(printed["entries"] == 3 && !text.contains("バイタルの前"), "only what was asked for: {text}");
    for expected in ["バイタルの推移", "最新 119", "血圧 142/84 mmHg", "対象の種類"] {
        ensure!(text.contains(expected), "{expected} is not in {text}");
    }
    let past = [&print[..5], &["--graphs", "--to", "2020-01-01", "--force"]].concat();
    ensure!(cli.json(&past)?["entries"] == 0);
    let text = read(&pdf)?;
    ensure!(text.contains("記録はありません。") && text.contains("描ける測定値はありません。"), "{text}");
    Ok(())
}
