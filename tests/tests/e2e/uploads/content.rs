//! What a file is told by what is in it (R21).

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    Attachment, DownloadAttachmentRequest, ListAuditEventsRequest, Position, PositionPolicy,
    UpdateOrganizationPolicyRequest,
};
use renkei_tests::{database::Engine, fixtures, wait};
use sha2::{Digest as _, Sha256};
use tonic::Code;

use super::{Source, blobs, doctor_of, download, ensure_same, expect_no, wait_for_blobs};
use crate::{
    grpc::Session,
    region::{Region, new_id},
};

crate::on_both_engines!(
    what_must_not_come_in_is_refused_and_leaves_nothing,
    the_content_tells_the_type_and_names_are_cleaned,
    a_position_is_removed_or_told,
    a_preview_is_made_and_served_like_the_file,
    a_quota_is_kept,
);

const BINARY: &str = "application/octet-stream";

async fn what_must_not_come_in_is_refused_and_leaves_nothing(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, patient) = doctor_of(&region).await?;
    let before = blobs(&region)?;
    let elf = [b"\x7fELF\x02\x01\x01\0".as_slice(), &[0; 500]].concat();
    let macros = zip(&[("[Content_Types].xml", b"<Types/>"), ("word/vbaProject.bin", b"\xd0\xcf\x11\xe0")]);
    let hidden = zip(&[("写真.jpg", fixtures::PHOTO), ("setup.exe", b"MZ")]);
    let cases: &[(&str, &str, &[u8], &str)] = &[
        ("記録.pdf", "application/pdf", &elf, "CONTENT_EXECUTABLE"),
        ("photo.jpg", "image/jpeg", b"#!/bin/sh\nrm -rf /\n", "CONTENT_SCRIPT"),
        ("run.bat", "text/plain", b"echo hello\r\n", "CONTENT_SCRIPT"),
        (
            "note.txt",
            "text/plain",
            b"<!DOCTYPE html><html><script>alert(1)</script></html>",
            "CONTENT_SCRIPT",
        ),
        ("指示書.docx", BINARY, &macros, "CONTENT_MACRO"),
        ("まとめ.zip", "application/zip", &hidden, "CONTENT_ARCHIVE"),
        ("a.7z", BINARY, b"7z\xbc\xaf\x27\x1c\0\x04aaaaaaaaaaaaaaaaaaaa", "CONTENT_ARCHIVE"),
    ];
    for (name, kind, content, reason) in cases {
        let source = Source::new(&patient, name, kind, content.to_vec());
        expect_no(source.send(&doctor, 0).await, Code::InvalidArgument, reason).context(*name)?;
        expect_no(source.state(&doctor).await, Code::NotFound, "NOT_FOUND")?;
        wait_for_blobs(&region, &before)?;
    }
    let request = ListAuditEventsRequest { patient_id: patient.clone(), ..Default::default() };
    let events = doctor.audit.clone().list_audit_events(request).await?.into_inner().events;
    let told = events.iter().filter(|event| event.reason.starts_with("CONTENT_")).count();
    ensure!(told == cases.len(), "{told} refusals are on record");
    Ok(())
}

async fn the_content_tells_the_type_and_names_are_cleaned(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, patient) = doctor_of(&region).await?;
    for (name, claimed, content, kept, found) in [
        ("創部\u{202e}gpj.exe.jpg", "text/plain", fixtures::PHOTO, "創部gpj.exe.jpg", "image/jpeg"),
        ("ハ\u{309a}ス.pdf", BINARY, fixtures::PAPER, "パス.pdf", "application/pdf"),
        ("体温.csv", "text/csv", "日付,体温\n".as_bytes(), "体温.csv", "text/csv"),
        ("波形.mwf", "text/csv", &[0x91, 0, 1, 2, 255][..], "波形.mwf", BINARY),
    ] {
        let file = Source::new(&patient, name, claimed, content.to_vec()).send(&doctor, 0).await?;
        ensure!((file.file_name.as_str(), file.content_type.as_str()) == (kept, found), "{file:?}");
        ensure!(file.position() == Position::None, "{file:?}");
    }
    Ok(())
}

async fn a_position_is_removed_or_told(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, patient) = doctor_of(&region).await?;
    let located = photo_with_position();
    let source = Source::new(&patient, "写真.jpg", "image/jpeg", located.clone());
    let file = source.send(&doctor, 0).await?;
    ensure!(file.position() == Position::Removed, "{file:?}");
    let stored = source.download(&doctor, 0, 0).await?;
    ensure!(stored.len() == located.len() && stored != located, "nothing was taken out");
    ensure!(file.sha256[..] == Sha256::digest(&stored)[..], "another hash than that of what is stored");
    let latitude = [35, 0, 0, 0, 1, 0, 0, 0, 41];
    ensure!(!contains(&stored, &latitude), "the latitude is there");
    ensure!(contains(&stored, b"Invented Camera"), "more was taken out than the position");
    ensure!(stored.ends_with(&fixtures::PHOTO[2..]), "the picture itself was changed");
    let again = Attachment { has_preview: file.has_preview, ..source.send(&doctor, 0).await? };
    ensure!(file == again, "sent again, it has another result");

    let request = UpdateOrganizationPolicyRequest {
        request_id: new_id(),
        organization_id: doctor.organization(),
        position_policy: Some(PositionPolicy::Keep.into()),
        ..Default::default()
    };
    region.admin.identity.clone().update_organization_policy(request).await?;
    let source = Source::new(&patient, "写真.jpg", "image/jpeg", located.clone());
    let file = source.send(&doctor, 0).await?;
    ensure!(file.position() == Position::Kept, "{file:?}");
    ensure_same("kept", &source.download(&doctor, 0, 0).await?, &located)
}

