//! What was sent and has not arrived, and what the next key does then.

use crossterm::event::{KeyCode, KeyModifiers};
use renkei_proto::v1::{Actor, Entry, Mention};

use super::*;
use crate::{
    draft::{Draft, Request},
    error::{Error, Exit},
    text::Language::English,
    tui::{
        event::{Answer, Watched},
        fixtures::{KATO, Stage, YAMAMOTO, entries, message, page},
        state::Said,
    },
};

pub(super) const ME: &str = "0197f0a0-0000-7000-8000-0000000000ff";

/// A message that the person wrote.
pub(super) fn own() -> Entry {
    let entry = message(7, "右足の浮腫");
    let author = Actor { person_id: ME.into(), ..entry.author.clone().unwrap() };
    Entry { author: Some(author), ..entry }
}

/// With the person's own message under the cursor.
pub(super) fn at_own() -> Stage {
    let mut stage = Stage::reading(English, 100, 30);
    stage.answer(Answer::Me(ME.into()));
    let mut entries = entries();
    entries.push(own());
    stage.answer(page(entries, ""));
    stage.press(KeyCode::Char('G'));
    stage
}

pub(super) fn send(stage: &mut Stage) -> Vec<Effect> {
    stage.press_with(KeyCode::Char('s'), KeyModifiers::CONTROL)
}

/// The draft among what is wanted.
pub(super) fn sent(effects: &[Effect]) -> Draft {
    let [Effect::Send { draft, is_kept: false }] = effects else { panic!("{effects:?}") };
    (**draft).clone()
}

pub(super) fn failure(exit: Exit) -> Error {
    Error::new(exit, msg!("error-answer"))
}

/// What was told, in English.
pub(super) fn said(stage: &Stage) -> String {
    let texts = crate::text::Texts::new(English);
    match &stage.state.said {
        Some(Said::Word(message)) => texts.format(message),
        Some(Said::Error(error)) => error.lines(&texts).join(" "),
        None => String::new(),
    }
}

fn selected(stage: &Stage) -> Option<i64> {
    stage.state.timeline.as_ref().unwrap().selected
}

#[test]
fn what_was_sent_is_shown_and_takes_no_cursor() {
    let mut stage = at_own();
    stage.key('n');
    stage.type_text("了解");
    let draft = sent(&send(&mut stage));
    let entry = Entry { entry_id: draft.id.clone(), ..message(8, "了解") };
    stage.answer(Answer::Sent { draft_id: draft.id, entry: Some(Box::new(entry)) });
    assert_eq!(selected(&stage), Some(7), "the next key is for what one looks at");
    assert!(stage.draw().contains("了解"));
}

#[test]
fn what_arrives_takes_no_act_from_the_entry_it_was_begun_for() {
    let arrives = |stage: &mut Stage| {
        let other = Entry { entry_id: "id-8".into(), ..own() };
        stage.answer(Answer::Watch(Watched::Entry(Box::new(Entry { seq: 8, ..other }))));
    };
    // before the key
    let mut stage = at_own();
    arrives(&mut stage);
    assert_eq!(selected(&stage), Some(7));
    stage.key('x');
    stage.type_text("誤り");
    let Request::Retraction(request) = sent(&stage.press(KeyCode::Enter)).request else { panic!() };
    assert_eq!(request.retracts_entry_id, "id-7");
    // after it
    let mut stage = at_own();
    stage.key('x');
    stage.type_text("誤");
    arrives(&mut stage);
    assert!(stage.draw().contains("#7"), "what is asked is about the same");
    stage.type_text("り");
    let Request::Retraction(request) = sent(&stage.press(KeyCode::Enter)).request else { panic!() };
    assert_eq!((request.retracts_entry_id.as_str(), request.reason.as_str()), ("id-7", "誤り"));
    let mut stage = at_own();
    stage.key('a');
    arrives(&mut stage);
    let effects = stage.press(KeyCode::Enter);
    assert!(
        matches!(&effects[..], [Effect::Acknowledge { entry_id, .. }] if entry_id == "id-7"),
        "{effects:?}"
    );
}

#[test]
fn what_is_asked_about_an_entry_says_which() {
    let mut stage = at_own();
    stage.key('x');
    let picture = stage.draw();
    assert!(picture.contains("佐藤 純子") && picture.contains("#7"), "{picture}");
}

#[test]
fn a_begun_correction_can_be_read_after_somebody_elses() {
    let mut stage = at_own();
    stage.key('c');
    stage.type_text("（左）");
    stage.press(KeyCode::Esc);
    let amended = Entry { amended_by_entry_id: "id-8".into(), ..own() };
    stage.answer(Answer::Entry(Box::new(amended)));
    stage.key('c');
    let Mode::Compose(at) = stage.state.mode else { panic!("{:?}", stage.state.mode) };
    assert_eq!(stage.state.typed[at].text(), "右足の浮腫（左）");
    stage.press(KeyCode::Esc);
    stage.key('x');
    assert!(matches!(stage.state.mode, Mode::Normal), "what was amended is not retracted");
}

