//! A correction shows the files that it keeps of what it corrects, beside its own; that shows all of its files still.

use anyhow::{Context as _, Result, ensure};
use renkei_proto::v1::{
    CorrectEntryRequest, Entry, EntryFilter, ListEntriesRequest, PostEntryRequest, Role, SearchEntriesRequest,
};
use renkei_tests::{database::Engine, fixtures};
use tonic::Code;

use super::{correction, note, post_note, retraction, status_of};
use crate::{
    audit_log::verified,
    circle::Circle,
    grpc::Session,
    refusal::{expect, expect_invalid},
    region::new_id,
    upload::download,
};

crate::on_both_engines!(
    a_correction_shows_what_it_keeps_and_what_it_brings,
    a_correction_that_keeps_files_is_one_however_often_it_is_sent,
    a_file_of_another_entry_is_not_kept,
    what_was_entered_for_another_keeps_its_files,
    who_sees_their_own_entries_alone_sees_the_files_with_them,
);

/// Ids of what an entry shows, in order.
fn shown(entry: &Entry) -> Vec<&str> {
    entry.attachments.iter().map(|file| file.attachment_id.as_str()).collect()
}

/// Posts a visit note with a photo under each of these names.
async fn post_with(session: &Session, patient: &str, names: &[&str]) -> Result<Entry> {
    let attachment_ids = photos(session, patient, names).await?;
    Ok(session.post_as_asked(PostEntryRequest { attachment_ids, ..post_note(patient, "創部を撮影") }).await?)
}

async fn photos(session: &Session, patient: &str, names: &[&str]) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for name in names {
        ids.push(session.upload(patient, name, fixtures::PHOTO).await?.attachment_id);
    }
    Ok(ids)
}

fn keeping(of: &Entry, files: &[&str]) -> CorrectEntryRequest {
    let attachment_ids = files.iter().map(|&id| id.to_owned()).collect();
    CorrectEntryRequest { attachment_ids, ..correction(of, note("左下腿の創部を撮影")) }
}

async fn filtered(session: &Session, patient: &str, filter: EntryFilter) -> Result<Vec<Entry>> {
    let request = ListEntriesRequest {
        patient_id: patient.to_owned(),
        page_size: 100,
        filter: Some(filter),
        ..Default::default()
    };
    Ok(session.timeline.clone().list_entries(request).await?.into_inner().entries)
}

async fn a_correction_shows_what_it_keeps_and_what_it_brings(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, circle.patient.as_str());
    doctor.consent_to_all(patient).await?;
    let first = post_with(doctor, patient, &["右.jpg", "左.jpg"]).await?;
    let [right, left] = <[&str; 2]>::try_from(shown(&first)).ok().context("two files")?;
    let new = photos(doctor, patient, &["追加.jpg"]).await?;
    let second = doctor.correct(keeping(&first, &[left, &new[0]])).await?;
    ensure!(shown(&second) == [left, &new[0]], "{second:?}");

    // both stand there with theirs, in lists, filters and searches
    for session in [doctor, nurse] {
        ensure!(shown(&session.read_again(&first).await?) == [right, left]);
        let seen = session.read_again(&second).await?;
        ensure!(shown(&seen) == shown(&second), "{seen:?}");
        ensure!(seen.attachments.iter().map(|file| file.file_name.as_str()).eq(["左.jpg", "追加.jpg"]));
        for id in [right, left, &new[0]] {
            ensure!(download(session, patient, id, 0).await? == fixtures::PHOTO, "other bytes");
        }
        let current = EntryFilter { current: true, with_attachments: true, ..Default::default() };
        let current = filtered(session, patient, current).await?;
        ensure!(current.len() == 1 && shown(&current[0]) == shown(&second), "{current:?}");
        let all = EntryFilter { with_attachments: true, ..Default::default() };
        ensure!(filtered(session, patient, all).await?.len() == 2);
        let request = SearchEntriesRequest {
            patient_id: patient.to_owned(),
            query: "左.jpg".into(),
            ..Default::default()
        };
        let found = session.timeline.clone().search_entries(request).await?.into_inner().entries;
        let found: Vec<_> = found.iter().map(|found| found.entry_id.as_str()).collect();
        ensure!(found == [&*second.entry_id, &*first.entry_id], "{found:?}");
    }

    // of a correction of the correction: what that kept and what it brought, but nothing that it left out
    let refused = doctor.correct(keeping(&second, &[right])).await;
    expect(&refused.expect_err("left out"), Code::FailedPrecondition, "ATTACHMENT_NOT_USABLE")?;
    let third = doctor.correct(keeping(&second, &[&new[0], left])).await?;
    ensure!(shown(&third) == [&new[0], left] && third.revision == 3);
    let fourth = doctor.correct(keeping(&third, &[])).await?;
    ensure!(shown(&fourth).is_empty() && shown(&nurse.read_again(&third).await?) == [&new[0], left]);
    // what was taken back shows its files still
    doctor.retract(retraction(&fourth)).await?;
    ensure!(shown(&nurse.read_again(&second).await?) == [left, &new[0]]);

    // the events say which files, kept ones too
    verified(&circle.region.server, None)?;
    let gone = format!("DELETE FROM entry_kept_file WHERE seq = {}", third.seq);
    circle.region.server.sql(&gone)?;
    let told = verified(&circle.region.server, None).expect_err("files of the third are gone").to_string();
    ensure!(
        told.contains("the entry, its files or what stands beside it are not those that were stored"),
        "{told}"
    );
    Ok(())
}

