//! What the keys do while nothing is typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::{
    text::msg,
    tui::{
        compose::{Compose, Other, Purpose, Target},
        event::Effect,
        list::View,
        state::{Asked, Focus, Mode, State},
        update::{amend, ask_for_inbox, lock, nothing_selected, open, quit},
    },
};

/// The key. Letters in full width are what an input method makes of a key.
pub(super) fn code(key: KeyEvent) -> KeyCode {
    match key.code {
        KeyCode::Char(c @ '！'..='～') => {
            KeyCode::Char(char::from_u32(u32::from(c) - FULL_WIDTH).unwrap_or(c))
        }
        KeyCode::Char('　') => KeyCode::Char(' '),
        other => other,
    }
}

pub(super) fn is_interrupt(key: KeyEvent) -> bool {
    key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c')
}

pub(super) fn at_the_door(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if let Mode::Leave = state.mode {
        return leave(state, key);
    }
    match code(key) {
        _ if is_interrupt(key) => quit(state),
        KeyCode::Enter => vec![Effect::LogIn],
        KeyCode::Char('q') => quit(state),
        _ => Vec::new(),
    }
}

pub(super) fn leave(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    match code(key) {
        KeyCode::Char('y' | 'Y') => return vec![Effect::Quit],
        _ if is_interrupt(key) => return vec![Effect::Quit],
        _ => state.mode = Mode::Normal,
    }
    Vec::new()
}

pub(super) fn normal(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    match code(key) {
        KeyCode::Char('c') if is_control => return quit(state),
        KeyCode::Char('l') if is_control => return vec![Effect::Redraw],
        KeyCode::Char(_) if is_control => {}
        KeyCode::Char('q') => return quit(state),
        KeyCode::Char('?') | KeyCode::F(1) => state.mode = Mode::Help,
        KeyCode::Char('L') => return lock(state),
        KeyCode::Tab | KeyCode::BackTab => turn(state),
        KeyCode::Char(c @ '1'..='5') => {
            let place = usize::try_from(u32::from(c) - u32::from('1')).unwrap_or(0);
            return look_at(state, View::ALL[place]);
        }
        KeyCode::Right => return look_at(state, state.list.view.further(1)),
        KeyCode::Left => return look_at(state, state.list.view.further(View::ALL.len() - 1)),
        KeyCode::Down | KeyCode::Char('j') => step(state, true),
        KeyCode::Up | KeyCode::Char('k') => step(state, false),
        KeyCode::PageDown | KeyCode::Char(' ') => page(state, true),
        KeyCode::PageUp => page(state, false),
        KeyCode::End | KeyCode::Char('G') => end(state, true),
        KeyCode::Home | KeyCode::Char('g') => end(state, false),
        KeyCode::Enter => enter(state),
        KeyCode::Esc => state.focus = Focus::List,
        KeyCode::Char('n') => new(state),
        KeyCode::Char('r') => return reply(state),
        KeyCode::Char('a') => return acknowledge(state),
        KeyCode::Char('f') => amend::finalize(state),
        KeyCode::Char('c') => return amend::correct(state),
        KeyCode::Char('x') => amend::retract(state),
        KeyCode::Char('m') => return mark_read(state),
        KeyCode::Char('o') => return open_file(state),
        KeyCode::Char('/') => search(state),
        KeyCode::Char('e') => return form(state),
        _ => {}
    }
    Vec::new()
}

pub(super) fn files(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Mode::Files(files) = std::mem::replace(&mut state.mode, Mode::Normal) else { return Vec::new() };
    let KeyCode::Char(c @ '1'..='9') = code(key) else { return Vec::new() };
    let chosen = files.get(usize::try_from(u32::from(c) - u32::from('1')).unwrap_or(0));
    match (chosen, &state.timeline) {
        (Some(file), Some(timeline)) => vec![Effect::Open {
            patient_id: timeline.patient_id.clone(),
            attachment_id: file.attachment_id.clone(),
        }],
        _ => Vec::new(),
    }
}

pub(super) fn found(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Mode::Found(found) = &mut state.mode else { return Vec::new() };
    let last = found.entries.len().saturating_sub(1);
    match code(key) {
        KeyCode::Down | KeyCode::Char('j') => found.selected = (found.selected + 1).min(last),
        KeyCode::Up | KeyCode::Char('k') => found.selected = found.selected.saturating_sub(1),
        KeyCode::End | KeyCode::Char('G') => found.selected = last,
        KeyCode::Home | KeyCode::Char('g') => found.selected = 0,
        KeyCode::Char('/') => search(state),
        KeyCode::Enter => {
            let seq = found.entries.get(found.selected).map(|entry| entry.seq);
            state.mode = Mode::Normal;
            state.focus = Focus::Timeline;
            if let (Some(seq), Some(timeline)) = (seq, &mut state.timeline) {
                timeline.go_to(seq);
            }
        }
        KeyCode::Esc | KeyCode::Char('q') => state.mode = Mode::Normal,
        _ if is_interrupt(key) => return quit(state),
        _ => {}
    }
    Vec::new()
}

