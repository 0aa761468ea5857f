//! What is done to an entry reaches the open streams of those who may see it, of nobody else, and whoever comes back.

use anyhow::{Context as _, Result, bail, ensure};
use renkei_proto::v1::{
    Category, ConsentForm, EntryMark, EntryMarked, EntryStatus, LogoutRequest, MessageIntent, QuestionState,
    WatchPosition, WatchRequest, WatchResponse, watch_response::Event,
};
use renkei_tests::database::Engine;
use tonic::{Code, Streaming};

use super::{
    correction, note, post_note,
    proxies::{clerk, for_person},
    questions::{answer, question, said},
    reply, retraction,
};
use crate::{
    circle::Circle,
    grpc::{Place, Session},
    refusal::expect,
    region::{form_organizations, notice_of},
    side_doors::{WOKEN, next, watch},
};

crate::on_both_engines!(
    every_mark_is_told_with_how_the_entry_stands,
    whoever_does_not_see_the_entry_is_told_nothing,
    a_mark_is_told_to_nobody_whose_access_has_ended,
    whoever_comes_back_misses_no_mark,
    a_mark_is_no_disclosure,
);

mod postgres_nodes {
    #[test]
    fn a_mark_at_one_server_is_told_at_the_other() -> anyhow::Result<()> {
        crate::block_on(super::a_mark_at_one_server_is_told_at_the_other())
    }
}

type Stream = Streaming<WatchResponse>;

/// Watches the patient from now on.
pub(super) async fn watching(session: &Session, patient: &str) -> Result<Stream> {
    let mut stream = watch(session, patient, None).await?;
    match next(&mut stream).await?? {
        Event::AccessStarted(_) => Ok(stream),
        other => bail!("{other:?}"),
    }
}

/// What comes next, but for notices.
pub(super) async fn news(stream: &mut Stream) -> Result<Event> {
    loop {
        match next(stream).await?? {
            Event::Entry(event) if event.entry.as_ref().is_some_and(|entry| notice_of(entry).is_some()) => {}
            other => return Ok(other),
        }
    }
}

/// The `seq` of the next entry.
pub(super) async fn entry(stream: &mut Stream) -> Result<i64> {
    match news(stream).await? {
        Event::Entry(event) => Ok(event.entry.context("entry")?.seq),
        other => bail!("no entry, but {other:?}"),
    }
}

/// The next mark.
pub(super) async fn marked(stream: &mut Stream) -> Result<EntryMarked> {
    match news(stream).await? {
        Event::EntryMarked(marked) => Ok(marked),
        other => bail!("no mark, but {other:?}"),
    }
}

/// The next mark, with the entry that it stands at.
async fn told(stream: &mut Stream) -> Result<(i64, EntryMark)> {
    let marked = marked(stream).await?;
    Ok((marked.seq, marked.mark()))
}

