//! Questions stay open until they are answered; mentions and acknowledgements.

use anyhow::{Result, ensure};
use renkei_proto::v1::{
    AcknowledgeEntryRequest, Entry, EntryContent, InboxView, ListReadersRequest, Mention, Message,
    MessageIntent, PostEntryRequest, QuestionState, Role, entry_content::Content,
};
use renkei_tests::database::Engine;
use tonic::Code;

use super::{correction, reply, retraction};
use crate::{
    circle::Circle,
    grpc::Session,
    refusal::{expect_invalid, expect_refused},
    region::posting,
};

crate::on_both_engines!(
    a_question_is_open_until_it_is_answered,
    a_corrected_question_is_still_asked,
    a_question_whose_answer_was_taken_back_is_open_again,
    an_answer_and_a_correction_at_once_leave_nothing_open,
    a_mention_reaches_whom_it_names,
    nobody_outside_the_team_is_mentioned,
    an_acknowledgement_is_given_once_with_its_word,
    who_has_not_read_comes_in_pages,
);

pub(crate) fn said(intent: MessageIntent, text: &str) -> Option<EntryContent> {
    let message = Message { text: text.to_owned(), intent: intent.into() };
    Some(EntryContent { content: Some(Content::Message(message)) })
}

pub(super) fn question(patient_id: &str, mentions: Vec<Mention>) -> PostEntryRequest {
    let content = said(MessageIntent::Question, "眠剤は続けてよいですか");
    PostEntryRequest { content, mentions, ..posting(patient_id, "") }
}

pub(super) fn answer(to: &Entry) -> PostEntryRequest {
    PostEntryRequest { content: said(MessageIntent::Answer, "続けてください"), ..reply(to, "") }
}

fn person(session: &Session) -> Mention {
    Mention { person_id: session.person(), ..Default::default() }
}

async fn a_question_is_open_until_it_is_answered(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let (nurse, doctor, manager) = (&circle.nurse.session, &circle.doctor.session, &circle.manager.session);
    let to_all = nurse.post_as_asked(question(&circle.patient, vec![])).await?;
    let to_doctor = nurse.post_as_asked(question(&circle.patient, vec![person(doctor)])).await?;
    ensure!(to_all.question_state() == QuestionState::Open);
    let both = [to_all.entry_id.clone(), to_doctor.entry_id.clone()];
    // the one who asked and the one who is asked wait for both, the third for what is for everybody
    ensure!(nurse.view(InboxView::OpenQuestions).await? == both);
    ensure!(doctor.view(InboxView::OpenQuestions).await? == both);
    ensure!(manager.view(InboxView::OpenQuestions).await? == [to_all.entry_id.as_str()]);

    // a reply that is no answer leaves it open
    manager.post_as_asked(reply(&to_doctor, "私も知りたいです")).await?;
    ensure!(nurse.read_again(&to_doctor).await?.question_state() == QuestionState::Open);
    doctor.post_as_asked(answer(&to_doctor)).await?;
    ensure!(nurse.read_again(&to_doctor).await?.question_state() == QuestionState::Answered);
    ensure!(doctor.view(InboxView::OpenQuestions).await? == [to_all.entry_id.as_str()]);
    // a retracted one is not waited for either
    nurse.retract(retraction(&to_all)).await?;
    for session in [nurse, doctor, manager] {
        ensure!(session.view(InboxView::OpenQuestions).await?.is_empty());
    }
    let alone =
        PostEntryRequest { content: said(MessageIntent::Answer, "はい"), ..posting(&circle.patient, "") };
    expect_invalid(doctor.timeline.clone().post_entry(alone).await, "reply_to_entry_id")?;
    Ok(())
}

async fn a_corrected_question_is_still_asked(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let (nurse, doctor) = (&circle.nurse.session, &circle.doctor.session);
    let first = nurse.post_as_asked(question(&circle.patient, vec![person(doctor)])).await?;
    let kept = said(MessageIntent::Question, "眠剤は減らしてよいですか");
    let changed = said(MessageIntent::Report, "眠剤について");
    let refused = nurse.timeline.clone().correct_entry(correction(&first, changed)).await;
    expect_invalid(refused, "content.message.intent")?;
    let second = nurse.correct(correction(&first, kept)).await?;
    ensure!(second.mentions.iter().any(|mention| mention.person_id == doctor.person()));
    ensure!(doctor.view(InboxView::OpenQuestions).await? == [second.entry_id.as_str()]);
    // an answer to what it said before is one to the question
    doctor.post_as_asked(answer(&first)).await?;
    ensure!(nurse.read_again(&second).await?.question_state() == QuestionState::Answered);
    ensure!(doctor.view(InboxView::OpenQuestions).await?.is_empty());
    // and stays one when the question is corrected again
    let kept = said(MessageIntent::Question, "眠剤は中止してよいですか");
    let third = nurse.correct(correction(&second, kept)).await?;
    ensure!(nurse.read_again(&third).await?.question_state() == QuestionState::Answered);
    ensure!(nurse.view(InboxView::OpenQuestions).await?.is_empty());
    Ok(())
}

