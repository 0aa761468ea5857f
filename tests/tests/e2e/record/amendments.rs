//! Corrections and retractions: nothing is changed and nothing is lost.

use anyhow::{Result, ensure};
use renkei_proto::v1::{AuditAction, Category, ConsentForm, EntryKind, EntryStatus, ListAuditEventsRequest};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{correction, note, post_note, retraction, status_of};
use crate::{
    circle::Circle,
    refusal::{expect, expect_invalid},
    region::{form_organizations, message, new_id},
};

crate::on_both_engines!(
    a_correction_stands_beside_what_it_corrects,
    a_retraction_marks_and_erases_nothing,
    only_its_author_amends_an_entry,
    of_two_corrections_at_once_one_is_taken,
    a_correction_that_is_sent_twice_is_one,
    a_correction_is_seen_by_whom_the_entry_is_seen,
);

async fn a_correction_stands_beside_what_it_corrects(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let first = circle.doctor.session.post_as_asked(post_note(&circle.patient, "右下腿に浮腫")).await?;
    let second = circle.doctor.session.correct(correction(&first, note("左下腿に浮腫"))).await?;
    ensure!((second.seq, second.revision) == (first.seq + 1, 2), "{second:?}");
    let amendment = second.amendment.clone().unwrap_or_default();
    ensure!((amendment.entry_id, amendment.reason.as_str()) == (first.entry_id.clone(), "左右の取り違え"));

    // whoever reads later sees both, the first with its mark and what it said
    let seen = circle.nurse.session.read_again(&first).await?;
    ensure!(status_of(&seen) == EntryStatus::Corrected && seen.amended_by_entry_id == second.entry_id);
    ensure!(seen.content == first.content && seen.post_time == first.post_time);
    ensure!(status_of(&circle.nurse.session.read_again(&second).await?) == EntryStatus::Final);
    ensure!(circle.nurse.session.inbox().await?.iter().any(|entry| entry.entry_id == second.entry_id));

    // the second can be corrected, the first cannot any longer
    let again = circle.doctor.session.correct(correction(&first, note("両下腿に浮腫"))).await;
    expect(&again.expect_err("a second time"), Code::Aborted, "ENTRY_ALREADY_AMENDED")?;
    let third = circle.doctor.session.correct(correction(&second, note("両下腿に浮腫"))).await?;
    ensure!(third.revision == 3);

    let request =
        ListAuditEventsRequest { patient_id: circle.patient.clone(), page_size: 200, ..Default::default() };
    let events = circle.doctor.session.audit.clone().list_audit_events(request).await?.into_inner().events;
    let corrected = |event: &&renkei_proto::v1::AuditEvent| event.action() == AuditAction::EntryCorrect;
    let done = events.iter().filter(corrected).filter(|event| event.reason.is_empty()).count();
    ensure!(done == 2, "{done} corrections are on record");
    Ok(())
}

async fn a_retraction_marks_and_erases_nothing(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let wrong = circle.doctor.session.post_as_asked(post_note(&circle.patient, "別の人の所見")).await?;
    let taken_back = circle.doctor.session.retract(retraction(&wrong)).await?;
    ensure!(taken_back.kind() == EntryKind::Retraction && taken_back.category == wrong.category);
    let seen = circle.nurse.session.read_again(&wrong).await?;
    ensure!(status_of(&seen) == EntryStatus::EnteredInError && seen.content == wrong.content);
    for refused in [
        circle.doctor.session.retract(retraction(&wrong)).await,
        circle.doctor.session.correct(correction(&wrong, note("…"))).await,
    ] {
        expect(&refused.expect_err("it was taken back"), Code::Aborted, "ENTRY_ALREADY_AMENDED")?;
    }
    let of_it = circle.doctor.session.retract(retraction(&taken_back)).await;
    expect(&of_it.expect_err("a retraction"), Code::PermissionDenied, "NOT_OWN_ENTRY")?;
    Ok(())
}

