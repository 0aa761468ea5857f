//! What becomes of files that nobody wants.

use std::{
    fs::{self, File},
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result, ensure};
use renkei_tests::{database::Engine, wait};
use tonic::Code;

use super::{Source, blobs, doctor_of, expect_no, noise};
use crate::{
    grpc::Session,
    region::{Region, posting},
};

crate::on_both_engines!(what_nothing_names_is_removed_after_a_day, the_doctor_finds_what_is_missing);

const BINARY: &str = "application/octet-stream";

async fn what_nothing_names_is_removed_after_a_day(engine: Engine) -> Result<()> {
    let mut region = Region::open(engine).await?;
    let member = region.doctor("sakai").await?;
    let (doctor, patient) = (member.session.clone(), member.session.register().await?);
    let file = |seed| Source::new(&patient, "a.bin", BINARY, noise(100_000, seed));
    let (named, free, broken) = (file(1), file(2), file(3));
    for source in [&named, &free] {
        source.send(&doctor, 0).await?;
    }
    expect_no(broken.send_until(&doctor, 0, 70_000).await, Code::InvalidArgument, "UPLOAD_MISMATCH")?;
    let mut request = posting(&patient, "写真");
    request.attachment_ids = vec![named.header.attachment_id.clone()];
    doctor.timeline.clone().post_entry(request).await?;
    let kept: Vec<String> = blobs(&region)?
        .into_iter()
        .filter(|path| {
            !path.contains(&free.header.attachment_id) && !path.contains(&broken.header.attachment_id)
        })
        .collect();
    // what a killed process left, and what belongs to nothing
    let folder = region.server.data_dir().join("blobs").join(&patient);
    let orphans = [
        folder.join(&named.header.attachment_id).join("0197f0a0-0000-7000-8000-000000000009").join("00000"),
        folder.join(&named.header.attachment_id).join("0197f0a0-0000-7000-8000-000000000009").join("00001#1"),
    ];
    for orphan in &orphans {
        fs::create_dir_all(orphan.parent().context("a folder")?)?;
        fs::write(orphan, b"sealed")?;
    }
    // young, all of it stays
    let before = blobs(&region)?;
    // three files, two orphans, and whose store it is
    ensure!(before.len() == 6, "{before:?}");
    region.server.stop()?;
    let doctor = restarted(&mut region, &member.device).await?;
    wait_for_sweep(&region)?;
    ensure!(blobs(&region)? == before, "what is young was removed");
    ensure!(broken.state(&doctor).await?.stored_size == 70_000, "the upload was forgotten");
    // a day later
    region.server.stop()?;
    let day = Duration::from_secs(25 * 60 * 60);
    for path in blobs(&region)? {
        File::options().write(true).open(path)?.set_modified(SystemTime::now() - day)?;
    }
    let micros = day.as_micros();
    region.server.sql(&format!("UPDATE attachment SET uploaded_at = uploaded_at - {micros}"))?;
    region.server.sql(&format!("UPDATE upload SET touched_at = touched_at - {micros}"))?;
    let doctor = restarted(&mut region, &member.device).await?;
    wait::until("only what an entry names", || Ok((blobs(&region)? == kept).then_some(())))?;
    for source in [&free, &broken] {
        expect_no(source.state(&doctor).await, Code::NotFound, "NOT_FOUND")?;
    }
    ensure!(named.download(&doctor, 0, 0).await? == named.content, "what an entry names was touched");
    let left = region.server.sql("SELECT COUNT(*) FROM attachment_part")?;
    ensure!(left == "1", "{left} parts are noted");
    Ok(())
}

async fn the_doctor_finds_what_is_missing(engine: Engine) -> Result<()> {
    let mut region = Region::open(engine).await?;
    let (doctor, patient) = doctor_of(&region).await?;
    let (whole, gone, changed) = (noise(9_000_000, 1), noise(100_000, 2), noise(100_000, 3));
    let mut names = Vec::new();
    for content in [whole, gone, changed] {
        let source = Source::new(&patient, "a.bin", BINARY, content);
        source.send(&doctor, 0).await?;
        names.push(source.header.attachment_id);
    }
    let (good, report) = doctor_deep(&region)?;
    ensure!(good, "{report}");
    let of =
        |name: &str| blobs(&region).map(|all| all.into_iter().filter(|path| path.contains(name)).collect());
    let gone: Vec<String> = of(&names[1])?;
    fs::remove_file(&gone[0])?;
    let changed: Vec<String> = of(&names[2])?;
    let mut bytes = fs::read(&changed[0])?;
    bytes[70_000] ^= 1;
    fs::write(&changed[0], bytes)?;
    let orphan = region.server.data_dir().join("blobs").join(&patient).join(&names[0]);
    let orphan = orphan.join("0197f0a0-0000-7000-8000-000000000009").join("00000");
    fs::create_dir_all(orphan.parent().context("a folder")?)?;
    fs::write(&orphan, b"sealed")?;
    File::options()
        .write(true)
        .open(&orphan)?
        .set_modified(SystemTime::now() - Duration::from_secs(90_000))?;
    let (good, report) = doctor_deep(&region)?;
    ensure!(!good, "{report}");
    for (name, told) in
        [(&names[1], "is missing"), (&names[2], "is damaged"), (&names[0], "belongs to nothing")]
    {
        let line = report.lines().find(|line| line.contains(name.as_str()));
        ensure!(line.is_some_and(|line| line.contains(told)), "{name} {told}: {report}");
    }
    // it only looks
    ensure!(orphan.exists(), "the doctor removed something");
    region.server.stop()
}

/// Whether all is in order, and what was told.
fn doctor_deep(region: &Region) -> Result<(bool, String)> {
    let done = region.server.beside(&["doctor", "--deep"])?.output()?;
    Ok((done.status.success(), String::from_utf8(done.stdout)?))
}

/// Starts the server again, and logs in.
async fn restarted(region: &mut Region, device: &crate::grpc::Device) -> Result<Session> {
    region.server.start()?;
    let mut device = device.clone();
    device.place.address = region.server.address();
    device.login().await
}

/// There is one after each start: this is the second one.
fn wait_for_sweep(region: &Region) -> Result<()> {
    wait::until("a sweep", || {
        let log = fs::read_to_string(region.server.log_file())?;
        Ok((log.matches("the attachments are swept").count() >= 2).then_some(()))
    })
}