async fn every_mark_is_told_with_how_the_entry_stands(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let (nurse, doctor) = (&circle.nurse.session, &circle.doctor.session);
    let clerk = clerk(&circle).await?.session;
    let mut stream = watching(nurse, &circle.patient).await?;

    let entered = clerk.post_as_asked(for_person(&circle, &circle.doctor, "浮腫なし")).await?;
    doctor.finalize(&entered).await?;
    ensure!(entry(&mut stream).await? == entered.seq);
    let finalised = marked(&mut stream).await?;
    ensure!(finalised.entry_id == entered.entry_id && finalised.patient_id == circle.patient);
    ensure!(finalised.mark() == EntryMark::Finalized && finalised.status() == EntryStatus::Final);
    ensure!(finalised.finalize_time.is_some() && finalised.mark_time == finalised.finalize_time);
    ensure!(!finalised.read && !finalised.acknowledged);
    // doing it twice does nothing, so nothing is told
    doctor.finalize(&entered).await?;

    let corrected = doctor.correct(correction(&entered, note("浮腫は軽度"))).await?;
    ensure!(entry(&mut stream).await? == corrected.seq, "what did it comes first");
    let mark = marked(&mut stream).await?;
    ensure!((mark.seq, mark.mark()) == (entered.seq, EntryMark::Corrected));
    ensure!(mark.status() == EntryStatus::Corrected && mark.amended_by_entry_id == corrected.entry_id);

    // by the nurse, and seen by the nurse's own stream as the nurse's, by the doctor's as somebody's
    let mut of_doctor = watching(doctor, &circle.patient).await?;
    nurse.acknowledge(&corrected, "了解しました").await?;
    nurse.acknowledge(&corrected, "もう一度").await?;
    let own = marked(&mut stream).await?;
    ensure!((own.seq, own.mark()) == (corrected.seq, EntryMark::Acknowledged));
    ensure!(own.acknowledged && own.read && own.status() == EntryStatus::Final);
    let others = marked(&mut of_doctor).await?;
    ensure!((others.seq, others.mark()) == (corrected.seq, EntryMark::Acknowledged));
    ensure!(!others.acknowledged && others.read, "the doctor wrote it");

    let asked = nurse.post_as_asked(question(&circle.patient, vec![])).await?;
    nurse.post_as_asked(reply(&asked, "補足です")).await?;
    let answered = doctor.post_as_asked(answer(&asked)).await?;
    for stream in [&mut stream, &mut of_doctor] {
        ensure!(
            [entry(stream).await?, entry(stream).await?, entry(stream).await?]
                == [asked.seq, asked.seq + 1, answered.seq]
        );
        let mark = marked(stream).await?;
        ensure!((mark.seq, mark.mark()) == (asked.seq, EntryMark::Answered));
        ensure!(mark.question_state() == QuestionState::Answered);
    }
    // the correction of an answer is one; without it the question is open again
    let other = doctor.correct(correction(&answered, said(MessageIntent::Answer, "半量に"))).await?;
    ensure!(entry(&mut stream).await? == other.seq);
    ensure!(told(&mut stream).await? == (answered.seq, EntryMark::Corrected));
    ensure!(told(&mut stream).await? == (asked.seq, EntryMark::Answered));
    let retracted = doctor.retract(retraction(&other)).await?;
    ensure!(entry(&mut stream).await? == retracted.seq);
    let opened = marked(&mut stream).await?;
    ensure!((opened.seq, opened.mark()) == (asked.seq, EntryMark::Answered));
    ensure!(opened.question_state() == QuestionState::Open);
    let mark = marked(&mut stream).await?;
    ensure!((mark.seq, mark.status()) == (other.seq, EntryStatus::EnteredInError));

    // what a clerk enters as an answer is one when it is final
    let entered =
        renkei_proto::v1::PostEntryRequest { responsible_person_id: doctor.person(), ..answer(&asked) };
    let entered = clerk.post_as_asked(entered).await?;
    ensure!(entry(&mut stream).await? == entered.seq);
    doctor.finalize(&entered).await?;
    ensure!(told(&mut stream).await? == (entered.seq, EntryMark::Finalized));
    ensure!(told(&mut stream).await? == (asked.seq, EntryMark::Answered));
    Ok(())
}

/// A consent for the manager's organisation to see messages about medication alone.
pub(super) async fn show_medication(circle: &Circle) -> Result<String> {
    let categories = vec![Category::Medication.into()];
    let form = ConsentForm { categories, ..form_organizations(&[&circle.manager.session]) };
    circle.doctor.session.consent(&circle.patient, form).await
}

async fn whoever_does_not_see_the_entry_is_told_nothing(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let form = form_organizations(&[&circle.nurse.session]);
    circle.doctor.session.consent(&circle.patient, form).await?;
    show_medication(&circle).await?;
    let (doctor, nurse, manager) = (&circle.doctor.session, &circle.nurse.session, &circle.manager.session);
    let hidden = circle.post(Category::Message, "薬の話ではない").await?;
    let seen = circle.post(Category::Medication, "減量します").await?;
    let mut of_manager = watching(manager, &circle.patient).await?;
    let mut of_nurse = watching(nurse, &circle.patient).await?;

    nurse.acknowledge(&hidden, "").await?;
    ensure!(told(&mut of_nurse).await? == (hidden.seq, EntryMark::Acknowledged));
    doctor.retract(retraction(&hidden)).await?;
    ensure!(entry(&mut of_nurse).await? > seen.seq);
    ensure!(told(&mut of_nurse).await? == (hidden.seq, EntryMark::EnteredInError));
    nurse.acknowledge(&seen, "").await?;
    ensure!(told(&mut of_nurse).await? == (seen.seq, EntryMark::Acknowledged));
    // the first thing that the manager hears of
    let mark = marked(&mut of_manager).await?;
    ensure!((mark.seq, mark.mark()) == (seen.seq, EntryMark::Acknowledged), "{mark:?}");

    // nor does a position tell of hidden marks behind the last visible one
    doctor.post_as_asked(answer(&nurse.post_as_asked(question(&circle.patient, vec![])).await?)).await?;
    let mut again = watch(manager, &circle.patient, None).await?;
    match next(&mut again).await?? {
        Event::AccessStarted(started) => ensure!(Some(&started) == mark.position.as_ref(), "{started:?}"),
        other => bail!("{other:?}"),
    }
    Ok(())
}

