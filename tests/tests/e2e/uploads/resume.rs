//! Going on after a break.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{CreateEnrollmentCodeRequest, UploadHeader};
use renkei_tests::{database::Engine, wait};
use tonic::Code;

use super::{Source, blobs, doctor_of, ensure_same, expect_no, noise, wait_for_blobs};
use crate::{
    grpc::Session,
    refusal::expect,
    region::{PASSWORD, Region, new_id},
};

crate::on_both_engines!(
    an_upload_goes_on_after_breaks_anywhere,
    an_upload_goes_on_after_the_server_was_killed,
    a_file_that_changed_is_refused_and_not_mixed,
    the_later_of_two_has_the_upload,
    an_upload_is_of_one_person_on_one_device,
);

const MIB: u64 = 1024 * 1024;

/// How much is stored, once that is at least `least`.
async fn stored(source: &Source, session: &Session, least: u64) -> Result<u64> {
    let mut polls = tokio::time::interval(Duration::from_millis(20));
    let stored = async {
        loop {
            match source.state(session).await {
                Ok(state) if state.stored_size as u64 >= least => return Ok(state.stored_size as u64),
                Err(status) if status.code() != Code::NotFound => return Err(status),
                _ => _ = polls.tick().await,
            }
        }
    };
    Ok(tokio::time::timeout(wait::PATIENCE, stored).await.context("what came is not stored")??)
}

/// How much is stored when the server has done with an earlier break: it takes nothing at a place that is too early. What
/// asks is answered, so that it is not on its way any longer when the next call begins.
async fn settled(source: &Source, session: &Session, mut at: u64) -> Result<u64> {
    loop {
        let answer = source.send_until(session, at, at).await;
        let status = answer.err().context("the server took half a file")?;
        if expect(&status, Code::InvalidArgument, "UPLOAD_MISMATCH").is_ok() {
            return Ok(at);
        }
        expect(&status, Code::Aborted, "UPLOAD_OFFSET_MISMATCH")?;
        at = source.state(session).await?.stored_size as u64;
    }
}

async fn an_upload_goes_on_after_breaks_anywhere(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, patient) = doctor_of(&region).await?;
    let content = noise(20 * MIB as usize + 12_345, 7);
    let source = Source::new(&patient, "動画.bin", "application/octet-stream", content.clone());
    let mut at = 0;
    // in the first chunk, on a border of a batch, of a part, behind it, and a second time in the same part
    for to in [1, 70_000, 3 * MIB, 3 * MIB + 1, 8 * MIB, 8 * MIB + 1, 12 * MIB + 77, 13 * MIB] {
        source.break_off(&doctor, at, to).await?;
        at = stored(&source, &doctor, at + 1).await.with_context(|| format!("broken at {to}"))?;
        ensure!(at <= to, "{at} of {to} bytes are stored");
    }
    // one that ends too early without breaking is kept as well
    let at = settled(&source, &doctor, at).await?;
    let answer = source.send_until(&doctor, at, 14 * MIB).await;
    expect_no(answer, Code::InvalidArgument, "UPLOAD_MISMATCH")?;
    ensure!(stored(&source, &doctor, 14 * MIB).await? == 14 * MIB, "what came is not stored");
    // in the last part, which is noted like any other as long as the file is not accepted
    let mut at = 14 * MIB;
    for to in [17 * MIB, 18 * MIB + 5, content.len() as u64 - 1] {
        source.break_off(&doctor, at, to).await?;
        at = stored(&source, &doctor, at + 1).await.with_context(|| format!("broken at {to}"))?;
    }
    let file = source.send_rest(&doctor, at).await?;
    ensure_same("after the breaks", &source.download(&doctor, 0, 0).await?, &content)?;
    ensure!(file == source.send(&doctor, 0).await?, "sent again, it has another result");
    let state = source.state(&doctor).await?;
    ensure!(state.attachment.as_ref() == Some(&file), "{state:?}");
    ensure!(state.stored_size == content.len() as i64, "{state:?}");
    // 3 parts, and whose store it is; what the breaks left of parts is gone
    wait::until("the parts of the file and no others", || Ok((blobs(&region)?.len() == 4).then_some(())))
}

async fn an_upload_goes_on_after_the_server_was_killed(engine: Engine) -> Result<()> {
    let mut region = Region::open(engine).await?;
    let member = region.doctor("sakai").await?;
    let patient = member.session.register().await?;
    let content = noise(18 * MIB as usize, 9);
    let source = Source::new(&patient, "a.bin", "application/octet-stream", content.clone());
    source.break_off(&member.session, 0, 9 * MIB).await?;
    let first = stored(&source, &member.session, 8 * MIB).await?;
    // killed while the second part is under way
    let call = {
        let (source, session) = (source.clone(), member.session.clone());
        tokio::spawn(async move { source.break_off(&session, first, 17 * MIB).await })
    };
    call.await??;
    region.server.kill()?;
    region.server.start()?;
    let mut device = member.device.clone();
    device.place.address = region.server.address();
    let doctor = device.login().await?;
    let at = stored(&source, &doctor, first).await?;
    source.send_rest(&doctor, at).await?;
    ensure_same("after the kill", &source.download(&doctor, 0, 0).await?, &content)
}

