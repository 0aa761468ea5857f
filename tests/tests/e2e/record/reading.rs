//! Filters of a timeline, and both times of what was written without a connection.

use anyhow::{Result, ensure};
use prost_types::Timestamp;
use renkei_proto::v1::{
    Category, EntryContent, EntryFilter, EntryKind, ListEntriesRequest, Period, PostEntryRequest, VisitNote,
    entry_content::Content,
};
use renkei_tests::{database::Engine, fixtures};
use tonic::Code;

use super::{bury, correction, note, post_note, retraction};
use crate::{
    circle::Circle,
    grpc::Session,
    refusal::{expect_invalid, expect_refused},
    region::posting,
};

crate::on_both_engines!(
    a_filter_lets_through_what_all_of_it_agrees_to,
    what_was_written_offline_keeps_both_times,
    a_filter_shows_nothing_that_consent_hides,
    a_page_of_a_filter_is_good_for_that_filter_alone,
    an_old_entry_is_found_behind_ten_thousand_others,
    a_visit_that_was_entered_in_error_is_none_however_late,
    later_pages_stay_after_the_visit_of_the_first,
);

async fn texts(session: &Session, patient_id: &str, filter: EntryFilter) -> Result<Vec<i64>> {
    let mut request = ListEntriesRequest {
        patient_id: patient_id.to_owned(),
        page_size: 2,
        filter: Some(filter),
        ..Default::default()
    };
    let mut seqs = Vec::new();
    loop {
        let page = session.timeline.clone().list_entries(request.clone()).await?.into_inner();
        seqs.extend(page.entries.iter().map(|entry| entry.seq));
        if page.next_page_token.is_empty() {
            return Ok(seqs);
        }
        request.page_token = page.next_page_token;
    }
}

fn visit(patient_id: &str, seconds: i64) -> PostEntryRequest {
    let visit_time = Some(Timestamp { seconds, nanos: 0 });
    let note = VisitNote { objective: "定期訪問".to_owned(), visit_time, ..Default::default() };
    let content = Some(EntryContent { content: Some(Content::VisitNote(note)) });
    PostEntryRequest { content, ..posting(patient_id, "") }
}

async fn a_filter_lets_through_what_all_of_it_agrees_to(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let (nurse, doctor, patient) = (&circle.nurse.session, &circle.doctor.session, circle.patient.as_str());
    let early = nurse.post_as_asked(visit(patient, 1_700_000_000)).await?;
    let late = doctor.post_as_asked(visit(patient, 1_700_100_000)).await?;
    let word = doctor.post(patient, "連絡").await?;
    let paper = nurse.upload(patient, "paper.pdf", fixtures::PAPER).await?;
    let with_file =
        PostEntryRequest { attachment_ids: vec![paper.attachment_id], ..posting(patient, "書類") };
    let filed = nurse.post_as_asked(with_file).await?;
    let wrong = doctor.post_as_asked(post_note(patient, "誤り")).await?;
    let right = doctor.correct(correction(&wrong, note("正しい"))).await?;
    let error = doctor.post(patient, "取り消される").await?;
    let taken_back = doctor.retract(retraction(&error)).await?;

    let all = |filter: EntryFilter| texts(nurse, patient, filter);
    let of = |kinds: &[EntryKind]| EntryFilter {
        kinds: kinds.iter().map(|kind| (*kind).into()).collect(),
        ..Default::default()
    };
    let notes = [right.seq, wrong.seq, late.seq, early.seq];
    ensure!(all(of(&[EntryKind::VisitNote])).await? == notes);
    let mine = EntryFilter { author_person_id: nurse.person(), ..Default::default() };
    let own = all(mine.clone()).await?;
    ensure!(own[..2] == [filed.seq, early.seq], "{own:?}");
    let theirs = EntryFilter { author_organization_id: doctor.organization(), ..of(&[EntryKind::Message]) };
    ensure!(all(theirs).await? == [error.seq, word.seq]);
    let messages = EntryFilter { categories: vec![Category::Message.into()], ..mine };
    ensure!(all(messages).await? == [filed.seq]);
    let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
    let period = |start, end| EntryFilter { period: Some(Period { start, end }), ..Default::default() };
    ensure!(all(period(at(1_700_000_000), at(1_700_100_000))).await? == [early.seq]);
    ensure!(all(period(None, at(1_700_100_001))).await? == [late.seq, early.seq]);
    let files = EntryFilter { with_attachments: true, ..Default::default() };
    ensure!(all(files).await? == [filed.seq]);
    // a correction of the visit note is no visit
    let note = nurse.correct(correction(&early, visit(patient, 1_700_000_000).content)).await?;
    let since = EntryFilter { since_own_last_visit: true, ..of(&[EntryKind::VisitNote]) };
    ensure!(all(since).await? == [note.seq, right.seq, wrong.seq, late.seq]);
    let current = EntryFilter { current: true, ..of(&[EntryKind::VisitNote, EntryKind::Retraction]) };
    ensure!(all(current).await? == [note.seq, right.seq, late.seq]);
    let unread = EntryFilter { unread: true, ..of(&[EntryKind::Message, EntryKind::Retraction]) };
    ensure!(all(unread.clone()).await? == [taken_back.seq, error.seq, word.seq]);
    nurse
        .timeline
        .clone()
        .mark_read(renkei_proto::v1::MarkReadRequest {
            patient_id: patient.to_owned(),
            entry_ids: vec![error.entry_id],
        })
        .await?;
    ensure!(all(unread).await? == [taken_back.seq, word.seq]);
    let unknown = ListEntriesRequest {
        patient_id: patient.to_owned(),
        filter: Some(EntryFilter { kinds: vec![99], ..Default::default() }),
        ..Default::default()
    };
    expect_invalid(nurse.timeline.clone().list_entries(unknown).await, "filter.kinds[0]")?;
    Ok(())
}

