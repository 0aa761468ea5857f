use crossterm::event::{KeyCode, KeyModifiers};
use renkei_proto::v1::{
    Actor, Entry, EntryKind, EntryMark, EntryMarked, EntryStatus, InboxView, Mention, MessageIntent,
    QuestionState, Responsible, Role, entry_content::Content,
};

use super::*;
use crate::{
    draft::{Draft, Request},
    error::{Error, Exit},
    text::Language::English,
    tui::{
        compose::{Purpose, Target},
        event::{Answer, Task, Watched},
        fixtures::{KATO, Stage, YAMAMOTO, entries, message, page},
        state::{Asked, Said},
    },
};

const ME: &str = "0197f0a0-0000-7000-8000-0000000000ff";

/// With the entry under the cursor as the newest one of the first patient; the person is known.
fn at(entry: Entry) -> Stage {
    let mut stage = Stage::reading(English, 100, 30);
    stage.answer(Answer::Me(ME.into()));
    let mut entries = entries();
    entries.push(Entry { patient_id: YAMAMOTO.into(), ..entry });
    stage.answer(page(entries, ""));
    stage.press(KeyCode::Char('G'));
    stage
}

fn by(person_id: &str, entry: Entry) -> Entry {
    let author = Actor { person_id: person_id.into(), ..entry.author.clone().unwrap() };
    Entry { author: Some(author), ..entry }
}

/// A message that the person wrote.
fn own() -> Entry {
    by(ME, message(7, "右足の浮腫"))
}

/// What somebody entered for this person, as yet not final.
fn entered_for(person_id: &str) -> Entry {
    let responsible =
        Responsible {
            person_id: person_id.into(), person_name: "田中 一郎".into(), ..Default::default()
        };
    let status = EntryStatus::Preliminary.into();
    Entry { responsible: Some(responsible), status, ..by("somebody", message(7, "右足の浮腫")) }
}

fn send(stage: &mut Stage) -> Vec<Effect> {
    stage.press_with(KeyCode::Char('s'), KeyModifiers::CONTROL)
}

fn alt(stage: &mut Stage, c: char) -> Vec<Effect> {
    stage.press_with(KeyCode::Char(c), KeyModifiers::ALT)
}

/// The draft among what is wanted.
fn sent(effects: &[Effect]) -> Draft {
    let [Effect::Send { draft, is_kept: false }] = effects else { panic!("{effects:?}") };
    (**draft).clone()
}

fn failure(exit: Exit) -> Error {
    Error::new(exit, msg!("error-answer"))
}

#[test]
fn finalising_asks_first_and_shows_what_stands_then() {
    let mut stage = at(entered_for(ME));
    assert!(stage.key('f').is_empty());
    assert!(stage.key('n').is_empty() && matches!(stage.state.mode, Mode::Normal), "any other key is no");
    stage.key('f');
    let effects = stage.key('ｙ');
    assert!(
        matches!(&effects[..], [Effect::Finalize { entry_id, patient_id }] if entry_id == "id-7" && patient_id == YAMAMOTO),
        "{effects:?}"
    );
    let mut finalised = Entry { status: EntryStatus::Final.into(), ..entered_for(ME) };
    stage.answer(Answer::Finalized(Box::new(finalised.clone())));
    assert!(stage.state.list.is_stale, "it waits no longer");
    assert_eq!(stage.state.timeline.as_ref().unwrap().entries[&7], finalised);
    stage.key('f');
    assert!(matches!(stage.state.mode, Mode::Normal) && stage.state.said.is_some(), "it is final");

    finalised.status = EntryStatus::Preliminary.into();
    stage.answer(page(vec![finalised], ""));
    stage.key('f');
    stage.key('y');
    stage.answer(Answer::Failed(Task::Other, failure(Exit::TryAgain)));
    assert!(matches!(stage.state.said, Some(Said::Error(_))), "that it did not happen is told");
}

#[test]
fn nobody_finalises_or_amends_what_is_somebody_elses() {
    let amended = Entry { amended_by_entry_id: "id-8".into(), ..own() };
    let final_by_other = {
        let mut entry = by(ME, entered_for("another"));
        entry.responsible.as_mut().unwrap().finalize_time = Some(Default::default());
        entry
    };
    let notice = Entry { kind: EntryKind::Notice.into(), ..own() };
    for (keys, entry) in [
        ("f", entered_for("another")),
        ("f", own()),
        ("cx", by("another", own())),
        ("cx", entered_for("another")),
        ("fcx", amended),
        ("cx", final_by_other),
        ("cx", notice),
    ] {
        for key in keys.chars() {
            let mut stage = at(entry.clone());
            assert!(stage.key(key).is_empty());
            assert!(matches!(stage.state.mode, Mode::Normal), "{key}: {entry:?}");
            assert!(matches!(stage.state.said, Some(Said::Word(_))), "{key} says why not");
        }
    }
    // who entered it corrects it until it is final, and who is responsible for it afterwards too
    for entry in [by(ME, entered_for("another")), entered_for(ME)] {
        let mut stage = at(entry);
        stage.key('c');
        assert!(matches!(stage.state.mode, Mode::Compose(_)));
    }
}

