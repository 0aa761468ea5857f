//! Uploads and downloads that outlive what permitted them, or come twice.

use std::{fs, io::ErrorKind};

use anyhow::{Context as _, Result, bail, ensure};
use renkei_proto::v1::{
    Attachment, Category, DownloadAttachmentRequest, DownloadAttachmentResponse, PostEntryRequest,
    UploadAttachmentRequest, download_attachment_response::Frame,
};
use renkei_tests::{database::Engine, wait};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Response, Status, Streaming};

use super::{Team, log_out};
use crate::{
    grpc::Session,
    refusal::{expect, expect_refused},
    region::{Region, frames, posting},
};

crate::on_both_engines!(
    a_download_ends_with_the_consent_and_with_the_session,
    an_upload_ends_with_the_session,
    of_the_same_upload_twice_at_once_the_later_has_it,
    a_file_name_can_not_hide_its_ending,
);

const MIB: usize = 1024 * 1024;

async fn a_download_ends_with_the_consent_and_with_the_session(engine: Engine) -> Result<()> {
    // Much more than a client takes without reading, which is 2 MiB.
    const SIZE: usize = 16 * MIB;
    const ON_THE_WAY: usize = 6 * MIB;
    let team = Team::open(engine).await?;
    let doctor = &team.doctor.session;
    let file = doctor.upload(&team.patient, "scan.dcm", &vec![7; SIZE]).await?.attachment_id;
    let request = PostEntryRequest { attachment_ids: vec![file.clone()], ..posting(&team.patient, "画像") };
    doctor.timeline.clone().post_entry(request).await?;
    let consent = team.consent(&team.manager, &[], None).await?;
    team.consent(&team.pharmacist, &[Category::Message], None).await?;
    let mut of_manager = download(&team.manager.session, &team.patient, &file).await?;
    let mut of_pharmacist = download(&team.pharmacist.session, &team.patient, &file).await?;

    team.withdraw(&consent).await?;
    let (bytes, end) = rest_of(&mut of_manager).await?;
    println!("{bytes} of {SIZE} bytes came in spite of the withdrawal");
    expect(&end, Code::NotFound, "NOT_FOUND")?;
    ensure!(bytes < ON_THE_WAY, "{bytes} bytes came after the withdrawal");

    log_out(&team.pharmacist.session).await?;
    let (bytes, end) = rest_of(&mut of_pharmacist).await?;
    println!("{bytes} of {SIZE} bytes came in spite of the log-out");
    expect(&end, Code::Unauthenticated, "SESSION_REQUIRED")?;
    ensure!(bytes < ON_THE_WAY, "{bytes} bytes came after the log-out");
    Ok(())
}

async fn an_upload_ends_with_the_session(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?;
    let patient = doctor.session.register().await?;
    let session = doctor.device.login().await?;
    let (sender, upload) = begin_upload(&session);
    let mut frames = frames(&patient, "scan.dcm", &vec![7; 9 * MIB]);
    // The first part, of 8 MiB, is stored while the second one is under way.
    let rest = frames.split_off(frames.len() - 2);
    for frame in frames {
        sender.send(frame).await?;
    }
    wait::until("the first part", || Ok((stored(&region)? == 1).then_some(())))?;
    log_out(&session).await?;
    for frame in rest {
        sender.send(frame).await?;
    }
    drop(sender);
    let end = timeout(wait::PATIENCE, upload).await??.err().context("the upload was taken")?;
    expect(&end, Code::Unauthenticated, "SESSION_REQUIRED")?;
    // what was stored before is kept for whoever logs in again there, and nothing more
    wait::until("the first part", || Ok((stored(&region)? == 1).then_some(())))
}

