//! The same with the real client: an administrator, a person, and a program with a profile of its own.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{CreateEnrollmentCodeRequest, OrganizationKind, Role};
use renkei_tests::{cli::Cli, database::Engine};
use serde_json::Value;

use crate::{
    account::commands::Computer,
    region::{PASSWORD, Region, new_id},
};

crate::on_both_engines!(the_client_takes_a_program_from_its_account_to_its_end);

fn text(value: &Value, key: &str) -> Result<String> {
    Ok(value[key].as_str().with_context(|| format!("{key} in {value}"))?.to_owned())
}

/// A computer of the region's administrator.
async fn administrator(region: &Region) -> Result<Computer> {
    let person_id = region.admin.person();
    let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id };
    let code = region.admin.identity.clone().create_enrollment_code(request).await?.into_inner().code;
    Computer::enroll(region, "office", &code)
}

async fn the_client_takes_a_program_from_its_account_to_its_end(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let admin = administrator(&region).await?;
    let code = region.admit("terada", OrganizationKind::Clinic, Role::Doctor).await?;
    let doctor = Computer::enroll(&region, "clinic", &code)?;
    let create = ["service", "create", "--organization", "事業所 terada", "--name", "電子カルテ連携"];
    let created = admin.cli.json(&[&create[..], &["--calls-per-minute", "600"]].concat())?;
    let service = text(&created, "service_account_id")?;
    ensure!(created["calls_per_minute"] == 600 && created["end_time"].is_null(), "{created}");
    ensure!(admin.code(&[&create[..], &["--calls-per-minute", "0"]].concat())? == Some(2));

    let code = admin.cli.text(&["service", "code", &service], "")?;
    let file = region.server.folder().join("service-code");
    fs::write(&file, code.trim())?;
    let (file, server) = (file.display().to_string(), region.server.url());
    let program = Cli::new(&region.server.folder().join("home"), "program", "en");
    let enrolled = program.json(&["service", "enroll", "--server", &server, "--code-file", &file])?;
    ensure!(enrolled["service_account_id"] == created["service_account_id"], "{enrolled}");
    let again = program.run(&["service", "enroll", "--server", &server, "--code-file", &file], "")?;
    ensure!(again.status.code() == Some(6), "{}", again.stderr);

    // a program has no password, and nobody has allowed anything
    let me = doctor.cli.json(&["whoami"])?;
    let affiliation = text(&me["identity"], "affiliation_id")?;
    let alone = program.run(&["login", "--password-file", &doctor.password], "")?;
    ensure!(alone.status.code() == Some(4) && alone.stderr.contains("login --as"), "{}", alone.stderr);
    let refused = program.run(&["login", "--as", &affiliation], "")?;
    ensure!(refused.status.code() == Some(4), "{}", refused.stderr);
    ensure!(refused.stderr.contains("renkei service allow"), "{}", refused.stderr);

    let listed = doctor.cli.json(&["service", "list"])?;
    ensure!(listed[0]["service_account_id"] == created["service_account_id"], "{listed}");
    let with_password = ["service", "allow", &service, "--password-file", &doctor.password];
    ensure!(doctor.cli.json(&with_password)?["affiliation_id"] == me["identity"]["affiliation_id"]);
    let shown = doctor.cli.text(&["service", "allowed"], "")?;
    ensure!(shown.contains("電子カルテ連携") && shown.contains(&affiliation), "{shown}");
    program.text(&["login", "--as", &affiliation], "")?;
    let shown = program.text(&["whoami"], "")?;
    ensure!(shown.contains("Through the service account 電子カルテ連携"), "{shown}");

    let birth =
        ["--name", "山本 ふじ", "--kana", "ヤマモト フジ", "--birth-date", "1936-05-05", "--sex", "female"];
    let patient = text(&doctor.cli.json(&[&["patient", "register"], &birth[..]].concat())?, "patient_id")?;
    program.text(&["post", &patient, "--message", "血圧 128/76（自動送信）"], "")?;
    let events = doctor.cli.text(&["audit", "list", "--patient", &patient], "")?;
    ensure!(events.contains("through 電子カルテ連携"), "{events}");
    doctor.cli.text(&["audit", "verify", "--patient", &patient], "")?;
    let forbidden = program.run(&["consent", "list", &patient], "")?;
    ensure!(forbidden.status.code() == Some(4), "{}", forbidden.stderr);

    ensure!(doctor.cli.json(&["service", "disallow", &service])?["ended_sessions"] == 1);
    ensure!(program.run(&["whoami"], "")?.status.code() == Some(5));
    ensure!(admin.code(&["service", "end", &service])? == Some(2), "nobody confirmed it");
    ensure!(!admin.cli.json(&["service", "end", &service, "--yes"])?["end_time"].is_null());
    let shown = admin.cli.text(&["service", "list", "--organization", "事業所 terada"], "")?;
    ensure!(shown.contains("ended 20"), "{shown}");
    let over = program.run(&["login", "--as", &affiliation], "")?;
    ensure!(over.status.code() == Some(5), "{}", over.stderr);
    ensure!(!over.stderr.contains(PASSWORD) && !over.stderr.contains(code.trim()), "{}", over.stderr);
    Ok(())
}