async fn a_correction_that_keeps_files_is_one_however_often_it_is_sent(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, patient) = (&circle.doctor.session, circle.patient.as_str());
    let first = post_with(doctor, patient, &["一.jpg", "二.jpg"]).await?;
    let files = shown(&first);
    let request = keeping(&first, &files);
    let once = doctor.correct(request.clone()).await?;
    let again = doctor.correct(request.clone()).await?;
    ensure!((once.seq, shown(&once)) == (again.seq, shown(&again)), "{again:?}");
    let other = CorrectEntryRequest { attachment_ids: vec![files[0].to_owned()], ..request };
    let refused = doctor.correct(other).await;
    expect(&refused.expect_err("other files"), Code::AlreadyExists, "REQUEST_ID_REUSED")?;

    // at once: one is taken, and of the others nothing
    let tries = (0..6).map(|_| doctor.correct(keeping(&once, &files)));
    let results = futures::future::join_all(tries).await;
    ensure!(results.iter().filter(|result| result.is_ok()).count() == 1, "{results:?}");
    for refused in results.into_iter().filter_map(Result::err) {
        expect(&refused, Code::Aborted, "ENTRY_ALREADY_AMENDED")?;
    }
    let kept = circle.region.server.sql("SELECT COUNT(*) FROM entry_kept_file")?;
    ensure!(kept.trim() == "4", "{kept} files are kept");
    verified(&circle.region.server, None)?;
    Ok(())
}

async fn a_file_of_another_entry_is_not_kept(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, circle.patient.as_str());
    doctor.consent_to_all(patient).await?;
    let first = post_with(doctor, patient, &["一.jpg"]).await?;
    let beside = post_with(doctor, patient, &["別.jpg"]).await?;
    let nurses = post_with(nurse, patient, &["看護.jpg"]).await?;
    let unused = photos(nurse, patient, &["未使用.jpg"]).await?;
    let elsewhere = doctor.register().await?;
    let other = post_with(doctor, &elsewhere, &["他の患者.jpg"]).await?;
    let (kept, nobodys) = (shown(&first)[0], new_id());
    let new = photos(doctor, patient, &["新.jpg"]).await?;
    let others = [shown(&beside)[0], shown(&nurses)[0], &unused[0], shown(&other)[0], &nobodys];
    for wrong in others {
        let refused = doctor.correct(keeping(&first, &[kept, &new[0], wrong])).await;
        expect(&refused.expect_err("a foreign file"), Code::FailedPrecondition, "ATTACHMENT_NOT_USABLE")?;
    }
    expect_invalid(
        doctor.timeline.clone().correct_entry(keeping(&first, &[kept, kept])).await,
        "attachment_ids",
    )?;
    let many: Vec<String> = (0..21).map(|_| new_id()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    expect_invalid(doctor.timeline.clone().correct_entry(keeping(&first, &many)).await, "attachment_ids")?;
    // who did not write it keeps nothing of it either
    let refused = nurse.correct(keeping(&first, &[kept])).await;
    expect(&refused.expect_err("not the author"), Code::PermissionDenied, "NOT_OWN_ENTRY")?;
    // nothing was kept of all these: neither a file nor the claim of the new one
    let stored = circle.region.server.sql("SELECT COUNT(*) FROM entry_kept_file")?;
    ensure!(stored.trim() == "0", "{stored} files are kept");
    let corrected = doctor.correct(keeping(&first, &[&new[0], kept])).await?;
    ensure!(shown(&corrected) == [&new[0], kept]);
    // nor does a new entry take what an entry shows
    let request =
        PostEntryRequest { attachment_ids: vec![kept.to_owned()], ..post_note(patient, "写真だけ") };
    let refused = doctor.post_as_asked(request).await;
    expect(&refused.expect_err("in use"), Code::FailedPrecondition, "ATTACHMENT_NOT_USABLE")?;
    verified(&circle.region.server, None)?;
    Ok(())
}

