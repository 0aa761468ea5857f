use crossterm::event::{KeyCode, KeyModifiers};
use renkei_proto::v1::{Amendment, Entry, InboxView};

use super::*;
use crate::{
    draft::Request,
    error::{Error, Exit},
    text::Language::English,
    tui::{
        compose::Purpose,
        event::{Answer, Task, Watched},
        fixtures::{KATO, Stage, YAMAMOTO, entries, message, page},
        list::View,
        state::{Focus, Link, Said, Stage as Way},
    },
};

fn working() -> Stage {
    Stage::at_work(English, 100, 30)
}

fn reading() -> Stage {
    Stage::reading(English, 100, 30)
}

fn failure(exit: Exit) -> Error {
    Error::new(exit, msg!("error-answer"))
}

/// The draft among what is wanted.
fn sent(effects: &[Effect]) -> crate::draft::Draft {
    let [Effect::Send { draft, is_kept: false }] = effects else { panic!("{effects:?}") };
    (**draft).clone()
}

#[test]
fn a_patient_is_opened_by_enter_and_not_by_passing() {
    let mut stage = working();
    assert!(stage.press(KeyCode::Down).is_empty());
    assert_eq!(stage.state.list.selected.as_deref(), Some(KATO));
    assert!(stage.state.timeline.is_none(), "nothing is read that was only passed");
    let effects = stage.press(KeyCode::Enter);
    assert!(
        matches!(&effects[..], [Effect::Entries { patient_id, token }] if patient_id == KATO && token.is_empty()),
        "{effects:?}"
    );
    assert_eq!(stage.state.focus, Focus::Timeline);
    assert!(stage.press(KeyCode::Enter).is_empty(), "it is asked for once");
}

#[test]
fn the_first_unread_entry_is_under_the_cursor() {
    let stage = reading();
    assert_eq!(stage.state.timeline.unwrap().selected, Some(3));
}

#[test]
fn nothing_is_read_behind_what_covers_the_screen() {
    let mut stage = reading();
    stage.key('?');
    for _ in 0..3 {
        stage.draw();
        let effects = stage.tick(1);
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::MarkRead { .. })), "{effects:?}");
    }
    stage.press(KeyCode::Esc);
    stage.draw();
    stage.tick(1);
    stage.draw();
    assert!(stage.tick(1).iter().any(|effect| matches!(effect, Effect::MarkRead { .. })));
}