#[test]
fn an_entry_is_amended_once_at_a_time() {
    let mut stage = at_own();
    stage.key('c');
    stage.type_text("（左）");
    stage.press(KeyCode::Esc);
    stage.key('x');
    stage.type_text("別の患者");
    let draft = sent(&stage.press(KeyCode::Enter));
    stage.key('x');
    assert!(matches!(stage.state.mode, Mode::Normal) && said(&stage).contains("on its way"));
    stage.key('c');
    assert!(send(&mut stage).is_empty() && said(&stage).contains("on its way"));
    assert!(matches!(stage.state.mode, Mode::Compose(_)), "the text stays");
    // another entry is not concerned, and this one is free again once that was refused
    stage.press(KeyCode::Esc);
    stage.answer(Answer::NotSent { draft_id: draft.id, error: failure(Exit::Conflict), is_final: true });
    stage.key('x');
    assert!(matches!(stage.state.mode, Mode::Prompt(_)));
}

#[test]
fn a_reason_is_for_its_own_patient_and_is_kept_where_it_cannot_be_asked_again() {
    let mut stage = at_own();
    stage.key('x');
    stage.type_text("別の患者の記録");
    let draft = sent(&stage.press(KeyCode::Enter));
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.state.timeline.as_ref().unwrap().patient_id, KATO);
    stage.answer(Answer::NotKept { draft_id: draft.id, error: failure(Exit::LocalFile) });
    assert!(matches!(stage.state.mode, Mode::Normal) && said(&stage).contains("is kept"), "{}", said(&stage));
    assert!(!said(&stage).contains("別の患者"), "the door shows what is told");
    stage.state.said = None;
    assert!(stage.draw().contains("begun 1"), "it stays on the screen");
    stage.key('q');
    assert!(matches!(stage.state.mode, Mode::Leave), "nobody leaves without having seen it");
    stage.press(KeyCode::Esc);
    // back at the entry
    open(&mut stage.state, YAMAMOTO);
    stage.answer(page(vec![own()], ""));
    stage.key('x');
    stage.type_text("です");
    let Request::Retraction(request) = sent(&stage.press(KeyCode::Enter)).request else { panic!() };
    assert_eq!(request.reason, "別の患者の記録です");

    // asked for at the one, answered at the other
    let mut stage = at_own();
    stage.key('x');
    stage.type_text("誤り");
    open(&mut stage.state, KATO);
    let effects = stage.press(KeyCode::Enter);
    let Request::Retraction(request) = sent(&effects[..1]).request else { panic!() };
    assert_eq!(request.patient_id, YAMAMOTO);

    // the text that is corrected needs no timeline
    let mut stage = at_own();
    stage.key('c');
    stage.type_text("（左）");
    send(&mut stage);
    stage.answer(Answer::Watch(Watched::AccessEnded(YAMAMOTO.into())));
    stage.type_text("誤り");
    sent(&stage.press(KeyCode::Enter));
}

#[test]
fn an_empty_line_takes_no_names_that_did_not_stand_in_it() {
    let mut stage = at_own();
    stage.key('n');
    stage.type_text("眠剤は続けますか");
    stage.press_with(KeyCode::Char('m'), KeyModifiers::ALT);
    stage.type_text("endo");
    let effects = stage.press(KeyCode::Enter);
    let [Effect::Address { target, typed }] = &effects[..] else { panic!("{effects:?}") };
    let mentions = vec![Mention { person_id: "p".into(), ..Default::default() }];
    let (target, typed) = (target.clone(), typed.clone());
    stage.answer(Answer::Addressed { target, typed, mentions: Ok(mentions.clone()) });
    let draft = sent(&send(&mut stage));
    stage.answer(Answer::NotKept { draft_id: draft.id, error: failure(Exit::LocalFile) });
    stage.press_with(KeyCode::Char('m'), KeyModifiers::ALT);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.state.typed[0].whom.mentions, mentions);
    // where they stand in it, they are taken by emptying it
    stage.state.typed[0].whom.typed = "endo".into();
    stage.press_with(KeyCode::Char('m'), KeyModifiers::ALT);
    "endo".chars().for_each(|_| drop(stage.press(KeyCode::Backspace)));
    stage.press(KeyCode::Enter);
    assert!(stage.state.typed[0].whom.mentions.is_empty());
}

#[test]
fn what_was_posted_before_the_stream_began_is_asked_for() {
    let mut stage = at_own();
    stage.answer(Answer::Watch(Watched::Online));
    let mut starts = |seq| {
        let started = Watched::AccessStarted { patient_id: YAMAMOTO.into(), seq };
        stage.state.list.is_stale = false;
        let effects = stage.answer(Answer::Watch(started));
        assert!(stage.state.list.is_stale, "the inbox too");
        effects
    };
    let asked = starts(8);
    assert!(
        matches!(&asked[..], [Effect::Entries { patient_id, token }] if patient_id == YAMAMOTO && token.is_empty()),
        "{asked:?}"
    );
    assert!(starts(7).is_empty(), "all of it is there");
}
