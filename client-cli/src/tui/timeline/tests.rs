use crossterm::event::KeyCode;

use super::*;
use crate::{
    text::Language::Japanese,
    tui::{
        event::{Answer, Effect, Watched},
        fixtures::{Stage, YAMAMOTO, message, page},
    },
};

/// Entries 21 to 40 on a screen that shows a few of them; older ones can be fetched.
fn long() -> Stage {
    let mut stage = Stage::at_work(Japanese, 80, 24);
    stage.press(KeyCode::Enter);
    stage.answer(page(range(21..=40), "older"));
    stage.draw();
    stage
}

fn range(seqs: std::ops::RangeInclusive<i64>) -> Vec<Entry> {
    let numbered = |seq| Entry { seq, entry_id: format!("id-{seq}"), ..message(1, &format!("第{seq}報")) };
    seqs.map(numbered).collect()
}

fn timeline(stage: &Stage) -> &Timeline {
    stage.state.timeline.as_ref().unwrap()
}

#[test]
fn it_begins_at_the_newest_and_the_cursor_stays_in_sight() {
    let mut stage = long();
    assert_eq!(timeline(&stage).selected, Some(40));
    assert!(stage.draw().contains("第40報"));
    for seq in (21..40).rev() {
        stage.key('k');
        assert_eq!(timeline(&stage).selected, Some(seq));
        assert!(stage.draw().contains(&format!("第{seq}報")), "{seq}");
    }
    stage.key('G');
    assert!(stage.draw().contains("第40報"));
}

#[test]
fn older_pages_are_fetched_when_one_comes_near_and_nothing_jumps() {
    let mut stage = long();
    let mut asked = Vec::new();
    while asked.is_empty() {
        asked = stage.press(KeyCode::PageUp);
        stage.draw();
    }
    assert!(matches!(&asked[..], [Effect::Entries { token, .. }] if token == "older"), "{asked:?}");
    let before = stage.draw();
    let older = Answer::Entries {
        patient_id: YAMAMOTO.into(),
        entries: range(1..=20),
        next: String::new(),
        is_first: false,
    };
    stage.answer(older);
    let after = stage.draw();
    let news = |picture: &str| -> Vec<String> {
        picture.lines().filter(|line| line.contains('報')).map(str::to_owned).collect()
    };
    assert_eq!(news(&before), news(&after));
    stage.key('g');
    assert!(stage.draw().contains("第1報"));
}

#[test]
fn what_arrives_does_not_move_what_is_read() {
    let mut stage = long();
    stage.press(KeyCode::PageUp);
    let before = stage.draw();
    for entry in range(41..=45) {
        stage.answer(Answer::Watch(Watched::Entry(Box::new(entry))));
    }
    assert_eq!(before, stage.draw());
}

#[test]
fn at_the_end_what_arrives_is_shown_while_the_cursor_stays_in_sight() {
    let mut stage = long();
    for entry in range(41..=42) {
        stage.answer(Answer::Watch(Watched::Entry(Box::new(entry))));
    }
    let picture = stage.draw();
    assert!(picture.contains("第40報") && picture.contains("第42報"), "{picture}");
    // one after another, and all at once
    for entry in range(43..=60) {
        stage.answer(Answer::Watch(Watched::Entry(Box::new(entry))));
        assert!(stage.draw().contains("第40報"));
    }
    for entry in range(61..=80) {
        stage.answer(Answer::Watch(Watched::Entry(Box::new(entry))));
    }
    let picture = stage.draw();
    assert_eq!(timeline(&stage).selected, Some(40), "no key was pressed");
    assert!(picture.contains("第40報") && !picture.contains("第80報"), "{picture}");
    stage.key('j');
    assert_eq!(timeline(&stage).selected, Some(41));
    stage.key('G');
    assert_eq!(timeline(&stage).selected, Some(80));
    assert!(stage.draw().contains("第80報"));
}

#[test]
fn the_end_of_a_high_entry_stays_when_another_arrives() {
    let mut stage = Stage::at_work(Japanese, 80, 24);
    stage.press(KeyCode::Enter);
    let text: String = (1..=60).map(|line| format!("{line}行目\n")).collect();
    stage.answer(page(vec![message(1, "前"), message(2, &text)], ""));
    stage.draw();
    stage.key('G');
    let before = stage.draw();
    assert!(before.contains("60行目"));
    stage.answer(Answer::Watch(Watched::Entry(Box::new(message(3, "後")))));
    assert_eq!(stage.draw(), before);
}

#[test]
fn the_first_entry_of_all_is_under_the_cursor() {
    let mut stage = Stage::at_work(Japanese, 80, 24);
    stage.press(KeyCode::Enter);
    stage.answer(Answer::Watch(Watched::Entry(Box::new(message(3, "先に届く")))));
    assert_eq!(timeline(&stage).selected, None, "where one left off is not known yet");
    stage.answer(page(vec![], ""));
    assert_eq!(timeline(&stage).selected, Some(3));

    let mut stage = Stage::at_work(Japanese, 80, 24);
    stage.press(KeyCode::Enter);
    stage.answer(page(vec![], ""));
    assert_eq!(timeline(&stage).selected, None);
    stage.answer(Answer::Watch(Watched::Entry(Box::new(message(3, "最初")))));
    assert_eq!(timeline(&stage).selected, Some(3));
}

#[test]
fn an_entry_higher_than_the_screen_is_read_line_by_line() {
    let mut stage = Stage::at_work(Japanese, 80, 24);
    stage.press(KeyCode::Enter);
    let text: String = (1..=60).map(|line| format!("{line}行目\n")).collect();
    stage.answer(page(vec![message(1, "前"), message(2, &text), message(3, "後")], ""));
    stage.draw();
    stage.key('g');
    let mut seen = stage.draw();
    for _ in 0..80 {
        stage.key('j');
        seen.push_str(&stage.draw());
    }
    for line in 1..=60 {
        assert!(seen.contains(&format!("{line}行目")), "{line}");
    }
    assert_eq!(timeline(&stage).selected, Some(3));
}

#[test]
fn only_what_was_seen_to_its_end_is_read() {
    let mut stage = Stage::at_work(Japanese, 80, 24);
    stage.press(KeyCode::Enter);
    let text: String = (1..=60).map(|line| format!("{line}行目\n")).collect();
    let long = Entry { read: false, ..message(2, &text) };
    stage.answer(page(vec![message(1, "前"), long, message(3, "後")], ""));
    stage.key('g');
    stage.draw();
    stage.tick(1);
    assert!(stage.tick(1).is_empty());
    stage.key('G');
    stage.draw();
    stage.tick(1);
    assert!(matches!(&stage.tick(1)[..], [Effect::MarkRead { entry_ids, .. }] if entry_ids == &["id-2"]));
}