#[test]
fn what_was_shown_for_a_while_is_read_together() {
    let mut stage = reading();
    assert!(stage.tick(1).is_empty(), "a glance is no reading");
    let effects = stage.tick(1);
    let [Effect::MarkRead { patient_id, entry_ids }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((patient_id.as_str(), &entry_ids[..]), (YAMAMOTO, &["id-3".to_owned(), "id-4".into()][..]));
    let entry_ids = entry_ids.clone();
    stage.answer(Answer::Read { patient_id: YAMAMOTO.into(), entry_ids });
    assert_eq!(stage.state.list.unread.count(YAMAMOTO), 0);
    assert_eq!(stage.state.list.unread.count(KATO), 1);
    stage.draw();
    stage.tick(1);
    assert!(stage.tick(1).is_empty(), "and not again");
}

#[test]
fn nothing_is_read_behind_other_things() {
    let mut stage = reading();
    stage.key('/');
    stage.type_text("発熱");
    stage.press(KeyCode::Enter);
    stage.draw();
    stage.tick(1);
    assert!(stage.tick(1).is_empty(), "what a search found covers the entries");
}

#[test]
fn a_reply_is_a_draft_before_it_is_sent_and_the_box_closes_at_once() {
    let mut stage = reading();
    stage.key('r');
    stage.type_text("了解しました。");
    let draft = sent(&stage.press_with(KeyCode::Char('s'), KeyModifiers::CONTROL));
    let Request::Entry(request) = &draft.request else { panic!("{draft:?}") };
    assert_eq!((request.reply_to_entry_id.as_str(), request.patient_id.as_str()), ("id-3", YAMAMOTO));
    assert_eq!(draft.id, request.entry_id);
    assert!(matches!(stage.state.mode, Mode::Normal) && stage.state.typed.is_empty());
    assert_eq!(stage.state.outgoing[0].stage, Way::Keeping);

    stage.answer(Answer::Kept { draft_id: draft.id.clone() });
    assert_eq!(stage.state.outgoing[0].stage, Way::Sending);
    let entry = Entry {
        entry_id: draft.id.clone(),
        reply_to_entry_id: "id-3".into(),
        ..message(5, "了解しました。")
    };
    let effects = stage.answer(Answer::Sent { draft_id: draft.id, entry: Some(Box::new(entry)) });
    assert!(stage.state.outgoing.is_empty());
    assert_eq!(stage.state.timeline.as_ref().unwrap().selected, Some(3), "the cursor stays");
    assert!(stage.draw().contains("#5"), "it is shown");
    assert!(
        matches!(&effects[..], [Effect::Entry { entry_id, .. }] if entry_id == "id-3"),
        "what was answered stands otherwise now: {effects:?}"
    );
}

#[test]
fn alt_enter_sends_too_and_nothing_blank_is_sent() {
    let mut stage = reading();
    stage.key('n');
    assert!(stage.press_with(KeyCode::Enter, KeyModifiers::ALT).is_empty());
    stage.type_text("  \n ");
    assert!(stage.press_with(KeyCode::Enter, KeyModifiers::ALT).is_empty());
    stage.type_text("あ");
    let Request::Entry(request) = sent(&stage.press_with(KeyCode::Enter, KeyModifiers::ALT)).request else {
        panic!("an entry")
    };
    assert!(request.reply_to_entry_id.is_empty() && !request.urgent);
}

#[test]
fn what_cannot_be_sent_waits_for_the_next_connection() {
    let mut stage = reading();
    stage.key('n');
    stage.type_text("あとで");
    let draft = sent(&stage.press_with(KeyCode::Char('s'), KeyModifiers::CONTROL));
    stage.answer(Answer::Watch(Watched::Offline));
    stage.answer(Answer::NotSent {
        draft_id: draft.id.clone(),
        error: failure(Exit::TryAgain),
        is_final: false,
    });
    assert_eq!((stage.state.link, stage.state.outgoing[0].stage), (Link::Offline, Way::Waiting));
    let effects = stage.answer(Answer::Watch(Watched::Online));
    let again = effects.iter().find_map(|effect| match effect {
        Effect::Send { draft, is_kept: true } => Some(draft),
        _ => None,
    });
    assert_eq!(again.unwrap().request, draft.request, "the same bytes under the same ids");
}

#[test]
fn what_the_server_refuses_is_told_and_stays_a_draft() {
    let mut stage = reading();
    stage.key('n');
    stage.type_text("許されない");
    let draft = sent(&stage.press_with(KeyCode::Char('s'), KeyModifiers::CONTROL));
    let error = failure(Exit::NotPermitted);
    stage.answer(Answer::NotSent { draft_id: draft.id, error, is_final: true });
    assert!(matches!(stage.state.said, Some(Said::Error(_))));
    stage.press(KeyCode::Down);
    stage.state.said = None;
    assert!(stage.draw().contains("renkei outbox list"), "it stays on the screen");
    let effects = stage.answer(Answer::Watch(Watched::Online));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Send { .. })), "{effects:?}");
    stage.key('q');
    assert!(matches!(stage.state.mode, Mode::Leave), "nobody leaves without having seen it");
}

#[test]
fn what_failed_for_another_reason_is_sent_again() {
    let mut stage = reading();
    stage.key('n');
    stage.type_text("もう一度");
    let draft = sent(&stage.press_with(KeyCode::Char('s'), KeyModifiers::CONTROL));
    let error = failure(Exit::Other);
    stage.answer(Answer::NotSent { draft_id: draft.id.clone(), error, is_final: false });
    assert_eq!(stage.state.outgoing[0].stage, Way::Waiting);
    assert!(matches!(stage.state.said, Some(Said::Error(_))));
    let effects = stage.answer(Answer::Watch(Watched::Online));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Send { is_kept: true, .. })), "{effects:?}");
}

#[test]
fn what_does_not_reach_the_disk_goes_back_into_the_box() {
    let mut stage = reading();
    stage.key('r');
    stage.type_text("大事な文章");
    let draft = sent(&stage.press_with(KeyCode::Char('s'), KeyModifiers::CONTROL));
    stage.answer(Answer::NotKept { draft_id: draft.id, error: failure(Exit::LocalFile) });
    let Mode::Compose(at) = stage.state.mode else { panic!("{:?}", stage.state.mode) };
    assert_eq!(stage.state.typed[at].text(), "大事な文章");
    assert!(matches!(&stage.state.typed[at].target.purpose, Purpose::Reply(other) if other.seq == 3));
}

