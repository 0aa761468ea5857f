//! Attachments in a bucket: as in a folder, and nothing but sealed bytes there.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use renkei_s3::Server;
use renkei_tests::{database::Engine, wait};
use tonic::Code;

use crate::{
    audit_log::verified,
    refusal::expect,
    region::{Region, frames},
    upload::download,
};

crate::on_both_engines!(
    files_are_kept_sealed_in_a_bucket,
    without_the_bucket_all_else_goes_on,
    checkpoints_go_to_a_bucket_and_never_over_another,
);

/// A region that keeps its files at `s3`, whose secret is in `folder`.
async fn region(engine: Engine, s3: &Server, folder: &tempfile::TempDir) -> Result<Region> {
    Region::open_with(engine, &s3.settings(&folder.path().join("s3.secret"))?).await
}

async fn files_are_kept_sealed_in_a_bucket(engine: Engine) -> Result<()> {
    let (s3, folder) = (Server::start()?, tempfile::tempdir()?);
    let mut region = region(engine, &s3, &folder).await?;
    let doctor = region.doctor("sakai").await?;
    let patient = doctor.session.register().await?;
    // longer than a part of the sealed format (8 MiB)
    let content: Vec<u8> = (0..9_000_001_u32).map(|at| (at ^ (at >> 8).wrapping_mul(31)) as u8).collect();
    let file = doctor.session.send(frames(&patient, "file", &content)).await?;

    let mut objects = s3.objects()?;
    // one says whose bucket it is
    objects.retain(|object| object.file_name() != Some("renkei-installation".as_ref()));
    ensure!(objects.len() == 2, "{objects:?}");
    for (number, object) in objects.iter().enumerate() {
        let name = object.to_string_lossy();
        ensure!(name.contains(&format!("/sealed/{patient}/{}/", file.attachment_id)), "{name}");
        ensure!(name.ends_with(&format!("/{number:05}")), "{name}");
        let sealed = fs::read(object)?;
        ensure!(sealed.starts_with(b"RKB\x01"), "{name} is not sealed");
        let plain = &content[number << 23..][..64];
        ensure!(!sealed.windows(plain.len()).any(|window| window == plain), "{name} is readable");
    }
    ensure!(!region.server.data_dir().join("blobs").exists(), "a folder for attachments was made");

    region.server.stop()?;
    region.server.start()?;
    let session = doctor.device.login().await?;
    for offset in [0, 65_537, 8 << 20, content.len() - 1, content.len()] {
        let bytes = download(&session, &patient, &file.attachment_id, offset).await?;
        ensure!(bytes == content[offset..], "from {offset}: other bytes");
    }

    // a bit of the last part
    let mut sealed = fs::read(&objects[1])?;
    *sealed.last_mut().context("an empty object")? ^= 1;
    fs::write(&objects[1], sealed)?;
    let damaged = download(&session, &patient, &file.attachment_id, content.len() - 1).await;
    expect(&damaged.err().context("a damaged part was sent")?, Code::DataLoss, "STORED_DATA_DAMAGED")
}

async fn without_the_bucket_all_else_goes_on(engine: Engine) -> Result<()> {
    let (mut s3, folder) = (Server::start()?, tempfile::tempdir()?);
    let region = region(engine, &s3, &folder).await?;
    let doctor = region.doctor("sakai").await?.session;
    let patient = doctor.register().await?;
    s3.stop();
    let refused = doctor.send(frames(&patient, "file", b"content")).await;
    expect(&refused.err().context("stored nowhere")?, Code::Unavailable, "STORAGE_UNAVAILABLE")?;
    doctor.post(&patient, "添付なし").await?;
    ensure!(doctor.written_entries(&patient).await?.len() == 1);
    let log = fs::read_to_string(region.server.log_file())?;
    ensure!(!log.contains(renkei_s3::SECRET_ACCESS_KEY), "the secret is in the log");
    Ok(())
}

async fn checkpoints_go_to_a_bucket_and_never_over_another(engine: Engine) -> Result<()> {
    let (s3, folder) = (Server::start()?, tempfile::tempdir()?);
    let of_attachments = s3.settings(&folder.path().join("s3.secret"))?;
    // the account is for checkpoints alone; attachments stay in the data folder
    let account: String = of_attachments
        .lines()
        .filter(|line| !line.starts_with("bucket") && !line.starts_with("prefix"))
        .map(|line| format!("{line}\n"))
        .collect();
    let settings = format!("audit.checkpoint_bucket = \"{}\"\n{account}", renkei_s3::BUCKET);
    let mut region = Region::open_with(engine, &settings).await?;
    let kept = |size: &str| {
        let name = format!("checkpoint-{:0>12}.txt", size.trim());
        wait::until("a checkpoint in the bucket", || {
            Ok(s3.objects()?.into_iter().find(|object| object.to_string_lossy().ends_with(&name)))
        })
    };
    // the first that is made is written at once, the next an hour later or after a new start
    verified(&region.server, None)?;
    region.server.stop()?;
    let newest = "SELECT MAX(size) FROM audit_checkpoint";
    let size = region.server.sql(newest)?;
    region.server.start()?;
    let object = kept(&size)?;
    ensure!(object.to_string_lossy().contains("/renkei-audit/"), "{object:?}");
    let note = fs::read_to_string(&object)?;
    ensure!(note.lines().nth(1) == Some(size.trim()), "{note}");
    verified(&region.server, Some(&object))?;

    // what is there stays, and that it is another one is told
    region.server.stop()?;
    let size = region.server.sql(newest)?;
    let other = object.with_file_name(format!("checkpoint-{:0>12}.txt", size.trim()));
    fs::write(&other, "another checkpoint\n")?;
    region.server.start()?;
    wait::until("the log to tell of it", || {
        let log = fs::read_to_string(region.server.log_file())?;
        Ok(log.contains("another checkpoint than this log's").then_some(()))
    })?;
    ensure!(fs::read_to_string(&other)? == "another checkpoint\n", "it was written over");
    let log = fs::read_to_string(region.server.log_file())?;
    ensure!(!log.contains(renkei_s3::SECRET_ACCESS_KEY), "the secret is in the log");
    Ok(())
}
