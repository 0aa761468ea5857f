//! What becomes of what was sent: it is shown once it has arrived, and nothing is lost before.

use renkei_proto::v1::Entry;

use crate::{
    draft::Request,
    error::{Error, Exit},
    text::msg,
    tui::{
        compose::Compose,
        event::Effect,
        state::{Asked, Mode, Outgoing, Reason, Said, Stage, State},
        update::answer::{arrived, logged_out},
    },
};

/// Sends again what could not be sent.
pub(super) fn again(state: &mut State) -> Vec<Effect> {
    let waiting = state.outgoing.iter_mut().filter(|outgoing| outgoing.stage == Stage::Waiting);
    waiting
        .map(|outgoing| {
            outgoing.stage = Stage::Sending;
            Effect::Send { draft: Box::new(outgoing.draft.clone()), is_kept: true }
        })
        .collect()
}

pub(super) fn stage(state: &mut State, draft_id: &str, stage: Stage) {
    for outgoing in state.outgoing.iter_mut().filter(|outgoing| outgoing.draft.id == draft_id) {
        outgoing.stage = stage;
    }
}

fn take(state: &mut State, draft_id: &str) -> Option<Outgoing> {
    let at = state.outgoing.iter().position(|outgoing| outgoing.draft.id == draft_id)?;
    Some(state.outgoing.remove(at))
}

/// The disk is full, for example: the text goes back into the box, and why an entry is retracted into its line, or, where
/// something else is done meanwhile, to what was begun.
pub(super) fn not_kept(state: &mut State, draft_id: &str, mut error: Error) {
    let Some(Outgoing { draft, .. }) = take(state, draft_id) else { return };
    let about = state.timeline.as_ref().and_then(|timeline| timeline.by_id(draft.needs()));
    let author = about.and_then(|entry| entry.author.as_ref()).map(|author| author.person_name.clone());
    let seq = about.map_or(0, |entry| entry.seq);
    let is_free = matches!(state.mode, Mode::Normal) && state.door.is_open();
    if let Request::Retraction(request) = &draft.request {
        let (patient_id, entry_id) = (request.patient_id.clone(), request.retracts_entry_id.clone());
        if is_free && state.timeline_of(&patient_id).is_some() {
            state.mode = Mode::ask(Asked::Retraction { patient_id, entry_id, seq }, &request.reason);
        } else {
            state.reasons.push(Reason { patient_id, entry_id, text: request.reason.clone() });
            // Without the reason: the door shows it too, and it has no room in the line.
            error = error.next(msg!("tui-not-retracted"));
        }
    } else {
        state.typed.extend(Compose::of(&draft, author.unwrap_or_default(), seq));
        if is_free {
            state.mode = Mode::Compose(state.typed.len() - 1);
        }
    }
    state.said = Some(Said::Error(error));
}

pub(super) fn sent(state: &mut State, draft_id: &str, entry: Option<Box<Entry>>) -> Vec<Effect> {
    take(state, draft_id);
    if !state.door.is_open() {
        return Vec::new();
    }
    // What failed before may go through now too.
    let mut effects = again(state);
    // Another process has sent it, and access has ended meanwhile.
    let Some(entry) = entry else { return effects };
    state.say(msg!("tui-sent", seq = entry.seq));
    effects.extend(arrived(state, Entry { read: true, ..*entry }));
    effects
}

pub(super) fn not_sent(state: &mut State, draft_id: &str, error: Error, is_final: bool) -> Vec<Effect> {
    stage(state, draft_id, if is_final { Stage::Refused } else { Stage::Waiting });
    if !matches!(error.exit(), Exit::TryAgain | Exit::LogIn) {
        state.said = Some(Said::Error(error.clone().next(msg!("draft-kept", draft = draft_id))));
    }
    if error.exit() == Exit::LogIn && state.door.is_open() {
        return logged_out(state, error);
    }
    Vec::new()
}