#[test]
fn a_text_that_was_begun_goes_on_where_it_was_left() {
    let mut stage = reading();
    stage.key('r');
    stage.type_text("途中");
    stage.press(KeyCode::Esc);
    stage.key('n');
    stage.press(KeyCode::Esc);
    assert_eq!(stage.state.typed.len(), 1, "an empty one is nothing");
    stage.key('r');
    stage.type_text("まで");
    let Mode::Compose(at) = stage.state.mode else { panic!("{:?}", stage.state.mode) };
    assert_eq!(stage.state.typed[at].text(), "途中まで");
}

#[test]
fn leaving_asks_where_something_is_unsent() {
    let mut stage = reading();
    assert!(matches!(stage.key('q')[..], [Effect::Quit]));
    stage.key('n');
    stage.type_text("まだ");
    assert!(stage.press_with(KeyCode::Char('c'), KeyModifiers::CONTROL).is_empty());
    assert!(stage.key('x').is_empty());
    assert!(matches!(stage.state.mode, Mode::Normal) && stage.state.typed.len() == 1);
    assert!(stage.key('q').is_empty());
    assert!(matches!(stage.key('ｙ')[..], [Effect::Quit]), "also in full width");
}

#[test]
fn an_ended_session_closes_the_door_and_keeps_what_was_typed() {
    let mut stage = reading();
    stage.key('n');
    stage.type_text("途中");
    let effects = stage.answer(Answer::Failed(Task::Other, failure(Exit::LogIn)));
    assert!(matches!(effects[..], [Effect::Stop]));
    assert!(
        stage.state.list.patients.is_empty() && stage.state.timeline.as_ref().unwrap().entries.is_empty()
    );
    assert!(stage.key('j').is_empty(), "keys do nothing");
    stage.answer(page(entries(), ""));
    assert!(stage.state.timeline.as_ref().unwrap().entries.is_empty(), "late answers are not shown");
    assert!(matches!(stage.press(KeyCode::Enter)[..], [Effect::LogIn]));
    let effects = stage.answer(Answer::LoggedIn);
    assert!(matches!(effects[0], Effect::Begin), "{effects:?}");
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Entries { patient_id, .. } if patient_id == YAMAMOTO)),
        "{effects:?}"
    );
    assert_eq!(stage.state.typed[0].text(), "途中");
}

#[test]
fn a_screen_that_nobody_uses_is_locked_and_a_key_puts_it_off() {
    let mut stage = reading();
    stage.tick(599);
    stage.key('j');
    let effects = stage.tick(599);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Lock)));
    assert!(matches!(stage.tick(1)[..], [Effect::Lock]));
    assert!(matches!(stage.state.door, Door::Locked));
    assert!(matches!(reading().key('L')[..], [Effect::Lock]));
}

#[test]
fn a_new_entry_is_counted_and_shown_where_its_patient_is_open() {
    let mut stage = reading();
    stage.press(KeyCode::Char('G'));
    stage.answer(Answer::Watch(Watched::Entry(Box::new(Entry { read: false, ..message(5, "新しい") }))));
    assert_eq!(stage.state.timeline.as_ref().unwrap().selected, Some(4), "the cursor stays");
    assert!(stage.draw().contains("新しい"), "one stood at the end");
    assert_eq!(stage.state.list.unread.count(YAMAMOTO), 3);
    let other = Entry { patient_id: KATO.into(), read: false, ..message(10, "別の患者") };
    stage.answer(Answer::Watch(Watched::Entry(Box::new(other))));
    assert_eq!(stage.state.list.unread.count(KATO), 2);
    let correction = Entry {
        amendment: Some(Amendment { entry_id: "id-1".into(), ..Default::default() }),
        ..message(6, "訂正")
    };
    let effects = stage.answer(Answer::Watch(Watched::Entry(Box::new(correction))));
    assert!(
        matches!(&effects[..], [Effect::Entry { entry_id, .. }] if entry_id == "id-1"),
        "what was corrected is marked: {effects:?}"
    );
}

#[test]
fn access_that_ends_takes_the_patient_away() {
    let mut stage = reading();
    stage.answer(Answer::Watch(Watched::AccessEnded(YAMAMOTO.into())));
    assert!(stage.state.timeline.is_none());
    assert!(!stage.state.list.patients.contains_key(YAMAMOTO));
    assert!(!stage.draw().contains("発熱"));
}

#[test]
fn views_ask_for_what_they_show_and_late_answers_are_dropped() {
    let mut stage = working();
    let before = stage.state.list.round;
    let effects = stage.key('3');
    assert_eq!(stage.state.list.view, View::Questions);
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Inbox { view: InboxView::OpenQuestions, .. })),
        "{effects:?}"
    );
    let entries = vec![Entry { patient_id: KATO.into(), ..message(9, "質問") }];
    let late = Answer::Inbox {
        view: InboxView::OpenQuestions,
        entries: entries.clone(),
        next: String::new(),
        round: before,
    };
    stage.answer(late);
    assert!(stage.state.list.rows().is_empty());
    stage.inbox(InboxView::OpenQuestions, entries);
    assert_eq!(stage.state.list.rows(), [KATO]);
    assert_eq!(stage.state.list.selected.as_deref(), Some(KATO));
}

