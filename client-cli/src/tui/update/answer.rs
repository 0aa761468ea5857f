//! What answers do to the state. An answer that nobody waits for any longer changes nothing.

use renkei_proto::v1::{Entry, InboxView, Mention, Patient};

use crate::{
    error::{Error, Exit, Result},
    text::msg,
    tui::{
        compose::{Target, Whom},
        event::{Answer, Effect, Task, Watched},
        state::{Door, Focus, Link, Mode, Said, Stage, State},
        timeline::{Older, Timeline},
        update::{
            ask_for_inbox, ask_for_patients, begin,
            sending::{again, not_kept, not_sent, sent, stage},
        },
    },
};

pub(super) fn answered(state: &mut State, answer: Answer) -> Vec<Effect> {
    match answer {
        // What the person did is over also where the screen is closed.
        Answer::Kept { draft_id } => stage(state, &draft_id, Stage::Sending),
        Answer::NotKept { draft_id, error } => not_kept(state, &draft_id, error),
        Answer::Sent { draft_id, entry } => return sent(state, &draft_id, entry),
        Answer::NotSent { draft_id, error, is_final } => return not_sent(state, &draft_id, error, is_final),
        Answer::Addressed { target, typed, mentions } => addressed(state, &target, typed, mentions),
        Answer::LoggedIn => return begin(state),
        Answer::Alarm(error) => state.alarm = Some(error),
        _ if !state.door.is_open() => {}
        Answer::Failed(task, error) => return failed(state, task, error),
        Answer::Patients { entries, next, round } => return patients(state, entries, next, round),
        Answer::Inbox { view, entries, next, round } => return inbox(state, view, &entries, next, round),
        Answer::Entries { patient_id, entries, next, is_first } => {
            page(state, &patient_id, entries, next, is_first);
        }
        Answer::Entry(entry) => {
            if let Some(timeline) = state.timeline_of(&entry.patient_id) {
                timeline.put(*entry);
            }
        }
        Answer::Read { patient_id, entry_ids } => {
            state.list.read(&patient_id, &entry_ids);
            if let Some(timeline) = state.timeline_of(&patient_id) {
                timeline.is_marking = false;
                timeline.mark_read(&entry_ids);
            }
        }
        Answer::Acknowledged { patient_id, entry_id, seq } => {
            state.say(msg!("tui-acknowledged", seq = seq));
            state.list.read(&patient_id, std::slice::from_ref(&entry_id));
            state.list.is_stale = true;
            return vec![Effect::Entry { patient_id, entry_id }];
        }
        Answer::Finalized(entry) => {
            state.say(msg!("tui-finalised", seq = entry.seq));
            state.list.read(&entry.patient_id, std::slice::from_ref(&entry.entry_id));
            state.list.is_stale = true;
            if let Some(timeline) = state.timeline_of(&entry.patient_id) {
                timeline.put(*entry);
            }
        }
        Answer::Me(person_id) => state.me = Some(person_id),
        Answer::Found { query, entries, next } => return found(state, query, entries, next),
        Answer::Downloaded(message) if matches!(state.mode, Mode::Normal) => state.mode = Mode::Told(message),
        Answer::Downloaded(message) | Answer::Opened(message) | Answer::Say(message) => state.say(message),
        Answer::Watch(watched) => return watch(state, watched),
        Answer::Returned => state.list.is_stale = true,
    }
    Vec::new()
}

fn patients(state: &mut State, entries: Vec<Patient>, next: String, round: u64) -> Vec<Effect> {
    for patient in entries {
        state.list.learn(patient);
    }
    if next.is_empty() {
        state.list.loading.patients = false;
        return Vec::new();
    }
    vec![Effect::Patients { token: next, round }]
}

fn inbox(state: &mut State, view: InboxView, entries: &[Entry], next: String, round: u64) -> Vec<Effect> {
    if round != state.list.round {
        return Vec::new();
    }
    state.list.take(view, entries, next.is_empty());
    if next.is_empty() {
        return Vec::new();
    }
    vec![Effect::Inbox { view, token: next, round }]
}

fn page(state: &mut State, patient_id: &str, entries: Vec<Entry>, next: String, is_first: bool) {
    let Some(timeline) = state.timeline.as_mut().filter(|timeline| timeline.patient_id == patient_id) else {
        return;
    };
    let is_new = timeline.selected.is_none();
    timeline.add_page(entries, next, is_first);
    if is_first && is_new {
        // Where one left off: the first that waits, else the newest.
        let waiting = state.list.of_view();
        let first = timeline.entries.values().find(|entry| waiting.has(patient_id, &entry.entry_id));
        if let Some(seq) = first.map(|entry| entry.seq).or_else(|| timeline.newest()) {
            timeline.select(seq);
        }
    }
}

fn found(
    state: &mut State,
    query: String,
    entries: Vec<renkei_proto::v1::FoundEntry>,
    next: String,
) -> Vec<Effect> {
    let patient_id = state.timeline.as_ref().map(|timeline| timeline.patient_id.clone());
    let (Mode::Found(found), Some(patient_id)) = (&mut state.mode, patient_id) else { return Vec::new() };
    if found.query != query {
        return Vec::new();
    }
    found.entries.extend(entries);
    found.is_complete = next.is_empty() || found.entries.len() >= MOST_FOUND;
    if found.is_complete {
        return Vec::new();
    }
    vec![Effect::Search { patient_id, query, token: next }]
}