async fn what_was_written_offline_keeps_both_times(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let written = Timestamp { seconds: 1_750_000_000, nanos: 0 };
    let request =
        PostEntryRequest { write_time: Some(written), ..posting(&circle.patient, "圏外で書いた") };
    let posted = circle.nurse.session.post_as_asked(request).await?;
    let seen = circle.doctor.session.read_again(&posted).await?;
    ensure!(seen.write_time == Some(written) && seen.occur_time == Some(written));
    ensure!(seen.post_time.is_some_and(|posted| posted.seconds > written.seconds));
    // an account of when it was goes before
    let request = PostEntryRequest { write_time: Some(written), ..visit(&circle.patient, 1_749_000_000) };
    let posted = circle.nurse.session.post_as_asked(request).await?;
    ensure!(posted.occur_time == Some(Timestamp { seconds: 1_749_000_000, nanos: 0 }));
    ensure!(posted.write_time == Some(written));
    let plain = circle.nurse.session.post(&circle.patient, "すぐに").await?;
    ensure!(plain.write_time.is_none() && plain.occur_time == plain.post_time);
    Ok(())
}

async fn a_filter_shows_nothing_that_consent_hides(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.post(&circle.patient, "同意の前").await?;
    let everything = EntryFilter { kinds: vec![EntryKind::Message.into()], ..Default::default() };
    let request = ListEntriesRequest {
        patient_id: circle.patient.clone(),
        filter: Some(everything.clone()),
        ..Default::default()
    };
    let refused = circle.nurse.session.timeline.clone().list_entries(request).await;
    expect_refused(refused, Code::NotFound, "NOT_FOUND")?;
    ensure!(texts(&circle.doctor.session, &circle.patient, everything).await?.len() == 1);
    Ok(())
}

async fn a_page_of_a_filter_is_good_for_that_filter_alone(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    for text in ["一", "二", "三"] {
        circle.doctor.session.post(&circle.patient, text).await?;
    }
    let messages = EntryFilter { kinds: vec![EntryKind::Message.into()], ..Default::default() };
    let request = ListEntriesRequest {
        patient_id: circle.patient.clone(),
        page_size: 1,
        filter: Some(messages),
        ..Default::default()
    };
    let timeline = || circle.doctor.session.timeline.clone();
    let page_token = timeline().list_entries(request.clone()).await?.into_inner().next_page_token;
    for filter in [None, Some(EntryFilter { unread: true, ..Default::default() })] {
        let other = ListEntriesRequest { page_token: page_token.clone(), filter, ..request.clone() };
        let refused = timeline().list_entries(other).await;
        expect_refused(refused, Code::InvalidArgument, "PAGE_TOKEN_INVALID")?;
    }
    Ok(())
}