async fn a_file_that_changed_is_refused_and_not_mixed(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, patient) = doctor_of(&region).await?;
    let before = blobs(&region)?;
    let content = noise(3 * MIB as usize, 11);
    let source = Source::new(&patient, "a.bin", "application/octet-stream", content.clone());
    source.break_off(&doctor, 0, MIB).await?;
    let at = stored(&source, &doctor, 1).await?;
    let at = settled(&source, &doctor, at).await?;
    // announced as another file
    for change in [
        UploadHeader { sha256: vec![1; 32].into(), ..source.header.clone() },
        UploadHeader { size: source.header.size + 1, ..source.header.clone() },
        UploadHeader { file_name: "b.bin".into(), ..source.header.clone() },
        UploadHeader { content_type: "image/png".into(), ..source.header.clone() },
    ] {
        let changed = Source { header: change, content: source.content.clone() };
        expect_no(changed.send(&doctor, at).await, Code::InvalidArgument, "UPLOAD_MISMATCH")?;
    }
    // at another place than where it ended
    for offset in [at - 1, at + 1] {
        expect_no(source.send(&doctor, offset).await, Code::Aborted, "UPLOAD_OFFSET_MISMATCH")?;
    }
    // announced as it was, with other bytes behind the break
    let mut other = content.clone();
    other[2 * MIB as usize] ^= 1;
    let changed = Source { content: other.into(), ..source.clone() };
    expect_no(changed.send(&doctor, at).await, Code::InvalidArgument, "UPLOAD_MISMATCH")?;
    let gone = source.state(&doctor).await;
    expect_no(gone, Code::NotFound, "NOT_FOUND")?;
    wait_for_blobs(&region, &before)?;
    expect_no(source.send(&doctor, at).await, Code::Aborted, "UPLOAD_OFFSET_MISMATCH")?;
    source.send(&doctor, 0).await?;
    ensure_same("begun anew", &source.download(&doctor, 0, 0).await?, &content)
}

async fn the_later_of_two_has_the_upload(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, patient) = doctor_of(&region).await?;
    let mut parts = blobs(&region)?.len();
    // short ones meet each other when they end, long ones while they are under way
    for (round, len) in
        [100_000, 200_000, 300_000, 9 * MIB as usize, 400_000, 500_000].into_iter().enumerate()
    {
        let content = noise(len, 13 + round as u64);
        let source = Source::new(&patient, "a.bin", "application/octet-stream", content.clone());
        // all at once: whoever is not the last is told, or has the result of the one that was quicker
        let tries = futures::future::join_all((0..4).map(|_| source.send(&doctor, 0))).await;
        let mut files = Vec::new();
        for answer in tries {
            match answer {
                Ok(file) => files.push(file),
                Err(status) => expect(&status, Code::Aborted, "UPLOAD_TAKEN_OVER")?,
            }
        }
        ensure!(!files.is_empty() && files.iter().all(|file| *file == files[0]), "{files:?}");
        ensure_same("by the last", &source.download(&doctor, 0, 0).await?, &content)?;
        parts += len.div_ceil(8 * MIB as usize);
        wait::until("the parts of one", || Ok((blobs(&region)?.len() == parts).then_some(())))?;
    }
    Ok(())
}

async fn an_upload_is_of_one_person_on_one_device(engine: Engine) -> Result<()> {
    let region = Region::open(engine).await?;
    let (doctor, patient) = doctor_of(&region).await?;
    let other = region.care_manager("shibata").await?.session;
    doctor.join(&patient, &other).await?;
    doctor.consent_to_all(&patient).await?;
    let source = Source::new(&patient, "a.bin", "application/octet-stream", noise(2 * MIB as usize, 17));
    source.break_off(&doctor, 0, MIB).await?;
    let at = stored(&source, &doctor, 1).await?;
    let at = settled(&source, &doctor, at).await?;
    expect_no(source.state(&other).await, Code::NotFound, "NOT_FOUND")?;
    for offset in [0, at] {
        expect_no(source.send(&other, offset).await, Code::AlreadyExists, "ID_TAKEN")?;
    }
    // the same person on another device
    let request = CreateEnrollmentCodeRequest { request_id: new_id(), person_id: doctor.person() };
    let code = region.admin.identity.clone().create_enrollment_code(request).await?.into_inner().code;
    let session = region.place.enroll(&code, PASSWORD).await?.login().await?;
    expect_no(source.state(&session).await, Code::NotFound, "NOT_FOUND")?;
    expect_no(source.send(&session, at).await, Code::AlreadyExists, "ID_TAKEN")?;
    source.send(&doctor, at).await?;
    // now it is a file that the other does not see: its id is in use all the same, and nothing of it is touched
    for until in [10, source.content.len() as u64] {
        for offset in [0, 10] {
            let answer = source.send_until(&other, offset, until.max(offset)).await;
            expect_no(answer, Code::AlreadyExists, "ID_TAKEN")?;
        }
    }
    ensure_same("untouched", &source.download(&doctor, 0, 0).await?, &source.content)?;
    wait::until("the part of the file, and no other", || {
        let parts = blobs(&region)?.into_iter().filter(|path| path.contains(&source.header.attachment_id));
        Ok((parts.count() == 1).then_some(()))
    })
}