#[test]
fn acknowledging_asks_for_a_word_that_may_be_empty() {
    let mut stage = reading();
    stage.key('a');
    stage.type_text("了解");
    let effects = stage.press(KeyCode::Enter);
    assert!(
        matches!(&effects[..], [Effect::Acknowledge { entry_id, word, .. }] if entry_id == "id-3" && word == "了解"),
        "{effects:?}"
    );
    let done = Answer::Acknowledged { patient_id: YAMAMOTO.into(), entry_id: "id-3".into(), seq: 3 };
    assert!(matches!(stage.answer(done)[..], [Effect::Entry { .. }]));
    stage.key('a');
    assert!(
        matches!(&stage.press(KeyCode::Enter)[..], [Effect::Acknowledge { word, .. }] if word.is_empty())
    );
}

#[test]
fn a_failed_page_is_tried_again_by_a_key_and_not_by_itself() {
    let mut stage = working();
    stage.press(KeyCode::Enter);
    let task = Task::Entries { patient_id: YAMAMOTO.into(), token: String::new() };
    assert!(stage.answer(Answer::Failed(task, failure(Exit::NotFound))).is_empty());
    assert!(stage.tick(1).is_empty());
    assert!(matches!(stage.key('k')[..], [Effect::Entries { .. }]));
}

#[test]
fn an_entry_that_was_found_is_fetched_page_by_page() {
    let mut stage = working();
    stage.press(KeyCode::Enter);
    let newer: Vec<Entry> = (40..60).map(|seq| Entry { post_time: None, ..message(seq % 10, "") }).collect();
    let newer: Vec<Entry> = newer.into_iter().zip(40..).map(|(entry, seq)| Entry { seq, ..entry }).collect();
    stage.answer(page(newer, "older"));
    stage.key('/');
    stage.type_text("退院");
    let effects = stage.press(KeyCode::Enter);
    assert!(matches!(&effects[..], [Effect::Search { query, .. }] if query == "退院"), "{effects:?}");
    let found = renkei_proto::v1::FoundEntry { entry_id: "id-1".into(), seq: 1, ..Default::default() };
    stage.answer(Answer::Found { query: "退院".into(), entries: vec![found], next: String::new() });
    let effects = stage.press(KeyCode::Enter);
    assert!(matches!(&effects[..], [Effect::Entries { token, .. }] if token == "older"), "{effects:?}");
    let older = Answer::Entries {
        patient_id: YAMAMOTO.into(),
        entries: vec![message(1, "退院")],
        next: String::new(),
        is_first: false,
    };
    assert!(stage.answer(older).is_empty());
    assert_eq!(stage.state.timeline.unwrap().selected, Some(1));
}

#[test]
fn without_a_connection_nothing_piles_up_and_what_was_asked_for_is_told() {
    let mut stage = reading();
    stage.answer(Answer::Watch(Watched::Offline));
    stage.tick(1);
    assert!(stage.tick(1).is_empty(), "what was read is told later");
    stage.answer(Answer::Failed(Task::List, failure(Exit::TryAgain)));
    assert!(stage.state.said.is_none());
    stage.answer(Answer::Failed(Task::Other, failure(Exit::TryAgain)));
    assert!(matches!(stage.state.said, Some(Said::Error(_))));
    stage.answer(Answer::Watch(Watched::Online));
    assert!(matches!(stage.tick(1)[..], [Effect::MarkRead { .. }]));
    assert!(stage.tick(1).is_empty(), "one after another");
    stage.answer(Answer::Failed(Task::Read { patient_id: YAMAMOTO.into() }, failure(Exit::TryAgain)));
    assert!(matches!(stage.tick(1)[..], [Effect::MarkRead { .. }]));
}

#[test]
fn who_comes_back_from_the_editor_after_long_finds_the_door_locked() {
    let mut stage = reading();
    let later = |seconds| stage.now + std::time::Duration::from_secs(seconds);
    let (soon, late) = (later(599), later(1199));
    assert!(super::returned(&mut stage.state, soon).is_empty() && stage.state.door.is_open());
    let effects = super::returned(&mut stage.state, late);
    assert!(matches!(effects[..], [Effect::Lock]) && !stage.state.door.is_open(), "{effects:?}");
}
