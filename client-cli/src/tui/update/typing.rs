//! What the keys do while a text is typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::{
    draft::Draft,
    text::msg,
    tui::{
        compose::{Compose, Whom},
        event::Effect,
        state::{Asked, Found, Mode, Outgoing, Stage, State},
        update::{
            amend,
            keys::{is_interrupt, patient},
            quit,
        },
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
        // A correction stands as urgently and for the same people, and a question stays one.
        KeyCode::Char('u' | 'i' | 'm') if is_alt && typed.is_correction() => {
            state.say(msg!("tui-correction-stands"));
        }
        KeyCode::Char('u') if is_alt => typed.urgent = !typed.urgent,
        KeyCode::Char('i') if is_alt => typed.mean_the_next(),
        KeyCode::Char('m') if is_alt => state.mode = Mode::ask(Asked::Whom(at), typed.whom.in_line()),
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

/// Sends the text; of a correction it asks first why.
fn send(state: &mut State, at: usize) -> Vec<Effect> {
    match state.typed.get(at) {
        Some(typed) if typed.is_blank() => state.say(msg!("tui-nothing-typed")),
        Some(typed) if typed.whom.asked.is_some() => state.say(msg!("tui-addressing")),
        Some(Compose { whom: Whom { failed: Some(failed), .. }, .. }) => {
            let failed = msg!("tui-not-addressed", whom = failed);
            state.say(failed);
        }
        Some(typed) if typed.is_correction() => {
            let (target, reason) = (typed.target.clone(), typed.reason.clone());
            match amend::under_way(state, &target) {
                Some(against) => state.say(against),
                None => state.mode = Mode::ask(Asked::Reason(at), &reason),
            }
        }
        Some(typed) => {
            let draft = typed.draft("");
            state.typed.remove(at);
            return hand_over(state, draft);
        }
        None => {}
    }
    Vec::new()
}

/// It is a draft on the disk first. The box is closed at once.
fn hand_over(state: &mut State, draft: Draft) -> Vec<Effect> {
    state.outgoing.push(Outgoing { draft: draft.clone(), stage: Stage::Keeping });
    state.mode = Mode::Normal;
    vec![Effect::Send { draft: Box::new(draft), is_kept: false }]
}

/// In the line at the bottom.
pub(super) fn prompt(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Mode::Prompt(prompt) = &mut state.mode else { return Vec::new() };
    match key.code {
        _ if is_interrupt(key) => return quit(state),
        KeyCode::Esc => {
            let before = Mode::before(&prompt.asked);
            // A text keeps its reason; a retraction is given up.
            if let Mode::Compose(_) = before {
                state.put_aside();
            }
            state.mode = before;
        }
        KeyCode::Enter => {
            let (text, asked) = (prompt.text(), prompt.asked.clone());
            if text.is_empty() && matches!(asked, Asked::Reason(_) | Asked::Retraction { .. }) {
                state.say(msg!("tui-reason-missing"));
                return Vec::new();
            }
            if let Asked::Retraction { entry_id, .. } = &asked
                && let Some(against) = amend::being_amended(state, entry_id)
            {
                state.say(against);
                return Vec::new();
            }
            state.mode = Mode::before(&asked);
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
    match asked {
        Asked::Words if text.is_empty() => Vec::new(),
        Asked::Words => {
            let Some(patient_id) = patient(state) else { return Vec::new() };
            state.mode = Mode::Found(Found { query: text.clone(), ..Found::default() });
            vec![Effect::Search { patient_id, query: text, token: String::new() }]
        }
        Asked::Word { patient_id, entry_id, seq } => {
            vec![Effect::Acknowledge { patient_id, entry_id, seq, word: text }]
        }
        Asked::Retraction { patient_id, entry_id, .. } => {
            hand_over(state, amend::retraction(patient_id, entry_id, text))
        }
        Asked::Reason(at) => {
            let Some(typed) = state.typed.get(at) else { return Vec::new() };
            let draft = typed.draft(&text);
            state.typed.remove(at);
            hand_over(state, draft)
        }
        Asked::Whom(at) => address(state, at, text),
    }
}

/// Has it looked up whom the text is addressed to.
fn address(state: &mut State, at: usize, typed: String) -> Vec<Effect> {
    let Some(text) = state.typed.get_mut(at) else { return Vec::new() };
    if typed.is_empty() {
        // Of a text that went back into the box it is not known how they were typed: an empty line takes none of them.
        if !text.whom.in_line().is_empty() {
            text.whom = Whom::default();
        }
        return Vec::new();
    }
    (text.whom.asked, text.whom.failed) = (Some(typed.clone()), None);
    vec![Effect::Address { target: text.target.clone(), typed }]
}
