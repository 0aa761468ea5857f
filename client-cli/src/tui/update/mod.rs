//! What happens → the next state, and what is to be done. Nothing here waits, reads a clock or draws.

use std::time::Instant;

use crossterm::event::KeyEvent;
use renkei_proto::v1::InboxView;

use crate::{
    text::msg,
    tui::{
        compose::harmless,
        event::{Effect, Event},
        state::{Door, Link, Mode, State},
        timeline::{Older, Timeline},
    },
};

mod amend;
mod answer;
mod keys;
mod sending;
mod typing;

/// Changes the state, and says what is to be done.
pub(crate) fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = match event {
        Event::Key(key, now) => {
            state.touched = now;
            key_pressed(state, key)
        }
        Event::Paste(text, now) => {
            state.touched = now;
            pasted(state, &text);
            Vec::new()
        }
        Event::Tick(now) => tick(state, now),
        Event::Answer(answer) => answer::answered(state, answer),
    };
    if state.door.is_open()
        && let Some(timeline) = state.timeline.as_mut().filter(|timeline| timeline.wants_older())
    {
        effects.push(older(timeline));
    }
    effects
}

/// What is wanted at the start, and after a log-in.
pub(crate) fn begin(state: &mut State) -> Vec<Effect> {
    state.door = Door::Open;
    let mut effects = vec![Effect::Begin, Effect::Me, ask_for_patients(state)];
    effects.extend(ask_for_inbox(state));
    effects.extend(state.timeline.as_mut().map(older));
    effects
}

fn older(timeline: &mut Timeline) -> Effect {
    let token = match std::mem::replace(&mut timeline.older, Older::Loading) {
        Older::More(token) => token,
        _ => String::new(),
    };
    Effect::Entries { patient_id: timeline.patient_id.clone(), token }
}

fn ask_for_patients(state: &mut State) -> Effect {
    state.list.loading.patients = true;
    Effect::Patients { token: String::new(), round: state.list.round }
}

/// Asks for what is unread, and for what the view shows, from the beginning.
fn ask_for_inbox(state: &mut State) -> Vec<Effect> {
    let round = state.list.ask_again();
    let views = [Some(InboxView::Unread), state.list.view.inbox()].into_iter().flatten();
    views.map(|view| Effect::Inbox { view, token: String::new(), round }).collect()
}

/// Shows a patient's timeline.
fn open(state: &mut State, patient_id: &str) {
    if state.timeline_of(patient_id).is_none() {
        state.timeline = Some(Timeline::new(patient_id));
    }
    if let Some(timeline) = &mut state.timeline {
        timeline.try_again();
    }
}

fn key_pressed(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    state.said = None;
    if !state.door.is_open() {
        return keys::at_the_door(state, key);
    }
    match &state.mode {
        Mode::Normal => keys::normal(state, key),
        Mode::Help | Mode::Told(_) => {
            state.mode = Mode::Normal;
            Vec::new()
        }
        Mode::Leave => keys::leave(state, key),
        Mode::Finalize { .. } => amend::finalizing(state, key),
        Mode::Files(_) => keys::files(state, key),
        Mode::Found(_) => keys::found(state, key),
        Mode::Compose(at) => typing::compose(state, *at, key),
        Mode::Prompt(_) => typing::prompt(state, key),
    }
}

fn pasted(state: &mut State, text: &str) {
    if !state.door.is_open() {
        return;
    }
    match &mut state.mode {
        Mode::Compose(at) => {
            if let Some(typed) = state.typed.get_mut(*at) {
                typed.insert(text);
            }
        }
        Mode::Prompt(prompt) => {
            prompt.line.insert_str(harmless(text).replace('\n', " "));
        }
        _ => {}
    }
}

fn tick(state: &mut State, now: Instant) -> Vec<Effect> {
    if !state.door.is_open() {
        return Vec::new();
    }
    if is_left_alone(state, now) {
        return lock(state);
    }
    let mut effects = Vec::new();
    if let Some(timeline) = &mut state.timeline {
        let entry_ids = timeline.read_meanwhile();
        // One after another, and not into the void.
        if !entry_ids.is_empty() && !timeline.is_marking && state.link == Link::Online {
            timeline.is_marking = true;
            effects.push(Effect::MarkRead { patient_id: timeline.patient_id.clone(), entry_ids });
        }
    }
    if state.list.is_stale {
        effects.extend(ask_for_inbox(state));
    }
    effects
}

/// The screen has the terminal again: the keys that went elsewhere meanwhile, to an editor, keep nothing open.
pub(crate) fn returned(state: &mut State, now: Instant) -> Vec<Effect> {
    if state.door.is_open() && is_left_alone(state, now) {
        return lock(state);
    }
    state.touched = now;
    Vec::new()
}

fn is_left_alone(state: &State, now: Instant) -> bool {
    now.saturating_duration_since(state.touched) >= state.lock_after
}

/// Ends the session, and shows nothing of it any longer.
fn lock(state: &mut State) -> Vec<Effect> {
    state.close(Door::Locked);
    vec![Effect::Lock]
}

/// Ends the program, unless something is unsent: then asks.
fn quit(state: &mut State) -> Vec<Effect> {
    if state.has_unsent() && !matches!(state.mode, Mode::Leave) {
        state.put_aside();
        state.mode = Mode::Leave;
        return Vec::new();
    }
    vec![Effect::Quit]
}

fn nothing_selected(state: &mut State) -> Vec<Effect> {
    state.say(msg!("tui-select-entry"));
    Vec::new()
}

#[cfg(test)]
mod amend_tests;
#[cfg(test)]
mod going_tests;
#[cfg(test)]
mod reason_tests;
#[cfg(test)]
mod tests;
