//! The same with the real client.

use std::{fs, io::Write as _, process::Stdio};

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{OrganizationKind, Role};
use renkei_tests::{cli::Cli, database::Engine, process, wait};
use serde_json::Value;

use super::{let_codes_be_new, open, phone::Phone};
use crate::region::{PASSWORD, Region};

crate::on_both_engines!(a_person_without_a_device_works_with_the_client);

/// Somebody at a borrowed computer.
struct Borrowed<'a> {
    region: &'a Region,
    cli: Cli,
    password: String,
}

impl Borrowed<'_> {
    fn file(&self, name: &str, content: &str) -> Result<String> {
        let path = self.region.server.folder().join(format!("secret-{name}"));
        fs::write(&path, content)?;
        Ok(path.display().to_string())
    }

    /// Enrols an app as a person does: reads what is shown, and types what the phone shows then.
    fn enroll(&self, args: &[&str]) -> Result<(Phone, Value)> {
        let all = [&["--output", "json", "totp", "enroll", "--first-code-file", "-"], args].concat();
        let mut command = self.cli.command(&all)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let shown = process::lines(child.stderr.take().context("its standard error")?);
        let told = process::lines(child.stdout.take().context("its standard output")?);
        let mut seen = Vec::new();
        let uri = wait::until("the address for the app", || {
            match shown.try_recv() {
                Ok(line) if line.starts_with("otpauth://") => return Ok(Some(line)),
                Ok(line) => seen.push(line),
                Err(std::sync::mpsc::TryRecvError::Empty) => {}
                Err(_) => anyhow::bail!("it ended: {seen:?}"),
            }
            Ok(None)
        })?;
        ensure!(!seen.iter().any(|line| line.contains('█')), "a QR code for nobody: {seen:?}");
        let phone = Phone::scan(&uri)?;
        child.stdin.take().context("its standard input")?.write_all(phone.code()?.as_bytes())?;
        let status = wait::until("the end of the enrolment", || Ok(child.try_wait()?))?;
        let errors: Vec<String> = shown.iter().collect();
        ensure!(status.success(), "{status}: {}", errors.join("\n"));
        let told = told.iter().collect::<Vec<_>>().join("\n");
        ensure!(!told.contains(uri.split("secret=").nth(1).context("secret")?), "the seed is in the output");
        Ok((phone, serde_json::from_str(&told)?))
    }

    /// Runs a command with a code, of the phone or for recovery.
    fn with_code(&self, args: &[&str], code: &str) -> Result<process::Finished> {
        let code = self.file("code", code)?;
        let files = ["--password-file", &self.password, "--totp-code-file", &code];
        self.cli.run(&[args, &files].concat(), "")
    }

    fn done_with_code(&self, args: &[&str], code: &str) -> Result<String> {
        let done = self.with_code(args, code)?;
        ensure!(done.status.success(), "{args:?}: {}: {}", done.status, done.stderr);
        Ok(done.stderr)
    }
}

fn codes(told: &Value) -> Result<Vec<String>> {
    let codes = told["recovery_codes"].as_array().context("recovery_codes")?;
    Ok(codes.iter().filter_map(|code| code.as_str().map(str::to_owned)).collect())
}

/// Somebody without a device enrols an app with the real client, logs in with it and asks who it is.
pub(crate) async fn come_in_with_an_app(region: &Region, name: &str) -> Result<()> {
    let code = region.admit(name, OrganizationKind::Clinic, Role::Doctor).await?;
    let cli = Cli::new(&region.server.folder().join("home"), name, "en");
    let mut me = Borrowed { region, cli, password: String::new() };
    me.password = me.file("password", PASSWORD)?;
    let (server, code) = (region.server.url(), me.file("enrollment", &code)?);
    let (phone, _) =
        me.enroll(&["--server", &server, "--code-file", &code, "--password-file", &me.password])?;
    let_codes_be_new(&region.server)?;
    me.done_with_code(&["login"], &phone.code()?)?;
    ensure!(me.cli.json(&["whoami"])?["identity"]["login_name"] == name);
    Ok(())
}

async fn a_person_without_a_device_works_with_the_client(engine: Engine) -> Result<()> {
    let region = open(engine).await?;
    let code = region.admit("fukuda", OrganizationKind::Clinic, Role::Doctor).await?;
    let cli = Cli::new(&region.server.folder().join("home"), "borrowed", "en");
    let mut me = Borrowed { region: &region, cli, password: String::new() };
    me.password = me.file("password", PASSWORD)?;
    let code = me.file("enrollment", &code)?;
    let (server, cli) = (region.server.url(), &me.cli);
    let place = ["--server", &server, "--code-file", &code, "--password-file", &me.password];
    let (phone, told) = me.enroll(&place)?;
    ensure!(told["login_name"] == "fukuda" && codes(&told)?.len() == 10, "{told}");
    let again = cli.run(&[&["totp", "enroll"], &place[..]].concat(), "")?;
    ensure!(again.status.code() == Some(6), "the profile is enrolled: {}", again.stderr);

    // without a certificate, a code is asked for by itself
    let login = ["login"];
    let nobody = cli.run(&["login", "--password-file", &me.password], "")?;
    ensure!(
        nobody.status.code() == Some(2) && nobody.stderr.contains("--totp-code-file"),
        "{}",
        nobody.stderr
    );
    let wrong = me.with_code(&login, &phone.wrong_code()?)?;
    ensure!(wrong.status.code() == Some(5) && wrong.stderr.contains("[LOGIN_FAILED]"), "{}", wrong.stderr);
    let_codes_be_new(&region.server)?;
    me.done_with_code(&login, &phone.code()?)?;
    ensure!(cli.json(&["whoami"])?["identity"]["login_name"] == "fukuda");
    let devices = cli.json(&["device", "list"])?;
    ensure!(devices[0]["kind"] == "totp" && devices[0]["current"] == true, "{devices}");
    ensure!(cli.text(&["device", "list"], "")?.contains("authenticator app"));
    let profiles = cli.json(&["profile", "list"])?;
    ensure!(profiles[0]["logged_in"] == true, "{profiles}");

    // what wants the password again wants a code, too
    region.server.sql("UPDATE session SET stepped_up_at = created_at - 300000001")?;
    let new = ["totp", "recovery-codes"];
    let refused = cli.run(&[&new[..], &["--password-file", &me.password]].concat(), "")?;
    ensure!(
        refused.status.code() == Some(2) && refused.stderr.contains("--totp-code-file"),
        "{}",
        refused.stderr
    );
    let_codes_be_new(&region.server)?;
    me.done_with_code(&new, &phone.code()?)?;
    let renewed = codes(&cli.json(&new)?)?;

    // the phone is lost
    cli.text(&["logout"], "")?;
    let noted = me.done_with_code(&login, &renewed[0].to_lowercase())?;
    ensure!(noted.contains("left: 9"), "{noted}");
    let (next, told) = me.enroll(&[])?;
    ensure!(cli.run(&["whoami"], "")?.status.code() == Some(5), "the session of the app before has ended");
    let_codes_be_new(&region.server)?;
    ensure!(me.with_code(&login, &phone.code()?)?.status.code() == Some(5), "the phone before");
    me.done_with_code(&["login", "--totp"], &next.code()?)?;
    region.server.sql("UPDATE session SET stepped_up_at = created_at - 300000001")?;
    let new_password = me.file("new-password", "akigaze-no-yama-4")?;
    let change = ["password", "change", "--new-password-file", &new_password];
    me.done_with_code(&change, &codes(&told)?[0])?;
    Ok(())
}
