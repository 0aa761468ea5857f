//! What the keys do to an entry that stands already: finalise it, correct it, retract it.

use crossterm::event::{KeyCode, KeyEvent};
use renkei_proto::v1::{
    Entry, EntryKind, EntryStatus, Responsible, RetractEntryRequest, entry_content::Content,
};
use uuid::Uuid;

use crate::{
    draft::{Draft, Request},
    text::{Message, msg},
    tui::{
        compose::{Compose, Other, Purpose, Target},
        event::Effect,
        state::{Asked, Mode, Stage, State},
        update::{
            keys::{code, is_interrupt, write},
            nothing_selected, quit,
        },
    },
};

fn selected(state: &State) -> Option<&Entry> {
    state.timeline.as_ref().and_then(|timeline| timeline.entry())
}

/// Asks whether to finalise what was entered for the person.
pub(super) fn finalize(state: &mut State) {
    let Some(entry) = selected(state) else { return drop(nothing_selected(state)) };
    let is_mine = |responsible: &Responsible| state.me.as_ref().is_none_or(|me| *me == responsible.person_id);
    let against = match &entry.responsible {
        _ if !entry.amended_by_entry_id.is_empty() => Some(msg!("tui-amended-before")),
        Some(responsible) if !is_mine(responsible) => {
            Some(msg!("tui-not-responsible", responsible = responsible.person_name))
        }
        Some(_) if entry.status() == EntryStatus::Preliminary => None,
        _ => Some(msg!("tui-final-already")),
    };
    let (entry_id, seq) = (entry.entry_id.clone(), entry.seq);
    match against {
        Some(against) => state.say(against),
        None => state.mode = Mode::Finalize { entry_id, seq },
    }
}

/// Whether it is to be finalised.
pub(super) fn finalizing(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Mode::Finalize { entry_id, .. } = std::mem::replace(&mut state.mode, Mode::Normal) else {
        return Vec::new();
    };
    match (code(key), &state.timeline) {
        _ if is_interrupt(key) => quit(state),
        (KeyCode::Char('y' | 'Y'), Some(timeline)) => {
            vec![Effect::Finalize { patient_id: timeline.patient_id.clone(), entry_id }]
        }
        _ => Vec::new(),
    }
}

/// What speaks against amending an entry, as far as is known here; the server knows the rest.
fn against(state: &State, entry: &Entry) -> Option<Message> {
    if !entry.amended_by_entry_id.is_empty() {
        return Some(msg!("tui-amended-before"));
    }
    if let Some(against) = being_amended(state, &entry.entry_id) {
        return Some(against);
    }
    let is_server_s = matches!(entry.kind(), EntryKind::Notice | EntryKind::Retraction);
    let is_mine = |person_id: &str| state.me.as_ref().is_none_or(|me| *me == person_id);
    let is_author = entry.author.as_ref().is_some_and(|author| is_mine(&author.person_id));
    let may = match &entry.responsible {
        Some(responsible) if is_mine(&responsible.person_id) => true,
        Some(responsible) => is_author && responsible.finalize_time.is_none(),
        None => is_author,
    };
    (is_server_s || !may).then(|| msg!("tui-not-own"))
}

/// What speaks against amending an entry: that it is being amended.
pub(super) fn being_amended(state: &State, entry_id: &str) -> Option<Message> {
    // What was refused does not go by itself, and what becomes of it in the outbox is not seen here.
    let mut going = state.outgoing.iter().filter(|outgoing| outgoing.stage != Stage::Refused);
    let amends = |draft: &Draft| {
        matches!(draft.request, Request::Correction(_) | Request::Retraction(_)) && draft.needs() == entry_id
    };
    going.any(|outgoing| amends(&outgoing.draft)).then(|| msg!("tui-being-amended"))
}

/// The same of what a text corrects.
pub(super) fn under_way(state: &State, target: &Target) -> Option<Message> {
    let Purpose::Correction(other) = &target.purpose else { return None };
    being_amended(state, &other.entry_id)
}

/// A correction of the entry that was begun.
fn begun(state: &State, entry: &Entry) -> Option<Target> {
    let is_of =
        |purpose: &Purpose| matches!(purpose, Purpose::Correction(other) if other.entry_id == entry.entry_id);
    let begun = state.typed.iter().find(|typed| is_of(&typed.target.purpose) && !typed.is_blank());
    begun.map(|typed| typed.target.clone())
}

/// Opens what an entry says: a message in the box, another one as a form in the editor.
pub(super) fn correct(state: &mut State) -> Vec<Effect> {
    let Some(entry) = selected(state) else { return nothing_selected(state) };
    // Also where it can no longer be sent: what was typed can be read and copied.
    if let Some(target) = begun(state, entry) {
        write(state, target, Compose::new);
        return Vec::new();
    }
    if let Some(against) = against(state, entry) {
        state.say(against);
        return Vec::new();
    }
    let patient_id = entry.patient_id.clone();
    match entry.content.as_ref().and_then(|content| content.content.clone()) {
        Some(Content::Message(message)) => {
            let target = Target { patient_id, purpose: Purpose::Correction(Other::new(entry)) };
            write(state, target, |target| Compose::correcting(target, &message));
        }
        Some(_) => return vec![Effect::Form { patient_id, corrects: Some(entry.entry_id.clone()) }],
        None => state.say(msg!("entry-damaged")),
    }
    Vec::new()
}

/// Asks why an entry is retracted. A reason that was begun stands there, also where it can no longer be sent: it can be
/// read and copied.
pub(super) fn retract(state: &mut State) {
    let Some(entry) = selected(state) else { return drop(nothing_selected(state)) };
    let (patient_id, entry_id) = (entry.patient_id.clone(), entry.entry_id.clone());
    let begun = state.reasons.iter().position(|reason| reason.entry_id == entry_id);
    let against = against(state, entry).filter(|_| begun.is_none());
    let asked = Asked::Retraction { patient_id, entry_id, seq: entry.seq };
    let text = begun.map_or_else(String::new, |at| state.reasons.remove(at).text);
    match against {
        Some(against) => state.say(against),
        None => state.mode = Mode::ask(asked, &text),
    }
}

/// What `renkei entry retract` would keep and send.
pub(super) fn retraction(patient_id: String, retracts_entry_id: String, reason: String) -> Draft {
    let (request_id, entry_id) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
    let (id, patient) = (entry_id.clone(), patient_id.clone());
    let request = RetractEntryRequest { request_id, patient_id, entry_id, retracts_entry_id, reason };
    Draft::new(&id, &patient, Request::Retraction(request), Vec::new())
}