#[test]
fn a_correction_opens_with_what_was_said_and_asks_why() {
    let mut question = own();
    let Some(Content::Message(said)) = question.content.as_mut().unwrap().content.as_mut() else { panic!() };
    said.intent = MessageIntent::Question.into();
    let mut stage = at(question);
    stage.key('c');
    let Mode::Compose(at) = stage.state.mode else { panic!("{:?}", stage.state.mode) };
    assert_eq!(stage.state.typed[at].text(), "右足の浮腫");
    for key in ['u', 'i', 'm'] {
        alt(&mut stage, key);
        assert!(matches!(stage.state.mode, Mode::Compose(_)) && stage.state.said.is_some());
    }
    stage.type_text("（左ではない）");
    assert!(send(&mut stage).is_empty());
    assert!(stage.press(KeyCode::Enter).is_empty(), "not without a reason");
    stage.press(KeyCode::Esc);
    assert!(matches!(stage.state.mode, Mode::Compose(_)), "back to the text");
    send(&mut stage);
    stage.type_text("左右の明記");
    let draft = sent(&stage.press(KeyCode::Enter));
    let Request::Correction(request) = &draft.request else { panic!("{draft:?}") };
    assert_eq!((request.corrects_entry_id.as_str(), request.reason.as_str()), ("id-7", "左右の明記"));
    let Some(Content::Message(said)) = request.content.clone().unwrap().content else { panic!() };
    assert_eq!((said.text.as_str(), said.intent()), ("右足の浮腫（左ではない）", MessageIntent::Question));
    assert!(matches!(stage.state.mode, Mode::Normal) && stage.state.typed.is_empty());

    // the disk is full: what was written is in the box again
    stage.answer(Answer::NotKept { draft_id: draft.id, error: failure(Exit::LocalFile) });
    let Mode::Compose(at) = stage.state.mode else { panic!("{:?}", stage.state.mode) };
    assert_eq!(stage.state.typed[at].text(), "右足の浮腫（左ではない）");
    assert!(matches!(&stage.state.typed[at].target.purpose, Purpose::Correction(other) if other.seq == 7));
}

#[test]
fn a_correction_keeps_the_files_and_nothing_else_does() {
    let attachments = entries()[1].attachments.clone();
    assert!(!attachments.is_empty());
    let mut stage = at(Entry { attachments, ..own() });
    stage.key('c');
    stage.type_text("（左）");
    send(&mut stage);
    stage.type_text("左右の明記");
    let draft = sent(&stage.press(KeyCode::Enter));
    assert_eq!(draft.without, Some(Vec::new()), "it leaves none out, once it is known which there are");
    // the disk is full, and it is sent again
    stage.answer(Answer::NotKept { draft_id: draft.id, error: failure(Exit::LocalFile) });
    send(&mut stage);
    stage.type_text("左右の明記");
    assert_eq!(sent(&stage.press(KeyCode::Enter)).without, Some(Vec::new()));

    stage.key('n');
    stage.type_text("明日伺います。");
    assert_eq!(sent(&send(&mut stage)).without, None);
}

#[test]
fn what_is_refused_stays_in_the_outbox() {
    let mut stage = at(own());
    stage.key('x');
    stage.type_text("別の患者");
    let draft = sent(&stage.press(KeyCode::Enter));
    stage.answer(Answer::Kept { draft_id: draft.id.clone() });
    let error = failure(Exit::Conflict);
    stage.answer(Answer::NotSent { draft_id: draft.id, error, is_final: true });
    assert!(matches!(stage.state.said, Some(Said::Error(_))) && stage.state.outgoing.len() == 1);
}

#[test]
fn a_retraction_wants_a_reason_and_loses_none() {
    let mut stage = at(own());
    stage.key('x');
    assert!(stage.press(KeyCode::Enter).is_empty());
    assert!(matches!(stage.state.mode, Mode::Prompt(_)), "it is asked for until it is there");
    stage.type_text("別の患者の記録");
    let draft = sent(&stage.press(KeyCode::Enter));
    let Request::Retraction(request) = &draft.request else { panic!("{draft:?}") };
    assert_eq!((request.retracts_entry_id.as_str(), request.reason.as_str()), ("id-7", "別の患者の記録"));
    assert_eq!(request.patient_id, YAMAMOTO);
    stage.answer(Answer::NotKept { draft_id: draft.id, error: failure(Exit::LocalFile) });
    let Mode::Prompt(prompt) = &stage.state.mode else { panic!("{:?}", stage.state.mode) };
    assert_eq!(prompt.line.lines(), ["別の患者の記録"]);
    assert!(matches!(&prompt.asked, Asked::Retraction { seq: 7, .. }));
    stage.press(KeyCode::Esc);
    assert!(matches!(stage.state.mode, Mode::Normal));
}

