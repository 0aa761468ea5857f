//! Why an entry is corrected or retracted: what was typed of it is not lost.

use crossterm::event::{KeyCode, KeyModifiers};
use renkei_proto::v1::Entry;

use super::{
    going_tests::{ME, at_own, failure, own, said, send, sent},
    *,
};
use crate::{
    draft::Request,
    error::Exit,
    text::Language::English,
    tui::{
        event::{Answer, Task, Watched},
        fixtures::{Stage, YAMAMOTO, page},
    },
};

/// With the reason for a retraction, or for a correction, in the line at the bottom.
fn giving_a_reason(retracts: bool) -> Stage {
    let mut stage = at_own();
    if retracts {
        stage.key('x');
    } else {
        stage.key('c');
        stage.type_text("（左）");
        send(&mut stage);
    }
    stage.type_text("左右の");
    stage
}

/// The reason among what is wanted.
fn reason_sent(effects: &[Effect]) -> String {
    match sent(effects).request {
        Request::Retraction(request) => request.reason,
        Request::Correction(request) => request.reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reason_outlasts_access_and_the_session() {
    for retracts in [true, false] {
        let mut stage = giving_a_reason(retracts);
        stage.answer(Answer::Watch(Watched::AccessEnded(YAMAMOTO.into())));
        assert!(stage.state.timeline.is_none());
        let picture = stage.draw();
        assert!(picture.contains("左右の") && picture.contains("has ended"), "{picture}");
        assert!(!retracts || !picture.contains("佐藤"), "nothing of the patient: {picture}");
        // the keys go on into the line
        stage.type_text("誤り");
        assert_eq!(reason_sent(&stage.press(KeyCode::Enter)), "左右の誤り");

        let ends: [fn(&mut Stage); 2] = [
            |stage| drop(stage.tick(601)),
            |stage| drop(stage.answer(Answer::Failed(Task::Other, failure(Exit::LogIn)))),
        ];
        for end in ends {
            let mut stage = giving_a_reason(retracts);
            end(&mut stage);
            let door = stage.draw();
            assert!(!door.contains("左右の") && door.contains("did not send"), "{door}");
            stage.type_text("jxn");
            stage.answer(Answer::LoggedIn);
            stage.answer(Answer::Me(ME.into()));
            stage.answer(page(vec![own()], ""));
            assert!(stage.draw().contains("左右の"));
            stage.type_text("誤り");
            assert_eq!(reason_sent(&stage.press(KeyCode::Enter)), "左右の誤り");
        }
    }
    // where nothing was typed nothing is asked of whoever comes back
    let mut stage = at_own();
    stage.key('a');
    stage.tick(601);
    assert!(matches!(stage.state.mode, Mode::Normal));
}

#[test]
fn a_reason_stands_there_again() {
    // who does not leave after all
    for retracts in [true, false] {
        let mut stage = giving_a_reason(retracts);
        assert!(stage.press_with(KeyCode::Char('c'), KeyModifiers::CONTROL).is_empty());
        assert!(matches!(stage.state.mode, Mode::Leave) && stage.draw().contains("1"));
        stage.press(KeyCode::Esc);
        stage.key(if retracts { 'x' } else { 'c' });
        if !retracts {
            send(&mut stage);
        }
        stage.type_text("誤り");
        let effects = stage.press(KeyCode::Enter);
        assert_eq!(reason_sent(&effects), "左右の誤り");
        assert!(stage.state.reasons.is_empty() && stage.state.begun() == 0);
        // the disk is full
        let draft_id = sent(&effects).id;
        stage.answer(Answer::NotKept { draft_id, error: failure(Exit::LocalFile) });
        if !retracts {
            send(&mut stage);
        }
        assert_eq!(reason_sent(&stage.press(KeyCode::Enter)), "左右の誤り");
    }
    // back to the text and to the reason again; a retraction is given up
    let mut stage = giving_a_reason(false);
    stage.press(KeyCode::Esc);
    stage.type_text("足");
    send(&mut stage);
    assert_eq!(reason_sent(&stage.press(KeyCode::Enter)), "左右の");
    let mut stage = giving_a_reason(true);
    stage.press(KeyCode::Esc);
    assert_eq!(stage.state.begun(), 0);
}

#[test]
fn a_begun_reason_can_be_read_after_somebody_elses_amendment_and_retracts_once() {
    let mut stage = giving_a_reason(true);
    stage.press_with(KeyCode::Char('c'), KeyModifiers::CONTROL);
    stage.press(KeyCode::Esc);
    stage.answer(Answer::Entry(Box::new(Entry { amended_by_entry_id: "id-8".into(), ..own() })));
    stage.key('x');
    assert!(stage.draw().contains("左右の"));

    let mut stage = giving_a_reason(true);
    stage.press_with(KeyCode::Char('c'), KeyModifiers::CONTROL);
    stage.press(KeyCode::Esc);
    stage.key('c');
    stage.type_text("（左）");
    send(&mut stage);
    stage.type_text("誤り");
    sent(&stage.press(KeyCode::Enter));
    stage.key('x');
    assert!(stage.press(KeyCode::Enter).is_empty() && said(&stage).contains("on its way"));
    assert!(matches!(stage.state.mode, Mode::Prompt(_)), "the reason stays");
}

#[test]
fn a_narrow_screen_shows_what_is_typed_after_access_has_ended() {
    let mut stage = Stage::reading(English, 50, 20);
    stage.key('n');
    stage.type_text("途中");
    stage.answer(Answer::Watch(Watched::AccessEnded(YAMAMOTO.into())));
    assert!(stage.draw().contains("途中"));
}