async fn a_mention_reaches_whom_it_names(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let (nurse, doctor, manager) = (&circle.nurse.session, &circle.doctor.session, &circle.manager.session);
    let colleague = circle.region.colleague(nurse, "hana", Role::Nurse).await?;
    let mentioning = |mention: Mention| PostEntryRequest {
        mentions: vec![mention],
        ..posting(&circle.patient, "確認をお願いします")
    };
    let station = nurse.organization();
    let role = Role::Nurse.into();
    let to_person = doctor.post_as_asked(mentioning(person(nurse))).await?;
    let of_station = Mention { organization_id: station.clone(), ..Default::default() };
    let to_station = doctor.post_as_asked(mentioning(of_station)).await?;
    let nurses = Mention { organization_id: station, role, ..Default::default() };
    let to_nurses = doctor.post_as_asked(mentioning(nurses)).await?;
    let any_nurse = Mention { role, ..Default::default() };
    let to_any = doctor.post_as_asked(mentioning(any_nurse)).await?;
    let plain = doctor.post(&circle.patient, "誰宛てでもない").await?;
    ensure!(
        to_person.mentions[0].name == nurse.me.actor.clone().unwrap_or_default().person_name,
        "{:?}",
        to_person.mentions
    );

    let ids =
        |entries: &[&Entry]| -> Vec<String> { entries.iter().map(|entry| entry.entry_id.clone()).collect() };
    let all = [&to_person, &to_station, &to_nurses, &to_any];
    ensure!(nurse.view(InboxView::Mentions).await? == ids(&all));
    ensure!(colleague.session.view(InboxView::Mentions).await? == ids(&all[1..]));
    ensure!(manager.view(InboxView::Mentions).await?.is_empty());
    ensure!(doctor.view(InboxView::Mentions).await?.is_empty(), "nobody waits for oneself");
    ensure!(nurse.inbox().await?.iter().any(|entry| entry.entry_id == plain.entry_id));

    // what was acknowledged does not wait for that person any longer
    nurse.acknowledge(&to_station, "").await?;
    ensure!(nurse.view(InboxView::Mentions).await? == ids(&[&to_person, &to_nurses, &to_any]));
    ensure!(colleague.session.view(InboxView::Mentions).await? == ids(&all[1..]));
    Ok(())
}

async fn nobody_outside_the_team_is_mentioned(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let stranger = circle.region.pharmacist("iida").await?;
    let organization = Mention { organization_id: stranger.session.organization(), ..Default::default() };
    let unknown = Mention { person_id: crate::region::new_id(), ..Default::default() };
    for mention in [person(&stranger.session), organization, unknown] {
        let request = PostEntryRequest { mentions: vec![mention], ..posting(&circle.patient, "…") };
        expect_invalid(circle.doctor.session.timeline.clone().post_entry(request).await, "mentions[0]")?;
    }
    Ok(())
}

async fn who_has_not_read_comes_in_pages(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    let (doctor, nurse, manager) = (&circle.doctor.session, &circle.nurse.session, &circle.manager.session);
    doctor.consent_to_all(&circle.patient).await?;
    let mut expected = vec![manager.person()];
    for name in ["hana", "iori", "jun"] {
        expected.push(circle.region.colleague(nurse, name, Role::Nurse).await?.session.person());
    }
    let entry = doctor.post(&circle.patient, "明日から減量します").await?;
    nurse.acknowledge(&entry, "").await?;
    let mut request = ListReadersRequest {
        patient_id: entry.patient_id.clone(),
        entry_id: entry.entry_id.clone(),
        page_size: 3,
        ..Default::default()
    };
    let first = doctor.timeline.clone().list_readers(request.clone()).await?.into_inner();
    ensure!((first.readers.len(), first.acknowledgements.len(), first.not_read.len()) == (1, 1, 3));
    request.page_token = first.next_page_token;
    let second = doctor.timeline.clone().list_readers(request.clone()).await?.into_inner();
    ensure!(second.readers.is_empty() && second.acknowledgements.is_empty(), "{second:?}");
    ensure!(second.next_page_token.is_empty(), "{second:?}");
    let told = first.not_read.iter().chain(&second.not_read).map(|actor| actor.person_id.clone());
    let mut told: Vec<String> = told.collect();
    told.sort();
    expected.sort();
    ensure!(told == expected, "{told:?}");

    let other = doctor.post(&circle.patient, "別の記録").await?;
    let of_other = ListReadersRequest { entry_id: other.entry_id, ..request };
    let refused = doctor.timeline.clone().list_readers(of_other).await;
    expect_refused(refused, Code::InvalidArgument, "PAGE_TOKEN_INVALID")?;
    Ok(())
}