async fn only_its_author_amends_an_entry(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let entry = circle.doctor.session.post_as_asked(post_note(&circle.patient, "右下腿に浮腫")).await?;
    let colleague =
        circle.region.colleague(&circle.doctor.session, "daigo", renkei_proto::v1::Role::Doctor).await?;
    for other in [&circle.nurse, &colleague] {
        let refused = other.session.correct(correction(&entry, note("なし"))).await;
        expect(&refused.expect_err("not the author"), Code::PermissionDenied, "NOT_OWN_ENTRY")?;
        let refused = other.session.retract(retraction(&entry)).await;
        expect(&refused.expect_err("not the author"), Code::PermissionDenied, "NOT_OWN_ENTRY")?;
    }
    let notice = circle.doctor.session.all_entries(&circle.patient).await?;
    let notice = notice.iter().find(|entry| entry.category() == Category::Notice).cloned();
    let refused = circle.doctor.session.retract(retraction(&notice.unwrap_or_default())).await;
    expect(&refused.expect_err("a notice"), Code::PermissionDenied, "NOT_OWN_ENTRY")?;

    // of another kind, without a reason
    let timeline = || circle.doctor.session.timeline.clone();
    expect_invalid(timeline().correct_entry(correction(&entry, message("なし"))).await, "content")?;
    let mut silent = correction(&entry, note("なし"));
    silent.reason.clear();
    expect_invalid(timeline().correct_entry(silent).await, "reason")?;
    ensure!(status_of(&circle.nurse.session.read_again(&entry).await?) == EntryStatus::Final);
    Ok(())
}

async fn of_two_corrections_at_once_one_is_taken(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    for round in 0..10 {
        let entry = circle.doctor.session.post_as_asked(post_note(&circle.patient, "所見")).await?;
        let tries = (0..8).map(|_| circle.doctor.session.correct(correction(&entry, note("訂正"))));
        let results = futures::future::join_all(tries).await;
        let taken = results.iter().filter(|result| result.is_ok()).count();
        ensure!(taken == 1, "round {round}: {taken} of 8 were taken");
        for refused in results.into_iter().filter_map(Result::err) {
            expect(&refused, Code::Aborted, "ENTRY_ALREADY_AMENDED")?;
        }
    }
    // nothing of those that were refused is there
    ensure!(circle.doctor.session.written_entries(&circle.patient).await?.len() == 20);
    Ok(())
}

async fn a_correction_that_is_sent_twice_is_one(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let entry = circle.doctor.session.post_as_asked(post_note(&circle.patient, "所見")).await?;
    let request = correction(&entry, note("訂正"));
    let first = circle.doctor.session.correct(request.clone()).await?;
    let second = circle.doctor.session.correct(request.clone()).await?;
    ensure!((&first.entry_id, first.seq) == (&second.entry_id, second.seq));
    let mut other = request;
    other.reason = "別の理由".to_owned();
    let refused = circle.doctor.session.correct(other).await;
    expect(&refused.expect_err("another body"), Code::AlreadyExists, "REQUEST_ID_REUSED")?;
    let mut under_its_id = correction(&entry, note("訂正"));
    under_its_id.request_id = new_id();
    under_its_id.corrects_entry_id = second.entry_id.clone();
    under_its_id.entry_id = second.entry_id;
    let refused = circle.doctor.session.correct(under_its_id).await;
    expect(&refused.expect_err("an id that is taken"), Code::AlreadyExists, "ID_TAKEN")?;
    Ok(())
}

async fn a_correction_is_seen_by_whom_the_entry_is_seen(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let only_messages = ConsentForm {
        categories: vec![Category::Message.into()],
        ..form_organizations(&[&circle.nurse.session])
    };
    circle.doctor.session.consent(&circle.patient, only_messages).await?;
    let doctors = form_organizations(&[&circle.doctor.session]);
    circle.doctor.session.consent(&circle.patient, doctors).await?;
    let hidden =
        circle.doctor.session.post_as_asked(post_note(&circle.patient, "看護師には見えない")).await?;
    let corrected = circle.doctor.session.correct(correction(&hidden, note("やはり見えない"))).await?;
    circle.doctor.session.retract(retraction(&corrected)).await?;
    let seen = circle.nurse.session.written_entries(&circle.patient).await?;
    ensure!(seen.is_empty(), "{seen:?}");
    ensure!(circle.doctor.session.written_entries(&circle.patient).await?.len() == 3);
    Ok(())
}