async fn a_preview_is_made_and_served_like_the_file(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, patient) = doctor_of(&region).await?;
    let stranger = region.care_manager("shibata").await?.session;
    for (name, kind, content) in
        [("写真.jpg", "image/jpeg", fixtures::PHOTO), ("同意書.pdf", "application/pdf", fixtures::PAPER)]
    {
        let source = Source::new(&patient, name, kind, content.to_vec());
        source.send(&doctor, 0).await?;
        let preview = |session: Session| {
            let request = DownloadAttachmentRequest {
                patient_id: patient.clone(),
                attachment_id: source.header.attachment_id.clone(),
                preview: true,
                ..Default::default()
            };
            async move { download(&session, request).await }
        };
        let mut polls = tokio::time::interval(std::time::Duration::from_millis(50));
        let made = tokio::time::timeout(wait::PATIENCE, async {
            loop {
                match preview(doctor.clone()).await {
                    Err(status) if status.code() == Code::NotFound => _ = polls.tick().await,
                    made => return made,
                }
            }
        });
        let (described, picture) = made.await.context("no preview was made")??;
        ensure!(picture.starts_with(b"\xff\xd8\xff") && picture.len() < 200_000, "{name}: no JPEG");
        ensure!(
            described.sha256[..] == Sha256::digest(&picture)[..]
                && described.has_preview
                && described.file_name == name
                && described.content_type == "image/jpeg",
            "{described:?}"
        );
        expect_no(preview(stranger.clone()).await, Code::NotFound, "NOT_FOUND")?;
        let state = source.state(&doctor).await?;
        ensure!(state.attachment.is_some_and(|file| file.has_preview), "{name}: the preview is not told");
    }
    let source = Source::new(&patient, "a.bin", BINARY, vec![0x91, 0, 1, 2]);
    let file = source.send(&doctor, 0).await?;
    ensure!(!file.has_preview, "{file:?}");
    Ok(())
}

async fn a_quota_is_kept(engine: Engine) -> Result<()> {
    let region = Region::open_with(engine, "[attachments]\norganization_quota_bytes = 300000\n").await?;
    let (doctor, patient) = doctor_of(&region).await?;
    let file = |len| Source::new(&patient, "a.bin", BINARY, super::noise(len, 29));
    let first = file(200_000);
    first.send(&doctor, 0).await?;
    expect_no(file(100_001).send(&doctor, 0).await, Code::ResourceExhausted, "QUOTA_EXCEEDED")?;
    // what has only begun counts as well, whole
    let begun = file(90_000);
    expect_no(begun.send_until(&doctor, 0, 10).await, Code::InvalidArgument, "UPLOAD_MISMATCH")?;
    expect_no(file(10_001).send(&doctor, 0).await, Code::ResourceExhausted, "QUOTA_EXCEEDED")?;
    begun.send(&doctor, 10).await?;
    file(10_000).send(&doctor, 0).await?;
    // what is there already takes nothing
    first.send(&doctor, 0).await?;
    Ok(())
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// The photo with an EXIF block: a camera's name, and where it was taken.
fn photo_with_position() -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    // IFD0 at 8: 2 entries; the model's text at 38, the GPS IFD at 54
    tiff.extend(2_u16.to_le_bytes());
    tiff.extend(entry(0x0110, 2, 16, 38_u32.to_le_bytes()));
    tiff.extend(entry(0x8825, 4, 1, 54_u32.to_le_bytes()));
    tiff.extend([0; 4]);
    tiff.extend(b"Invented Camera\0");
    // GPS IFD at 54: 4 entries; latitude at 108, longitude at 132
    tiff.extend(4_u16.to_le_bytes());
    tiff.extend(entry(1, 2, 2, *b"N\0\0\0"));
    tiff.extend(entry(2, 5, 3, 108_u32.to_le_bytes()));
    tiff.extend(entry(3, 2, 2, *b"E\0\0\0"));
    tiff.extend(entry(4, 5, 3, 132_u32.to_le_bytes()));
    tiff.extend([0; 4]);
    for number in [35_u32, 41, 22, 139, 45, 3] {
        tiff.extend(number.to_le_bytes());
        tiff.extend(1_u32.to_le_bytes());
    }
    let block = [&b"Exif\0\0"[..], &tiff].concat();
    let length = (block.len() as u16 + 2).to_be_bytes();
    [&fixtures::PHOTO[..2], b"\xff\xe1", &length, &block, &fixtures::PHOTO[2..]].concat()
}

/// A ZIP archive of stored members.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let common = [
            &20_u16.to_le_bytes()[..],
            &[0; 8],
            &[0; 4],
            &(content.len() as u32).to_le_bytes(),
            &(content.len() as u32).to_le_bytes(),
            &(name.len() as u16).to_le_bytes(),
            &[0; 2],
        ]
        .concat();
        directory.extend(
            [&b"PK\x01\x02\x14\0"[..], &common, &[0; 10], &(bytes.len() as u32).to_le_bytes()].concat(),
        );
        directory.extend(name.as_bytes());
        bytes.extend([&b"PK\x03\x04"[..], &common, name.as_bytes(), content].concat());
    }
    let count = (members.len() as u16).to_le_bytes();
    let (size, start) = (directory.len() as u32, bytes.len() as u32);
    bytes.extend(directory);
    bytes.extend(
        [&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &size.to_le_bytes(), &start.to_le_bytes(), &[0; 2]]
            .concat(),
    );
    bytes
}
