//! A question whose answer is out of sight of whoever asked: its answer is taken back, and it is open again. Nothing of
//! the answer is told.

use anyhow::{Result, ensure};
use renkei_proto::v1::{
    Category, ConsentForm, Entry, EntryMark, EntryMarked, EntryStatus, InboxView, MessageIntent,
    PostEntryRequest, QuestionState, watch_response::Event,
};
use renkei_tests::database::Engine;

use super::{
    correction,
    marks::{entry, marked, news, show_medication, watching},
    questions::{answer, question, said},
    retraction,
};
use crate::{circle::Circle, grpc::Session, region::form_organizations};

crate::on_both_engines!(
    who_asked_is_told_nothing_of_an_answer_out_of_sight,
    a_question_is_open_again_whose_answer_is_withheld_and_then_taken_back,
);

/// A consent for the nurse's organisation to see these alone.
async fn show_nurse(circle: &Circle, categories: &[Category]) -> Result<String> {
    let categories = categories.iter().map(|category| i32::from(*category)).collect();
    let form = ConsentForm { categories, ..form_organizations(&[&circle.nurse.session]) };
    circle.doctor.session.consent(&circle.patient, form).await
}

/// An answer with a text of its own.
fn hidden(asked: &Entry) -> PostEntryRequest {
    PostEntryRequest { content: said(MessageIntent::Answer, "隠れた回答"), ..answer(asked) }
}

/// The entry and the inbox say the same.
async fn stands(asker: &Session, asked: &Entry, state: QuestionState) -> Result<()> {
    let seen = asker.read_again(asked).await?;
    ensure!(seen.question_state() == state && seen.amended_by_entry_id.is_empty(), "{seen:?}");
    let open: &[&str] = if state == QuestionState::Open { &[&asked.entry_id] } else { &[] };
    let waits = asker.view(InboxView::OpenQuestions).await?;
    ensure!(waits == open, "{state:?}: {waits:?}");
    Ok(())
}

/// The mark says how the question stands, and names no other entry.
fn says(mark: &EntryMarked, asked: &Entry, state: QuestionState) -> Result<()> {
    ensure!((mark.seq, &mark.entry_id) == (asked.seq, &asked.entry_id), "{mark:?}");
    ensure!(mark.mark() == EntryMark::Answered && mark.question_state() == state, "{mark:?}");
    ensure!(mark.status() == EntryStatus::Final && mark.amended_by_entry_id.is_empty(), "{mark:?}");
    Ok(())
}

/// Neither the inbox nor the timeline has a trace of these.
async fn hides(session: &Session, patient: &str, hidden: &[&Entry]) -> Result<()> {
    for entries in [session.inbox().await?, session.all_entries(patient).await?] {
        let shown = format!("{entries:?}");
        ensure!(hidden.iter().all(|entry| !shown.contains(&entry.entry_id)), "{shown}");
        ensure!(!shown.contains("隠れた"), "{shown}");
    }
    Ok(())
}

async fn who_asked_is_told_nothing_of_an_answer_out_of_sight(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, manager) = (&circle.doctor.session, &circle.nurse.session, &circle.manager.session);
    let messages = show_nurse(&circle, &[Category::Message]).await?;
    show_nurse(&circle, &[Category::Medication]).await?;
    show_medication(&circle).await?;
    let asked = nurse.post_as_asked(question(&circle.patient, vec![])).await?;
    // of the messages, the nurse sees the own question from now on
    doctor.withdraw(&circle.patient, &messages, None).await?;
    let mut of_nurse = watching(nurse, &circle.patient).await?;
    let mut of_manager = watching(manager, &circle.patient).await?;
    stands(nurse, &asked, QuestionState::Open).await?;

    // that there is an answer is told, and not which
    let first = doctor.post_as_asked(hidden(&asked)).await?;
    says(&marked(&mut of_nurse).await?, &asked, QuestionState::Answered)?;
    stands(nurse, &asked, QuestionState::Answered).await?;
    let second = doctor.correct(correction(&first, said(MessageIntent::Answer, "隠れた訂正"))).await?;
    says(&marked(&mut of_nurse).await?, &asked, QuestionState::Answered)?;
    stands(nurse, &asked, QuestionState::Answered).await?;
    let retracted = doctor.retract(retraction(&second)).await?;
    let opened = marked(&mut of_nurse).await?;
    says(&opened, &asked, QuestionState::Open)?;
    ensure!(opened.read && !opened.acknowledged && opened.mark_time.is_some(), "{opened:?}");
    stands(nurse, &asked, QuestionState::Open).await?;
    hides(nurse, &circle.patient, &[&first, &second, &retracted]).await?;

    // of two answers, one that is taken back opens nothing, and nothing of it is told
    let third = doctor.post_as_asked(hidden(&asked)).await?;
    let fourth = doctor.post_as_asked(hidden(&asked)).await?;
    for _ in [&third, &fourth] {
        says(&marked(&mut of_nurse).await?, &asked, QuestionState::Answered)?;
    }
    let taken_back = doctor.retract(retraction(&third)).await?;
    let last = circle.post(Category::Medication, "減量します").await?;
    ensure!(entry(&mut of_nurse).await? == last.seq);
    stands(nurse, &asked, QuestionState::Answered).await?;
    hides(nurse, &circle.patient, &[&third, &fourth, &taken_back]).await?;
    // whoever sees neither hears of none of this
    ensure!(entry(&mut of_manager).await? == last.seq);
    Ok(())
}

async fn a_question_is_open_again_whose_answer_is_withheld_and_then_taken_back(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse) = (&circle.doctor.session, &circle.nurse.session);
    let messages = show_nurse(&circle, &[Category::Message]).await?;
    let asked = nurse.post_as_asked(question(&circle.patient, vec![])).await?;
    let mut stream = watching(nurse, &circle.patient).await?;
    let first = doctor.post_as_asked(hidden(&asked)).await?;
    ensure!(entry(&mut stream).await? == first.seq);
    says(&marked(&mut stream).await?, &asked, QuestionState::Answered)?;

    // who sees nothing else has no stream and no inbox, and can still read the own question: that it was answered is true
    doctor.withdraw(&circle.patient, &messages, None).await?;
    let ended = news(&mut stream).await?;
    ensure!(matches!(ended, Event::AccessEnded(_)), "{ended:?}");
    ensure!(nurse.read_again(&asked).await?.question_state() == QuestionState::Answered);
    hides(nurse, &circle.patient, &[&first]).await?;
    let retracted = doctor.retract(retraction(&first)).await?;
    ensure!(nurse.read_again(&asked).await?.question_state() == QuestionState::Open);
    ensure!(nurse.view(InboxView::OpenQuestions).await?.is_empty());
    hides(nurse, &circle.patient, &[&first, &retracted]).await?;

    // with the consent come both, and the question waits
    show_nurse(&circle, &[Category::Message]).await?;
    let started = news(&mut stream).await?;
    ensure!(matches!(started, Event::AccessStarted(_)), "{started:?}");
    ensure!(nurse.read_again(&first).await?.status() == EntryStatus::EnteredInError);
    stands(nurse, &asked, QuestionState::Open).await?;
    Ok(())
}
