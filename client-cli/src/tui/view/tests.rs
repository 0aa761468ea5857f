use crossterm::event::{KeyCode, KeyModifiers};
use renkei_proto::v1::{Entry, EntryStatus, Mention, Responsible};

use crate::{
    text::Language::{English, Japanese},
    tui::{
        event::{Answer, Effect, Watched},
        fixtures::{Stage, YAMAMOTO, message, page},
    },
};

#[test]
fn the_first_screen_stands_before_anything_has_answered() {
    insta::assert_snapshot!("first_ja_80x24", Stage::new(Japanese, 80, 24).draw());
    insta::assert_snapshot!("first_en_60x20", Stage::new(English, 60, 20).draw());
}

#[test]
fn a_timeline() {
    insta::assert_snapshot!("timeline_ja_80x24", Stage::reading(Japanese, 80, 24).draw());
    insta::assert_snapshot!("timeline_ja_120x40", Stage::reading(Japanese, 120, 40).draw());
    insta::assert_snapshot!("timeline_en_60x20", Stage::reading(English, 60, 20).draw());
}

#[test]
fn the_box_with_the_cursor_behind_wide_letters() {
    for (name, language, columns, rows) in
        [("ja_80x24", Japanese, 80, 24), ("ja_120x40", Japanese, 120, 40), ("en_60x20", English, 60, 20)]
    {
        let mut stage = Stage::reading(language, columns, rows);
        stage.key('r');
        stage.type_text("了解しました。ｶﾞｰｾﾞは足りています。");
        stage.press(KeyCode::Enter);
        stage.type_text("明日の朝 9:00 に伺い、仙骨部の創と滲出液の量をもう一度確かめます。");
        stage.press_with(KeyCode::Char('u'), KeyModifiers::ALT);
        insta::assert_snapshot!(format!("compose_{name}"), stage.draw());
    }
}

#[test]
fn the_help() {
    for (name, language, columns, rows) in
        [("ja_80x24", Japanese, 80, 24), ("ja_120x40", Japanese, 120, 40), ("en_60x20", English, 60, 20)]
    {
        let mut stage = Stage::reading(language, columns, rows);
        stage.key('?');
        insta::assert_snapshot!(format!("help_{name}"), stage.draw());
    }
}

#[test]
fn without_a_connection() {
    for (name, language, columns, rows) in
        [("ja_80x24", Japanese, 80, 24), ("ja_120x40", Japanese, 120, 40), ("en_60x20", English, 60, 20)]
    {
        let mut stage = Stage::reading(language, columns, rows);
        stage.answer(Answer::Watch(Watched::Offline));
        stage.key('n');
        stage.type_text("電波が届きません。");
        stage.press(KeyCode::Esc);
        insta::assert_snapshot!(format!("offline_{name}"), stage.draw());
    }
}

#[test]
fn a_question_and_a_locked_door() {
    let mut stage = Stage::reading(Japanese, 80, 24);
    stage.key('a');
    stage.type_text("了解しました");
    insta::assert_snapshot!("acknowledge_ja_80x24", stage.draw());
    stage.press(KeyCode::Esc);
    stage.key('n');
    stage.type_text("途中の文章");
    stage.press(KeyCode::Esc);
    stage.key('q');
    insta::assert_snapshot!("leave_ja_80x24", stage.draw());
    stage.key('n');
    stage.tick(601);
    let locked = stage.draw();
    for patients_data in ["山本", "加藤", "発熱", "途中の文章", "10023"] {
        assert!(!locked.contains(patients_data), "{locked}");
    }
    insta::assert_snapshot!("locked_ja_80x24", locked);
}

#[test]
fn an_entry_is_finalised_corrected_and_retracted() {
    let own = || {
        let mut stage = Stage::reading(Japanese, 80, 24);
        stage.press(KeyCode::Char('g'));
        stage
    };
    let mut stage = own();
    let responsible = Responsible { person_name: "田中 一郎".into(), ..Default::default() };
    let entered = Entry {
        responsible: Some(responsible),
        status: EntryStatus::Preliminary.into(),
        ..message(1, "右足の浮腫は消退")
    };
    stage.answer(page(vec![entered], ""));
    stage.key('f');
    insta::assert_snapshot!("finalize_ja_80x24", stage.draw());
    let mut stage = own();
    stage.key('c');
    stage.press_with(KeyCode::Char('s'), KeyModifiers::CONTROL);
    stage.type_text("曜日の誤り");
    insta::assert_snapshot!("correct_ja_80x24", stage.draw());
    let mut stage = own();
    stage.key('x');
    stage.press(KeyCode::Enter);
    insta::assert_snapshot!("retract_ja_80x24", stage.draw());
}

#[test]
fn a_question_to_somebody() {
    for (name, language, columns, rows) in [("ja_80x24", Japanese, 80, 24), ("en_60x20", English, 60, 20)] {
        let mut stage = Stage::reading(language, columns, rows);
        stage.key('r');
        stage.type_text("眠剤は続けますか。");
        stage.press_with(KeyCode::Char('i'), KeyModifiers::ALT);
        stage.press_with(KeyCode::Char('u'), KeyModifiers::ALT);
        stage.press_with(KeyCode::Char('m'), KeyModifiers::ALT);
        stage.type_text("遠藤 誠、role:nurse");
        insta::assert_snapshot!(format!("whom_{name}"), stage.draw());
        let effects = stage.press(KeyCode::Enter);
        let [Effect::Address { target, typed }] = &effects[..] else { panic!("{effects:?}") };
        let mentions = Ok(vec![Mention::default(), Mention::default()]);
        stage.answer(Answer::Addressed { target: target.clone(), typed: typed.clone(), mentions });
        insta::assert_snapshot!(format!("question_{name}"), stage.draw());
    }
}

#[test]
fn every_size_is_drawn_without_cutting_a_letter_in_half() {
    for language in [Japanese, English] {
        for columns in (1..=140).step_by(7) {
            for rows in [1, 7, 8, 13, 24, 50] {
                let mut stage = Stage::reading(language, columns, rows);
                stage.draw();
                stage.key('r');
                stage.type_text("仙骨部の発赤は消退した。");
                stage.draw();
                stage.press(KeyCode::Esc);
                for key in ['i', 'u', 'm'] {
                    stage.press_with(KeyCode::Char(key), KeyModifiers::ALT);
                    stage.draw();
                }
                stage.press(KeyCode::Esc);
                stage.press(KeyCode::Esc);
                stage.key('x');
                stage.draw();
                stage.press(KeyCode::Esc);
                stage.key('?');
                stage.draw();
                stage.key('?');
                stage.key('q');
                stage.draw();
            }
        }
    }
}

#[test]
fn what_others_wrote_does_not_command_the_terminal() {
    let mut stage = Stage::reading(Japanese, 80, 24);
    let mut bad = crate::tui::fixtures::message(7, "\x1b[2J\u{9b}31m偽\u{202e}の\x07文");
    bad.patient_id = YAMAMOTO.into();
    stage.answer(Answer::Watch(Watched::Entry(Box::new(bad))));
    let picture = stage.draw();
    assert!(picture.contains('偽'), "{picture}");
    let hazards: Vec<char> = picture
        .chars()
        .filter(|c| c.is_control() && *c != '\n' || crate::output::sanitize::is_hazardous(*c))
        .collect();
    assert!(hazards.is_empty(), "{hazards:?}");
}
