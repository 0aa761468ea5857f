//! New versions of patients' keys.

use std::{io::Read as _, process::Stdio};

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::NoticeKind;
use renkei_tests::database::Engine;

use super::{fill::fill, keys, keys_refused, number, status};
use crate::{
    calls::count_of,
    circle::Circle,
    region::{Region, new_id},
    side_doors::{started, watch},
};

crate::on_both_engines!(
    old_and_new_content_opens_after_a_rotation,
    a_rotation_of_patients_that_was_killed_goes_on_and_gives_nobody_two,
);

async fn old_and_new_content_opens_after_a_rotation(engine: Engine) -> Result<()> {
    let mut circle = Circle::open(engine).await?;
    let (doctor, nurse) = (&circle.doctor.session, &circle.nurse.session);
    let patient = circle.patient.clone();
    doctor.consent_to_all(&patient).await?;
    let file = doctor.upload(&patient, "創部.jpg", renkei_tests::fixtures::PHOTO).await?;
    doctor.post(&patient, "古い鍵で").await?;
    let mut stream = watch(nurse, &patient, None).await?;
    started(&mut stream).await?;

    let told = keys(&circle.region.server, &["rotate-patients"]).await?;
    ensure!(told.starts_with("1 patients"), "{told}");
    doctor.post(&patient, "新しい鍵で").await?;
    let seen = crate::calls::next_entry(&mut stream).await?;
    ensure!(crate::region::text_of(&seen) == "新しい鍵で");
    keys(&circle.region.server, &["rotate-patients", "--patient", &patient]).await?;
    doctor.post(&patient, "さらに新しい鍵で").await?;
    // what is sealed in a transaction: a notice, an invitation, an emergency
    let pharmacist = circle.region.pharmacist("doi").await?;
    doctor.join(&patient, &pharmacist.session).await?;
    pharmacist.session.break_glass(&patient).await?;

    let versions = circle.region.server.sql("SELECT key_version FROM entry ORDER BY seq")?;
    let mut versions: Vec<_> = versions.lines().collect();
    versions.dedup();
    ensure!(versions == ["1", "2", "3"], "{versions:?}");
    let texts = ["古い鍵で", "新しい鍵で", "さらに新しい鍵で"];
    circle.region.server.stop()?;
    circle.region.server.start()?;
    let (doctor, nurse) = (&circle.doctor.session, &circle.nurse.session);
    nurse.expect_texts(&patient, &texts).await?;
    ensure!(count_of(&doctor.all_entries(&patient).await?, NoticeKind::BreakGlass) == 1);
    let demographics = doctor.patient(&patient).await?.into_inner().patient.and_then(|it| it.demographics);
    ensure!(demographics == Some(crate::region::demographics()));
    doctor.download(&patient, &file.attachment_id).await.context("a file of the old key")?;

    let after = status(&circle.region.server).await?;
    ensure!(number(&after, "/patients/0/versions")? == 3 && number(&after, "/patients/0/patients")? == 1);
    keys_refused(&circle.region.server, &["rotate-patients", "--patient", &new_id()], "").await?;
    Ok(())
}

async fn a_rotation_of_patients_that_was_killed_goes_on_and_gives_nobody_two(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("asano").await?;
    let patients = fill(&region.server, &doctor.session, 400).await?;
    let mut command = region.server.beside(&["keys", "rotate-patients"])?;
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    child.stderr.take().context("stderr")?.read_exact(&mut [0])?;
    child.kill()?;
    child.wait()?;

    let broken_off = status(&region.server).await?;
    let waiting = number(&broken_off, "/rotating_patients/waiting")?;
    ensure!((1..400).contains(&waiting), "{broken_off}");
    // who is registered meanwhile has a new key anyway
    let new = doctor.session.register().await?;
    doctor.session.post(&patients[0], "更新の途中").await?;
    doctor.session.post(&patients[399], "更新の途中").await?;

    let told = keys(&region.server, &["rotate-patients"]).await?;
    ensure!(told.starts_with(&format!("{waiting} patients")), "{told}, not {waiting}");
    let after = status(&region.server).await?;
    ensure!(after["rotating_patients"].is_null(), "{after}");
    let of_new =
        format!("SELECT COUNT(*) FROM keyring WHERE version = 2 AND patient_id <> {}", literal(engine, &new));
    ensure!(region.server.sql(&of_new)? == "400");
    ensure!(region.server.sql("SELECT MAX(version) FROM keyring")? == "2");
    ensure!(region.server.sql("SELECT COUNT(*) FROM keyring")? == "801");
    for patient in [&patients[0], &patients[399], &new] {
        doctor.session.post(patient, "更新の後").await?;
        ensure!(
            doctor
                .session
                .patient(patient)
                .await?
                .into_inner()
                .patient
                .is_some_and(|it| it.demographics.is_some())
        );
    }
    Ok(())
}

/// A UUID as each engine writes it in a statement.
pub(super) fn literal(engine: Engine, id: &str) -> String {
    match engine {
        Engine::Sqlite => format!("X'{}'", id.replace('-', "")),
        Engine::Postgres => format!("'{id}'"),
    }
}
