//! One damaged consent is the trouble of one patient, whom nobody sees until it is mended: it might have been
//! a denial. The server's log says whose it is.

use std::{fs, process::Command};

use anyhow::{Result, ensure};
use renkei_proto::v1::{Category, ListPatientsRequest, WatchRequest, watch_response::Event};
use renkei_tests::{database::Engine, process};

use super::{Team, next, sqlite_file};
use crate::region::text_of;

crate::on_both_engines!(a_damaged_consent_hides_one_patient_only);

async fn a_damaged_consent_hides_one_patient_only(engine: Engine) -> Result<()> {
    let mut team = Team::open(engine).await?;
    team.consent(&team.manager, &[], None).await?;
    team.post(Category::Message, "同意書が壊れた患者").await?;
    let (doctor, manager) = (team.doctor.session.clone(), team.manager.session.clone());
    let intact = doctor.register().await?;
    doctor.join(&intact, &manager).await?;
    doctor.consent_to_all(&intact).await?;
    doctor.post(&intact, "無事な患者").await?;

    team.region.server.stop()?;
    damage(&team, &manager.organization())?;
    team.region.server.start()?;

    for session in [&doctor, &manager] {
        session.expect_nothing(&team.patient).await?;
        let listed = session.patients.clone().list_patients(ListPatientsRequest::default()).await?;
        let listed = listed.into_inner().patients;
        ensure!(listed.iter().map(|patient| &patient.patient_id).eq([&intact]), "{listed:?}");
        let mut stream = session.timeline.clone().watch(WatchRequest::default()).await?.into_inner();
        match next(&mut stream).await?? {
            Event::AccessStarted(position) => ensure!(position.patient_id == intact, "{position:?}"),
            other => anyhow::bail!("{other:?}"),
        }
    }
    let inbox = manager.inbox().await?;
    ensure!(inbox.iter().any(|entry| text_of(entry) == "無事な患者"), "{inbox:?}");
    let log = fs::read_to_string(team.region.server.log_file())?;
    let is_named =
        |patient: &str| log.lines().any(|line| line.contains(r#""level":"ERROR""#) && line.contains(patient));
    ensure!(
        is_named(&team.patient) && !is_named(&intact),
        "the log does not name the patient, or another one"
    );
    Ok(())
}

/// Spoils the consent that names `organization`, while the server is down.
fn damage(team: &Team, organization: &str) -> Result<()> {
    let server = &team.region.server;
    let scope = format!(r#"{{"organizations":["{organization}"]}}"#);
    if let Some(url) = server.database().url() {
        let statement = format!("UPDATE consent SET form = 'x' WHERE form LIKE '%{scope}%'");
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--dbname", &url, "--command", &statement]);
        let done = process::run(&mut psql, b"")?;
        ensure!(done.stdout.starts_with(b"UPDATE 1"), "{}", done.stderr);
        return Ok(());
    }
    let file = sqlite_file(server)?;
    let (mut bytes, scope) = (fs::read(&file)?, scope.into_bytes());
    let places: Vec<usize> =
        bytes.windows(scope.len()).enumerate().filter(|(_, w)| *w == scope).map(|(at, _)| at).collect();
    ensure!(!places.is_empty(), "the consent is not in the file");
    for at in places {
        bytes[at] = b'x';
    }
    fs::write(file, bytes)?;
    Ok(())
}
