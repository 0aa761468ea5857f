//! Attachments in a bucket: as in a folder, and nothing but sealed bytes there.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use renkei_s3::Server;
use renkei_tests::database::Engine;
use tonic::Code;

use crate::{
    refusal::expect,
    region::{Region, frames},
    upload::download,
};

crate::on_both_engines!(files_are_kept_sealed_in_a_bucket, without_the_bucket_all_else_goes_on);

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