async fn an_acknowledgement_is_given_once_with_its_word(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let (nurse, doctor, manager) = (&circle.nurse.session, &circle.doctor.session, &circle.manager.session);
    let entry = doctor.post(&circle.patient, "明日から減量します").await?;
    let told = doctor.who_read(&entry).await?;
    ensure!(told.readers.is_empty() && told.acknowledgements.is_empty());
    let names: Vec<_> = told.not_read.iter().map(|actor| actor.person_id.clone()).collect();
    ensure!(names.len() == 2 && names.contains(&nurse.person()) && names.contains(&manager.person()));

    nurse.acknowledge(&entry, "了解しました").await?;
    nurse.acknowledge(&entry, "もう一度").await?;
    let told = manager.who_read(&entry).await?;
    ensure!(told.acknowledgements.len() == 1 && told.acknowledgements[0].word == "了解しました");
    ensure!(told.readers.len() == 1 && told.not_read.len() == 1, "{told:?}");
    ensure!(nurse.read_again(&entry).await?.acknowledged && !manager.read_again(&entry).await?.acknowledged);
    ensure!(nurse.read_again(&entry).await?.read);

    let stranger = circle.region.pharmacist("jota").await?;
    let request = AcknowledgeEntryRequest {
        patient_id: entry.patient_id.clone(),
        entry_id: entry.entry_id.clone(),
        word: String::new(),
    };
    let refused = stranger.session.timeline.clone().acknowledge_entry(request.clone()).await;
    expect_refused(refused, Code::NotFound, "NOT_FOUND")?;
    let long = AcknowledgeEntryRequest { word: "長".repeat(201), ..request };
    expect_invalid(nurse.timeline.clone().acknowledge_entry(long).await, "word")?;
    Ok(())
}

async fn a_question_whose_answer_was_taken_back_is_open_again(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let (nurse, doctor) = (&circle.nurse.session, &circle.doctor.session);
    let asked = nurse.post_as_asked(question(&circle.patient, vec![person(doctor)])).await?;
    let first = doctor.post_as_asked(answer(&asked)).await?;
    let kept = said(MessageIntent::Answer, "半量にしてください");
    let changed = said(MessageIntent::Report, "半量にしました");
    expect_invalid(
        doctor.timeline.clone().correct_entry(correction(&first, changed)).await,
        "content.message.intent",
    )?;
    let second = doctor.correct(correction(&first, kept)).await?;
    ensure!(nurse.read_again(&asked).await?.question_state() == QuestionState::Answered);
    doctor.retract(retraction(&second)).await?;
    ensure!(nurse.read_again(&asked).await?.question_state() == QuestionState::Open);
    ensure!(nurse.view(InboxView::OpenQuestions).await? == [asked.entry_id.as_str()]);

    // what a clerk enters as the doctor's answer is one when the doctor says so
    let clerk = circle.region.colleague(doctor, "kenta", Role::Coordinator).await?;
    let entered = PostEntryRequest { responsible_person_id: doctor.person(), ..answer(&asked) };
    let entered = clerk.session.post_as_asked(entered).await?;
    ensure!(nurse.read_again(&asked).await?.question_state() == QuestionState::Open);
    doctor.finalize(&entered).await?;
    ensure!(nurse.read_again(&asked).await?.question_state() == QuestionState::Answered);
    ensure!(doctor.view(InboxView::OpenQuestions).await?.is_empty());
    Ok(())
}

async fn an_answer_and_a_correction_at_once_leave_nothing_open(engine: Engine) -> Result<()> {
    let circle = Circle::open(engine).await?;
    circle.doctor.session.consent_to_all(&circle.patient).await?;
    let (nurse, doctor) = (&circle.nurse.session, &circle.doctor.session);
    for round in 0..10 {
        let asked = nurse.post_as_asked(question(&circle.patient, vec![person(doctor)])).await?;
        let kept = said(MessageIntent::Question, "眠剤は減らしてよいですか");
        let (corrected, answered) =
            tokio::join!(nurse.correct(correction(&asked, kept)), doctor.post_as_asked(answer(&asked)));
        answered?;
        let state = nurse.read_again(&corrected?).await?.question_state();
        ensure!(state == QuestionState::Answered, "round {round}: {state:?}");
    }
    ensure!(doctor.view(InboxView::OpenQuestions).await?.is_empty());
    Ok(())
}
