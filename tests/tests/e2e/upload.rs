//! Uploads that go wrong leave nothing behind; what went right comes back byte for byte.

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use renkei_proto::v1::{
    Attachment, DownloadAttachmentRequest, ListConsentsRequest, UploadAttachmentRequest,
    download_attachment_response, upload_attachment_request::Frame,
};
use renkei_tests::{database::Engine, fixtures, wait};
use tonic::{Code, Status};

use crate::{
    grpc::Session,
    refusal::{expect, expect_refused, first_of},
    region::{Region, frames, new_id, posting},
    uploads::blobs,
};

crate::on_both_engines!(
    a_file_comes_back_byte_for_byte_from_any_offset,
    broken_uploads_leave_nothing_behind,
    a_file_is_used_once_and_by_its_uploader,
    the_paper_of_a_consent_is_for_the_custodian,
);

const LIMIT: usize = 1_000_000;

async fn a_file_comes_back_byte_for_byte_from_any_offset(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("sakai").await?.session;
    let patient = doctor.register().await?;
    // Longer than a part of the sealed format (8 MiB), and no multiple of anything.
    let content: Vec<u8> = (0..9_000_001_u32).map(|at| (at ^ (at >> 8).wrapping_mul(31)) as u8).collect();
    for content in [&b"x"[..], fixtures::PHOTO, &content] {
        let upload = frames(&patient, "file", content);
        let file = doctor.send(upload.clone()).await?;
        // a preview is made meanwhile
        let again = Attachment { has_preview: file.has_preview, ..doctor.send(upload).await? };
        ensure!(file == again, "sent again, the upload has another result");
        ensure!(file.size == i64::try_from(content.len())?, "{file:?}");
        for offset in [0, 1, 65_535, 65_536, 65_537, 8 << 20, (8 << 20) + 1, content.len() - 1, content.len()]
        {
            if offset <= content.len() {
                let bytes = download(&doctor, &patient, &file.attachment_id, offset).await?;
                ensure!(bytes == content[offset..], "{} bytes from {offset}: other bytes", content.len());
            }
        }
    }
    Ok(())
}

async fn broken_uploads_leave_nothing_behind(engine: Engine) -> Result<()> {
    let region = Region::open_with(engine, &format!("[attachments]\nmax_bytes = {LIMIT}\n")).await?;
    let doctor = region.doctor("sakai").await?.session;
    let patient = doctor.register().await?;
    let content = vec![7_u8; 600_000];
    let good = || frames(&patient, "file", &content);
    let with_header = |change: &dyn Fn(&mut renkei_proto::v1::UploadHeader)| {
        let mut frames = good();
        if let Some(Frame::Header(header)) = &mut frames[0].frame {
            change(header);
        }
        frames
    };
    let data = |bytes: &'static [u8]| UploadAttachmentRequest {
        frame: Some(Frame::Data(Bytes::from_static(bytes))),
    };
    let (invalid, mismatch) = ("REQUEST_INVALID", "UPLOAD_MISMATCH");
    let broken: Vec<(&str, &str, Vec<UploadAttachmentRequest>)> = vec![
        ("another hash", mismatch, with_header(&|header| header.sha256 = Bytes::from_static(&[1; 32]))),
        ("too few bytes", mismatch, good()[..2].to_vec()),
        ("too many bytes", mismatch, [good(), vec![data(b"x")]].concat()),
        ("no bytes", mismatch, good()[..1].to_vec()),
        ("a length that lies", mismatch, with_header(&|header| header.size -= 1)),
        ("no header", invalid, good()[1..].to_vec()),
        ("two headers", invalid, [&good()[..1], &good()].concat()),
        ("nothing", invalid, Vec::new()),
        ("an empty frame", invalid, [&good()[..1], &[UploadAttachmentRequest { frame: None }]].concat()),
        ("a frame without bytes", invalid, [&good()[..1], &[data(b"")], &good()[1..]].concat()),
        ("too large a frame", invalid, [&good()[..1], &[data(&[7; 262_145])]].concat()),
        ("too large", "ATTACHMENT_TOO_LARGE", frames(&patient, "file", &vec![7; LIMIT + 1])),
        ("a negative length", invalid, with_header(&|header| header.size = -1)),
        ("a short hash", invalid, with_header(&|header| header.sha256 = Bytes::from_static(&[1; 31]))),
        ("a path", invalid, with_header(&|header| header.file_name = "../../etc/passwd".into())),
        ("a windows path", invalid, with_header(&|header| header.file_name = r"..\boot.ini".into())),
        ("a line break in the name", invalid, with_header(&|header| header.file_name = "a\nb".into())),
        ("no name", invalid, with_header(&|header| header.file_name = String::new())),
        ("a long name", invalid, with_header(&|header| header.file_name = "名".repeat(256))),
        ("no type", invalid, with_header(&|header| header.content_type = String::new())),
        ("no id", invalid, with_header(&|header| header.attachment_id = String::new())),
    ];
    // what came before these broke off is what the upload can go on with
    let kept =
        ["too few bytes", "an empty frame", "a frame without bytes", "too large a frame", "two headers"];
    let mut before = blobs(&region)?;
    for (what, reason, frames) in broken {
        let status = doctor.send(frames).await.err().with_context(|| format!("{what} was taken"))?;
        expect(&status, Code::InvalidArgument, reason).with_context(|| what.to_owned())?;
        if kept.contains(&what) {
            before = blobs(&region)?;
            continue;
        }
        // Removed after the answer, which does not wait for the disk.
        wait::until(&format!("nothing left behind of {what}"), || {
            Ok((blobs(&region)? == before).then_some(()))
        })?;
    }
    doctor.send(good()).await.context("a good upload after the broken ones")?;
    Ok(())
}