fn turn(state: &mut State) {
    state.focus = match state.focus {
        Focus::List if state.timeline.is_some() => Focus::Timeline,
        _ => Focus::List,
    };
}

fn look_at(state: &mut State, view: View) -> Vec<Effect> {
    if state.list.view != view {
        state.list.view = view;
        state.list.waiting = Default::default();
        state.list.selected = None;
    }
    state.focus = Focus::List;
    ask_for_inbox(state)
}

fn step(state: &mut State, down: bool) {
    match (state.focus, &mut state.timeline) {
        (Focus::Timeline, Some(timeline)) => {
            timeline.try_again();
            timeline.step(down);
        }
        _ => {
            let place = state.list.place();
            state.list.select(if down { place + 1 } else { place.saturating_sub(1) });
        }
    }
}

fn page(state: &mut State, down: bool) {
    // Also from the list: the other half is what is read.
    if let Some(timeline) = &mut state.timeline {
        timeline.try_again();
        timeline.page(down);
    }
}

fn end(state: &mut State, down: bool) {
    match (state.focus, &mut state.timeline) {
        (Focus::Timeline, Some(timeline)) => timeline.end(down),
        _ => state.list.select(if down { usize::MAX } else { 0 }),
    }
}

fn enter(state: &mut State) {
    if state.focus == Focus::Timeline {
        return;
    }
    let place = state.list.place();
    state.list.select(place);
    if let Some(patient_id) = state.list.selected.clone() {
        open(state, &patient_id);
        state.focus = Focus::Timeline;
    }
}

/// The patient that a new text is for: who is open.
pub(super) fn patient(state: &mut State) -> Option<String> {
    let patient_id = state.timeline.as_ref().map(|timeline| timeline.patient_id.clone());
    if patient_id.is_none() {
        state.say(msg!("tui-select-patient"));
    }
    patient_id
}

fn new(state: &mut State) {
    if let Some(patient_id) = patient(state) {
        write(state, Target { patient_id, purpose: Purpose::New }, Compose::new);
    }
}

fn reply(state: &mut State) -> Vec<Effect> {
    let Some(timeline) = &state.timeline else { return nothing_selected(state) };
    let Some(entry) = timeline.entry() else { return nothing_selected(state) };
    let purpose = Purpose::Reply(Other::new(entry));
    let target = Target { patient_id: timeline.patient_id.clone(), purpose };
    write(state, target, Compose::new);
    Vec::new()
}

/// Goes on with what was begun for this target, or begins.
pub(super) fn write(state: &mut State, target: Target, begin: impl FnOnce(Target) -> Compose) {
    state.typed.retain(|typed| typed.target == target || !typed.is_blank());
    let at = state.typed.iter().position(|typed| typed.target == target).unwrap_or_else(|| {
        state.typed.push(begin(target));
        state.typed.len() - 1
    });
    state.focus = Focus::Timeline;
    state.mode = Mode::Compose(at);
}

fn acknowledge(state: &mut State) -> Vec<Effect> {
    let Some(entry) = state.timeline.as_ref().and_then(|timeline| timeline.entry()) else {
        return nothing_selected(state);
    };
    if entry.acknowledged {
        state.say(msg!("tui-acknowledged-before"));
        return Vec::new();
    }
    let (patient_id, entry_id) = (entry.patient_id.clone(), entry.entry_id.clone());
    state.mode = Mode::ask(Asked::Word { patient_id, entry_id, seq: entry.seq }, "");
    Vec::new()
}

fn search(state: &mut State) {
    if patient(state).is_none() {
        return;
    }
    let before = match &state.mode {
        Mode::Found(found) => found.query.clone(),
        _ => String::new(),
    };
    state.mode = Mode::ask(Asked::Words, &before);
}

fn mark_read(state: &mut State) -> Vec<Effect> {
    let Some(timeline) = &state.timeline else { return nothing_selected(state) };
    let Some(entry) = timeline.entry() else { return nothing_selected(state) };
    if entry.read || entry.damaged {
        return Vec::new();
    }
    vec![Effect::MarkRead {
        patient_id: timeline.patient_id.clone(),
        entry_ids: vec![entry.entry_id.clone()],
    }]
}

fn open_file(state: &mut State) -> Vec<Effect> {
    let Some(timeline) = &state.timeline else { return nothing_selected(state) };
    let Some(entry) = timeline.entry() else { return nothing_selected(state) };
    let files: Vec<_> = entry.attachments.iter().filter(|file| !file.damaged).cloned().collect();
    match &files[..] {
        [] => state.say(msg!("tui-no-file")),
        [file] => {
            let open = Effect::Open {
                patient_id: timeline.patient_id.clone(),
                attachment_id: file.attachment_id.clone(),
            };
            state.say(msg!("tui-opening"));
            return vec![open];
        }
        _ => state.mode = Mode::Files(files),
    }
    Vec::new()
}

fn form(state: &mut State) -> Vec<Effect> {
    let form = |patient_id| Effect::Form { patient_id, corrects: None };
    patient(state).map(form).into_iter().collect()
}

/// From a letter of full width to the same of ASCII.
const FULL_WIDTH: u32 = 0xfee0;