async fn a_mark_is_told_to_nobody_whose_access_has_ended(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, manager) = (&circle.doctor.session, &circle.nurse.session, &circle.manager.session);
    doctor.consent(&circle.patient, form_organizations(&[nurse])).await?;
    let consent = show_medication(&circle).await?;
    let seen = circle.post(Category::Medication, "減量します").await?;
    let mut stream = watching(manager, &circle.patient).await?;
    let mut of_nurse = watching(nurse, &circle.patient).await?;
    doctor.withdraw(&circle.patient, &consent, None).await?;
    nurse.acknowledge(&seen, "").await?;
    while !matches!(news(&mut of_nurse).await?, Event::EntryMarked(_)) {}
    // who watches with the manager was told, and the manager only of the end
    manager.auth.clone().logout(LogoutRequest {}).await?;
    let end = loop {
        match next(&mut stream).await? {
            Ok(Event::EntryMarked(mark)) => bail!("{mark:?}"),
            Ok(_) => {}
            Err(end) => break end,
        }
    };
    expect(&end, Code::Unauthenticated, "SESSION_REQUIRED")?;
    Ok(())
}

async fn whoever_comes_back_misses_no_mark(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let (nurse, manager) = (&circle.nurse.session, &circle.manager.session);
    let entries = [circle.post(Category::Message, "一").await?, circle.post(Category::Message, "二").await?];
    let mut stream = watch(nurse, &circle.patient, None).await?;
    let Event::AccessStarted(mut held) = next(&mut stream).await?? else { bail!("no access") };
    let back = async |held: &WatchPosition| -> Result<Stream> {
        let request =
            WatchRequest { patient_ids: vec![circle.patient.clone()], positions: vec![held.clone()] };
        let mut stream = nurse.timeline.clone().watch(request).await?.into_inner();
        match next(&mut stream).await?? {
            Event::AccessStarted(_) => Ok(stream),
            other => bail!("{other:?}"),
        }
    };
    // the first marks of the patient, and then later ones
    for round in 0..2 {
        drop(stream);
        let session = if round == 0 { manager } else { nurse };
        for entry in &entries {
            session.acknowledge(entry, "").await?;
        }
        let third = circle.post(Category::Message, "三").await?;
        stream = back(&held).await?;
        ensure!(entry(&mut stream).await? == third.seq, "round {round}");
        for entry in &entries {
            let mark = marked(&mut stream).await?;
            ensure!(
                (mark.seq, mark.mark()) == (entry.seq, EntryMark::Acknowledged),
                "round {round}: {mark:?}"
            );
            ensure!(mark.acknowledged == (round == 1));
            held = mark.position.context("a position")?;
        }
        ensure!(held.seq == third.seq && held.mark == Some(2 * (round + 1)), "round {round}: {held:?}");
    }
    // nothing twice to who says how far it came, and none to who says only which entries it holds
    for position in [held.clone(), WatchPosition { mark: None, ..held }] {
        let mut again = back(&position).await?;
        let fourth = circle.post(Category::Message, "四").await?;
        while entry(&mut again).await? != fourth.seq {}
    }
    // more of them than are read at once
    let mut many = Vec::new();
    for n in 0..45 {
        many.push(circle.post(Category::Message, &format!("{n}")).await?);
        manager.acknowledge(many.last().context("one")?, "").await?;
    }
    let since = WatchPosition { seq: i64::MAX, mark: Some(4), patient_id: circle.patient.clone() };
    let mut stream = back(&since).await?;
    for entry in &many {
        ensure!(told(&mut stream).await? == (entry.seq, EntryMark::Acknowledged));
    }
    Ok(())
}

async fn a_mark_is_no_disclosure(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let (doctor, nurse) = (&circle.doctor.session, &circle.nurse.session);
    let noted = doctor.post_as_asked(post_note(&circle.patient, "浮腫なし")).await?;
    let mut stream = watching(nurse, &circle.patient).await?;
    let events = || circle.region.server.sql("SELECT COUNT(*) FROM audit_event WHERE action = 'ENTRY_READ'");
    let before = events()?;
    circle.manager.session.acknowledge(&noted, "了解").await?;
    let mark = marked(&mut stream).await?;
    ensure!(!format!("{mark:?}").contains("了解") && mark.seq == noted.seq);
    ensure!(events()? == before, "a mark counts as a look at the record");
    let acknowledged = "SELECT COUNT(*) FROM audit_event WHERE action = 'ENTRY_ACKNOWLEDGE'";
    ensure!(circle.region.server.sql(acknowledged)?.trim() == "1", "what was done stands on record");
    Ok(())
}

async fn a_mark_at_one_server_is_told_at_the_other() -> Result<()> {
    let mut circle = Circle::open(Engine::Postgres).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let other = circle.region.server.start_beside()?;
    circle.nurse.device.place = Place { address: other.address(), ..circle.region.place.clone() };
    let nurse = circle.nurse.device.login().await?;
    let mut stream = watching(&nurse, &circle.patient).await?;
    let noted = circle.post(Category::Message, "明日から減量します").await?;
    ensure!(entry(&mut stream).await? == noted.seq);
    let begun = std::time::Instant::now();
    circle.manager.session.acknowledge(&noted, "").await?;
    ensure!(told(&mut stream).await? == (noted.seq, EntryMark::Acknowledged));
    let took = begun.elapsed();
    ensure!(took < WOKEN, "it took {took:?}");
    Ok(())
}