async fn a_file_is_used_once_and_by_its_uploader(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("sakai").await?.session;
    let other = region.care_manager("shibata").await?.session;
    let patient = doctor.register().await?;
    doctor.join(&patient, &other).await?;
    doctor.consent_to_all(&patient).await?;
    let file = doctor.upload(&patient, "photo.jpg", fixtures::PHOTO).await?.attachment_id;

    let mut request = posting(&patient, "他人の添付");
    request.attachment_ids = vec![file.clone()];
    let answer = other.timeline.clone().post_entry(request).await;
    expect_refused(answer, Code::FailedPrecondition, "ATTACHMENT_NOT_USABLE")?;
    let unused = DownloadAttachmentRequest {
        patient_id: patient.clone(),
        attachment_id: file.clone(),
        offset: 0,
        ..Default::default()
    };
    let answer = first_of(other.attachments.clone().download_attachment(unused).await).await;
    expect_refused(answer, Code::NotFound, "NOT_FOUND")?;

    let mut request = posting(&patient, "写真");
    request.attachment_ids = vec![file.clone()];
    doctor.timeline.clone().post_entry(request).await?;
    ensure!(download(&other, &patient, &file, 0).await? == fixtures::PHOTO, "other bytes");
    for unusable in [file, new_id()] {
        let mut request = posting(&patient, "もう一度");
        request.attachment_ids = vec![unusable];
        let answer = doctor.timeline.clone().post_entry(request).await;
        expect_refused(answer, Code::FailedPrecondition, "ATTACHMENT_NOT_USABLE")?;
    }
    ensure!(doctor.written_entries(&patient).await?.len() == 1, "a refused post was stored");
    Ok(())
}

async fn the_paper_of_a_consent_is_for_the_custodian(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let doctor = region.doctor("sakai").await?.session;
    let other = region.care_manager("shibata").await?.session;
    let patient = doctor.register().await?;
    doctor.join(&patient, &other).await?;
    doctor.consent_to_all(&patient).await?;
    let request = ListConsentsRequest { patient_id: patient.clone() };
    let consents = other.consents.clone().list_consents(request).await?.into_inner().consents;
    let paper = consents.iter().map(|consent| &consent.paper_attachment_id).find(|paper| !paper.is_empty());
    let paper = paper.context("a consent with a paper")?;
    ensure!(download(&doctor, &patient, paper, 0).await? == fixtures::PAPER, "other bytes");
    let status = download(&other, &patient, paper, 0).await.err().context("the paper was shown")?;
    expect(&status, Code::NotFound, "NOT_FOUND")
}

pub(crate) async fn download(
    session: &Session,
    patient: &str,
    attachment: &str,
    offset: usize,
) -> Result<Vec<u8>, Status> {
    let request = DownloadAttachmentRequest {
        patient_id: patient.to_owned(),
        attachment_id: attachment.to_owned(),
        offset: i64::try_from(offset).unwrap_or(i64::MAX),
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
