//! What the keys do while a text is typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::{
    text::msg,
    tui::{
        event::Effect,
        state::{Asked, Found, Mode, Outgoing, Stage, State},
        update::{keys::is_interrupt, quit},
    },
};

/// In the box for messages.
pub(super) fn compose(state: &mut State, at: usize, key: KeyEvent) -> Vec<Effect> {
    let Some(typed) = state.typed.get_mut(at) else {
        state.mode = Mode::Normal;
        return Vec::new();
    };
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    let is_alt = key.modifiers.contains(KeyModifiers::ALT);
    match key.code {
        _ if is_interrupt(key) => return quit(state),
        KeyCode::Char('s') if is_control => return send(state, at),
        KeyCode::Enter if is_alt => return send(state, at),
        KeyCode::Char('u') if is_alt => typed.urgent = !typed.urgent,
        KeyCode::Esc => {
            state.mode = Mode::Normal;
            if typed.is_blank() {
                state.typed.remove(at);
            } else {
                state.say(msg!("tui-kept-typed"));
            }
        }
        // Nothing invisible is typed by accident.
        KeyCode::Char(c) if !is_control && crate::output::sanitize::is_hazardous(c) => {}
        _ => {
            typed.area.input(key);
        }
    }
    Vec::new()
}

/// Sends the text: it is a draft on the disk first. The box is closed at once.
fn send(state: &mut State, at: usize) -> Vec<Effect> {
    if state.typed.get(at).is_none_or(|typed| typed.is_blank()) {
        state.say(msg!("tui-nothing-typed"));
        return Vec::new();
    }
    let draft = state.typed.remove(at).draft();
    state.outgoing.push(Outgoing { draft: draft.clone(), stage: Stage::Keeping });
    state.mode = Mode::Normal;
    vec![Effect::Send { draft: Box::new(draft), is_kept: false }]
}

/// In the line at the bottom.
pub(super) fn prompt(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Mode::Prompt(prompt) = &mut state.mode else { return Vec::new() };
    match key.code {
        _ if is_interrupt(key) => return quit(state),
        KeyCode::Esc => state.mode = Mode::Normal,
        KeyCode::Enter => {
            let text = prompt.line.lines().join(" ").trim().to_owned();
            let asked = prompt.asked.clone();
            state.mode = Mode::Normal;
            return given(state, asked, text);
        }
        KeyCode::Char('m' | 'j') if key.modifiers.contains(KeyModifiers::CONTROL) => {}
        _ => {
            prompt.line.input(key);
        }
    }
    Vec::new()
}

fn given(state: &mut State, asked: Asked, text: String) -> Vec<Effect> {
    let Some(timeline) = &state.timeline else { return Vec::new() };
    let patient_id = timeline.patient_id.clone();
    match asked {
        Asked::Words if text.is_empty() => Vec::new(),
        Asked::Words => {
            state.mode = Mode::Found(Found { query: text.clone(), ..Found::default() });
            vec![Effect::Search { patient_id, query: text, token: String::new() }]
        }
        Asked::Word { entry_id, seq } => {
            vec![Effect::Acknowledge { patient_id, entry_id, seq, word: text }]
        }
    }
}
