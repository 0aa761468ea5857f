//! A full disk under the blob folder: a documented refusal, nothing half-written, reading goes on, and the
//! next file that fits is taken.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{DownloadAttachmentRequest, download_attachment_response};
use renkei_tests::{database::Engine, wait};
use tonic::Code;

use crate::{
    grpc::Session,
    refusal::expect,
    region::{Region, posting},
};

crate::on_both_engines!(a_full_blob_folder_refuses_and_recovers);

async fn a_full_blob_folder_refuses_and_recovers(engine: Engine) -> Result<()> {
    let mut region = Region::open(engine).await?;
    let doctor = region.doctor("mori").await?.session;
    let patient = doctor.register().await?;
    region.server.stop()?;

    // From here the server runs in a mount namespace of its own, in which the folder is a small file
    // system: nobody else sees it, and it is gone with the server.
    let folder = region.server.folder().join("small");
    fs::create_dir(&folder)?;
    let path = folder.to_str().context("a path in UTF-8")?.to_owned();
    fs::write(region.server.config_file(), format!("[attachments]\ndir = \"{path}\"\n"))?;
    let mount = r#"mount -t tmpfs -o size=1m,mode=700 none "$0" && exec "$@""#;
    let unshare: &[&str] = if is_root()? {
        &["unshare", "--mount"]
    } else {
        &["unshare", "--user", "--map-root-user", "--mount"]
    };
    region.server.set_wrapper(&[unshare, &["sh", "-c", mount, &path]].concat());
    region.server.start().context("a server with a small blob folder; are mount namespaces allowed?")?;

    let small = vec![3_u8; 200_000];
    let kept = doctor.upload(&patient, "small", &small).await?;
    let inside = PathBuf::from(format!("/proc/{}/root", region.server.id().context("a process id")?));
    let inside = inside.join(folder.strip_prefix("/")?);
    let before = files(&inside)?;
    ensure!(!before.is_empty(), "the file is not in the small folder");
    for attempt in 1..=3 {
        let status = doctor.upload(&patient, "large", &vec![4_u8; 3_000_000]).await.err();
        let status = status.with_context(|| format!("3 MB were taken by 1 MB, attempt {attempt}"))?;
        expect(&status, Code::ResourceExhausted, "STORAGE_FULL")?;
        wait::until("nothing half-written", || Ok((files(&inside)? == before).then_some(())))?;
    }

    ensure!(download(&doctor, &patient, &kept.attachment_id).await? == small, "other bytes");
    doctor.post(&patient, "添付のない記録").await?;
    let fits = doctor.upload(&patient, "fits", &small).await.context("a file that fits, afterwards")?;
    let mut request = posting(&patient, "添付のある記録");
    request.attachment_ids = vec![fits.attachment_id];
    doctor.timeline.clone().post_entry(request).await?;
    ensure!(doctor.all_entries(&patient).await?.len() == 2, "entries were lost");
    region.server.stop()
}

async fn download(session: &Session, patient_id: &str, attachment_id: &str) -> Result<Vec<u8>> {
    let request = DownloadAttachmentRequest {
        patient_id: patient_id.to_owned(),
        attachment_id: attachment_id.to_owned(),
        offset: 0,
        ..Default::default()
    };
    let mut stream = session.attachments.clone().download_attachment(request).await?.into_inner();
    let mut bytes = Vec::new();
    while let Some(message) = stream.message().await? {
        if let Some(download_attachment_response::Frame::Data(data)) = message.frame {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}

fn is_root() -> Result<bool> {
    Ok(Command::new("id").arg("-u").output()?.stdout == b"0\n")
}

/// Every file below a folder with its length.
fn files(folder: &Path) -> Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            // the server removes a folder with its last file
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            entries => entries.with_context(|| folder.display().to_string())?,
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let length = fs::metadata(&path)?.len();
                found.push((path, length));
            }
        }
    }
    found.sort();
    Ok(found)
}
