//! The same with the real client: what it shows, and what it does by itself.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{CreateEnrollmentCodeRequest, OrganizationKind, Role};
use renkei_tests::{cli::Cli, database::Engine, watch::Watch};

use crate::region::{PASSWORD, Region, new_id};

crate::on_both_engines!(
    a_person_looks_after_sessions_devices_and_password,
    a_certificate_is_renewed_by_itself_and_an_open_watch_goes_on,
);

/// Somebody's computer.
pub(crate) struct Computer {
    pub(crate) cli: Cli,
    /// The file with the password.
    pub(crate) password: String,
}

impl Computer {
    pub(crate) fn enroll(region: &Region, name: &str, code: &str) -> Result<Self> {
        Self::enroll_over(region, &region.server.url(), name, code)
    }

    /// The same over another way to the server.
    pub(crate) fn enroll_over(region: &Region, server: &str, name: &str, code: &str) -> Result<Self> {
        let secrets = region.server.folder().join(format!("secrets-{name}"));
        fs::create_dir(&secrets)?;
        let file = |name: &str, content: &str| -> Result<String> {
            let path = secrets.join(name);
            fs::write(&path, content)?;
            Ok(path.display().to_string())
        };
        let (code, password) = (file("code", code)?, file("password", PASSWORD)?);
        let cli = Cli::new(&region.server.folder().join("home"), name, "en");
        let place = ["device", "enroll", "--server", server, "--device-name", name];
        cli.text(&[&place[..], &["--code-file", &code, "--password-file", &password]].concat(), "")?;
        let computer = Self { cli, password };
        computer.login()?;
        Ok(computer)
    }

    pub(crate) fn login(&self) -> Result<String> {
        self.cli.text(&["login", "--password-file", &self.password], "")
    }

    /// The exit code of a command.
    pub(crate) fn code(&self, args: &[&str]) -> Result<Option<i32>> {
        Ok(self.cli.run(args, "")?.status.code())
    }
}

async fn two_computers(region: &Region) -> Result<(Computer, Computer)> {
    let code = region.admit("terada", OrganizationKind::Clinic, Role::Doctor).await?;
    let office = Computer::enroll(region, "office", &code)?;
    let me = office.cli.json(&["whoami"])?;
    let person = me["identity"]["actor"]["person_id"].as_str().context("whoami")?;
    let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id: person.to_owned() };
    let code = region.admin.identity.clone().create_enrollment_code(request).await?.into_inner().code;
    Ok((office, Computer::enroll(region, "tablet", &code)?))
}

async fn a_person_looks_after_sessions_devices_and_password(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (office, tablet) = two_computers(&region).await?;
    let sessions = office.cli.json(&["session", "list"])?;
    let sessions = sessions.as_array().context("a list")?;
    ensure!(sessions.len() == 2, "{sessions:?}");
    let foreign = sessions.iter().find(|session| session["device_name"] == "tablet").context("tablet")?;
    ensure!(foreign["current"] == false && foreign["role"] == "doctor", "{foreign}");
    let shown = office.cli.text(&["session", "list"], "")?;
    ensure!(shown.contains("office") && shown.contains("tablet") && shown.contains("yes"), "{shown}");

    let id = foreign["session_id"].as_str().context("session_id")?;
    office.cli.text(&["session", "end", id], "")?;
    ensure!(tablet.code(&["whoami"])? == Some(5));
    tablet.login()?;
    ensure!(office.cli.json(&["session", "end", "--others"])?["ended"] == 1);
    ensure!(tablet.code(&["whoami"])? == Some(5));
    ensure!(office.code(&["session", "end"])? == Some(2), "nothing ends by default");

    tablet.login()?;
    let new = tablet.password.clone() + ".new";
    fs::write(&new, "akigaze-no-yama-4")?;
    let files = ["--password-file", &office.password, "--new-password-file", &new];
    let changed = office.cli.json(&[&["password", "change"], &files[..]].concat())?;
    ensure!(changed["ended_sessions"] == 1, "{changed}");
    ensure!(office.code(&[&["password", "change"], &files[..]].concat())? == Some(4), "it is the old one");
    ensure!(tablet.code(&["login", "--password-file", &tablet.password])? == Some(5));
    tablet.cli.text(&["login", "--password-file", &new], "")?;

    let devices = office.cli.json(&["device", "list"])?;
    let of_tablet = devices.as_array().context("a list")?.iter().find(|device| device["name"] == "tablet");
    let id = of_tablet.context("tablet")?["device_id"].as_str().context("device_id")?;
    ensure!(office.code(&["device", "revoke", id])? == Some(2), "nobody confirmed it");
    office.cli.text(&["device", "revoke", id, "--yes"], "")?;
    ensure!(tablet.code(&["whoami"])? == Some(5));
    ensure!(tablet.code(&["login", "--password-file", &new])? == Some(5));
    let shown = office.cli.text(&["device", "list"], "")?;
    ensure!(shown.contains("revoked 20") && shown.contains("this device"), "{shown}");

    let locked = office.cli.json(&["lock"])?;
    ensure!(locked["session_ended"] == true, "{locked}");
    let again = office.cli.run(&["whoami"], "")?;
    ensure!(again.status.code() == Some(5) && again.stderr.contains("renkei login"), "{}", again.stderr);
    ensure!(
        region.server.sql(
            "SELECT COUNT(*) FROM session s JOIN person p ON p.person_id = s.person_id \
        WHERE p.login_name = 'terada' AND s.ended_at IS NULL"
        )? == "0"
    );
    Ok(())
}