#[test]
fn what_is_no_message_is_corrected_in_the_editor() {
    let mut stage = at(own());
    stage.press(KeyCode::Char('g'));
    stage.key('j');
    let mut entries = entries();
    entries[1] = by(ME, entries[1].clone());
    stage.answer(page(entries, ""));
    let effects = stage.key('c');
    assert!(
        matches!(&effects[..], [Effect::Form { patient_id, corrects: Some(entry_id) }] if patient_id == YAMAMOTO && entry_id == "id-2"),
        "{effects:?}"
    );
}

#[test]
fn a_message_can_be_a_question_to_somebody() {
    let mut stage = at(own());
    stage.key('n');
    stage.type_text("眠剤は続けますか");
    alt(&mut stage, 'i');
    alt(&mut stage, 'm');
    stage.type_text("endo、role:nurse");
    let effects = stage.press(KeyCode::Enter);
    let [Effect::Address { target, typed }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(typed, "endo、role:nurse");
    assert_eq!(*target, Target { patient_id: YAMAMOTO.into(), purpose: Purpose::New });
    assert!(send(&mut stage).is_empty(), "not before it is known for whom it is");
    let mentions = vec![
        Mention { person_id: "p".into(), ..Default::default() },
        Mention { role: Role::Nurse.into(), ..Default::default() },
    ];
    let target = target.clone();
    let known =
        Answer::Addressed { target: target.clone(), typed: typed.clone(), mentions: Ok(mentions.clone()) };
    stage.answer(known);
    // an answer to something else is late
    let late = Answer::Addressed { target: target.clone(), typed: "sato".into(), mentions: Ok(vec![]) };
    stage.answer(late);
    // another name, which nobody has
    alt(&mut stage, 'm');
    stage.type_text("、nobody");
    let effects = stage.press(KeyCode::Enter);
    let [Effect::Address { typed, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(typed, "endo、role:nurse、nobody", "what was typed before stands in the line");
    let typed = typed.clone();
    stage.answer(Answer::Addressed { target, typed, mentions: Err(failure(Exit::NotFound)) });
    assert!(matches!(stage.state.said, Some(Said::Error(_))));
    assert!(send(&mut stage).is_empty() && stage.state.said.is_some(), "not to fewer than was meant");
    stage.press(KeyCode::Esc);
    stage.key('n');
    assert!(send(&mut stage).is_empty(), "nor later");
    alt(&mut stage, 'm');
    "、nobody".chars().for_each(|_| drop(stage.press(KeyCode::Backspace)));
    let effects = stage.press(KeyCode::Enter);
    let [Effect::Address { target, typed }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(typed, "endo、role:nurse", "what failed stood in the line");
    let (target, typed) = (target.clone(), typed.clone());
    stage.answer(Answer::Addressed { target, typed, mentions: Ok(mentions.clone()) });

    let draft = sent(&send(&mut stage));
    let Request::Entry(request) = draft.request else { panic!("an entry") };
    assert_eq!(request.mentions, mentions);
    let Some(Content::Message(said)) = request.content.unwrap().content else { panic!() };
    assert_eq!((said.text.as_str(), said.intent()), ("眠剤は続けますか", MessageIntent::Question));
}

#[test]
fn a_lock_keeps_the_text_whose_line_is_asked_for() {
    let mut stage = at(own());
    stage.key('n');
    stage.type_text("途中");
    alt(&mut stage, 'm');
    stage.tick(601);
    assert!(matches!(stage.state.mode, Mode::Compose(_)) && stage.state.typed[0].text() == "途中");
    assert!(stage.state.me.is_none(), "somebody else may log in");
}

#[test]
fn what_is_done_to_an_entry_is_seen_at_once() {
    let mut stage = at(Entry { question_state: QuestionState::Open.into(), read: false, ..entered_for(ME) });
    stage.inbox(InboxView::Unread, vec![Entry { patient_id: YAMAMOTO.into(), ..message(7, "") }]);
    let marked = |patient_id: &str| EntryMarked {
        patient_id: patient_id.into(),
        entry_id: "id-7".into(),
        seq: 7,
        mark: EntryMark::Finalized.into(),
        status: EntryStatus::Final.into(),
        finalize_time: Some(Default::default()),
        question_state: QuestionState::Answered.into(),
        acknowledged: true,
        read: true,
        ..Default::default()
    };
    stage.answer(Answer::Watch(Watched::Marked(Box::new(marked(KATO)))));
    stage.key('4');
    stage.tick(1);
    assert!(!stage.state.list.is_stale);
    let before = stage.draw();
    let effects = stage.answer(Answer::Watch(Watched::Marked(Box::new(marked(YAMAMOTO)))));
    assert!(effects.is_empty(), "nothing is read again for it");
    assert_ne!(stage.draw(), before);
    let entry = &stage.state.timeline.as_ref().unwrap().entries[&7];
    assert_eq!((entry.status(), entry.question_state()), (EntryStatus::Final, QuestionState::Answered));
    assert!(entry.acknowledged && entry.read && entry.responsible.as_ref().unwrap().finalize_time.is_some());
    assert_eq!(stage.state.list.unread.count(YAMAMOTO), 0);
    assert!(stage.state.list.is_stale, "a list of what waits is asked for again");
}