/// Posts a visit note with photos for a colleague, who is to finalise it.
async fn entered_for(proxy: &Session, person: &Session, patient: &str, names: &[&str]) -> Result<Entry> {
    let request = PostEntryRequest {
        responsible_person_id: person.person(),
        attachment_ids: photos(proxy, patient, names).await?,
        ..post_note(patient, "口述のとおり")
    };
    Ok(proxy.post_as_asked(request).await?)
}

async fn what_was_entered_for_another_keeps_its_files(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, circle.patient.as_str());
    doctor.consent_to_all(patient).await?;
    let clerk = circle.region.colleague(doctor, "ema", Role::Coordinator).await?.session;
    let entered = entered_for(&clerk, doctor, patient, &["一.jpg", "二.jpg"]).await?;
    let [one, two] = <[&str; 2]>::try_from(shown(&entered)).ok().context("two files")?;
    // the clerk's own correction waits with its files, and the doctor's stands with the clerk's
    let second = clerk.correct(keeping(&entered, &[two, one])).await?;
    let new = photos(doctor, patient, &["医師.jpg"]).await?;
    let third = doctor.correct(keeping(&second, &[&new[0], two])).await?;
    ensure!(third.responsible.is_none() && shown(&third) == [&new[0], two], "{third:?}");
    for session in [doctor, nurse, &clerk] {
        ensure!(shown(&session.read_again(&third).await?) == [&new[0], two]);
        ensure!(shown(&session.read_again(&second).await?) == [two, one]);
        ensure!(download(session, patient, two, 0).await? == fixtures::PHOTO);
    }
    // it is the doctor's now
    let refused = clerk.correct(keeping(&third, &[two])).await;
    expect(&refused.expect_err("the doctor's"), Code::PermissionDenied, "NOT_OWN_ENTRY")?;
    verified(&circle.region.server, None)?;
    Ok(())
}

async fn who_sees_their_own_entries_alone_sees_the_files_with_them(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, patient) = (&circle.doctor.session, &circle.nurse.session, circle.patient.as_str());
    let consent = doctor.consent_to_all(patient).await?;
    let clerk = circle.region.colleague(nurse, "ema", Role::Coordinator).await?.session;
    let entered = entered_for(&clerk, nurse, patient, &["一.jpg", "二.jpg"]).await?;
    let [one, two] = <[&str; 2]>::try_from(shown(&entered)).ok().context("two files")?;
    let new = photos(nurse, patient, &["三.jpg"]).await?;
    let corrected = nurse.correct(keeping(&entered, &[two, &new[0]])).await?;
    doctor.withdraw(patient, &consent, None).await?;

    // the nurse's is the correction, with what it keeps; the clerk's what was entered, with all that it had
    let seen = nurse.read_again(&corrected).await?;
    ensure!(shown(&seen) == [two, &new[0]], "{seen:?}");
    ensure!(nurse.read_again(&entered).await.is_err(), "that is the clerk's");
    let seen = clerk.read_again(&entered).await?;
    ensure!(shown(&seen) == [one, two] && status_of(&seen) == status_of(&doctor.read_again(&entered).await?));
    ensure!(clerk.read_again(&corrected).await.is_err(), "that is the nurse's");
    for (session, file, is_seen) in [
        (nurse, one, false),
        (nurse, two, true),
        (nurse, &*new[0], true),
        (&clerk, one, true),
        (&clerk, two, true),
        (&clerk, &*new[0], false),
        (&circle.manager.session, two, false),
        (doctor, two, true),
    ] {
        match download(session, patient, file, 0).await {
            Ok(bytes) => ensure!(is_seen && bytes == fixtures::PHOTO, "{file} was shown"),
            Err(refused) if !is_seen => expect(&refused, Code::NotFound, "NOT_FOUND")?,
            Err(refused) => anyhow::bail!("{file} was not shown: {refused}"),
        }
    }
    Ok(())
}