async fn an_old_entry_is_found_behind_ten_thousand_others(engine: Engine) -> Result<()> {
    const OTHERS: usize = 10_000;
    let circle = Circle::open(engine).await?;
    let (nurse, doctor, patient) = (&circle.nurse.session, &circle.doctor.session, circle.patient.as_str());
    let consent = doctor.consent_to_all(patient).await?;
    let old = nurse.post_as_asked(visit(patient, 1_700_000_000)).await?;
    doctor.post(patient, "変わりなし").await?;
    bury(&circle.region.server, engine, OTHERS)?;
    let filter = EntryFilter { kinds: vec![EntryKind::VisitNote.into()], ..Default::default() };
    let asked =
        ListEntriesRequest { patient_id: patient.to_owned(), filter: Some(filter), ..Default::default() };
    let (mut request, mut found) = (asked.clone(), Vec::new());
    loop {
        let page = nurse.timeline.clone().list_entries(request.clone()).await?.into_inner();
        found.push(page.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>());
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    ensure!(found == [vec![], vec![], vec![old.seq]], "5,000 places a call: {found:?}");

    // who sees only what they wrote is not told how much follows
    doctor.withdraw(patient, &consent, None).await?;
    let page = nurse.timeline.clone().list_entries(asked).await?.into_inner();
    let seqs: Vec<i64> = page.entries.iter().map(|entry| entry.seq).collect();
    ensure!(seqs == [old.seq] && page.next_page_token.is_empty(), "{seqs:?}");
    Ok(())
}

async fn a_visit_that_was_entered_in_error_is_none_however_late(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let (nurse, doctor, patient) = (&circle.nurse.session, &circle.doctor.session, circle.patient.as_str());
    let first = nurse.post_as_asked(visit(patient, 1_700_000_000)).await?;
    let word = doctor.post(patient, "一").await?;
    let second = nurse.post_as_asked(visit(patient, 1_700_100_000)).await?;
    let since = EntryFilter {
        since_own_last_visit: true,
        kinds: vec![EntryKind::Message.into(), EntryKind::VisitNote.into()],
        ..Default::default()
    };
    ensure!(texts(nurse, patient, since.clone()).await?.is_empty());
    let corrected = nurse.correct(correction(&second, visit(patient, 1_700_100_000).content)).await?;
    let again = nurse.correct(correction(&corrected, visit(patient, 1_700_100_000).content)).await?;
    ensure!(texts(nurse, patient, since.clone()).await? == [again.seq, corrected.seq], "still a visit");
    nurse.retract(retraction(&again)).await?;
    let found = texts(nurse, patient, since.clone()).await?;
    ensure!(found == [again.seq, corrected.seq, second.seq, word.seq], "{found:?}");
    nurse.retract(retraction(&first)).await?;
    ensure!(texts(nurse, patient, since).await?.last() == Some(&first.seq), "no visit at all: everything");
    Ok(())
}

async fn later_pages_stay_after_the_visit_of_the_first(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let (nurse, doctor, patient) = (&circle.nurse.session, &circle.doctor.session, circle.patient.as_str());
    let first = nurse.post_as_asked(visit(patient, 1_700_000_000)).await?;
    for text in ["一", "二", "三"] {
        doctor.post(patient, text).await?;
    }
    let mut request = ListEntriesRequest {
        patient_id: patient.to_owned(),
        page_size: 1,
        filter: Some(EntryFilter { since_own_last_visit: true, ..Default::default() }),
        ..Default::default()
    };
    let mut seqs = Vec::new();
    loop {
        let page = nurse.timeline.clone().list_entries(request.clone()).await?.into_inner();
        seqs.extend(page.entries.iter().map(|entry| entry.seq - first.seq));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
        // neither a new visit nor that the old one was none moves where the list ends
        match seqs.len() {
            1 => drop(nurse.post_as_asked(visit(patient, 1_700_100_000)).await?),
            2 => drop(nurse.retract(retraction(&first)).await?),
            _ => {}
        }
    }
    ensure!(seqs == [3, 2, 1], "{seqs:?}");
    Ok(())
}