async fn of_the_same_upload_twice_at_once_the_later_has_it(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?.session;
    let patient = doctor.register().await?;
    let mut frames = frames(&patient, "scan.dcm", &vec![7; 9 * MIB]);
    let rest = frames.split_off(frames.len() - 2);
    let (first, one) = begin_upload(&doctor);
    let (second, other) = begin_upload(&doctor);
    // whichever begins later: sending to the one that was overtaken may fail
    for frame in frames {
        _ = first.send(frame.clone()).await;
        _ = second.send(frame).await;
    }
    wait::until("a first part", || Ok((stored(&region)? >= 1).then_some(())))?;
    for frame in rest {
        _ = first.send(frame.clone()).await;
        _ = second.send(frame).await;
    }
    drop((first, second));
    let (one, other) = (timeout(wait::PATIENCE, one).await??, timeout(wait::PATIENCE, other).await??);
    let (file, overtaken) = match (one, other) {
        (Ok(file), other) => (file, other),
        (overtaken, file) => (file?, overtaken),
    };
    match overtaken {
        Ok(other) => ensure!(file == other, "{file:?} and {other:?}"),
        Err(status) => expect(&status, Code::Aborted, "UPLOAD_TAKEN_OVER")?,
    }
    wait::until("only the two parts of one", || Ok((stored(&region)? == 2).then_some(())))
}

async fn a_file_name_can_not_hide_its_ending(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("wada").await?.session;
    let patient = doctor.register().await?;
    // characters that turn or break a line are taken out, and what is left tells what it is
    for name in ["a\u{2066}b\u{2069}.txt", "a\u{2028}b.txt", "a\u{200f}b.txt"] {
        let file = doctor.upload(&patient, name, b"x").await?;
        ensure!(
            file.file_name == "ab.txt" || file.file_name == "a b.txt",
            "{name:?} became {:?}",
            file.file_name
        );
    }
    let answer = doctor.upload(&patient, "photo\u{202e}gpj.exe", b"x").await.map(Response::new);
    expect_refused(answer, Code::InvalidArgument, "CONTENT_EXECUTABLE").map(drop)
}

/// Begins a download, and reads its first bytes.
pub(super) async fn download(
    session: &Session,
    patient: &str,
    attachment: &str,
) -> Result<Streaming<DownloadAttachmentResponse>> {
    let request = DownloadAttachmentRequest {
        patient_id: patient.to_owned(),
        attachment_id: attachment.to_owned(),
        offset: 0,
        ..Default::default()
    };
    let mut stream = session.attachments.clone().download_attachment(request).await?.into_inner();
    for _ in 0..2 {
        stream.message().await?.context("the beginning of the file")?;
    }
    Ok(stream)
}

/// How many bytes still come, and what it ends with.
async fn rest_of(stream: &mut Streaming<DownloadAttachmentResponse>) -> Result<(usize, Status)> {
    let mut bytes = 0;
    loop {
        match timeout(wait::PATIENCE, stream.message()).await.context("the download hangs")? {
            Ok(Some(DownloadAttachmentResponse { frame: Some(Frame::Data(data)) })) => bytes += data.len(),
            Ok(Some(other)) => bail!("{other:?}"),
            Ok(None) => bail!("the whole file came"),
            Err(status) => return Ok((bytes, status)),
        }
    }
}

type Upload = JoinHandle<Result<Attachment, Status>>;

/// Begins an upload whose frames the test sends one by one.
pub(super) fn begin_upload(session: &Session) -> (mpsc::Sender<UploadAttachmentRequest>, Upload) {
    let (sender, frames) = mpsc::channel(64);
    let mut client = session.attachments.clone();
    let upload = tokio::spawn(async move {
        let answer = client.upload_attachment(ReceiverStream::new(frames)).await?.into_inner();
        answer.attachment.ok_or_else(|| Status::internal("no attachment in the answer"))
    });
    (sender, upload)
}

/// How many parts of files are stored, those not counted that are under way.
fn stored(region: &Region) -> Result<usize> {
    let (mut count, mut folders) = (0, vec![region.server.data_dir().join("blobs")]);
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(folder) {
            // the server removes a folder with its last file
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                count += usize::from(name.bytes().all(|byte| byte.is_ascii_digit()));
            }
        }
    }
    Ok(count)
}