/// What was posted since the lists were asked for, up to where the stream begins, is neither in them nor in the stream.
fn access_started(state: &mut State, patient_id: String, seq: i64) -> Vec<Effect> {
    state.list.is_stale = true;
    let mut effects = Vec::new();
    if !state.list.patients.contains_key(&patient_id) && !state.list.loading.patients {
        effects.push(ask_for_patients(state));
    }
    let is_behind =
        |timeline: &&mut Timeline| timeline.older != Older::Unasked && timeline.newest() < Some(seq);
    if state.timeline_of(&patient_id).filter(is_behind).is_some() {
        effects.push(Effect::Entries { patient_id, token: String::new() });
    }
    effects
}

fn watch(state: &mut State, watched: Watched) -> Vec<Effect> {
    match watched {
        Watched::Offline => state.link = Link::Offline,
        Watched::Online => {
            let was_online = state.link == Link::Online;
            state.link = Link::Online;
            let mut effects = again(state);
            if state.me.is_none() {
                effects.push(Effect::Me);
            }
            if !was_online {
                // What came between the first question and this is in no stream.
                effects.extend(ask_for_inbox(state));
                if state.list.patients.is_empty() {
                    effects.push(ask_for_patients(state));
                }
                if let Some(timeline) = &mut state.timeline {
                    timeline.try_again();
                    if timeline.older != Older::Unasked {
                        let patient_id = timeline.patient_id.clone();
                        effects.push(Effect::Entries { patient_id, token: String::new() });
                    }
                }
            }
            return effects;
        }
        Watched::Entry(entry) => return arrived(state, *entry),
        Watched::Marked(marked) => {
            // What waits for somebody may wait no longer, or again.
            state.list.is_stale |= state.list.view.inbox().is_some();
            if marked.read {
                state.list.read(&marked.patient_id, std::slice::from_ref(&marked.entry_id));
            }
            if let Some(timeline) = state.timeline_of(&marked.patient_id) {
                timeline.mark(&marked);
            }
        }
        Watched::AccessStarted { patient_id, seq } => return access_started(state, patient_id, seq),
        Watched::AccessEnded(patient_id) => {
            state.list.forget(&patient_id);
            if state.timeline_of(&patient_id).is_some() {
                state.timeline = None;
                state.mode = std::mem::replace(&mut state.mode, Mode::Normal).typing();
                state.focus = Focus::List;
                state.say(msg!("tui-access-ended"));
            }
        }
    }
    Vec::new()
}

/// An entry that was posted somewhere.
pub(super) fn arrived(state: &mut State, entry: Entry) -> Vec<Effect> {
    if !entry.read {
        state.list.add_unread(&entry);
    }
    state.list.is_stale |= state.list.view.inbox().is_some();
    let patient_id = entry.patient_id.clone();
    let Some(timeline) = state.timeline_of(&patient_id) else { return Vec::new() };
    if timeline.older == Older::Unasked {
        return Vec::new();
    }
    // It changes where another one stands.
    let amended = entry.amendment.as_ref().map(|amendment| amendment.entry_id.clone());
    let changed = [amended.unwrap_or_default(), entry.reply_to_entry_id.clone()];
    timeline.put(entry);
    let known = changed.into_iter().filter(|id| timeline.by_id(id).is_some());
    known.map(|entry_id| Effect::Entry { patient_id: patient_id.clone(), entry_id }).collect()
}

/// A name that nobody has changes nothing of whom the text was for before; but it stays until the person has put it
/// right, so that the text does not go to fewer than was meant.
fn addressed(state: &mut State, target: &Target, typed: String, mentions: Result<Vec<Mention>>) {
    let Some(text) = state.typed.iter_mut().find(|text| text.target == *target) else { return };
    if text.whom.asked.as_ref() != Some(&typed) {
        return;
    }
    text.whom.asked = None;
    match mentions {
        Ok(mentions) => text.whom = Whom { typed, mentions, asked: None, failed: None },
        Err(error) => {
            text.whom.failed = Some(typed);
            if state.door.is_open() {
                state.said = Some(Said::Error(error));
            }
        }
    }
}

fn failed(state: &mut State, task: Task, error: Error) -> Vec<Effect> {
    if error.exit() == Exit::LogIn {
        return logged_out(state, error);
    }
    let is_asked_for = matches!(task, Task::Search | Task::Other);
    match task {
        Task::List => state.list.loading = Default::default(),
        Task::Entries { patient_id, token } => {
            if let Some(timeline) = state.timeline_of(&patient_id) {
                // With the next connection, or when one looks for it again.
                timeline.older = Older::Failed(token);
                timeline.goal = None;
            }
        }
        Task::Read { patient_id } => {
            if let Some(timeline) = state.timeline_of(&patient_id) {
                timeline.is_marking = false;
            }
        }
        Task::Search if matches!(state.mode, Mode::Found(_)) => state.mode = Mode::Normal,
        Task::Me | Task::Search | Task::Other => {}
    }
    // That there is no connection is shown anyway; what the person asked for did not happen.
    if is_asked_for || error.exit() != Exit::TryAgain {
        state.said = Some(Said::Error(error));
    }
    Vec::new()
}

pub(super) fn logged_out(state: &mut State, error: Error) -> Vec<Effect> {
    state.close(Door::LoggedOut(error));
    vec![Effect::Stop]
}

/// More are not looked through by hand.
const MOST_FOUND: usize = 200;