async fn a_certificate_is_renewed_by_itself_and_an_open_watch_goes_on(engine: Engine) -> Result<()> {
    // tokens that are refreshed while the test looks on
    let region = Region::open_with(engine, "[sessions]\naccess_seconds = 3\n").await?;
    let code = region.admit("terada", OrganizationKind::Clinic, Role::Doctor).await?;
    let office = Computer::enroll(&region, "office", &code)?;
    let birth =
        ["--name", "山本 ふじ", "--kana", "ヤマモト フジ", "--birth-date", "1936-05-05", "--sex", "female"];
    let registered = office.cli.json(&[&["patient", "register"], &birth[..]].concat())?;
    let patient = registered["patient_id"].as_str().context("patient_id")?.to_owned();
    ensure!(office.code(&["device", "renew"])? == Some(6), "it is good for long");
    let mut watch = Watch::open(&office.cli, &[&patient])?;

    region.server.sql("UPDATE device SET expires_at = enrolled_at + 864000000000")?;
    let profile = region.server.folder().join("home/office");
    let ends = |file: &str| Ok::<_, anyhow::Error>(fs::read_to_string(profile.join(file))?);
    let before = ends("device.pem")?;
    office.cli.text(&["device", "renew"], "")?;
    ensure!(ends("device.pem")? != before, "the certificate is kept");
    ensure!(region.server.sql("SELECT COUNT(*) FROM device WHERE next_certificate IS NOT NULL")? == "1");
    // the next one is used, and the one before opens nothing any more; the watch finds out when it refreshes
    office.cli.text(&["post", &patient, "--message", "新しい証明書です"], "")?;
    ensure!(region.server.sql("SELECT COUNT(*) FROM device WHERE next_certificate IS NOT NULL")? == "0");
    watch.expect("the first entry", |event| event["event"] == "entry")?;
    let token = || ends("session.json");
    let first = token()?;
    renkei_tests::wait::until("the watch to refresh its session", || Ok((token()? != first).then_some(())))?;
    office.cli.text(&["post", &patient, "--message", "まだ見ています"], "")?;
    watch.expect("an entry after that", |event| event["event"] == "entry")?;

    // a log-in does it by itself, by what the profile says
    region.server.sql("UPDATE device SET expires_at = enrolled_at + 864000000000")?;
    let soon = ends("profile.json")?.replace(
        office.cli.json(&["profile", "list"])?[0]["certificate_expire_time"].as_str().context("end")?,
        &format!("{}-01-01T00:00:00Z", 2000),
    );
    fs::write(profile.join("profile.json"), soon)?;
    let before = ends("device.pem")?;
    office.login()?;
    ensure!(ends("device.pem")? != before, "the certificate was renewed");
    office.cli.text(&["whoami"], "")?;
    Ok(())
}
